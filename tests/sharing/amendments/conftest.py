"""An agreement that asks for amendments, under which something was handed over."""

import pytest

from consent.models import Pupil
from sharing.models import AgreementVersion
from tests.databases import returned_by
from tests.example import UPN
from tests.factories.consent import PupilFactory
from tests.sharing.amendments.steps import REFERENCE, agreement_of


@pytest.fixture
def agreement(policy):
    there = AgreementVersion.objects.filter(agreement__reference=REFERENCE).first()
    return there or agreement_of()


@pytest.fixture
def pupil(policy):
    """Ella Barlow on the roll."""
    return Pupil.objects.filter(upns__upn=UPN).first() or PupilFactory.create(upn=UPN)


@pytest.fixture
def amendments_shared(policy):
    return returned_by("amendments_shared")


@pytest.fixture
def shared(amendments_shared):
    """Ella's and her twin's surname, address, sex and phone went to Connexions an hour ago: this test's
    database was made with it."""
    return amendments_shared


@pytest.fixture
def amendment_sent(shared):
    """An amendment whose file has left and whose link is on its way: this test's database was made with it."""
    return returned_by("amendment_sent")
