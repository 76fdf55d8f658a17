"""Totals under any label, in any place, nested: none lets a hidden count be worked out (docs/rulebook.md, S2)."""

import csv
import json
from dataclasses import dataclass
from itertools import chain

import numpy as np
import pytest
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import block_diag, csr_array

from privacy_portal.ground.faults import BadInputError
from privacy_portal.ground.names import folded_heading
from sharing.counts_rules import Method
from sharing.statistics.grid_rules import Grid, make_grid_safe
from sharing.statistics.sum_rules import Sum
from sharing.statistics.tables import from_document, read_counts
from sharing.statistics.totals_rules import find_totals, says_no_count, says_total
from tests.conftest import DATA, run

HIDE, ROUND, NCMP = Method.HIDE_BELOW_THRESHOLD, Method.ROUND_TO_5, Method.NCMP_2020

SAY_TOTAL = [
    "Total", "TOTAL", " total ", "Totals", "Grand Total", "Grand  total", "Subtotal", "Sub-total", "Sub total",
    "Primary subtotal", "All", "All schools", "Sum", "Sum of pupils", "Overall", "Pupils (total)", "Total\u00a0",
    "Total pupils", "North_total",
]  # fmt: skip
SAY_NOTHING = ["Razem", "Gesamt", "Alle Schulen", "Town", "Area 7", "مجموع", "North", "12"]


@dataclass
class Lines:
    """Lines in one direction: each as the leaves it adds up, and how it is called."""

    parts: list[tuple[int, ...]]
    labels: list[str]
    leaves: int

    def matrix(self):
        """Which leaves each line adds up: what the people who made the table know."""
        found = np.zeros((len(self.parts), self.leaves), dtype=int)
        for number, part in enumerate(self.parts):
            found[number, list(part)] = 1
        return found


def crossed_lines(rng, most):
    """Lines of pupils by two groupings at once, without a line for each leaf or with, in turns, the
    groupings one after the other, added up step by step: often nothing stands beside them that says
    total, and yet they are tied."""
    many, kinds = int(rng.integers(2, most)), int(rng.choice([2, 2, 2, 3]))
    leaves = many * kinds
    grid = np.arange(leaves).reshape(many, kinds)
    every = [((int(each),), f"leaf {each}") for each in range(leaves)]
    first = [(tuple(map(int, group)), f"group {at}") for at, group in enumerate(grid)]
    second = [(tuple(map(int, group)), f"kind {at}") for at, group in enumerate(grid.T)]
    whole = [(tuple(range(leaves)), str(rng.choice(SAY_TOTAL + SAY_NOTHING)))]
    steps = [(tuple(range(each + 1)), f"up to {each}") for each in range(1, leaves)]
    found = [
        first + second,
        first + whole + second,
        second + first + whole,
        every + first + second,
        every + second + whole,
        every + steps,
    ][int(rng.integers(0, 6))]
    return Lines([parts for parts, _ in found], [label for _, label in found], leaves)


def some_lines(rng, most):
    """Leaves in groups with subtotals before, after or amid them, groups of groups, totals over all
    first, last, in the middle or twice."""
    leaves = int(rng.integers(1, most + 1))
    used = set()

    def name():
        for _ in range(50):
            pool = SAY_TOTAL if rng.random() < 0.7 else SAY_NOTHING
            label = str(rng.choice(pool))
            if folded_heading(label) not in used:
                break
            label = f"{label} {len(used)}"
            break
        used.add(folded_heading(label))
        return label

    def put(block, parts):
        at = {0: 0, 1: len(block), 2: int(rng.integers(0, len(block) + 1))}[int(rng.integers(0, 3))]
        block.insert(at, (parts, name()))

    blocks, groups = [], []
    begin = 0
    while begin < leaves:
        end = int(rng.integers(begin + 1, leaves + 1)) if rng.random() < 0.6 else leaves
        parts = tuple(range(begin, end))
        block = [((each,), f"leaf {each}") for each in parts]
        if rng.random() < 0.6:
            put(block, parts)
        blocks.append(block)
        groups.append(parts)
        begin = end
    lines = [line for block in blocks for line in block]
    if len(blocks) > 2 and rng.random() < 0.4:
        first = blocks[0] + blocks[1]
        put(first, groups[0] + groups[1])
        lines = first + [line for block in blocks[2:] for line in block]
    everything = tuple(range(leaves))
    for _ in range(int(rng.choice([0, 1, 1, 1, 2]))):
        put(lines, everything)
    return Lines([parts for parts, _ in lines], [label for _, label in lines], leaves)


