"""Codes of letters: entered, guessed at, used once; opting back in with a fresh one."""

import io
from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from pypdf import PdfReader

from consent.decisions import opting_in
from consent.letters import codes as letter_codes, printing as letters
from consent.models import (
    Decision,
    LetterCode,
    LetterKind,
    LetterRun,
    OptOutRequest,
    Pupil,
    Telling,
    Verification,
)
from privacy_portal.ground.limits.models import Attempt
from tests import mails
from tests.consent.standing import is_out
from tests.example import NOON, UPN
from tests.factories.consent import DecisionFactory, scheme_of
from tests.letters import CODE, codes_and_text, decide_by_code, enter_code

pytestmark = pytest.mark.django_db


class TestEntering:
    @pytest.fixture
    def code(self, roll, at_school):
        ((written,), _) = codes_and_text([roll], at_school)
        return written

    def test_an_opt_out_with_a_code_counts_at_once_and_shows_nothing_of_the_pupil(
        self, roll, code, client
    ):
        client = Client()
        pages = [enter_code(client, code.lower().replace("-", " "))]
        assert pages[0].url == "/opt-out/code/who/"
        pages.append(client.get("/opt-out/code/who/"))
        done = decide_by_code(client, code, email="ben@example.org")
        assert "Opt-out confirmed" in done.text
        for page in [*pages, done]:
            for telling in ("Ella", "Barlow", UPN, "Example High"):
                assert telling not in page.text
        decision = Decision.objects.get()
        assert (decision.pupil, decision.person_name, decision.by) == (roll, "Ben Barlow", "parent")
        assert decision.request.code.used_at is not None
        assert is_out(roll, NOON + timedelta(hours=1))
        (body,) = [mail.body for mail in mails.sent() if mail.to == ["ben@example.org"]]
        assert decision.request.reference in body
        assert "Ella" not in body

    def test_it_works_once(self, code):
        decide_by_code(Client(), code)
        page = enter_code(Client(), code)
        assert page.status_code == 422
        assert "We do not recognise this code." in page.text

    def test_two_who_entered_it_cannot_both_use_it(self, code):
        one, other = Client(), Client()
        for client in (one, other):
            enter_code(client, code)
            client.post("/opt-out/code/who/", {"by": "parent"})
            client.post("/opt-out/code/name/", {"person_name": "B", "relation": "Aunt"})
        assert "/receipt/" in one.post("/opt-out/code/check/").url
        assert other.post("/opt-out/code/check/").url == "/opt-out/code/"
        assert Decision.objects.count() == 1

    def test_a_new_letter_kills_the_old_code(self, roll, code, at_school):
        ((new,), _) = codes_and_text([roll], at_school)
        assert enter_code(Client(), code).status_code == 422
        assert enter_code(Client(), new).status_code == 302
        fields = LetterCode.objects.filter(revoked_at=None).values().get()
        with pytest.raises(IntegrityError, match="letter_code_newest_only"), transaction.atomic():
            LetterCode.objects.create(**{**fields, "id": None, "selector": "ZZZZ"})

    def test_it_is_good_for_ninety_days(self, code, time_machine):
        time_machine.move_to(NOON + timedelta(days=89))
        assert enter_code(Client(), code).status_code == 302
        time_machine.move_to(NOON + timedelta(days=90, minutes=1))
        assert enter_code(Client(), code).status_code == 422
        assert letter_codes.revoke_expired(at=NOON + timedelta(days=91)) == 1

    def test_no_two_codes_in_use_begin_alike(self, roll, at_school, monkeypatch):
        drawn = iter(["AAAA", "B" * 12, "AAAA", "CCCC", "D" * 12])
        monkeypatch.setattr(letter_codes, "_letters", lambda number: next(drawn))
        codes, _ = codes_and_text(list(Pupil.objects.order_by("pk")), at_school)
        assert codes == ["AAAA-BBBB-BBBB-BBBB", "CCCC-DDDD-DDDD-DDDD"]

    def test_letters_that_look_alike_are_forgiven(self):
        assert letter_codes.read_code("oOil-1111-2222-3333") == "0011111122223333"
        assert letter_codes.read_code("OOOO-1111-2222-333") == ""
        assert letter_codes.read_code("UUUU-1111-2222-3333") == ""

    @pytest.mark.parametrize("written", ["", "abc", "x" * 41, "UUUU-1111-2222-3333"])
    def test_what_is_no_code_is_said_and_not_counted(self, policy, client, written):
        assert enter_code(client, written).status_code == 422
        assert not Attempt.objects.exists()

    def test_a_letter_is_closed_for_a_day_after_five_wrong_guesses(self, code, time_machine):
        wrong = code[:4] + "-2222-2222-2222"
        for _ in range(5):
            assert enter_code(Client(), wrong).status_code == 422
        assert enter_code(Client(), code).status_code == 429
        time_machine.move_to(NOON + timedelta(days=1, hours=1))
        assert enter_code(Client(), code).status_code == 302

    def test_a_parents_evening_of_wrong_codes_closes_nothing(self, code):
        for number in range(60):
            assert enter_code(Client(), f"{number:04}-2222-2222-2222").status_code == 422
        assert enter_code(Client(), code).status_code == 302

    def test_a_place_is_closed_for_an_hour_after_many(self, code, time_machine, settings):
        settings.WRONG_GUESSES_AN_HOUR = 20
        for number in range(20):
            assert enter_code(Client(), f"{number:04}-2222-2222-2222").status_code == 422
        assert enter_code(Client(), code).status_code == 429
        time_machine.move_to(NOON + timedelta(hours=1, minutes=5))
        assert enter_code(Client(), code).status_code == 302

    def test_right_codes_are_no_failures(self, code):
        for _ in range(25):
            assert enter_code(Client(), code).status_code == 302
        assert not Attempt.objects.exists()

    def test_an_unknown_letter_is_hashed_like_a_known_one(self, code, monkeypatch):
        calls = []
        real = letter_codes.CodeHasher.verify

        def verify(self, secret, encoded):
            calls.append(encoded.split("$")[:2])
            return real(self, secret, encoded)

        monkeypatch.setattr(letter_codes.CodeHasher, "verify", verify)
        enter_code(Client(), f"{code[:4]}-2222-2222-2222")
        enter_code(Client(), "2222-2222-2222-2222" if code[:4] != "2222" else "3333-2222-2222-2222")
        assert calls == [["pbkdf2_letter", "20000"]] * 2

    def test_a_pupil_too_young_is_told_kindly_and_the_code_stays_good(self, roll, code):
        page = decide_by_code(Client(), code, by="pupil")
        assert "Ask a parent or carer to do this" in page.text
        assert not OptOutRequest.objects.exists()
        assert "Opt-out confirmed" in decide_by_code(Client(), code).text

    def test_a_parent_whose_child_decided_is_told_nothing_of_it(self, roll, at_school):
        own = Pupil.objects.get(forename="Old")
        DecisionFactory(pupil=own, by="pupil", person_name="Old Barlow", days=-1, channel="import")
        ((code,), _) = codes_and_text([own], at_school)
        page = decide_by_code(Client(), code)
        assert "You cannot use this code for that" in page.text
        assert Decision.objects.count() == 1
        assert LetterCode.objects.get().used_at is None

    def test_one_cannot_jump_ahead(self, code, client):
        client = Client()
        for step in ("who", "name", "check", "choice"):
            assert client.get(f"/opt-out/code/{step}/").url == "/opt-out/code/"
        enter_code(client, code)
        assert client.get("/opt-out/code/name/").url == "/opt-out/code/who/"
        assert client.get("/opt-out/code/choice/").url == "/opt-out/code/who/"
        assert client.get("/opt-out/code/check/").url == "/opt-out/code/who/"
        assert client.get("/opt-out/code/nonsense/").status_code == 404

    def test_the_same_answer_again_asks_nothing_anew_and_another_one_does(self, code):
        client = Client()
        enter_code(client, code)
        client.post("/opt-out/code/who/", {"by": "parent"})
        client.post("/opt-out/code/name/", {"person_name": "B", "relation": "Aunt"})
        again = client.post("/opt-out/code/who/", {"by": "parent"})
        assert again.url == "/opt-out/code/check/"
        other = client.post("/opt-out/code/who/", {"by": "pupil"})
        assert other.url == "/opt-out/code/name/"

    def test_staff_see_that_it_came_with_a_code(self, roll, code, at_school, client):
        decide_by_code(Client(), code)
        reference = OptOutRequest.objects.get().reference
        assert "Identified by a letter code" in client.get("/staff/opt-outs/?all=1").text
        page = client.get(f"/staff/opt-outs/{reference}/").text
        assert "Identified by a letter code" in page
        assert "Matched automatically" in page
        assert client.get(f"/staff/pupils/{roll.reference}/").status_code == 200


