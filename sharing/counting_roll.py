"""Tables of counts from the roll itself: pupils by school, year group, sex, age, home language or postcode district (S)."""

from collections import Counter
from collections.abc import Sequence
from datetime import date

from consent.models import Pupil
from consent.rules import years_old
from sharing.counting_tables import CountsTable, counted

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
    """How many pupils on the roll there are for each value of two of DIMENSIONS, with totals; of
    the schools with these URNs, or of all. 1 query."""
    pupils = Pupil.objects.on_roll()
    if schools:
        pupils = pupils.filter(school__urn__in=schools)
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
    return counted(DIMENSIONS[rows_by], rows, columns, cells)


def _natural(label: str) -> tuple[int, str]:
    return (int(label), "") if label.isdigit() else (10**9, label)
