"""Tables of counts from the roll itself: pupils by school, year group, sex, age, home language or postcode district (S)."""

from collections import Counter
from collections.abc import Sequence
from datetime import date

from django.db.models import QuerySet

from consent.age_rules import years_old
from consent.identity_rules import linked
from consent.models import Pupil
from consent.same_child_links import open_pairs
from sharing.statistics.tables import CountsTable, with_totals

DIMENSIONS = {
    "school": "School",
    "year_group": "Year group",
    "sex": "Sex",
    "age": "Age",
    "home_language": "Home language",
    "postcode": "Postcode district",
}
UNKNOWN = "Not recorded"


def count_roll(
    rows_by: str, columns_by: str, on: date, *, schools: Sequence[str] = ()
) -> CountsTable:
    """Return how many pupils on the roll there are for each value of two of DIMENSIONS, with
    totals; of the schools with these URNs, or of all. Records that may be of one child (C6b) are
    one pupil, by what the newest says: else a group with one child too few would pass as large
    enough (S1). 2 queries, and a few while such a question is open."""
    pupils = _counted(schools).exclude(pk__in=_doubles())
    counts: Counter[tuple[str, str]] = Counter()
    for name, year_group, sex, born, language, postcode in pupils.values_list(
        "school__name", "year_group", "sex", "born", "home_language", "postcode"
    ).iterator(chunk_size=10_000):
        values = {
            "school": name,
            "year_group": year_group,
            "sex": sex,
            "age": str(years_old(born, on)),
            "home_language": language,
            "postcode": postcode.strip()[:-3].strip().upper(),
        }
        counts[values[rows_by] or UNKNOWN, values[columns_by] or UNKNOWN] += 1
    rows = sorted({row for row, _ in counts}, key=_natural)
    columns = sorted({column for _, column in counts}, key=_natural)
    cells = tuple(tuple(counts[row, column] for column in columns) for row in rows)
    return with_totals(DIMENSIONS[rows_by], rows, columns, cells)


def open_questions(*, schools: Sequence[str] = ()) -> list[int]:
    """Return the open questions, by number, whether two records of counted pupils are of one child;
    2 queries, and a few while there are any."""
    pairs = open_pairs()
    counted = set(
        _counted(schools)
        .filter(pk__in={pupil for pair in pairs.values() for pupil in pair})
        .values_list("pk", flat=True)
    )
    return sorted(number for number, pair in pairs.items() if counted.intersection(pair))


def _counted(schools: Sequence[str]) -> QuerySet[Pupil]:
    pupils: QuerySet[Pupil] = Pupil.objects.on_roll()
    return pupils.filter(school__urn__in=schools) if schools else pupils


def _doubles() -> set[int]:
    """Return the records that a count leaves out: of those that may be of one child, all but the
    newest on the roll (C6b); 2 queries."""
    groups = linked(open_pairs().values())
    present = set(Pupil.objects.on_roll().filter(pk__in=groups).values_list("pk", flat=True))
    return {pupil for pupil in present if pupil != max(groups[pupil] & present)}


def _natural(label: str) -> tuple[int, str]:
    return (int(label), "") if label.isdecimal() else (10**9, label)
