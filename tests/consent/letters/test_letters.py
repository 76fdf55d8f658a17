"""Letters with codes: printed, entered, guessed at, used once; opting back in with a fresh one."""

import io
from dataclasses import replace
from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from pypdf import PdfReader

from consent.decisions import opting_in
from consent.decisions.contacts import contacts_of
from consent.letters import codes as letter_codes, printing as letters
from consent.letters.printing import LetterTranslation
from consent.models import (
    Decision,
    LetterCode,
    LetterKind,
    LetterRun,
    OptOutRequest,
    Pupil,
    SchoolStaff,
    Telling,
    Verification,
)
from consent.queries import decisions_about, scheme_facts
from consent.rules import opted_out
from consent.tasks import print_letters
from notices.languages import LANGUAGES
from privacy_portal.ground.limits.models import Attempt
from tests import mails
from tests.commands import run
from tests.example import NOON, TWIN, UPN
from tests.factories.consent import DecisionFactory, scheme_of
from tests.letters import CODE, HOME, codes_and_text, decide_by_code, enter_code
from tests.log_entries import entries
from tests.rolls import ROLL_HEADINGS, pupil_row

pytestmark = pytest.mark.django_db


@pytest.fixture
def roll(policy, write):
    rows = pupil_row(**HOME) + pupil_row(UPN=TWIN, Forename="Old", DOB="2010-01-01", **HOME)
    assert run("roll", "import", write(f"{ROLL_HEADINGS}\r\n{rows}")).code == 0
    return Pupil.objects.get(forename="Ella")


@pytest.fixture
def at_school(roll, secretary, client):
    SchoolStaff.objects.create(user=secretary, school=roll.school)
    client.force_login(secretary)
    return secretary


def is_out(pupil, at=NOON):
    about = scheme_of()
    return opted_out(scheme_facts(about), pupil.born, decisions_about(about, pupil), at)


