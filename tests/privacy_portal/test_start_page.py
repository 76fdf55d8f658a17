"""The start page of an officer: what is said of unsent emails and of releases that need approval."""

import re
from datetime import timedelta
from urllib.parse import urljoin

import pytest

from consent.models import SecondLook
from privacy_portal import release_cards
from privacy_portal.ground import days
from privacy_portal.ground.accounts.models import User
from privacy_portal.ground.accounts.roles import Role
from privacy_portal.ground.mail.models import Message
from privacy_portal.ground.row_counts import row_counts
from privacy_portal.ground.ui import pages
from sharing.disclosures.queries import disclosures
from sharing.models import LogCheck, Release
from sharing.review import questioning, signing_off
from tests.example import NOON
from tests.factories.consent import DecisionFactory
from tests.factories.ground import OfficerFactory, UserFactory
from tests.factories.requests import DataRequestFactory
from tests.factories.sharing import DisclosureFactory, ReleaseFactory

pytestmark = pytest.mark.django_db
QUERIES = 25


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
    monkeypatch.setattr(release_cards, "MOST", 2)
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


def rows_behind(client, href):
    """How many rows the list behind a link has, on all its pages."""
    total, page = 0, client.get(href)
    while True:
        assert page.status_code == 200, href
        main = page.text.split("<main")[1].split("</main>")[0]
        bodies = re.findall(r"<tbody.*?</tbody>", main, re.DOTALL)
        total += sum(body.count("<tr") for body in bodies)
        onward = re.search(r'href="([^"]+)" rel="next"', main)
        if onward is None:
            return total
        page = client.get(urljoin(href, onward[1].replace("&amp;", "&")))


def counted_lines(client):
    """The number and the address of each link of the tasks that begins with a number."""
    lists = client.get("/staff/").text.split('class="govuk-task-list"')[1:]
    links = re.findall(
        r'href="([^"]+)">([\d,]+) ', "".join(part.split("</ul>")[0] for part in lists)
    )
    return [(int(number.replace(",", "")), href.replace("&amp;", "&")) for href, number in links]


def test_each_number_is_that_of_the_rows_of_the_list_it_leads_to(client, lived_in):
    """K1. What the example leads to after some days at the desk, for both of its officers."""
    checked = set()
    officer = User.objects.get(email="officer@example.org")
    DataRequestFactory(by=officer)
    write(failed=2, overdue=1)
    for _ in range(pages.PER_PAGE + 1):
        SecondLook.objects.create(
            decision=DecisionFactory(), why=SecondLook.Why.SAMPLE, keyed_by=UserFactory()
        )
    for email in ("officer@example.org", "second@example.org"):
        client.force_login(User.objects.get(email=email))
        for number, href in counted_lines(client):
            assert number == rows_behind(client, href), href
            checked.add(href)
    assert len(checked) >= 5, checked


def test_the_start_page_takes_as_many_queries_however_it_is_grouped(
    client, lived_in, django_assert_max_num_queries
):
    """As many as before tasks were grouped."""
    client.force_login(User.objects.get(email="officer@example.org"))
    client.get("/staff/")
    with django_assert_max_num_queries(QUERIES):
        client.get("/staff/")


def test_tasks_stand_in_groups_by_urgency_and_each_says_when_it_is_due(client, officer, policy):
    request = DataRequestFactory(by=officer)
    client.force_login(officer)
    page = " ".join(client.get("/staff/").text.split())
    group = page.split(">Due soon</h2>")[1].split("</ul>")[0] if ">Due soon</h2>" in page else page
    assert "1 request</a> to decide" in group
    assert request


def test_a_question_is_a_task_of_who_shared_until_it_is_answered(
    pupil, client, officer, second_officer
):
    shared, other = DisclosureFactory(by=officer), DisclosureFactory(by=second_officer)
    questions = [
        questioning.ask(shared, words=words, by=second_officer, at=NOON)
        for words in ("Why?", "Who?")
    ]
    questioning.ask(other, words="Why?", by=officer, at=NOON)
    client.force_login(officer)
    page = client.get("/staff/").text
    assert "Questions for you" in page.split(">Later</h2>")[0]
    assert "1 disclosure</a>: another officer asks about what you shared" in page
    counts = {href: number for number, href in counted_lines(client)}
    href = f"/staff/disclosures/?questions=open&officer={officer.pk}"
    assert counts[href] == rows_behind(client, href) == 1
    for question in questions:
        questioning.answer(question, words="So.", by=officer, at=NOON)
    assert "Questions for you" not in client.get("/staff/").text


def test_to_sign_off_is_what_this_officer_can_sign_off_now(pupil, client, officer, second_officer):
    """Not what they made themself, what is signed off, or what has an open question."""
    DisclosureFactory(by=officer)
    signed, asked, *_ = [DisclosureFactory(by=second_officer) for _ in range(4)]
    signing_off.sign_off(signed, note="", by=officer, at=NOON)
    question = questioning.ask(asked, words="Why?", by=officer, at=NOON)
    client.force_login(officer)
    href = "/staff/disclosures/?signed_off=mine"
    for number in (2, 3):
        assert (number, href) in counted_lines(client)
        assert rows_behind(client, href) == number
        can = [each for each in disclosures() if not signing_off.why_not(each, officer)]
        assert len(can) == number
        if number == 2:
            questioning.answer(question, words="So.", by=second_officer, at=NOON)


@pytest.mark.parametrize("role", ["officer", "auditor"])
def test_a_failed_check_of_the_log_is_said_first_until_a_check_succeeds(client, officer, role):
    wrong = {"at": NOON, "size": 5, "first_bad": 3, "why": "entry 3: its hash is another."}
    client.force_login(officer if role == "officer" else OfficerFactory(roles=[Role.AUDITOR]))
    LogCheck.objects.create(**wrong)
    page = client.get("/staff/").text
    assert ("The log check failed" in page) is (role == "officer")
    if role == "officer":
        first = page.split("govuk-task-list__item")[1]
        assert 'href="/staff/log/">The log is not as it was written</a>: entry 3: its hash' in first
        assert ">Overdue</h2>" in page
    LogCheck.objects.create(at=NOON, size=5)
    assert "The log check failed" not in client.get("/staff/").text
