"""Pages of objections (C10): officers decide, and see which apply."""

from datetime import timedelta

import pytest

from consent.decisions import objecting
from consent.models import Ruling
from privacy_portal.ground import days
from tests import mails
from tests.example import NOON
from tests.factories.consent import ObjectionFactory

pytestmark = pytest.mark.django_db
LIST = "/staff/opt-outs/objections/"


def state_in_list(client, officer):
    """Returns the row of the only objection in the list of all."""
    client.force_login(officer)
    return client.get(f"{LIST}?all=1").text.split("<tbody")[1]


def test_an_officer_decides_on_the_page(pupil, officer, client):
    decision = ObjectionFactory(pupil=pupil, email="ben@example.org")
    client.force_login(officer)
    assert "1 objection" in client.get("/staff/").text
    assert "Ella Barlow" in client.get(LIST).text
    page = client.post(f"{LIST}{decision.pk}/", {"kind": "", "reason": ""})
    assert page.status_code == 422
    done = {"kind": "grounds", "reason": "Strong"}
    assert client.post(f"{LIST}{decision.pk}/", done).status_code == 302
    page = client.get(f"{LIST}{decision.pk}/").text
    assert "The email to the person is being sent" in page
    mails.sent()
    objecting.settle(at=days.now())
    assert "The objection ends on" in client.get(f"{LIST}{decision.pk}/").text
    assert "There are no objections to decide" in client.get(LIST).text
    assert "Ella Barlow" in client.get(f"{LIST}?all=1").text


@pytest.mark.parametrize(
    ("kind", "later", "said"),
    [
        (None, 0, "Decision due"),
        ("upheld", 90, "Upheld"),
        ("grounds", 6, "Ends 30 November 2026"),
        ("grounds", 8, "Ended"),
        ("withdrawn", 8, "Ended"),
    ],
)
def test_the_list_says_whether_each_applies(
    pupil, officer, client, time_machine, kind, later, said
):
    decision = ObjectionFactory(pupil=pupil)
    if kind:
        ruling = objecting.rule(decision, Ruling.Kind(kind), reason="R", by=officer, at=NOON)
        assert "Decided – tell the person" in state_in_list(client, officer)
        objecting.tell(ruling, note="By letter", by=officer, at=NOON)
    time_machine.move_to(NOON + timedelta(days=later))
    assert said in state_in_list(client, officer)


def test_without_an_email_address_the_officer_notes_how_the_person_was_told(pupil, officer, client):
    decision = ObjectionFactory(pupil=pupil)
    client.force_login(officer)
    client.post(f"{LIST}{decision.pk}/", {"kind": "upheld", "reason": "Right"})
    assert client.post(f"{LIST}{decision.pk}/", {"tell": "1", "note": ""}).status_code == 422
    client.post(f"{LIST}{decision.pk}/", {"tell": "1", "note": "Letter of today"})
    assert "Letter of today" in client.get(f"{LIST}{decision.pk}/").text


def test_empty_lists_say_so(policy, officer, client):
    client.force_login(officer)
    assert "There are no objections to decide" in client.get(LIST).text
    assert "There are no objections yet" in client.get(f"{LIST}?all=1").text
    assert client.get(f"{LIST}99/").status_code == 404


def test_the_list_takes_the_same_queries_however_long(
    pupil, officer, client, django_assert_max_num_queries
):
    for _ in range(12):
        ObjectionFactory(pupil=pupil)
    client.force_login(officer)
    with django_assert_max_num_queries(12):
        client.get(LIST)