class TestPrinting:
    def test_a_year_group_is_one_pdf_for_who_asked(self, roll, at_school, client, officer):
        page = client.get("/staff/letters/?school=990001&scheme=connexions")
        assert page.url == "/staff/letters/990001/connexions/"
        assert client.get(page.url).status_code == 200
        assert client.post(page.url, {"kind": "choice"}).status_code == 422
        made = client.post(page.url, {"kind": "choice", "years": ["9"]}, follow=True)
        assert "Creating letters" in made.text
        asked = LetterRun.objects.get()
        mails.run_jobs()
        at = f"/staff/letters/run/{asked.pk}"
        assert "2 letters ready to print" in client.get(f"{at}/").text
        response = client.get(f"{at}.pdf")
        pdf = PdfReader(io.BytesIO(response.content))
        assert b"pdfuaid" in pdf.trailer["/Root"]["/Metadata"].get_data()
        assert len(pdf.pages) == 3  # two letters, each on a sheet of its own
        assert response["Content-Disposition"].startswith("attachment")
        assert letters.file_of(asked).stat().st_mode & 0o777 == 0o600
        assert [each["event"] for each in entries()[-3:]] == [
            "letters-asked", "letters-printed", "letters-taken",
        ]  # fmt: skip
        client.force_login(officer)
        assert client.get(f"{at}.pdf").status_code == 404
        assert client.get(f"{at}/").status_code == 404

    def test_a_letter_goes_to_the_parent_and_from_16_to_the_pupil(self, roll, at_school):
        own = Pupil.objects.get(forename="Old")
        codes, text = codes_and_text([roll, own], at_school)
        assert len(set(codes)) == 2
        for words in (
            "Ben Barlow\n2 Low Road", "This letter is about Ella Barlow", "Old Barlow\n1 High Street",
            "Dear Old Barlow", "/opt-out/code/", "21 February 2027", "postcode", "WN1 1YN",
        ):  # fmt: skip
            assert words in text
        by = {each.pupil_id: each.by for each in LetterCode.objects.all()}
        assert by == {roll.pk: "parent", own.pk: "pupil"}

    def test_only_a_hash_of_the_secret_is_stored(self, roll, at_school):
        ((written,), _) = codes_and_text([roll], at_school)
        stored = LetterCode.objects.get()
        letters_ = written.replace("-", "")
        assert stored.selector == letters_[:4]
        assert letters_[4:] not in str(LetterCode.objects.values().get())
        assert stored.secret_hash.startswith("pbkdf2_letter$20000$")

    def test_nobody_and_too_many_are_told(self, roll, at_school, client, monkeypatch):
        at = "/staff/letters/990001/connexions/"
        page = client.post(at, {"kind": "turning-16", "years": ["9"]})
        assert "There are no pupils to write to" in page.text
        monkeypatch.setattr(letters, "MOST", 1)
        assert "up to 1 letters" in client.post(at, {"kind": "choice", "years": ["9"]}).text
        assert not LetterRun.objects.exists()

    def test_a_day_later_the_file_is_gone_and_the_codes_work(
        self, roll, at_school, client, time_machine
    ):
        ((written,), _) = codes_and_text([roll], at_school)
        asked = LetterRun.objects.get()
        later = NOON + timedelta(hours=25)
        time_machine.move_to(later)
        client.force_login(at_school)
        at = f"/staff/letters/run/{asked.pk}"
        assert "have been deleted" in client.get(f"{at}.pdf", follow=True).text
        assert letters.forget_old(at=later) == 1
        assert not letters.file_of(asked).exists()
        assert LetterRun.objects.get().pupils == []
        assert enter_code(Client(), written).status_code == 302

    def test_a_server_without_pango_says_so_and_gives_no_code(self, roll, at_school, monkeypatch):
        from privacy_portal.ground.ui.errors import NotOnThisServerError

        def fails(*_, **__):
            raise NotOnThisServerError("Pango is not installed on this server.")

        monkeypatch.setattr(letters, "as_pdf", fails)
        letters.ask(roll.school, scheme_of(), LetterKind.CHOICE, [roll.pk], by=at_school, at=NOON)
        mails.run_jobs()
        assert LetterRun.objects.get().state == "failed"
        assert not LetterCode.objects.exists()

    def test_staff_of_another_school_print_nothing_here(self, roll, secretary, client):
        client.force_login(secretary)
        assert client.get("/staff/letters/990001/connexions/").status_code == 404
        assert client.get(f"/staff/letters/pupil/{roll.reference}/").status_code == 404
        assert "not linked to a school" in client.get("/staff/letters/").text


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
        (body,) = [each.body for each in mails.sent() if each.to == ["ben@example.org"]]
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
        kept = LetterCode.objects.filter(revoked_at=None).values().get()
        with pytest.raises(IntegrityError, match="letter_code_newest_only"), transaction.atomic():
            LetterCode.objects.create(**{**kept, "id": None, "selector": "ZZZZ"})

    def test_it_is_good_for_ninety_days(self, code, time_machine):
        time_machine.move_to(NOON + timedelta(days=89))
        assert enter_code(Client(), code).status_code == 302
        time_machine.move_to(NOON + timedelta(days=90, minutes=1))
        assert enter_code(Client(), code).status_code == 422
        assert letter_codes.revoke_expired(at=NOON + timedelta(days=91)) == 1

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
        asked = []
        real = letter_codes.CodeHasher.verify

        def verify(self, secret, encoded):
            asked.append(encoded.split("$")[:2])
            return real(self, secret, encoded)

        monkeypatch.setattr(letter_codes.CodeHasher, "verify", verify)
        enter_code(Client(), f"{code[:4]}-2222-2222-2222")
        enter_code(Client(), "2222-2222-2222-2222" if code[:4] != "2222" else "3333-2222-2222-2222")
        assert asked == [["pbkdf2_letter", "20000"]] * 2

    def test_a_pupil_too_young_is_told_kindly_and_the_code_stays_good(self, roll, code):
        page = decide_by_code(Client(), code, by="pupil")
        assert "Ask a parent or carer to do this" in page.text
        assert not OptOutRequest.objects.exists()
        assert "Opt-out confirmed" in decide_by_code(Client(), code).text

    def test_a_parent_whose_child_decided_is_told_nothing_of_it(self, roll, at_school):
        own = Pupil.objects.get(forename="Old")
        DecisionFactory(pupil=own, by="pupil", person_name="Old Barlow", days=-1, channel="import")
        ((written,), _) = codes_and_text([own], at_school)
        page = decide_by_code(Client(), written)
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
        assert client.get("/opt-out/code/nonsense/").status_code == 404

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
        ((written,), _) = codes_and_text([roll], at_school)
        client = Client()
        assert enter_code(client, written).url == "/opt-out/code/who/"

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
        assert [each.address for each in Telling.objects.all()] == ["ben@example.org"]
        assert not Verification.objects.exists()
        mails.run_jobs()
        assert opting_in.settle(at=NOON) == 1
        assert is_out(roll, NOON + timedelta(days=6))
        assert not is_out(roll, NOON + timedelta(days=8))

    def test_a_code_that_lay_about_when_somebody_opted_out_opens_nothing(self, roll, at_school):
        ((written,), _) = codes_and_text(
            [roll], at_school, kind=LetterKind.OPT_IN, to_name="Ben Barlow"
        )
        client = Client()
        assert enter_code(client, written).url == "/opt-out/code/choice/"
        client.post("/opt-out/code/choice/", {"choice": "opt-in"})
        client.post("/opt-out/code/name/", {"email": ""})
        DecisionFactory(pupil=roll, days=0.01, channel="import")
        page = client.post("/opt-out/code/check/")
        assert "You cannot use this code for that" in page.text
        assert LetterCode.objects.get().used_at is None
        assert not Decision.objects.filter(choice="opt-in").exists()

    def test_the_code_can_also_opt_out(self, roll, at_school):
        ((written,), _) = codes_and_text(
            [roll], at_school, kind=LetterKind.OPT_IN, to_name="Ben Barlow"
        )
        assert "Opt-out confirmed" in decide_by_code(Client(), written, choice="opt-out").text

    def test_a_scheme_that_starts_closed_is_agreed_to_with_any_letter(self, roll, at_school):
        about = scheme_of("height-weight")
        about.default = "withhold"
        about.save()
        ((written,), text) = codes_and_text([roll], at_school, about="height-weight")
        assert "unless you agree" in " ".join(text.split())
        assert "Opt-in received" in decide_by_code(Client(), written, choice="opt-in").text
        decision = Decision.objects.get()
        assert decision.person_name == "Ben Barlow"


