"""Links that confirm: at once, held for one mail, sent again; nobody is shut out."""

import re
from datetime import timedelta

import pytest
from django.test import Client

from consent.models import Decision, OptOutRequest, UnconfirmedOptOut
from consent.online import links, requesting
from privacy_portal.ground import days
from privacy_portal.ground.limits.counting import client_of, counted_limit
from privacy_portal.ground.limits.models import Attempt
from privacy_portal.ground.mail.models import Message
from tests import mails
from tests.forms import confirm_link, fill_in

pytestmark = pytest.mark.django_db
LINK = re.compile(r"/opt-out/confirm/[\w-]+/")


def texts_to(email):
    return [message.body for message in mails.sent() if message.to == [email]]


def seen(page):
    """A page without what is everyone's own."""
    return re.sub(
        r"[0-9A-Z]{3}-[0-9A-Z]{3}-[0-9A-Z]{4}|csrfmiddlewaretoken.*|[\w-]+@example\.org", "", page
    )


class TestManyBehindOneAddress:
    def test_the_two_thousandth_family_of_a_school_hall_is_not_even_slowed(self, pupil, client, rf):
        at, address = days.now(), client_of(rf.get("/"))
        limit = counted_limit("opt-out-from", address, most=1, within=timedelta(days=1), at=at)
        Attempt.objects.bulk_create(
            Attempt(kind="opt-out-from", who=limit.who, at=at) for _ in range(2_000)
        )
        assert "Check your email to finish" in fill_in(client).text
        assert len(mails.sent()) == 1

    def test_an_attacker_is_slowed_then_stopped_and_the_answers_are_kept(
        self, pupil, client, settings, time_machine
    ):
        settings.FORMS_SLOW, settings.FORMS_STOP = 2, 3
        for number in range(2):
            assert fill_in(Client(), contact={"email": f"{number}@example.org"}).status_code == 200
        page = fill_in(client)
        assert page.status_code == 429
        assert page["Retry-After"] == "60"
        assert "We have not received yours yet" in page.text
        assert "/opt-out/about/connexions/check/" in page.text
        assert "/opt-out/form/connexions.pdf" in page.text
        assert "01942 486197" in page.text
        assert "ELLA" in client.get("/opt-out/about/connexions/check/").text
        check = "/opt-out/about/connexions/check/"
        assert client.post(check).status_code == 429, "who does not wait gets no further"
        time_machine.move_to(days.now() + timedelta(seconds=61))
        assert "Check your email to finish" in client.post(check, follow=True).text
        stopped = fill_in(Client())
        assert stopped.status_code == 429
        assert stopped["Retry-After"] == "3600"
        assert "Please try again later" in stopped.text
        time_machine.move_to(days.now() + timedelta(hours=1, minutes=1))
        assert fill_in(Client()).status_code == 200


class TestOneAddressOrChild:
    def test_a_family_with_many_children_and_questions_gets_all_links_at_once(self, pupil):
        for number in range(10):
            fill_in(Client(), name={"forename": f"Child{number}", "surname": "Barlow"})
        assert len(texts_to("ben@example.org")) == 10

    def test_who_is_mailed_too_often_gets_the_rest_in_one_mail_and_loses_nothing(
        self, pupil, settings
    ):
        settings.LINKS_AT_ONCE = 2
        pages = {
            seen(fill_in(Client(), name={"forename": f"Child{n}", "surname": "B"}).text)
            for n in range(4)
        }
        assert len(pages) == 1, "the page tells nobody what others sent to this address"
        assert len(texts_to("ben@example.org")) == 2
        assert links.mail_held(at=days.now()) == 1
        assert links.mail_held(at=days.now()) == 0
        together = texts_to("ben@example.org")[-1]
        held = LINK.findall(together)
        assert len(held) == 2
        for path in held:
            assert "Opt-out confirmed" in Client().post(path, follow=True).text
        assert OptOutRequest.objects.count() == 2

    def test_a_mailbox_with_a_tag_is_the_same_mailbox(self, pupil, settings):
        settings.LINKS_AT_ONCE = 2
        for number in range(4):
            fill_in(Client(), contact={"email": f"Vic+{number}@example.org"})
        assert Message.objects.filter(to__istartswith="vic+").count() == 2
        assert UnconfirmedOptOut.objects.filter(held=True).count() == 2

    def test_a_mailbox_with_many_forms_is_reminded_of_the_first_ones(self, pupil, settings):
        for number in range(3):
            fill_in(Client(), contact={"email": f"ben+{number}@example.org"})
        fill_in(Client(), contact={"email": "amy@example.org"})
        mails.run_jobs()
        settings.LINKS_AT_ONCE = 2
        soon = UnconfirmedOptOut.objects.last().expires_at - timedelta(days=1)
        assert requesting.remind(at=soon) == 3
        reminders = Message.objects.filter(key__startswith="opt-out-reminder/")
        assert sorted(reminders.values_list("to", flat=True)) == [
            "amy@example.org", "ben+0@example.org", "ben+1@example.org",
        ]  # fmt: skip

    def test_one_held_link_comes_in_the_usual_mail(self, pupil, settings):
        settings.LINKS_AT_ONCE = 1
        for number in range(2):
            fill_in(Client(), name={"forename": f"Child{number}", "surname": "B"})
        links.mail_held(at=days.now())
        assert texts_to("ben@example.org")[-1].count("/opt-out/confirm/") == 1

    def test_hammering_one_child_from_many_addresses_is_slowed_unseen_and_the_family_still_opts_out(
        self, pupil, settings
    ):
        settings.LINKS_AT_ONCE_A_CHILD = 3
        pages = {
            seen(fill_in(Client(), contact={"email": f"evil-{n}@example.org"}).text)
            for n in range(8)
        }
        at_once = Message.objects.filter(to__startswith="evil-").count()
        assert 3 <= at_once <= 6
        page = fill_in(Client())
        assert {seen(page.text)} == pages, "nobody sees how many others sent something"
        assert texts_to("ben@example.org") == []
        links.mail_held(at=days.now())
        (text,) = texts_to("ben@example.org")
        Client().post(LINK.findall(text)[0])
        mails.run_jobs()
        decision = Decision.objects.get()
        assert decision.person_name == "Ben Barlow"
        assert decision.received_at == OptOutRequest.objects.get().received_at

    def test_how_many_are_too_many_about_a_child_cannot_be_foreseen(self, pupil, settings):
        settings.LINKS_AT_ONCE_A_CHILD = 3
        met = set()
        for child in range(12):
            for number in range(7):
                fill_in(
                    Client(),
                    name={"forename": f"Child{child}", "surname": "B"},
                    contact={"email": f"c{child}n{number}@example.org"},
                )
            met.add(UnconfirmedOptOut.objects.filter(forename=f"Child{child}", held=True).count())
            if child >= 3 and len(met) > 1:
                break
        assert len(met) > 1
        assert met <= {1, 2, 3, 4}


