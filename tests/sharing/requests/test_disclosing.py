"""What is shared on a request for data is a disclosure like any other, with the decision behind it (Q1)."""

import json
import re
from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import IntegrityError, connection, transaction

from privacy_portal.ground.errors import NotNowError
from privacy_portal.ground.log.models import Entry
from privacy_portal.ground.log.verifying import LogBrokenError
from sharing.auditing.verifying import verify_log
from sharing.models import DataRequestStep, Disclosure, DisclosureLine, Incident, Override
from sharing.pupils import lists as pupil_lists
from sharing.requests import deciding, disclosing, queries, steps
from sharing.review import restricting
from tests.example import DAY, NOON
from tests.factories.consent import DecisionFactory, ProtectionFactory, PupilFactory
from tests.factories.requests import DataRequestFactory, decided
from tests.log_entries import events
from tests.releases import content_of_response

pytestmark = pytest.mark.django_db
LATER = NOON + timedelta(hours=1)
STEP = DataRequestStep.Kind
BOTH = ["pupil.phone", "pupil.surname"]


@pytest.fixture
def request_of(pupil, officer):
    def make(*, pupils=(pupil,), **known):
        return DataRequestFactory(pupils=pupils, known=known, by=officer)

    return make


def agree(request, by):
    deciding.answer(request, agrees=True, note="", number=1, by=by, at=NOON)


def give(request, by, at=LATER, **changes):
    """Record that all was shared as decided, by phone."""
    row = queries.standing_decision(request)
    given = {
        "on": DAY,
        "means": "phone",
        "pupils": [each.pupil_id for each in row.decision.pupils.all() if each.choice != "none"],
        "items": row.decision.items,
        "others": row.decision.others,
        "note": "I rang the detective.",
        **changes,
    }
    return disclosing.record_given(request, disclosing.Given(**given), by=by, at=at)


def entry_of(disclosure):
    return json.loads(bytes(Entry.objects.get(seq=disclosure.entry).body))


def test_what_was_decided_is_in_line_and_the_log_names_the_request(request_of, pupil, officer):
    request = request_of()
    decision = decided(request, by=officer)
    disclosure = give(request, officer)
    assert (disclosure.outcome, disclosure.out_of_line, disclosure.means) == (
        "released", False, "phone",
    )  # fmt: skip
    line = DisclosureLine.objects.get()
    assert (line.person, line.item_set) == (pupil.reference, 0)
    assert disclosure.item_sets == [BOTH]
    entry = entry_of(disclosure)
    assert (entry["event"], entry["request"], entry["request_decision"]) == (
        "disclosure", request.pk, decision.pk,
    )  # fmt: skip
    assert "Pat" not in json.dumps(entry)
    assert not Incident.objects.exists()
    verify_log(lambda done: None)


def test_nothing_is_recorded_without_a_decision_to_share_that_applies(
    request_of, pupil, officer, second_officer
):
    undecided, refused = request_of(), request_of()
    decided(refused, by=officer, share=False)
    ProtectionFactory(pupil=pupil)
    waiting = request_of()
    decided(waiting, by=officer, choice="share.whole")
    for request in (refused, waiting):
        with pytest.raises(NotNowError, match="no decision to share applies"):
            give(request, officer)
    with pytest.raises(NotNowError):
        disclosing.check_can_share(undecided)
    agree(waiting, second_officer)
    assert not give(waiting, officer).out_of_line


def test_a_form_sent_twice_is_recorded_once(request_of, officer):
    request, submission = request_of(), uuid4()
    decided(request, by=officer)
    assert give(request, officer, submission=submission) == give(
        request, officer, submission=submission
    )
    assert Disclosure.objects.count() == 1


def test_what_was_shared_beyond_the_decision_is_out_of_line(request_of, pupil, officer):
    other = PupilFactory(forename="Tom")
    request = request_of(pupils=(pupil, other))
    decided(
        request, by=officer, items=["pupil.surname"],
        choices={pupil.pk: "share", other.pk: "none"},
    )  # fmt: skip
    for change in (
        {"beyond": True},
        {"items": BOTH},
        {"pupils": [pupil.pk, other.pk]},
        {"others": 1},
        {"on": DAY - timedelta(days=1)},
    ):
        disclosure = give(request, officer, **change)
        assert (disclosure.out_of_line, disclosure.outcome) == (True, "refused"), change
        assert disclosure.reasons == ["no-agreement"]
        assert events()[-2:] == ["disclosure", "incident-opened"]
    assert Incident.objects.count() == 5
    verify_log(lambda done: None)


def test_what_the_rules_have_come_to_withhold_is_out_of_line(request_of, pupil, officer):
    request = request_of()
    decided(request, by=officer)
    ProtectionFactory(pupil=pupil)
    disclosure = give(request, officer)
    assert (disclosure.out_of_line, disclosure.outcome, disclosure.reasons) == (
        True, "refused", [],
    )  # fmt: skip
    assert Incident.objects.get().disclosure == disclosure


def test_an_opt_out_that_came_meanwhile_is_out_of_line(request_of, pupil, officer):
    request = request_of(recipient="connexions")
    decided(request, by=officer)
    DecisionFactory(pupil=pupil)
    assert give(request, officer).out_of_line
    fewer = give(request, officer, items=["pupil.surname"])
    assert (fewer.out_of_line, fewer.outcome) == (False, "reduced")


