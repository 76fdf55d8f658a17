"""Told of changes: asked for, confirmed by a button, told once, ended by one click."""

import json
from datetime import date, timedelta
from itertools import pairwise

import pytest
from django.core import mail
from django.test import Client

from notices.drafts.publishing import withdraw
from notices.models import Notice, NoticeVersion, Subscriber, SubscriptionRequest, VersionStatus
from notices.subscriptions import subscribing, telling
from privacy_portal.ground.days import in_words
from privacy_portal.ground.mail.models import Message
from tests import mails
from tests.commands import run
from tests.example import NOON
from tests.factories.notices import ANY_DAY, CompleteDraftFactory, publish
from tests.many import store_many

pytestmark = pytest.mark.django_db
EMAIL = "rhys@example.org"


def asks(client, email=EMAIL, notices=("pupils",)):
    return client.post("/subscribe/", {"email": email, "notices": list(notices)}, follow=True)


@pytest.fixture
def subscribed(policy, client) -> Subscriber:
    asks(client)
    client.post(mails.link_in(mails.sent()[-1], "/subscribe/confirm/"))
    mail.outbox.clear()
    return Subscriber.objects.get()


class TestAsking:
    def test_nothing_begins_before_the_button_of_the_link_is_pressed(self, policy, client):
        assert "Check your email" in asks(client).text
        (message,) = mails.sent()
        assert message.to == [EMAIL]
        assert "How we use information about pupils" in message.body
        link = mails.link_in(message, "/subscribe/confirm/")
        for method in (client.get, client.head):
            assert method(link).status_code == 200
        assert not Subscriber.objects.exists()
        page = client.post(link).text
        assert "You are subscribed" in page
        assert EMAIL in page
        assert [subscriber.slug for subscriber in Subscriber.objects.get().notices.all()] == [
            "pupils"
        ]

    def test_the_link_is_stored_as_a_hash_only(self, policy, client):
        asks(client)
        (message,) = mails.sent()
        token = mails.link_in(message, "/subscribe/confirm/").split("/")[3]
        assert len(token) == 43
        assert token not in str(SubscriptionRequest.objects.values().get())
        assert token not in str(list(Message.objects.values()))

    def test_pressing_the_button_again_changes_nothing(self, subscribed, client):
        asks(client, email=EMAIL.upper(), notices=["school-workforce"])
        link = mails.link_in(mails.sent()[-1], "/subscribe/confirm/")
        for _ in range(2):
            assert "You are subscribed" in client.post(link).text
        assert Subscriber.objects.count() == 1
        assert subscribed.notices.count() == 2

    def test_a_link_is_good_for_seven_days(self, policy, client, time_machine):
        asks(client)
        link = mails.link_in(mails.sent()[-1], "/subscribe/confirm/")
        time_machine.move_to(NOON + timedelta(days=7, minutes=1))
        assert client.get(link).status_code == 410
        assert "This link no longer works" in client.post(link).text
        assert not Subscriber.objects.exists()
        subscribing.forget_requests(at=NOON + timedelta(days=8))
        assert not SubscriptionRequest.objects.exists()

    def test_a_made_up_link_is_told_kindly(self, policy, client):
        assert client.post("/subscribe/confirm/nonsense/").status_code == 410

    def test_an_old_link_does_not_begin_again_what_was_ended(self, policy, client):
        asks(client)
        link = mails.link_in(mails.sent()[-1], "/subscribe/confirm/")
        client.post(link)
        Subscriber.objects.all().delete()
        assert client.post(link).status_code == 410
        assert not Subscriber.objects.exists()

    def test_nobody_learns_from_the_page_who_subscribes(self, subscribed, client):
        unknown = asks(client, email="nobody@example.org").content
        known = asks(client).content
        assert known == unknown
        assert "You are already subscribed" in mails.sent()[-1].subject
        assert "/subscribe/end/" in mail.outbox[-1].extra_headers["List-Unsubscribe"]

    def test_an_address_gets_three_such_mails_a_day(self, policy, client):
        pages = {asks(client).content for _ in range(5)}
        assert len(pages) == 1
        assert len(mails.sent()) == subscribing.MAILS_A_DAY

    def test_one_place_is_slowed_then_stopped(self, policy, client, settings):
        settings.FORMS_SLOW, settings.FORMS_STOP = 20, 22
        answers = [asks(client, email=f"{n}@example.org").status_code for n in range(21)]
        assert answers == [200] * 20 + [429]
        assert len(mails.sent()) == 20
        page = asks(client, email="late@example.org")
        assert "Wait a minute, then send it again" in page.text
        assert '<input type="hidden" name="email" value="late@example.org">' in page.text

    @pytest.mark.parametrize(
        ("given", "told"),
        [
            ({"notices": ["pupils"]}, "Enter your email address"),
            ({"notices": ["pupils"], "email": "no"}, "like name@example.com"),
            ({"email": EMAIL}, "Select at least one privacy notice"),
            ({"email": EMAIL, "notices": ["nope"]}, "Select privacy notices from the list"),
        ],
    )
    def test_a_wrong_form_says_what_is_wrong(self, policy, client, given, told):
        page = client.post("/subscribe/", given)
        assert page.status_code == 422
        assert told in page.text
        assert not SubscriptionRequest.objects.exists()

    def test_a_notice_is_chosen_already_when_one_comes_from_its_page(self, policy, client):
        def chosen(address):
            return client.get(address).text.count(" checked")

        assert chosen("/subscribe/") == Notice.objects.count() == 2
        assert chosen("/subscribe/?notice=pupils") == 1

    def test_without_notices_the_page_says_so(self, client):
        assert "We have not published any privacy notices yet" in client.get("/subscribe/").text