def some_table(rng, most=4):
    """Rows, columns and the counts of every cell, totals among them."""
    rows, columns = (
        (crossed_lines if rng.random() < 0.2 else some_lines)(rng, most) for _ in range(2)
    )
    leaves = rng.choice(
        [0, 1, 2, 3, 4, 5, 6, 8, 12, 20, 33, 70], size=(rows.leaves, columns.leaves)
    )
    cells = [
        [int(leaves[np.ix_(row, column)].sum()) for column in columns.parts] for row in rows.parts
    ]
    return rows, columns, cells


def written(rows, columns, cells, path, rng=None):
    """The table as a file; large numbers with thousands separators now and then."""
    with path.open("w", encoding="utf-8", newline="") as file:
        out = csv.writer(file)
        out.writerow(["School", *columns.labels])
        for label, line in zip(rows.labels, cells, strict=True):
            out.writerow([label, *(f"{count:,}" for count in line)])
    return path


def least_ranges(safe, rows, columns, method, threshold, places=None):
    """By how much each hidden count can vary, as one linear programme for the whole table: a copy
    of the table for its least and one for its greatest value, of each hidden place.

    What is known: how many people each line adds up, also where no line is for them alone; hidden
    counts are 1 or more, for 0 is shown; rounded ones lie near.
    """
    height, width = len(safe), len(safe[0])
    number = {(r, c): r * width + c for r in range(height) for c in range(width)}
    low, high, hidden = [], [], []
    for place in number:
        text = safe[place[0]][place[1]]
        if text == "c":
            hidden.append(place)
            low.append(1), high.append(np.inf)
        elif method is ROUND and text != "0":
            low.append(max(int(text) - 2, threshold)), high.append(int(text) + 2)
        else:
            low.append(int(text)), high.append(int(text))
    hidden = hidden if places is None else places
    if not hidden:
        return {}
    cells = np.kron(rows.matrix(), columns.matrix())
    aims = [sign * cells[number[place]] for place in hidden for sign in (1, -1)]
    together = block_diag([csr_array(cells)] * len(aims), format="csr")
    solved = milp(
        np.concatenate(aims),
        bounds=Bounds(0, 10_000),
        constraints=LinearConstraint(together, low * len(aims), high * len(aims)),
    )
    assert solved.status == 0, solved.message
    ends = [aim @ leaves for aim, leaves in zip(aims, np.split(solved.x, len(aims)), strict=True)]
    return {place: -ends[2 * at + 1] - ends[2 * at] for at, place in enumerate(hidden)}


TABLES = 2000
PARTS = 4


