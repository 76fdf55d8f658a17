"""The start page of an officer: what is said of unsent emails and of releases that need approval."""

from datetime import timedelta

import pytest

from privacy_portal import start_page
from privacy_portal.ground import days
from privacy_portal.ground.accounts.models import User
from privacy_portal.ground.mail.models import Message
from privacy_portal.ground.row_counts import row_counts
from sharing.models import Release
from tests.factories.sharing import ReleaseFactory

pytestmark = pytest.mark.django_db


def write(*, failed, overdue):
    """Writes emails of which so many failed and so many wait for longer than they should."""
    at = days.now()
    Message.objects.bulk_create(
        Message(
            key=str(number), to="ben@example.org", subject="S", text="T",
            written_at=at - timedelta(hours=1), failed_at=at if number < failed else None,
        )
        for number in range(failed + overdue)
    )  # fmt: skip


@pytest.mark.parametrize(
    ("failed", "overdue", "said"),
    [
        (2, 0, "2 emails</a> could not be sent."),
        (0, 1, "1 email</a> not sent after 15 minutes."),
        (2, 1, "3 emails</a> not sent: 2 failed and 1 still waiting after 15 minutes."),
    ],
)
def test_unsent_emails_are_those_that_failed_and_those_that_wait(
    client, officer, failed, overdue, said
):
    client.force_login(officer)
    assert "Unsent emails" not in client.get("/staff/").text
    write(failed=failed, overdue=overdue)
    page = " ".join(client.get("/staff/").text.split())
    assert "Unsent emails" in page
    assert said in page


def test_of_many_releases_to_approve_the_first_are_listed_and_the_others_counted(
    pupil, client, officer, second_officer, monkeypatch
):
    monkeypatch.setattr(start_page, "MOST", 2)
    for name in ("a.csv", "b.csv", "c.csv", "d.csv"):
        ReleaseFactory(name=name, by=second_officer)
    Release.objects.update(must_be_approved=True)
    client.force_login(officer)
    page = " ".join(client.get("/staff/").text.split())
    assert page.count(f", requested by {second_officer.name}") == 2
    assert "and 2 more</a>" in page
    client.force_login(second_officer)
    assert "Releases that need your approval" not in client.get("/staff/").text


def test_lists_known_to_be_empty_are_counted_without_asking(officer, django_assert_num_queries):
    with django_assert_num_queries(0):
        assert row_counts({"users": User.objects.none()}) == {"users": 0}
    with django_assert_num_queries(1):
        numbers = row_counts({"users": User.objects.all(), "none": User.objects.none()})
    assert numbers == {"users": 1, "none": 0}
