"""Totals under any label, in any place, nested: none lets a hidden count be worked out (docs/rulebook.md, S2)."""

import csv
import json
from itertools import chain

import numpy as np
import pytest

from privacy_portal.ground.faults import BadInputError
from sharing.counts_rules import Method, Profile
from sharing.statistics.grid_rules import make_grid_safe
from sharing.statistics.tables import read_counts, table_from_document
from sharing.statistics.totals_rules import says_total
from tests.commands import run
from tests.places import DATA
from tests.sharing.statistics.tables_of_counts import (
    Lines,
    counted,
    crossed_lines,
    least_ranges,
    some_lines,
    some_table,
)

HIDE, ROUND, NCMP = Method.HIDE_BELOW_THRESHOLD, Method.ROUND_TO_5, Method.NCMP_2020


def written(rows, columns, cells, path, rng=None):
    """The table as a file; large numbers with thousands separators now and then."""
    with path.open("w", encoding="utf-8", newline="") as file:
        out = csv.writer(file)
        out.writerow(["School", *columns.labels])
        for label, line in zip(rows.labels, cells, strict=True):
            out.writerow([label, *(f"{count:,}" for count in line)])
    return path


TABLES = 250
PARTS = 4


@pytest.mark.parametrize("part", range(PARTS))
def test_no_hidden_count_can_be_worked_out_from_totals_of_any_kind(
    part, tmp_path, record_property, soak
):
    rng = np.random.default_rng([11, part])
    hiding = linked = refused = 0
    tables = (40 if soak else 1) * TABLES // PARTS
    for number in range(tables):
        rows, columns, cells = some_table(rng)
        method = HIDE if number % 4 else ROUND
        threshold = 5 if method is ROUND else int(rng.choice([5, 5, 3, 10]))
        path = written(rows, columns, cells, tmp_path / "t.csv")
        if all(map(says_total, rows.labels)) or all(map(says_total, columns.labels)):
            with pytest.raises(BadInputError, match="there are only totals"):
                read_counts(path, "t.csv", {}, max_columns=100)
            continue
        try:
            table = read_counts(path, "t.csv", {}, max_columns=100).table
        except BadInputError:
            refused += 1
            continue
        table = table_from_document(json.loads(json.dumps(table.document())))
        safe = make_grid_safe(table.grid, Profile(method, threshold))
        linked += len(table.grid.row_sums) + len(table.grid.column_sums) > 2
        hiding += hides_safely(safe.cells, cells, rows, columns, method, threshold)
        pairs = zip(chain(*cells), chain(*safe.cells), strict=True)
        for count, text in pairs:
            assert text == "c" or not 1 <= count < threshold
            assert (text == "0") == (count == 0)
    assert refused <= 0.005 * tables
    assert hiding > 0.6 * tables
    assert linked > 0.3 * tables
    record_property("figure", f"{linked} of {tables} tables with subtotals")


def hides_safely(safe, cells, rows, columns, method, threshold):
    """Return whether anything is hidden; fail if it can be worked out."""
    ranges = least_ranges(safe, cells, rows, columns, method, threshold)
    for place, width in ranges.items():
        assert width >= threshold - 1 - 1e-6, (place, width, rows, columns, cells, safe)
    return bool(ranges)


@pytest.mark.parametrize("width", [1, 2])
def test_no_hidden_count_can_be_worked_out_from_groupings_in_a_list(width, tmp_path, soak):
    """A line with one or two counts equals others by chance, so that numbers tell less."""
    rng = np.random.default_rng([13, width])
    columns = Lines([(number,) for number in range(width)], ["Boys", "Girls"][:width], width)
    hiding = 0
    tables = 2000 if soak else 30
    for _ in range(tables):
        rows = (crossed_lines if rng.random() < 0.7 else some_lines)(rng, 5)
        _, _, cells = counted(rng, rows, columns)
        if all(map(says_total, rows.labels)):
            continue
        path = written(rows, columns, cells, tmp_path / "t.csv")
        grid = read_counts(path, "t.csv", {}, max_columns=10).table.grid
        safe = make_grid_safe(grid, Profile(HIDE, 5))
        hiding += hides_safely(safe.cells, cells, rows, columns, HIDE, 5)
    assert hiding > 0.5 * tables