class TestOneLetter:
    def test_a_parent_with_the_pupils_name_is_not_the_pupil(self, roll, at_school, client):
        own = Pupil.objects.get(forename="Old")
        own.parent_name = "Old Barlow"
        own.save()
        people = contacts_of(own, self_age=16, on=NOON.date())
        assert [(each.name, each.own) for each in people] == [
            ("Old Barlow", False), ("Old Barlow", True),
        ]  # fmt: skip
        at = f"/staff/letters/pupil/{own.reference}/"
        assert "Old Barlow (the pupil)" in client.get(at).text
        for place, by in (("0", "parent"), ("1", "pupil")):
            client.post(at, {"kind": "opt-in", "scheme": "connexions", "to": place})
            mails.run_jobs()
            assert LetterCode.objects.get(revoked_at=None).by == by

    def test_one_that_cannot_be_made_says_so_and_gives_no_code(self, roll, at_school, monkeypatch):
        def fails(*_, **__):
            raise RuntimeError("no space left")

        monkeypatch.setattr(letters, "as_pdf", fails)
        asked = letters.ask(
            roll.school, scheme_of(), LetterKind.CHOICE, [roll.pk], by=at_school, at=NOON
        )
        for attempts, state in ((0, "waiting"), (3, "failed")):
            with pytest.raises(RuntimeError):
                print_letters.func(mails.Attempt(attempts), run=str(asked.pk))
            assert LetterRun.objects.get().state == state
        assert not LetterCode.objects.exists()

    def test_a_file_that_is_missing_is_told(self, roll, at_school, client):
        codes_and_text([roll], at_school)
        asked = LetterRun.objects.get()
        letters.file_of(asked).unlink()
        page = client.get(f"/staff/letters/run/{asked.pk}.pdf", follow=True)
        assert "have been deleted" in page.text


class TestTurning16:
    def test_those_with_a_parents_opt_out_get_one_letter_and_decide(self, roll, at_school, client):
        own = Pupil.objects.get(forename="Old")
        DecisionFactory(pupil=own, days=-1, channel="import")
        DecisionFactory(pupil=roll, days=-1, channel="import")
        about = scheme_of()
        pupils = Pupil.objects.all()
        on = NOON.date()
        assert letters.turned_16(pupils, about, on) == [own]
        ((written,), text) = codes_and_text([own], at_school, kind=LetterKind.TURNING_16)
        assert "You can now choose for yourself" in text
        assert "Now you are 16, this is your choice" in " ".join(text.split())
        assert letters.turned_16(pupils, about, on) == []
        assert is_out(own)
        page = decide_by_code(Client(), written, by="pupil", choice="opt-in")
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
        assert "No parent has opted this pupil out" in client.post(at, send).text
        DecisionFactory(pupil=own, days=-1, channel="import")
        codes_and_text([own], at_school, kind=LetterKind.TURNING_16)
        assert (
            "You can now choose for yourself (age 16), printed on 23 November"
            in client.get(at).text
        )
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
        years = [each.year_group for each in Pupil.objects.all()]
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


POLISH = LetterTranslation(LANGUAGES["pl"], "Wybór", "Tekst.")
URDU = LetterTranslation(LANGUAGES["ur"], "انتخاب", "متن " * 4_000)


@pytest.mark.parametrize(("first", "pages"), [(None, 1), (POLISH, 2), (URDU, 3)])
def test_each_letter_begins_on_the_front_of_a_sheet(roll, at_school, monkeypatch, first, pages):
    """Nobody's code is on the back of another family's letter, however long that is."""
    make = letters._letters

    def with_a_page_more(run, at):
        (one, other), codes = make(run, at)
        return [replace(one, translated=first), other], codes

    monkeypatch.setattr(letters, "_letters", with_a_page_more)
    _, text = codes_and_text(list(Pupil.objects.order_by("pk")), at_school)
    texts = text.split("\f")
    fronts = [place for place, page in enumerate(texts) if CODE.search(page)]
    assert fronts[0] == 0
    assert fronts[1] >= pages
    assert fronts[1] % 2 == 0
    assert "Letter 2 of 2" in texts[fronts[1]]
