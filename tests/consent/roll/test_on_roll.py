"""Who is on the roll: one definition, used by every count, list and file (K1)."""

import csv
import re
from datetime import date

import pytest

from consent import queries
from consent.identities import merging
from consent.letters import printing as letters
from consent.models import LetterKind, Pupil, Scheme
from consent.schools.files import as_csv
from sharing.from_roll import defining
from sharing.models import ReleaseDefinition
from sharing.statistics.roll import DIMENSIONS, count_roll
from tests.commands import run
from tests.example import DAY, NOON, TWIN, UPN
from tests.places import ROOT
from tests.rolls import ROLL_HEADINGS, pupil_row

pytestmark = pytest.mark.django_db
LEAVER = "X801200000001"


@pytest.fixture
def ella(policy, write, officer, second_officer):
    """The one pupil on the roll: of two more rows one has left, and one is part of Ella's record."""
    rows = (
        pupil_row(),
        pupil_row(UPN=TWIN, Surname="Barlow-Khan", **{"Year group": "12"}),
        pupil_row(UPN=LEAVER, Surname="Ndiaye", **{"Year group": "13"}),
    )
    assert run("roll", "import", write(f"{ROLL_HEADINGS}\r\n{''.join(rows)}")).code == 0
    ella, gone, leaver = (Pupil.objects.get(upns__upn=each) for each in (UPN, TWIN, LEAVER))
    merging.merge(gone, ella, reason="x", by=officer, at=NOON, agreed_by=second_officer)
    Pupil.objects.filter(pk=leaver.pk).update(left_on=date(2026, 11, 1))
    return ella


def test_a_record_merged_away_stands_for_nobody_and_a_leaver_is_not_on_the_roll(ella):
    assert list(Pupil.objects.on_roll()) == [ella]
    assert {pupil.surname for pupil in Pupil.objects.standing()} == {"Barlow", "Ndiaye"}


@pytest.mark.parametrize("dimension", DIMENSIONS)
def test_tables_from_the_roll_count_nobody_else(ella, dimension):
    table = count_roll(dimension, "sex", DAY)
    assert table.grid.cells[-1][-1] == 1  # the total of all


def test_a_release_from_the_roll_has_a_row_for_each_pupil_on_it_and_a_upn_in_each(ella, officer):
    definition = ReleaseDefinition.objects.create(
        name="All", agreement="WIG-CNX", purpose="careers-guidance", items=["pupil.surname"],
        schools=[], year_groups=[], every="never", made_at=NOON, by=officer,
    )  # fmt: skip
    assert list(defining.pupils_of(definition, on=DAY)) == [ella]
    with defining._extract(definition, on=DAY) as path:
        assert [row[0] for row in csv.reader(path.read_text().splitlines())][1:] == [UPN]


def test_letters_go_to_nobody_else_and_their_year_groups_are_not_offered(ella):
    scheme = Scheme.objects.get(code="connexions")
    years = [ella.year_group, "12", "13"]
    pupils = letters.pupils_for(ella.school, scheme, LetterKind.CHOICE, years, DAY)
    assert pupils == [ella.pk]
    assert letters.year_groups(ella.school) == queries.year_groups() == [ella.year_group]


def test_a_schools_file_has_no_row_of_a_record_merged_away(ella):
    assert not any("Khan" in line for line in as_csv(ella.school, at=NOON))


BY_NUMBER = re.compile(
    r"Pupil\.objects\.(create\(|standing|on_roll|to_write_to|only\(|get\(pk|filter\((pk|reference__in)|.*in_bulk)"
)


def test_every_query_of_pupils_says_which_records_it_means():
    """Whoever writes a new one chooses: all that stand for a child, or those on the roll."""
    sources = [
        path
        for app in ("consent", "sharing", "notices", "privacy_portal")
        for path in (ROOT / app).rglob("*.py")
        if "migrations" not in path.parts
    ]
    loose = [
        f"{path.relative_to(ROOT)}:{number}: {line.strip()}"
        for path in sources
        for number, line in enumerate(path.read_text().splitlines(), 1)
        if re.search(r"\bPupil\.objects", line) and not BY_NUMBER.search(line)
    ]
    assert loose == []
    own = {
        str(path.relative_to(ROOT))
        for path in sources
        if re.search(r"left_on=(None|F\()|merge=None|left_on__isnull", path.read_text())
    }
    # Contacts that a merge brought are no pupils.
    assert own == {"consent/models/people.py", "consent/roll/importing.py"}
