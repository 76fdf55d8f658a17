"""Second checks of recorded forms at the same moment, over real connections with real commits."""

from collections import Counter
from functools import partial
from uuid import uuid4

import pytest

from consent.decisions import opting_in
from consent.keying import keying
from consent.models import Decision, SecondLook, Telling, Verification
from privacy_portal.ground.days import start_of
from privacy_portal.ground.errors import NotNowError
from privacy_portal.ground.names import person_key
from sharing.auditing.verifying import verify_log
from tests.example import DAY, NOON
from tests.factories.consent import DecisionFactory, scheme_of
from tests.factories.ground import OfficerFactory
from tests.log_entries import entries, events
from tests.races import all_at_once


@pytest.fixture
def opt_in(committed):
    """An opt-in after an opt-out, which one officer recorded and another must check."""
    form = Decision(
        pupil=DecisionFactory(days=-30).pupil, scheme=scheme_of(), choice="opt-in", by="parent",
        person_name="Ben Barlow", person_key=person_key("Ben Barlow"), channel="paper",
        signed_on=DAY, received_at=start_of(DAY), submission=uuid4(),
    )  # fmt: skip
    yield keying.key(form, scan=None, by=OfficerFactory(), at=NOON)
    verify_log(lambda done: None)


def test_of_many_who_check_a_form_one_does_and_the_others_are_told(opt_in):
    officers = [OfficerFactory() for _ in range(4)]
    check = opt_in.second_look
    outcomes = all_at_once(
        *(
            partial(keying.look, check, agrees=by is officers[0], note=by.email, by=by, at=NOON)
            for by in officers
        )
    )
    refusals = [outcome for outcome in outcomes if outcome is not None]
    assert Counter(map(str, refusals)) == {"Someone has already checked this.": 3}
    check = SecondLook.objects.get()
    assert check.looked_by == officers[outcomes.index(None)]
    assert check.note == check.looked_by.email
    (entry,) = entries("second-look")
    assert (entry["decision"], entry["agrees"]) == (opt_in.pk, check.agrees)


def test_a_contact_is_marked_as_told_once_and_the_opt_in_verified_once(opt_in):
    keying.look(opt_in.second_look, agrees=True, note="", by=OfficerFactory(), at=NOON)
    contact, officer = Telling.objects.get(), OfficerFactory()
    outcomes = all_at_once(*[partial(opting_in.mark_told, contact, by=officer, at=NOON)] * 4)
    assert Counter(map(type, outcomes)) == {type(None): 1, NotNowError: 3}
    assert Verification.objects.get().decision == opt_in
    assert (events().count("contact-told"), events().count("decision-verified")) == (1, 1)
