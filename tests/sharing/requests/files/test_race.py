"""A file on a request against what is recorded at the same time, over real connections (Q1, H2)."""

import random

import pytest

from consent.models import ProtectionReason, Source
from consent.protection.recording import protect
from privacy_portal.ground.errors import NotNowError
from sharing.auditing.verifying import verify_log
from sharing.errors import DecisionChangedError
from sharing.models import Disclosure
from tests.example import NOON
from tests.factories.consent import PupilFactory
from tests.factories.ground import OfficerFactory
from tests.factories.requests import DataRequestFactory, decided, handed_over, ticket_of
from tests.log_entries import entries
from tests.races import all_at_once, at_once, decide_now, last_opt_out, open_again, second_after


@pytest.fixture
def officer(committed):
    return OfficerFactory()


@pytest.fixture
def request_of(officer):
    """Records and decides a request of Connexions for the sex of a pupil, and of Tom's."""

    def make(pupil):
        request = DataRequestFactory(
            pupils=[pupil, PupilFactory(forename="Tom")],
            known={"recipient": "connexions", "items": ["pupil.surname", "pupil.sex"]},
            by=officer,
        )
        decided(request, by=officer)
        return request

    return make


def entry_if_it_leaves(request, by, ticket):
    """The number of the entry of a file that leaves; None where nothing does."""
    try:
        return handed_over(request, by=by, ticket=ticket)[0].disclosure.entry
    except (DecisionChangedError, NotNowError):
        return None


def test_in_any_order_of_commits_an_opt_out_logged_before_the_file_is_honoured(
    request_of, officer, soak
):
    pupil = PupilFactory()
    request = request_of(pupil)
    rng = random.Random(20261129)
    slipped, stopped = [], 0
    for number in range(200 if soak else 12):
        ticket = ticket_of(request)
        _, entry = at_once(
            rng,
            (decide_now, "opt-out", pupil),
            (entry_if_it_leaves, request, officer, ticket),
        )
        if entry is not None and last_opt_out() < entry:
            slipped.append(number)
        stopped += entry is None
        open_again(officer)
    assert not slipped
    assert stopped
    verify_log(lambda number: None)


def test_who_is_protected_meanwhile_is_withheld(request_of, officer):
    pupil = PupilFactory()
    request = request_of(pupil)
    ticket = ticket_of(request)
    entry = second_after(
        lambda: protect(
            pupil, since=None, reason=ProtectionReason.SAFE_ADDRESS, source=Source.OFFICER,
            by=officer, at=NOON,
        ),
        lambda: entry_if_it_leaves(request, officer, ticket),
    )  # fmt: skip
    assert entry is None
    assert not Disclosure.objects.exists()
    assert entries("refusal")[-1]["error"] == "DecisionChangedError"


def test_of_two_presses_at_once_one_lets_the_file_go(request_of, officer):
    request = request_of(PupilFactory())
    ticket = ticket_of(request)
    both = all_at_once(*[lambda: entry_if_it_leaves(request, officer, ticket)] * 2)
    assert len([entry for entry in both if entry is not None]) == 1
    assert Disclosure.objects.count() == 1
    verify_log(lambda number: None)