FIXED = {
    "sex and need, no total": (
        "School,Boys,Girls,SEN,No SEN\nA,3,20,5,18\nB,12,18,6,24\nC,15,25,9,31\n",
        {("A", "Boys")},
    ),
    "one line of margins": ("Area,Boys,Girls,SEN,No SEN\nWigan,3,20,7,16\n", {("Wigan", "Boys")}),
    "a list by two groupings": (
        (
            "Group,Pupils\nBoys SEN,3\nBoys no SEN,20\nGirls SEN,2\nGirls no SEN,25\n"
            "Boys,23\nGirls,27\nSEN,5\nNo SEN,45\n"
        ),
        {("Boys SEN", "Pupils"), ("Girls SEN", "Pupils")},
    ),
    "a list by two groupings, in words that do not say so": (
        "Year,Pupils\nA,6\nB,20\nC,4\nD,0\nNorth,26\nSouth,4\nAM,10\nPM,20\n",
        {("C", "Pupils"), ("South", "Pupils")},
    ),
    "primary schools among others": (
        (
            "School,Pupils\nAlder Primary,3\nElm High,40\nBeech Primary,20\nFir High,31\n"
            "Gorse Primary,17\nPrimary,40\nHigh,71\n"
        ),
        {("Alder Primary", "Pupils")},
    ),
}


@pytest.mark.parametrize("name", FIXED)
def test_what_is_tied_without_a_total_is_hidden_together(name, write):
    text, small = FIXED[name]
    table = read_counts(write(text, "t.csv"), "t.csv", {}, max_columns=10).table
    safe = make_grid_safe(table.grid, Profile(HIDE, 5))
    hidden = {
        (row, column)
        for row, line in zip(table.rows, safe.cells, strict=True)
        for column, count in zip(table.columns, line, strict=True)
        if count == "c"
    }
    assert small < hidden
    assert table.grid.column_sums or table.grid.row_sums


@pytest.mark.parametrize(
    ("text", "place"),
    [
        (
            "School,R,Y6,Y7\nA,3,20,9\nB,12,18,30\nC,15,25,40\nGesamt,30,64,79\n",
            r'line 5, column "Y6": the row seems to be a total, .* 64 .* add up to 63',
        ),
        (
            "School,R,Y6,Y7\nA,23,20,39\nB,12,48,30\nC,45,25,42\nD,3,60,81\nEngland,85,155,190\n",
            r'line 6, column "R": the row seems to be a total',
        ),
        (
            "School,Pupils,FSM,FSM (2)\nA,120,30,25\nB,90,4,4\nC,77,20,26\nD,60,33,55\n",
            r'column "FSM \(2\)": the column has percentages',
        ),
        ("School,R (30),Y6\nA,3,20\nB,12,18\nC,15,25\n", "line 1, column 2: .* number 30"),
        ("School,Sex,Pupils\nA,Boys,3\nB,Girls,9\n", 'column "Sex": the column has words'),
        ("School,R,Y6\nA,3,20\n\nSchool,Y7,Y8\nB,8,9\n", "line 4: the line has no numbers"),
    ],
)
def test_what_cannot_be_told_is_refused_with_its_place(text, place, write):
    with pytest.raises(BadInputError, match=place):
        read_counts(write(text, "t.csv"), "t.csv", {}, max_columns=10)


@pytest.mark.django_db
class TestTheFilesOfSchools:
    def check(self, name):
        return run(
            "statistics", "check", DATA / "awkward" / name, "--agreement", "WIG-PH-STATS", "--json"
        )

    def test_a_pivot_table_with_grand_totals(self, policy):
        document = json.loads(self.check("table-pivot.csv").out)
        assert document["hidden"] == {"small": 1, "further": 3}
        assert document["table"] == [
            ["School", "Reception", "Year 6", "Grand Total"],
            ["Alder Primary", "c", "c", "23"],
            ["Beech Primary", "c", "c", "30"],
            ["Cedar Primary", "15", "25", "40"],
            ["Grand Total", "30", "63", "93"],
        ]
        assert [each["label"] for each in document["totals"]] == ["Grand Total", "Grand Total"]

    def test_a_subtotal_beside_a_total_that_counts_it_again(self, policy):
        document = json.loads(self.check("table-subtotal.csv").out)
        assert [line[1:] for line in document["table"][1:3]] == [["c", "c", "23"], ["c", "c", "30"]]
        assert document["hidden"] == {"small": 1, "further": 3}
        (warning,) = document["warnings"]
        assert "'Total' counts people twice: it adds up 'Primary subtotal' and the lines" in warning

    def test_what_only_the_numbers_say_is_a_total_is_told(self, policy, write):
        path = write("Schule,Jungen,Mädchen\nA,3,9\nB,12,20\nGesamt,15,29\n", "t.csv")
        document = json.loads(
            run("statistics", "check", path, "--agreement", "WIG-PH-STATS", "--json").out
        )
        assert document["warnings"][0] == (
            "The row 'Gesamt' equals the sum of 'A' and 'B' in every cell, so it is treated as their total."
        )
        assert document["hidden"]["further"] > 0
