"""An agreement that asks for amendments, under which something was handed over."""

import pytest

from tests.example import TWIN
from tests.factories.consent import PupilFactory
from tests.sharing.amendments.steps import agreement_of, share


@pytest.fixture
def agreement(policy):
    return agreement_of()


@pytest.fixture
def shared(agreement, pupil, officer):
    """Ella's and her twin's surname, address, sex and phone went to Connexions an hour ago."""
    PupilFactory(upn=TWIN, forename="Tom", sex="M", address="1 Old Street")
    return share(officer)
