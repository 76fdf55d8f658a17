"""Letters in the language of the family: as on the roll, or as who prints them says."""

import io
from datetime import date, timedelta

import pytest
from pypdf import PdfReader

from consent.letters import printing as letters
from consent.models import LetterKind, LetterRun, Pupil
from notices.languages import language_of
from tests.commands import run
from tests.example import NOON, TWIN, UPN
from tests.factories.consent import scheme_of
from tests.factories.notices import publish
from tests.letters import HOME
from tests.rolls import ROLL_HEADINGS, pupil_row
from tests.translations import a_translated_draft

pytestmark = pytest.mark.django_db
AT = NOON + timedelta(days=60)


@pytest.fixture
def roll(policy, write):
    """Ella speaks Urdu at home, Ann does not say."""
    rows = [
        f"{pupil_row(UPN=number, Forename=name, **HOME).strip()},{language}\r\n"
        for number, name, language in ((UPN, "Ella", "Urdu"), (TWIN, "Zoe", ""))
    ]
    assert (
        run("roll", "import", write(f"{ROLL_HEADINGS},Home language\r\n{''.join(rows)}")).code == 0
    )
    return list(Pupil.objects.order_by("forename"))


@pytest.fixture
def urdu(officer, second_officer, roll):
    """The notice in force has an Urdu translation."""
    publish(a_translated_draft(officer), by=second_officer)


def pages(pupils, officer, language):
    letter_run = LetterRun(
        school=pupils[0].school, scheme=scheme_of(), kind=LetterKind.CHOICE,
        pupils=[pupil.pk for pupil in pupils], language=language,
    )  # fmt: skip
    letters.ask(letter_run, by=officer, at=AT)
    letters.create(letter_run.pk, at=AT)
    letter_run.refresh_from_db()
    return PdfReader(io.BytesIO(letters.download(letter_run, by=officer, at=AT))).pages


def is_urdu(page):
    fonts = {str(font["/BaseFont"]) for font in page["/Resources"]["/Font"].values()}
    return any("+Notice-arabic" in font for font in fonts)


def test_each_family_gets_its_own_language_on_a_page_of_its_own(urdu, roll, officer):
    assert [
        translation.language.code for translation in letters.translations(scheme_of(), AT.date())
    ] == ["ur"]
    ella, ellas_urdu, zoe = pages(roll, officer, letters.ROLL)
    assert "This letter is about Ella" in ella.extract_text()
    assert is_urdu(ellas_urdu)
    assert "/opt-out/code/" in ellas_urdu.extract_text()
    assert "This letter is about Zoe" in zoe.extract_text()


def test_who_prints_can_say_one_language_for_all_or_none(urdu, roll, officer):
    english = ["This letter is about" in page.extract_text() for page in pages(roll, officer, "ur")]
    assert english == [True, False, True, False]
    # Each begins on a new sheet.
    assert len(pages(roll, officer, "")) == 3


def test_the_page_offers_each_familys_own_first(urdu, roll, officer, client, time_machine):
    time_machine.move_to(AT)
    client.force_login(officer)
    page = client.get("/staff/letters/990001/connexions/").text
    assert 'value="roll" selected' in page
    assert "the family’s home language" in page


def test_a_letter_about_one_pupil_is_in_the_familys_language_unless_staff_say_otherwise(
    urdu, roll, officer, client, time_machine
):
    time_machine.move_to(AT)
    client.force_login(officer)
    ella, zoe = (client.get(f"/staff/letters/pupil/{pupil.reference}/").text for pupil in roll)
    assert 'value="ur" selected' in ella
    assert 'value="ur"' in zoe
    assert 'value="ur" selected' not in zoe


def test_before_there_was_a_notice_letters_are_in_english(urdu):
    assert letters.translations(scheme_of(), date(2000, 1, 1)) == []


@pytest.mark.parametrize("written", ["Urdu", "ur", " URD ", "اردو"])
def test_a_language_is_known_however_a_schools_system_writes_it(written):
    assert language_of(written).code == "ur"


def test_a_language_without_a_translation_is_none():
    assert language_of("Klingon") is None
    assert language_of("") is None
