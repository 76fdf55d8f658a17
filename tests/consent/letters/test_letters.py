"""Letters with codes: printed, entered, guessed at, used once; opting back in with a fresh one."""

import io
import re
from dataclasses import replace
from datetime import timedelta

import pytest
from django.test import Client
from pypdf import PdfReader

from consent.decisions.contacts import contacts_of
from consent.letters import printing as letters
from consent.letters.printing import LetterTranslation
from consent.models import (
    LetterCode,
    LetterKind,
    LetterRun,
    Pupil,
)
from consent.tasks import print_letters
from notices.languages import LANGUAGES
from tests import mails
from tests.example import NOON
from tests.factories.consent import PupilFactory, scheme_of
from tests.letters import CODE, codes_and_text, enter_code
from tests.log_entries import entries

pytestmark = pytest.mark.django_db


def run_to(pupil):
    """Letters about one pupil, not asked for yet."""
    return LetterRun(
        school=pupil.school, scheme=scheme_of(), kind=LetterKind.CHOICE, pupils=[pupil.pk]
    )


class TestPrinting:
    def test_a_year_group_is_one_pdf_for_who_asked(self, roll, at_school, client, officer):
        page = client.get("/staff/letters/?school=990001&scheme=connexions")
        assert page.url == "/staff/letters/990001/connexions/"
        assert client.get(page.url).status_code == 200
        assert client.post(page.url, {"kind": "choice"}).status_code == 422
        made = client.post(page.url, {"kind": "choice", "years": ["9"]}, follow=True)
        assert "Creating letters" in made.text
        letter_run = LetterRun.objects.get()
        mails.run_jobs()
        at = f"/staff/letters/run/{letter_run.pk}"
        assert "2 letters ready to print" in client.get(f"{at}/").text
        response = client.get(f"{at}.pdf")
        pdf = PdfReader(io.BytesIO(response.content))
        assert b"pdfuaid" in pdf.trailer["/Root"]["/Metadata"].get_data()
        assert len(pdf.pages) == 3  # two letters, each on a sheet of its own
        assert response["Content-Disposition"].startswith("attachment")
        assert letters.file_of(letter_run).stat().st_mode & 0o777 == 0o600
        assert [entry["event"] for entry in entries()[-3:]] == [
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
        by = {code.pupil_id: code.by for code in LetterCode.objects.all()}
        assert by == {roll.pk: "parent", own.pk: "pupil"}

    def test_a_parent_at_the_pupils_address_has_its_postcode(self, roll, at_school):
        roll.parent_address = roll.address
        roll.save()
        _, text = codes_and_text([roll], at_school)
        assert "Ben Barlow\n1 High Street\nWigan\nWN1 1AA" in text

    def test_only_a_hash_of_the_secret_is_stored(self, roll, at_school):
        ((code,), _) = codes_and_text([roll], at_school)
        stored = LetterCode.objects.get()
        letters_ = code.replace("-", "")
        assert stored.selector == letters_[:4]
        assert letters_[4:] not in str(LetterCode.objects.values().get())
        assert stored.secret_hash.startswith("pbkdf2_letter$20000$")

    def test_without_an_opt_out_the_page_asks_again(self, roll, at_school, client):
        page = client.get("/staff/letters/?school=990001&scheme=")
        assert page.status_code == 422
        assert "Print letters for year groups" in page.text
        assert "Select an opt-out" in page.text

    @pytest.mark.parametrize(
        "query", ["school=990001&scheme=x+y", "school=a%2Fb&scheme=connexions", "school=990001"]
    )
    def test_an_address_that_names_no_school_or_opt_out_of_the_list_asks_again(
        self, query, at_school, client
    ):
        page = client.get(f"/staff/letters/?{query}")
        assert page.status_code == 422
        assert "There is a problem" in page.text

    def test_a_letter_that_the_choice_is_now_the_pupils_is_offered_where_it_can_be(
        self, roll, at_school, client
    ):
        for scheme, offered in (("connexions", True), ("height-weight", False)):
            page = f"/staff/letters/990001/{scheme}/"
            assert ('value="turning-16"' in client.get(page).text) is offered
        refused = client.post(page, {"kind": "turning-16", "years": ["9"]})
        assert refused.status_code == 422
        assert not LetterRun.objects.exists()
        client.post(page, {"kind": "choice", "years": ["9"]})
        assert LetterRun.objects.get().scheme.code == "height-weight"

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
        ((code,), _) = codes_and_text([roll], at_school)
        letter_run = LetterRun.objects.get()
        later = NOON + timedelta(hours=25)
        time_machine.move_to(later)
        client.force_login(at_school)
        at = f"/staff/letters/run/{letter_run.pk}"
        assert "have been deleted" in client.get(f"{at}.pdf", follow=True).text
        assert letters.forget_old(at=later) == 1
        assert not letters.file_of(letter_run).exists()
        assert LetterRun.objects.get().pupils == []
        assert enter_code(Client(), code).status_code == 302

    def test_a_server_without_pango_says_so_and_gives_no_code(self, roll, at_school, monkeypatch):
        from privacy_portal.ground.ui.errors import NotOnThisServerError

        def fails(*_, **__):
            raise NotOnThisServerError("Pango is not installed on this server.")

        monkeypatch.setattr(letters, "as_pdf", fails)
        letters.ask(run_to(roll), by=at_school, at=NOON)
        mails.run_jobs()
        assert LetterRun.objects.get().state == "failed"
        assert not LetterCode.objects.exists()

    def test_letters_marked_as_failed_while_they_are_made_give_no_code(
        self, roll, at_school, monkeypatch
    ):
        """A worker that was thought dead may come back when its job was given up."""
        codes_and_text([roll], at_school)
        letter_run = letters.ask(run_to(roll), by=at_school, at=NOON)

        def slow(*_, **__):
            letters.fail(letter_run.pk, why="It took too long.")
            return b"%PDF-"

        monkeypatch.setattr(letters, "as_pdf", slow)
        letters.create(letter_run.pk, at=NOON)
        letter_run.refresh_from_db()
        assert (letter_run.state, letter_run.why) == ("failed", "It took too long.")
        assert LetterCode.objects.get().revoked_at is None, "the code of the earlier letter"
        assert len(entries("letters-printed")) == 1

    def test_the_page_can_tell_how_far_they_are(self, roll, at_school, monkeypatch):
        as_pdf, numbers = letters.as_pdf, []

        def progress(html, **more):
            numbers.append(LetterRun.objects.get().made)
            return as_pdf(html, **more)

        monkeypatch.setattr(letters, "PART", 2)
        monkeypatch.setattr(letters, "as_pdf", progress)
        pupils = [*Pupil.objects.order_by("pk"), PupilFactory(address="1 High Street")]
        codes_and_text(pupils, at_school)
        assert numbers == [2]
        assert LetterRun.objects.get().made == 3

    def test_staff_of_another_school_print_nothing_here(self, roll, secretary, client):
        client.force_login(secretary)
        assert client.get("/staff/letters/990001/connexions/").status_code == 404
        assert client.get(f"/staff/letters/pupil/{roll.reference}/").status_code == 404
        assert "not linked to a school" in client.get("/staff/letters/").text


class TestOneLetter:
    def test_a_parent_with_the_pupils_name_is_not_the_pupil(self, roll, at_school, client):
        own = Pupil.objects.get(forename="Old")
        own.parent_name = "Old Barlow"
        own.save()
        people = contacts_of(own, self_age=16, on=NOON.date())
        assert [(person.name, person.own) for person in people] == [
            ("Old Barlow", False), ("Old Barlow", True),
        ]  # fmt: skip
        at = f"/staff/letters/pupil/{own.reference}/"
        assert "Old Barlow (the pupil)" in client.get(at).text
        for place, by in (("0", "parent"), ("1", "pupil")):
            client.post(at, {"kind": "opt-in", "scheme": "connexions", "to": place})
            mails.run_jobs()
            assert LetterCode.objects.get(revoked_at=None).by == by

    def test_who_it_is_for_is_chosen_where_it_can_only_be_one(self, roll, at_school, client):
        own = Pupil.objects.get(forename="Old")
        for pupil, number in ((roll, 1), (own, 2)):
            page = client.get(f"/staff/letters/pupil/{pupil.reference}/").text
            inputs = re.findall(r'<input[^>]*name="to"[^>]*>', page)
            assert len(inputs) == number
            assert ["checked" in each for each in inputs] == [number == 1] * number

    def test_one_that_cannot_be_made_says_so_and_gives_no_code(self, roll, at_school, monkeypatch):
        def fails(*_, **__):
            raise RuntimeError("no space left")

        monkeypatch.setattr(letters, "as_pdf", fails)
        letter_run = letters.ask(run_to(roll), by=at_school, at=NOON)
        for attempts, state in ((0, "waiting"), (3, "failed")):
            with pytest.raises(RuntimeError):
                print_letters.func(mails.Attempt(attempts), run=str(letter_run.pk))
            assert LetterRun.objects.get().state == state
        assert not LetterCode.objects.exists()

    def test_a_file_that_is_missing_is_told(self, roll, at_school, client):
        codes_and_text([roll], at_school)
        letter_run = LetterRun.objects.get()
        letters.file_of(letter_run).unlink()
        page = client.get(f"/staff/letters/run/{letter_run.pk}.pdf", follow=True)
        assert "have been deleted" in page.text


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