def test_without_what_tells_where_they_are_only_that_is_on_record(
    request_of, pupil, officer, second_officer
):
    ProtectionFactory(pupil=pupil)
    other = PupilFactory(forename="Tom")
    request = request_of(pupils=(pupil, other))
    decided(
        request, by=officer,
        choices={pupil.pk: "share.without-locating", other.pk: "share"},
    )  # fmt: skip
    agree(request, second_officer)
    disclosure = give(request, officer)
    assert (disclosure.out_of_line, disclosure.outcome) == (False, "reduced")
    assert disclosure.approved_by == second_officer
    assert disclosure.item_sets == [BOTH, ["pupil.surname"]]
    rows = pupil_lists.whole_list(pupil, on=DAY)
    assert [row.items for row in rows] == [("pupil.surname",)]
    assert pupil.school.urn in disclosure.schools, "it is Tom's too"
    verify_log(lambda done: None)


def test_nobody_approves_what_they_share(request_of, pupil, officer, second_officer):
    ProtectionFactory(pupil=pupil)
    request = request_of()
    decided(request, by=officer, choice="share.whole")
    agree(request, second_officer)
    disclosure = give(request, second_officer)
    assert disclosure.approved_by == officer
    assert disclosure.schools == []


def test_sharing_despite_an_opt_out_is_an_override_that_is_agreed_to(
    request_of, pupil, officer, second_officer
):
    DecisionFactory(pupil=pupil)
    request = request_of(recipient="connexions", power="court-order", power_words="Order 7")
    decided(request, by=officer, choice="share.despite", ground="legal-order")
    agree(request, second_officer)
    disclosure = give(request, officer)
    assert (disclosure.overridden, disclosure.out_of_line) == (True, False)
    override = Override.objects.get()
    assert (override.ground, override.legal_ground) == ("legal-order", "Court order Order 7")
    assert override.steps.get().by == second_officer
    verify_log(lambda done: None)


def test_people_who_are_not_on_record_are_counted(request_of, officer, second_officer):
    request = request_of(others=2, pupils=())
    decided(request, by=officer)
    agree(request, second_officer)
    disclosure = give(request, officer)
    assert (disclosure.out_of_line, disclosure.rows_total) == (False, 2)
    assert set(DisclosureLine.objects.values_list("person", flat=True)) == {None}


def test_the_family_sees_with_whom_what_and_why_unless_it_is_restricted(
    request_of, pupil, officer, client
):
    request = request_of()
    decided(request, by=officer, words="Notes of a meeting")
    disclosure = give(request, officer)
    client.force_login(officer)
    address = f"/staff/pupils/{pupil.reference}/disclosures/"
    page = client.get(address).text
    for text in (
        "Example Police", "To find a missing child.", "Surname", "Notes of a meeting", "request",
    ):  # fmt: skip
        assert text in page
    assert "I rang" not in page
    restricting.restrict(disclosure, until=DAY, ground="An investigation", by=officer, at=NOON)
    page = client.get(address).text
    assert "To find a missing child." not in page
    assert "Do not tell the family" in page
    assert list(pupil_lists.whole_list(pupil, on=DAY)) == []


def test_the_pages_of_the_log_say_who_got_it_and_on_which_request(request_of, officer, client):
    request = request_of()
    decided(request, by=officer)
    disclosure = give(request, officer)
    client.force_login(officer)
    page = client.get(f"/staff/disclosures/{disclosure.entry}/").text
    assert "shared with Example Police" in page
    assert f"It was decided on request {request.pk}." in page
    assert f"/staff/requests/{request.pk}/" in page
    assert "Example Police" in client.get("/staff/disclosures/").text
    assert (
        "Example Police" in content_of_response(client.get("/staff/disclosures/log.csv")).decode()
    )


def test_the_database_refuses_more_than_was_decided(request_of, officer):
    request = request_of()
    decided(request, by=officer, items=["pupil.surname"])
    disclosure = give(request, officer)
    disclosure.pk, disclosure.entry, disclosure.item_sets = None, 999_999, [BOTH]
    with pytest.raises(IntegrityError), transaction.atomic():
        disclosure.save()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ("DELETE FROM sharing_requestedpupil", "differs from what was logged in people"),
        ("UPDATE sharing_requestdetails SET asker_check = 'known'", "logged in check"),
        ("UPDATE sharing_decidedpupil SET items = '{}'", "differs from what was logged in people"),
        ("DELETE FROM sharing_datarequeststep", "is missing"),
        (
            (
                'INSERT INTO sharing_datarequeststep (request_id, kind, points, note, "on", at, by_id) '
                "SELECT id, 'note', '{}', 'x', '2026-11-23', at, by_id FROM sharing_datarequest"
            ),
            r"request for data [0-9]+ is stored, but no entry vouches for it",
        ),
    ],
)
def test_a_row_that_was_changed_behind_the_portals_back_breaks_the_log(
    request_of, officer, change, message
):
    request = request_of()
    steps.record_step(request, STEP.NOTE, on=DAY, note="They rang.", by=officer, at=NOON)
    decided(request, by=officer)
    verify_log(lambda done: None)
    table = re.search(r"sharing_\w+", change)[0]
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        cursor.execute(change)
    with pytest.raises(LogBrokenError, match=message):
        verify_log(lambda done: None)