class TestEnding:
    def test_the_readers_mail_program_ends_it_by_one_click_without_a_cookie(self, subscribed):
        strict = Client(enforce_csrf_checks=True)
        link = f"/subscribe/end/{subscribed.reference}/"
        assert strict.get(link).status_code == 200
        assert Subscriber.objects.exists()
        response = strict.post(link, {"List-Unsubscribe": "One-Click"})
        assert response.status_code == 200
        assert not response.cookies
        assert not Subscriber.objects.exists()

    def test_the_address_is_forgotten_and_what_waits_is_not_sent(
        self, subscribed, editor, other_editor
    ):
        publish(CompleteDraftFactory(by=editor), by=other_editor)
        telling.tell(
            NoticeVersion.objects.get(notice__slug="pupils", number=4).pk,
            telling.Event.PUBLISHED,
            at=NOON,
        )
        assert Message.objects.unsent().filter(to=EMAIL).exists()
        subscribing.end(subscribed.reference)
        assert mails.sent() == []
        for model in (Message, SubscriptionRequest, Subscriber):
            assert not model.objects.exists()

    def test_ending_twice_or_what_never_was_is_no_error(self, subscribed, client):
        pages = {client.post(f"/subscribe/end/{subscribed.reference}/").content for _ in range(2)}
        assert len(pages) == 1

    def test_who_ended_it_is_told_nothing_more(self, subscribed, editor, other_editor):
        draft = CompleteDraftFactory(by=editor)
        subscribing.end(subscribed.reference)
        publish(draft, by=other_editor)
        assert mails.sent() == []


class TestTelling:
    def test_a_new_version_is_told_with_what_changed_and_how_to_end_it(
        self, subscribed, editor, other_editor
    ):
        draft = CompleteDraftFactory(by=editor, effective_from=date(2027, 3, 1))
        publish(draft, by=other_editor)
        (message,) = mails.sent()
        assert message.to == [EMAIL]
        assert (
            message.subject
            == "We have updated our privacy notice: How we use information about pupils"
        )
        assert "will apply from 1 March 2027." in message.body
        assert draft.summary in message.body
        assert f"/notices/pupils/versions/{draft.number}/" in message.body
        end = f"/subscribe/end/{subscribed.reference}/"
        assert end in message.body
        assert end in message.extra_headers["List-Unsubscribe"]

    def test_the_job_run_again_tells_nobody_twice(self, subscribed, editor, other_editor):
        draft = CompleteDraftFactory(by=editor)
        publish(draft, by=other_editor)
        assert len(mails.sent()) == 1
        assert telling.tell(draft.pk, telling.Event.PUBLISHED, at=NOON) == 0
        assert len(mails.sent()) == 1

    def test_a_withdrawn_version_is_told_as_withdrawn(self, subscribed, editor, other_editor):
        draft = CompleteDraftFactory(by=editor)
        publish(draft, by=other_editor)
        withdraw(draft.pk, reason="A mistake", by=editor, at=NOON)
        (message,) = mails.sent()  # the job of the publication finds that it is no news any more
        assert f"will not change on {in_words(ANY_DAY)}" in message.subject
        assert "/notices/pupils/" in message.body

    def test_subscribers_of_another_notice_are_not_told(self, policy, client, editor, other_editor):
        asks(client, notices=["school-workforce"])
        client.post(mails.link_in(mails.sent()[-1], "/subscribe/confirm/"))
        mail.outbox.clear()
        publish(CompleteDraftFactory(by=editor), by=other_editor)
        assert mails.sent() == []

    def test_old_versions_that_a_policy_brings_are_no_news(self, subscribed):
        for version in NoticeVersion.objects.filter(status=VersionStatus.PUBLISHED):
            told = telling.tell(version.pk, telling.Event.PUBLISHED, at=NOON)
            assert told == (version.notice.slug == "pupils" and version.number == 3)

    def test_versions_that_a_policy_brings_are_told(self, subscribed, tmp_path):
        from tests.example import POLICY
        from tests.places import EXAMPLE

        mails.run_jobs()
        mail.outbox.clear()
        example = json.loads((EXAMPLE / "policy.json").read_text())
        # What is signed or named never changes, and the tests have what the worked cases have.
        ours = json.loads(POLICY.read_text())
        example |= {"agreements": ours["agreements"], "schemes": ours["schemes"]}
        for section in ("items", "purposes", "recipients"):
            known = {part["code"]: part for part in ours[section]}
            example[section] = [known.get(part["code"], part) for part in example[section]]
        path = tmp_path / "policy.json"
        path.write_text(json.dumps(example))
        assert run("policy", "import", path).code == 0
        fourth, fifth, sixth = mails.sent()
        assert "version 4" in fourth.body
        assert "from 24 November 2026" in fourth.body
        assert "version 5" in fifth.body
        assert "from 27 November 2026" in fifth.body
        assert "version 6" in sixth.body

    def test_ten_thousand_are_told_in_batches(
        self, policy, django_assert_max_num_queries, editor, other_editor
    ):
        notice = Notice.objects.get(slug="pupils")
        people = store_many(
            Subscriber(email=f"{n}@example.org", confirmed_at=NOON) for n in range(10_000)
        )
        store_many(
            Subscriber.notices.through(subscriber=person, notice=notice) for person in people
        )
        version = NoticeVersion.objects.get(notice=notice, number=3)
        with django_assert_max_num_queries(80):
            assert telling.tell(version.pk, telling.Event.PUBLISHED, at=NOON) == 10_000
        keys = sorted(Message.objects.values_list("key", flat=True))
        assert all(one != other for one, other in pairwise(keys))