class TestOptingBackIn:
    def test_a_choice_letter_cannot_opt_in(self, roll, at_school):
        DecisionFactory(pupil=roll, days=-1, channel="import")
        ((code,), _) = codes_and_text([roll], at_school)
        client = Client()
        assert enter_code(client, code).url == "/opt-out/code/who/"

    def test_a_fresh_code_opts_its_addressee_in_after_seven_days_and_all_are_told(
        self, roll, at_school, client
    ):
        DecisionFactory(pupil=roll, days=-1, channel="import")
        roll.parent_email = "ben@example.org"
        roll.save()
        at = f"/staff/letters/pupil/{roll.reference}/"
        assert "Ben Barlow" in client.get(at).text
        assert client.post(at, {"kind": "opt-in", "scheme": "connexions"}).status_code == 422
        client.post(at, {"kind": "opt-in", "scheme": "connexions", "to": "0"})
        mails.run_jobs()
        content = letters.download(LetterRun.objects.get(), by=at_school, at=NOON)
        written = CODE.search(PdfReader(io.BytesIO(content)).pages[0].extract_text())[0]
        page = decide_by_code(Client(), written, choice="opt-in")
        assert "Opt-in received" in page.text
        assert "30 November 2026 at the earliest" in page.text
        decision = Decision.objects.get(choice="opt-in")
        assert decision.person_key == "benbarlow"
        assert [telling.address for telling in Telling.objects.all()] == ["ben@example.org"]
        assert not Verification.objects.exists()
        mails.run_jobs()
        assert opting_in.settle(at=NOON) == 1
        assert is_out(roll, NOON + timedelta(days=6))
        assert not is_out(roll, NOON + timedelta(days=8))

    def test_a_code_that_lay_about_when_somebody_opted_out_opens_nothing(self, roll, at_school):
        ((code,), _) = codes_and_text(
            [roll], at_school, kind=LetterKind.OPT_IN, to_name="Ben Barlow"
        )
        client = Client()
        assert enter_code(client, code).url == "/opt-out/code/choice/"
        client.post("/opt-out/code/choice/", {"choice": "opt-in"})
        client.post("/opt-out/code/name/", {"email": ""})
        DecisionFactory(pupil=roll, days=0.01, channel="import")
        page = client.post("/opt-out/code/check/")
        assert "You cannot use this code for that" in page.text
        assert LetterCode.objects.get().used_at is None
        assert not Decision.objects.filter(choice="opt-in").exists()

    def test_before_the_choice_the_page_names_neither(self, roll, at_school):
        ((code,), _) = codes_and_text(
            [roll], at_school, kind=LetterKind.OPT_IN, to_name="Ben Barlow"
        )
        client, about = Client(), scheme_of()
        page = client.get(enter_code(client, code).url).text
        assert f"What we share with {about.recipient.name}" in page
        assert about.title not in page
        for choice, title in (("opt-out", about.title), ("opt-in", about.sharing_title)):
            following = client.post("/opt-out/code/choice/", {"choice": choice}).url
            assert title in client.get(following).text

    def test_the_code_can_also_opt_out(self, roll, at_school):
        ((code,), _) = codes_and_text(
            [roll], at_school, kind=LetterKind.OPT_IN, to_name="Ben Barlow"
        )
        assert "Opt-out confirmed" in decide_by_code(Client(), code, choice="opt-out").text

    def test_a_scheme_that_starts_closed_is_agreed_to_with_any_letter(self, roll, at_school):
        about = scheme_of("height-weight")
        about.default = "withhold"
        about.save()
        ((code,), text) = codes_and_text([roll], at_school, about="height-weight")
        assert "unless you agree" in " ".join(text.split())
        assert "Opt-in received" in decide_by_code(Client(), code, choice="opt-in").text
        decision = Decision.objects.get()
        assert decision.person_name == "Ben Barlow"


