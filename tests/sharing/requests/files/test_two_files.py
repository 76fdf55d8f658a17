"""A file on a request together with others of the same organisation (D): of Ella, whose sex went to
Connexions before she opted out."""

import pytest

from sharing.auditing.verifying import verify_log
from sharing.errors import NeedsApprovalError, NoSecondOfficerError
from sharing.models import Disclosure
from sharing.requests import deciding
from tests.example import NOON, UPN
from tests.factories.consent import DecisionFactory
from tests.factories.requests import decided, handed_over, ticket_of
from tests.factories.sharing import DisclosureFactory

pytestmark = pytest.mark.django_db


def earlier_file(officer):
    content = f"UPN,Surname,Sex\r\n{UPN},Barlow,F\r\n"
    return DisclosureFactory(by=officer, content=content)


def test_without_a_second_officer_nothing_leaves(request_of, pupil, officer):
    earlier = earlier_file(officer)
    DecisionFactory(pupil=pupil)
    request = request_of()
    decided(request, by=officer)
    with pytest.raises(NoSecondOfficerError) as caught:
        handed_over(request, by=officer)
    assert "shows who has opted out, so a second officer must approve it" in str(caught.value)
    assert "See what was shared under WIG-CNX for information, advice" in str(caught.value)
    assert f"(log entry {earlier.entry})" in str(caught.value)
    assert Disclosure.objects.get() == earlier
    basic = ticket_of(request, items=["pupil.surname"])
    assert handed_over(request, by=officer, ticket=basic)[0].disclosure.reveals == []


def test_a_decision_with_two_officers_names_the_other_file(
    request_of, pupil, officer, second_officer
):
    earlier = earlier_file(officer)
    DecisionFactory(pupil=pupil)
    request = request_of(others=1)
    decided(request, by=officer)
    deciding.answer(request, agrees=True, note="", number=1, by=second_officer, at=NOON)
    disclosure = handed_over(request, by=officer)[0].disclosure
    assert disclosure.reveals == [earlier.entry]
    assert disclosure.approved_by == second_officer
    verify_log(lambda number: None)


def test_what_went_on_the_same_request_is_not_compared(request_of, pupil, officer):
    request = request_of()
    decided(request, by=officer)
    handed_over(request, by=officer)
    DecisionFactory(pupil=pupil)
    assert handed_over(request, by=officer)[0].disclosure.reveals == []
    other = request_of()
    decided(other, by=officer)
    with pytest.raises(NoSecondOfficerError, match="without an agreement"):
        handed_over(other, by=officer)


def test_a_later_file_is_compared_with_it(request_of, pupil, officer):
    request = request_of()
    decided(request, by=officer)
    entry = handed_over(request, by=officer)[0].disclosure.entry
    DecisionFactory(pupil=pupil)
    with pytest.raises(NeedsApprovalError) as caught:
        earlier_file(officer)
    assert f"(log entry {entry})" in caught.value.reveals[0]


def test_an_organisation_that_no_policy_names_is_not_compared(request_of, pupil, officer):
    request = request_of(recipient=None, organisation_name="Example Police")
    decided(request, by=officer)
    disclosure = handed_over(request, by=officer)[0].disclosure
    assert (disclosure.recipient, disclosure.organisation) == (None, "Example Police")