class TestAgain:
    def test_a_mistyped_address_is_corrected_and_nothing_is_asked_again(self, pupil, client):
        fill_in(client, contact={"email": "bne@example.net"})
        wrong = confirm_link()
        sent = UnconfirmedOptOut.objects.get()
        assert "/opt-out/sent/again/" in client.get("/opt-out/sent/").text
        page = client.post("/opt-out/sent/again/", {"email": "ben@example.org"}, follow=True)
        assert "ben@example.org" in page.text
        assert "Only the newest link works" in page.text
        assert sent.reference in page.text
        assert Client().get(wrong).status_code == 410, "the stranger’s link ended"
        right = confirm_link()
        assert right != wrong
        client.post(right)
        mails.run_jobs()
        decision = Decision.objects.get()
        assert decision.received_at == sent.received_at, "it counts from when it was first sent"
        assert OptOutRequest.objects.get().email == "ben@example.org"

    def test_a_mail_to_the_wrong_address_that_has_not_gone_is_not_sent(self, pupil, client):
        fill_in(client, contact={"email": "bne@example.net"})
        client.post("/opt-out/sent/again/", {"email": "ben@example.org"})
        assert [message.to for message in mails.sent()] == [["ben@example.org"]]

    def test_it_is_reached_from_the_status_page_too(self, pupil, client):
        fill_in(client, contact={"email": "bne@example.net"})
        given = {"reference": UnconfirmedOptOut.objects.get().reference, "email": "bne@example.net"}
        later = Client()
        assert "/opt-out/sent/again/" in later.post("/opt-out/status/", given).text
        later.post("/opt-out/sent/again/", {"email": "ben@example.org"})
        assert mails.sent()[-1].to == ["ben@example.org"]

    def test_the_page_offers_the_address_that_was_given(self, pupil, client):
        fill_in(client, contact={"email": "bne@example.net"})
        assert 'value="bne@example.net"' in client.get("/opt-out/sent/again/").text

    def test_whoever_sends_too_many_again_is_stopped_and_the_link_in_the_mail_works_on(
        self, pupil, client, settings
    ):
        fill_in(client)
        settings.FORMS_SLOW, settings.FORMS_STOP = 0, 1
        stopped = client.post("/opt-out/sent/again/", {"email": "x@example.org"})
        assert stopped.status_code == 429
        assert "/opt-out/sent/again/" in stopped.text
        assert texts_to("x@example.org") == []
        assert Client().get(confirm_link()).status_code == 200

    def test_what_was_confirmed_meanwhile_is_said_and_sent_to_nobody(self, pupil, client):
        fill_in(client)
        Client().post(confirm_link())
        number = len(mails.sent())
        page = client.post("/opt-out/sent/again/", {"email": "x@example.org"})
        assert "We cannot send this email again" in page.text
        assert len(mails.sent()) == number

    def test_who_sent_nothing_is_led_to_the_start(self, policy, client):
        assert client.get("/opt-out/sent/again/").url == "/opt-out/"


class TestLikelyMeant:
    def test_a_likely_mistake_is_asked_about_once_and_then_believed(self, pupil, client):
        page = fill_in(client, contact={"email": "ben@exmaple.org"})
        assert page.status_code == 422
        assert "Did you mean ben@example.org?" in page.text
        assert 'name="sure" value="ben@exmaple.org"' in page.text
        page = fill_in(client, contact={"email": "ben@exmaple.org", "sure": "ben@exmaple.org"})
        assert "Check your email to finish" in page.text
        assert UnconfirmedOptOut.objects.get().email == "ben@exmaple.org"

    def test_another_mistake_is_asked_about_anew(self, pupil, client):
        page = fill_in(client, contact={"email": "ben@gmial.com", "sure": "ben@exmaple.org"})
        assert "Did you mean ben@gmail.com?" in page.text

    @pytest.mark.parametrize(
        "address", ["a@wigan.gov.uk", "a@live.nl", "a@hotmail.fr", "a@gmx.de", "a@example.net"]
    )
    def test_what_may_be_right_is_not_asked_about(self, pupil, client, address):
        assert "Check your email to finish" in fill_in(client, contact={"email": address}).text