@pytest.mark.parametrize("part", range(PARTS))
def test_no_hidden_count_can_be_worked_out_from_totals_of_any_kind(
    part, tmp_path, record_property, soak
):
    rng = np.random.default_rng([11, part])
    hiding = linked = refused = 0
    for number in range((5 if soak else 1) * TABLES // PARTS):
        rows, columns, cells = some_table(rng)
        method = HIDE if number % 4 else ROUND
        threshold = 5 if method is ROUND else int(rng.choice([5, 5, 3, 10]))
        path = written(rows, columns, cells, tmp_path / "t.csv")
        if all(map(says_total, rows.labels)) or all(map(says_total, columns.labels)):
            with pytest.raises(BadInputError, match="nothing but totals"):
                read_counts(path, "t.csv", {}, max_columns=100)
            continue
        try:
            table = read_counts(path, "t.csv", {}, max_columns=100).table
        except BadInputError:
            refused += 1
            continue
        table = from_document(json.loads(json.dumps(table.document())))
        safe = make_grid_safe(table.grid, method, threshold)
        linked += len(table.grid.row_sums) + len(table.grid.column_sums) > 2
        ranges = least_ranges(safe.cells, rows, columns, method, threshold)
        hiding += bool(ranges)
        for place, width in ranges.items():
            assert width >= threshold - 1 - 1e-6, (place, width, rows, columns, cells, safe.cells)
        pairs = zip(chain(*cells), chain(*safe.cells), strict=True)
        for count, text in pairs:
            assert text == "c" or not 1 <= count < threshold
            assert (text == "0") == (count == 0)
    assert refused <= 0.005 * TABLES / PARTS
    assert hiding > 0.6 * TABLES / PARTS
    assert linked > 0.3 * TABLES / PARTS
    record_property("figure", f"{linked} of {TABLES // PARTS} tables with subtotals")


@pytest.mark.parametrize("label", SAY_TOTAL)
def test_a_total_is_known_by_its_label_in_any_case_and_place(label):
    assert says_total(label)


@pytest.mark.parametrize(
    "label",
    [
        "All Saints Primary",
        "All but Example High School",
        "St Mary and All Angels",
        "Totally Green",
        "Allerton",
        "Summer",
        "12",
        "Sub",
    ],
)
def test_the_name_of_a_school_is_no_total(label):
    assert not says_total(label)


@pytest.mark.parametrize(
    "label", ["%", "% of total", "Average", "Mean", "Percentage of girls", "per cent", "Rate"]
)
def test_percentages_and_averages_are_known_by_their_label(label):
    assert says_no_count(label)
    assert not says_no_count("Meanwood Primary")


def sums(*lines, labels=None):
    labels = labels or [f"line {number}" for number in range(len(lines))]
    found = find_totals(labels, [tuple(line) for line in lines])
    assert not found.misfits
    return {(each.total, each.parts) for each in found.sums}


def test_a_total_is_known_by_its_numbers_whatever_it_is_called():
    assert sums((3, 20), (12, 18), (15, 38)) == {(2, (0, 1))}
    assert sums((15, 38), (3, 20), (12, 18)) == {(0, (1, 2))}
    assert sums((3, 20), (15, 38), (12, 18)) == {(1, (0, 2))}


def test_subtotals_and_the_total_over_them_are_sums_both_ways():
    found = sums(
        (3, 20, 9), (12, 18, 7), (15, 38, 16), (8, 9, 1), (1, 1, 6), (9, 10, 7), (24, 48, 23)
    )
    assert found >= {(2, (0, 1)), (5, (3, 4)), (6, (2, 5)), (6, (0, 1, 3, 4))}
    assert {total for total, _ in found} == {2, 5, 6}


def test_parts_that_do_not_stand_together_are_found():
    girls_and_boys = [(3, 20, 9), (12, 18, 7), (8, 9, 1), (1, 1, 6), (11, 29, 10), (13, 19, 13)]
    assert {(4, (0, 2)), (5, (1, 3))} <= sums(*girls_and_boys)


def test_a_total_that_stands_twice_is_tied_to_itself():
    assert (3, (2,)) in sums(
        (3, 20), (12, 18), (15, 38), (15, 38), labels=["A", "B", "Total", "Total"]
    )


def test_lines_of_nobody_are_tied_to_nothing():
    assert sums((0, 0), (0, 0), (5, 7), (0, 0)) == set()


def test_a_label_that_fits_no_sum_is_a_misfit_with_its_place():
    found = find_totals(["A", "B", "Total"], [(1, 2), (3, 4), (4, 7)])
    [misfit] = found.misfits
    assert (misfit.line, misfit.place, misfit.stands, misfit.adds_up_to) == (2, 1, 7, 6)


def test_more_ways_of_adding_up_only_hide_more():
    grid = Grid(((3, 9), (2, 8), (5, 17)), (Sum(2, (0, 1)),))
    tied = Grid(grid.cells, (*grid.row_sums, Sum(1, (0,))))
    assert make_grid_safe(tied, HIDE, 5).small == make_grid_safe(grid, HIDE, 5).small


def linked_table(groups, size, width):
    """Schools in districts by years, with subtotals in both directions."""
    rng = np.random.default_rng(3)
    leaves = rng.choice([0, 0, 1, 3, 5, 8, 12, 20, 33, 70], size=(groups * size, width))
    lines, row_sums = [], []
    for group in range(groups):
        begin = len(lines)
        block = leaves[group * size : (group + 1) * size]
        lines += [*block, block.sum(0)]
        row_sums.append(Sum(begin + size, tuple(range(begin, begin + size))))
    cells = np.array(lines)
    half = width // 2
    parts = [cells[:, :half], cells[:, :half].sum(1, keepdims=True), cells[:, half:]]
    cells = np.hstack([*parts, cells[:, half:].sum(1, keepdims=True)])
    column_sums = (Sum(half, tuple(range(half))), Sum(width + 1, tuple(range(half + 1, width + 1))))
    return Grid(tuple(map(tuple, cells.tolist())), tuple(row_sums), column_sums)


def test_a_larger_table_with_subtotals_is_as_safe():
    grid = linked_table(12, 8, 7)
    safe = make_grid_safe(grid, HIDE, 5)
    rows = known(grid.row_sums, len(grid.cells))
    columns = known(grid.column_sums, len(grid.cells[0]))
    hidden = [
        (r, c) for r, line in enumerate(safe.cells) for c, text in enumerate(line) if text == "c"
    ]
    assert len(hidden) > 100
    some = np.random.default_rng(5).choice(len(hidden), 12, replace=False)
    ranges = least_ranges(safe.cells, rows, columns, HIDE, 5, [hidden[each] for each in some])
    assert all(width >= 4 - 1e-6 for width in ranges.values())


def known(sums, many):
    """The lines of which some are sums of others."""
    totals = {each.total: each.parts for each in sums}
    leaf = {number: at for at, number in enumerate(set(range(many)) - set(totals))}
    parts = [[leaf[each] for each in totals.get(number, (number,))] for number in range(many)]
    return Lines(parts, [], len(leaf))


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
    safe = make_grid_safe(table.grid, HIDE, 5)
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
            r'line 5, column "Y6": the row seems to add up others, but 64 .* they add up to 63',
        ),
        (
            "School,R,Y6,Y7\nA,23,20,39\nB,12,48,30\nC,45,25,42\nD,3,60,81\nEngland,85,155,190\n",
            r'line 6, column "R": the row seems to add up others',
        ),
        (
            "School,Pupils,FSM,FSM (2)\nA,120,30,25\nB,90,4,4\nC,77,20,26\nD,60,33,55\n",
            r'column "FSM \(2\)": the column has percentages',
        ),
        ("School,R (30),Y6\nA,3,20\nB,12,18\nC,15,25\n", "line 1, column 2: .* number 30"),
        ("School,Sex,Pupils\nA,Boys,3\nB,Girls,9\n", 'column "Sex": the column has words'),
        ("School,R,Y6\nA,3,20\n\nSchool,Y7,Y8\nB,8,9\n", "line 4: the line has no counts"),
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
        assert document["warnings"] == [
            "The row 'Total' counts people twice: it adds up 'Primary subtotal' and what that adds up too."
        ]

    def test_what_only_the_numbers_say_is_a_total_is_told(self, policy, write):
        path = write("Schule,Jungen,Mädchen\nA,3,9\nB,12,20\nGesamt,15,29\n", "t.csv")
        document = json.loads(
            run("statistics", "check", path, "--agreement", "WIG-PH-STATS", "--json").out
        )
        assert document["warnings"][0] == (
            "The row 'Gesamt' equals the sum of 'A' and 'B' in every cell, so it is treated as their total."
        )
        assert document["hidden"]["further"] > 0