class TestTurning16:
    def test_those_with_a_parents_opt_out_get_one_letter_and_decide(self, roll, at_school, client):
        own = Pupil.objects.get(forename="Old")
        DecisionFactory(pupil=own, days=-1, channel="import")
        DecisionFactory(pupil=roll, days=-1, channel="import")
        about = scheme_of()
        pupils = Pupil.objects.all()
        on = NOON.date()
        assert letters.turned_16(pupils, about, on) == [own]
        ((code,), text) = codes_and_text([own], at_school, kind=LetterKind.TURNING_16)
        assert "You can now choose for yourself" in text
        assert "Now you are 16, this is your choice" in " ".join(text.split())
        assert letters.turned_16(pupils, about, on) == []
        assert is_out(own)
        page = decide_by_code(Client(), code, by="pupil", choice="opt-in")
        assert "Opt-in received" in page.text
        assert Decision.objects.get(choice="opt-in").by == "pupil"

    def test_a_letter_whose_code_another_one_ended_is_made_again(self, roll, at_school):
        own = Pupil.objects.get(forename="Old")
        DecisionFactory(pupil=own, days=-1, channel="import")
        codes_and_text([own], at_school, kind=LetterKind.TURNING_16)
        assert letters.turned_16(Pupil.objects.all(), scheme_of(), NOON.date()) == []
        codes_and_text([own], at_school)
        assert letters.turned_16(Pupil.objects.all(), scheme_of(), NOON.date()) == [own]

    def test_one_can_be_printed_again_for_the_pupil_alone(self, roll, at_school, client):
        own = Pupil.objects.get(forename="Old")
        at = f"/staff/letters/pupil/{own.reference}/"
        send = {"kind": "turning-16", "scheme": "connexions", "to": "1"}
        kind = "You can now choose for yourself (age 16)"
        assert kind not in client.get(at).text
        assert client.post(at, send).status_code == 422
        DecisionFactory(pupil=own, days=-1, channel="import")
        codes_and_text([own], at_school, kind=LetterKind.TURNING_16)
        assert f"{kind}, printed on 23 November" in client.get(at).text
        other = client.post(at, {**send, "scheme": "height-weight"}).text
        assert "No parent has opted this pupil out" in other
        assert "Select the pupil" in client.post(at, {**send, "to": "0"}).text
        assert client.post(at, send).status_code == 302

    def test_not_those_who_decided_themselves_nor_under_a_scheme_of_parents(self, roll):
        own = Pupil.objects.get(forename="Old")
        DecisionFactory(pupil=own, days=-1, channel="import")
        DecisionFactory(pupil=own, by="pupil", person_name="Old Barlow", days=-1, channel="import")
        assert letters.turned_16(Pupil.objects.all(), scheme_of(), NOON.date()) == []
        assert letters.turned_16(Pupil.objects.all(), scheme_of("height-weight"), NOON.date()) == []


