"""P5: a protected pupil's list leaves out where they are, and is given out by two officers."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse

from consent.protection import recording
from privacy_portal.ground.errors import NotNowError
from sharing.models import Disclosure, ListAnswer, ListRequest, Restriction
from sharing.pupils import list_approving
from sharing.requests import deciding, disclosing
from tests.example import DAY, NOON
from tests.factories.consent import ProtectionFactory
from tests.factories.requests import DataRequestFactory, decided
from tests.factories.sharing import DisclosureFactory
from tests.releases import content_of_response

pytestmark = pytest.mark.django_db


@pytest.fixture
def child(pupil, officer):
    DisclosureFactory.create(by=officer)
    ProtectionFactory.create(pupil=pupil)
    return pupil


def paths(pupil):
    return [
        reverse(name, args=[pupil.reference])
        for name in ("staff-pupil-list-pdf", "staff-pupil-list-csv")
    ]


def test_a_list_is_given_out_only_once_another_officer_agreed(
    child, officer, second_officer, client
):
    client.force_login(officer)
    page = client.get(reverse("staff-pupil-list", args=[child.reference]))
    assert "Ask an approving officer" in page.text
    for path in paths(child):
        assert client.get(path).status_code == 302
    client.post(reverse("staff-pupil-list-ask", args=[child.reference]))
    asked = ListRequest.objects.get()
    own = reverse("staff-pupil-list-answer", args=[child.reference, asked.pk])
    assert client.get(own).status_code == 404
    client.force_login(second_officer)
    assert "Can this list be given out?" in client.get(own).text
    assert "Enter why" in client.post(own, {"answer": "no"}).text
    client.post(own, {"answer": "yes"})
    for path in paths(child):
        assert client.get(path).status_code == 302  # not this officer's
    client.force_login(officer)
    for path in paths(child):
        assert client.get(path).status_code == 200


def test_nothing_in_it_tells_where_the_pupil_is(child, officer, second_officer, client):
    list_approving.answer(
        list_approving.ask(child, by=officer, at=NOON),
        agrees=True,
        note="",
        by=second_officer,
        at=NOON,
    )
    client.force_login(officer)
    text = content_of_response(client.get(paths(child)[1])).decode()
    assert "nique pupil number" in text
    for label in ("Phone number", "Address", "School"):
        assert label not in text


def test_nobody_agrees_to_their_own(child, officer):
    asked = list_approving.ask(child, by=officer, at=NOON)
    with pytest.raises(NotNowError, match="another officer"):
        list_approving.answer(asked, agrees=True, note="", by=officer, at=NOON)
    with pytest.raises(IntegrityError), transaction.atomic():
        ListAnswer.objects.create(request=asked, agrees=True, at=NOON, by=officer)


def test_an_old_agreement_no_longer_counts(child, officer, second_officer):
    asked = list_approving.ask(child, by=officer, at=NOON)
    list_approving.answer(asked, agrees=True, note="", by=second_officer, at=NOON)
    list_approving.check_can_give_out(child, officer, at=NOON)
    with pytest.raises(NotNowError):
        list_approving.check_can_give_out(child, officer, at=NOON + list_approving.AGREED_FOR)


@pytest.fixture
def agreed(child, officer, second_officer):
    asked = list_approving.ask(child, by=officer, at=NOON)
    list_approving.answer(asked, agrees=True, note="", by=second_officer, at=NOON)
    return child


def share_by_phone(pupil, *, by, other):
    """Share something about a protected pupil on a request, as two officers may."""
    request = DataRequestFactory.create(pupils=[pupil], by=by)
    decision = decided(request, by=by, choice="share.without-locating")
    deciding.answer(request, agrees=True, note="", number=1, by=other, at=NOON)
    disclosing.record_given(
        request,
        disclosing.Given(
            on=DAY, means="phone", pupils=[pupil.pk], items=decision.items, others=0, note="I rang."
        ),
        by=by,
        at=LATER,
    )


LATER = NOON + timedelta(days=1)


def refused(pupil, user, at=LATER):
    with pytest.raises(NotNowError, match="second officer must agree"):
        list_approving.check_can_give_out(pupil, user, at=at)


def test_an_agreement_does_not_outlive_the_protection_that_it_was_about(
    agreed, officer, second_officer
):
    ending = recording.propose_ending(agreed, reason="Over", by=officer, at=NOON)
    recording.answer_ending(ending, agrees=True, note="", by=second_officer, at=NOON)
    agreed.refresh_from_db()
    list_approving.check_can_give_out(agreed, officer, at=LATER)  # nobody's agreement is needed
    ProtectionFactory.create(pupil=agreed, at=LATER)
    agreed.refresh_from_db()
    refused(agreed, officer)


def test_nor_does_it_cover_what_was_shared_since(agreed, officer, second_officer):
    list_approving.check_can_give_out(agreed, officer, at=LATER)
    share_by_phone(agreed, by=officer, other=second_officer)
    refused(agreed, officer)
    again = list_approving.ask(agreed, by=officer, at=LATER)
    list_approving.answer(again, agrees=True, note="", by=second_officer, at=LATER)
    list_approving.check_can_give_out(agreed, officer, at=LATER)


def test_nor_what_was_withheld_from_the_list_then(child, officer, second_officer):
    restriction = {"disclosure": Disclosure.objects.get(), "ground": "A", "by": officer, "at": NOON}
    Restriction.objects.create(until=NOON.date(), **restriction)
    asked = list_approving.ask(child, by=officer, at=NOON)
    list_approving.answer(asked, agrees=True, note="", by=second_officer, at=NOON)
    list_approving.check_can_give_out(child, officer, at=NOON)
    refused(child, officer)


def test_a_list_about_anybody_else_needs_no_second_officer(pupil, officer, client):
    client.force_login(officer)
    for path in paths(pupil):
        assert client.get(path).status_code == 200