class TestLettersThatStillWork:
    AT = "/staff/letters/990001/connexions/"

    @pytest.fixture
    def older(self, roll, at_school):
        """A letter to a pupil who turns 16, and one to Ella's family, both with codes that work."""
        own = Pupil.objects.get(forename="Old")
        DecisionFactory(pupil=own, days=-1, channel="import")
        codes_and_text([own], at_school, kind=LetterKind.TURNING_16)
        return own

    def test_a_run_that_would_end_their_codes_says_so_first(self, older, client):
        years = [pupil.year_group for pupil in Pupil.objects.all()]
        send = {"kind": "choice", "years": years}
        page = client.post(self.AT, send)
        assert "The codes on 1 letter would stop working" in page.text
        assert (
            "You can now choose for yourself (age 16), printed on 23 November 2026: 1 letter"
            in page.text
        )
        assert LetterRun.objects.count() == 1
        assert client.post(self.AT, {**send, "asked": "1"}).status_code == 422
        client.post(self.AT, {**send, "asked": "1", "live": "leave"})
        mails.run_jobs()
        code = LetterCode.objects.get(pupil=older)
        assert code.revoked_at is None
        assert older.pk not in LetterRun.objects.order_by("-asked_at").first().pupils
        page = client.post(self.AT, {**send, "asked": "1", "live": "end"})
        mails.run_jobs()
        code.refresh_from_db()
        assert code.revoked_at is not None

    def test_nobody_is_left_to_write_to(self, older, client):
        send = {"kind": "choice", "years": [older.year_group], "asked": "1", "live": "leave"}
        page = client.post(self.AT, send)
        assert ("no pupils to write to" in page.text) == (
            Pupil.objects.filter(year_group=older.year_group).count() == 1
        )
