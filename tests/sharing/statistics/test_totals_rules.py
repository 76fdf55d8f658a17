"""Which rows or columns of a table are totals: by label, by numbers, in any place (rulebook S2)."""

import numpy as np
import pytest

from sharing.statistics import totals_rules
from sharing.statistics.sum_rules import Sum, adds_up
from sharing.statistics.totals_rules import Misfit, find_totals, says_no_count, says_total
from tests.sharing.statistics.tables_of_counts import SAY_TOTAL, crossed_lines, some_lines


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
    totals = find_totals(labels, [tuple(line) for line in lines])
    assert not totals.misfits
    return {(line_sum.total, line_sum.parts) for line_sum in totals.sums}


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
    totals = find_totals(["A", "B", "Total"], [(1, 2), (3, 4), (4, 7)])
    [misfit] = totals.misfits
    assert (misfit.line, misfit.place, misfit.stands, misfit.adds_up_to) == (2, 1, 7, 6)


def rank(sums, lines):
    """Return how many of the sums say something new."""
    if not sums:
        return 0
    rows = [[line_sum.factors.get(line, 0) for line in range(lines)] for line_sum in sums]
    return np.linalg.matrix_rank(np.array(rows))


@pytest.mark.parametrize("width", [1, 2, 5])
def test_all_that_ties_lines_is_found_and_nothing_else(width):
    """Build lines from known parts, with counts so large that no sum holds by chance, and compare."""
    rng = np.random.default_rng(width)
    ties = 0
    for _ in range(100):
        lines = (crossed_lines if rng.random() < 0.2 else some_lines)(rng, 5)
        matrix = lines.matrix()
        leaves = rng.integers(10_000, 1_000_000, size=(lines.leaves, width))
        counts = [tuple(map(int, line)) for line in matrix @ leaves]
        totals = find_totals(lines.labels, counts)
        for line_sum in totals.sums:
            assert adds_up(counts, line_sum.total, line_sum.parts, line_sum.less)
            assert adds_up(matrix.tolist(), line_sum.total, line_sum.parts, line_sum.less)
        if width > 1:
            # What is a sum only with lines taken away says something new.
            plain = [line_sum for line_sum in totals.sums if not line_sum.less]
            others = len(totals.sums) - len(plain)
            assert rank(totals.sums, len(counts)) == rank(plain, len(counts)) + others
        free = len(counts) - np.linalg.matrix_rank(matrix)
        assert rank(totals.sums, len(counts)) == free, (lines, counts, totals)
        ties += free
    assert ties > 100


class TestMisfits:
    """Lines that say total and equal no sum, with the place and what it adds up to."""

    def misfits(self, *lines):
        totals = find_totals([label for label, *_ in lines], [tuple(line) for _, *line in lines])
        return list(totals.misfits)

    def test_it_is_compared_with_all_lines_that_do_not_say_total(self):
        lines = ("A", 1, 2, 9), ("B", 3, 4, 8), ("Total", 4, 7, 16)
        assert self.misfits(*lines) == [Misfit(2, 1, 7, 6), Misfit(2, 2, 16, 17)]
        assert self.misfits(lines[2], *lines[:2]) == [Misfit(0, 1, 7, 6), Misfit(0, 2, 16, 17)]

    def test_or_with_those_since_the_one_before_if_that_fits_better(self):
        lines = [
            ("A", 11, 2, 9), ("B", 3, 4, 8), ("Subtotal", 14, 7, 17),
            ("C", 50, 70, 90), ("D", 31, 6, 20), ("Subtotal 2", 81, 76, 111),
        ]  # fmt: skip
        assert self.misfits(*lines) == [Misfit(2, 1, 7, 6), Misfit(5, 2, 111, 110)]

    def test_since_the_nearest_one_before(self):
        lines = [
            ("A", 11, 2, 9), ("Subtotal", 12, 3, 10), ("B", 30, 4, 8), ("Subtotal 2", 31, 5, 9),
            ("C", 50, 70, 90), ("D", 31, 6, 20), ("Subtotal 3", 81, 76, 111),
        ]  # fmt: skip
        assert self.misfits(*lines)[-1] == Misfit(6, 2, 111, 110)
        assert [misfit.line for misfit in self.misfits(*lines)].count(6) == 1

    def test_lines_of_nobody_excuse_no_total_of_somebody(self):
        lines = ("A", 1, 2), ("B", 0, 0), ("C", 0, 0), ("D", 3, 4), ("Total", 4, 7)
        assert self.misfits(*lines) == [Misfit(4, 1, 7, 6)]

    def test_of_two_that_are_equal_neither_is_a_misfit(self):
        lines = ("A", 1, 2), ("B", 3, 4), ("Total", 9, 9), ("All", 9, 9)
        assert self.misfits(*lines) == []
        assert self.misfits(*lines[:3]) == [Misfit(2, 0, 9, 4), Misfit(2, 1, 9, 6)]

    def test_a_total_of_nobody_is_right_only_where_another_line_has_nobody(self):
        some, total = ("A", 1, 2), ("Total", 0, 0)
        assert self.misfits(some, ("B", 3, 4), total) == [Misfit(2, 0, 0, 4), Misfit(2, 1, 0, 6)]
        assert self.misfits(some, ("B", 0, 0), total) == []
        assert self.misfits(total) == []

    def test_a_total_of_nothing_at_all(self):
        assert self.misfits(("Total", 5, 7)) == [Misfit(0, 0, 5, 0)]


def test_the_lines_that_are_totals_are_those_that_sums_lead_to_without_taking_away():
    assert find_totals(["A", "B", "C"], [(3, 20), (12, 18), (15, 38)]).numbers == {2}
    totals = find_totals(["Boys", "Girls", "SEN", "Others"], [(3, 20), (12, 18), (5, 8), (10, 30)])
    assert [line_sum.less for line_sum in totals.sums] == [(2,)]
    assert totals.numbers == frozenset()


class TestPartsOf:
    """Two or more lines, the largest first, that add up to a line in every cell."""

    LINES = [(900, 300), (700, 500), (400, 100), (30, 20), (5, 0)]

    @pytest.mark.parametrize(
        ("parts", "found"),
        [((0, 2, 4), True), ((0, 1), True), ((3, 4), True), ((0, 1, 2, 3, 4), True), ((2,), False)],
    )
    def test_are_found(self, parts, found):
        total = tuple(map(sum, zip(*(self.LINES[part] for part in parts), strict=True)))
        result = totals_rules._parts_of(total, self.LINES)
        assert sorted(result) == (list(parts) if found else [])

    def test_or_not(self):
        assert totals_rules._parts_of((905, 301), self.LINES) == []
        assert totals_rules._parts_of((9000, 300), self.LINES) == []
        assert totals_rules._parts_of((400, 100), []) == []

    def test_or_not_within_so_many_steps(self, monkeypatch):
        """Four steps lead to the three largest of four lines: one for each, one to see that it is all."""
        lines = [(900, 300), (700, 500), (30, 20), (5, 0)]
        for steps in range(1, 8):
            monkeypatch.setattr(totals_rules, "STEPS", steps)
            assert bool(totals_rules._parts_of((1630, 820), lines)) is (steps >= 4)

    def test_one_line_that_is_equal_does_not_end_the_search(self):
        assert sorted(totals_rules._parts_of((900,), [(900,), (500,), (400,)])) == [1, 2]


class TestSearch:
    """Where sums are looked for, in which lines, and what is taken for the total."""

    def search(self, *lines, labels=None, sums=()):
        labels = labels or [f"line {number}" for number in range(len(lines))]
        search = totals_rules._Search(labels, lines)
        search.sums = dict.fromkeys(sums)
        return search

    LINES = ((3, 20), (12, 18), (15, 38), (8, 9), (1, 7), (9, 16), (40, 2))
    BY_NUMBERS = (Sum(2, (0, 1)), Sum(5, (3, 4)))

    def sequences(self, *lines, **more):
        return sorted(self.search(*lines, **more)._sequences())

    def test_at_first_among_all_lines_with_anybody(self):
        assert self.sequences(*self.LINES) == [[0, 1, 2, 3, 4, 5, 6]]
        assert self.sequences((3, 20), (0, 0), (5, 0)) == [[0, 2]]

    def test_then_each_line_that_is_a_total_by_numbers_may_be_one_or_not(self):
        assert self.sequences(*self.LINES, sums=self.BY_NUMBERS) == [
            [0, 1, 2, 3, 4, 5, 6],
            [0, 1, 2, 3, 4, 6],
            [0, 1, 2, 5, 6],
            [0, 1, 3, 4, 5, 6],
            [0, 1, 3, 4, 6],
            [2, 3, 4, 5, 6],
            [2, 5, 6],
        ]

    def test_those_that_say_total_are_totals(self):
        labels = ["A", "B", "Total A to B", "C", "D", "Total C to D", "E"]
        assert self.sequences(*self.LINES, labels=labels, sums=self.BY_NUMBERS) == [
            [0, 1, 2, 3, 4, 5, 6],
            [0, 1, 3, 4, 6],
            [2, 5, 6],
        ]

    def test_neither_a_line_less_another_nor_an_equal_line_covers_anything(self):
        sums = (Sum(2, (0, 1), (3,)), Sum(5, (4,)))
        assert self.sequences(*self.LINES, sums=sums) == [
            [0, 1, 2, 3, 4, 5, 6],
            [0, 1, 2, 3, 4, 6],
        ]
        sums = (Sum(2, (0, 1)), Sum(2, (3, 4), (5,)))
        assert [2, 3, 4, 5, 6] in self.sequences(*self.LINES, sums=sums)

    @pytest.mark.parametrize(("totals", "believed"), [(5, 32), (6, 7), (12, 13), (14, 14)])
    def test_of_many_totals_those_of_the_most_parts_are_believed_first(self, totals, believed):
        sums = [Sum(20 + at, tuple(range(2 + at))) for at in range(totals)]
        lines = [(9,)] * 40
        without = {
            frozenset(range(40)) - set(sequence)
            for sequence in self.search(*lines, sums=sums)._sequences()
            if set(range(20)) <= set(sequence)
        }
        assert len(without) == believed
        if totals > 5:
            largest = set(range(20, 20 + totals))
            assert without == {
                *(
                    frozenset(sorted(largest)[totals - many :])
                    for many in range(min(totals, 12) + 1)
                ),
                frozenset(largest),
            }

    @pytest.mark.parametrize(
        ("labels", "total", "part"),
        [("AB", 1, 0), (["Total", "A"], 0, 1), (["A", "Total"], 1, 0), (["Total", "All"], 1, 0)],
    )
    def test_of_two_equal_lines_the_one_that_says_so_else_the_later_is_the_total(
        self, labels, total, part
    ):
        for found in ((0, [1]), (1, [0])):
            search = self.search((3, 20), (3, 20), labels=labels)
            search._add(*found)
            assert list(search.sums) == [Sum(total, (part,))]

    def test_a_line_with_so_many_counts_is_no_sum_by_chance(self):
        search = self.search((9, 1, 1), (9, 0, 9), (0, 9, 9, 9))
        assert [search._tells(number, 3) for number in range(3)] == [True, False, True]
        assert search._tells(1, 2)

    def test_parts_that_stand_apart_are_found_in_a_narrow_table(self):
        lines = [(5200, 901), (77, 31_007), (3111, 4002), (909, 13), (8311, 4903), (12, 70_001)]
        assert [
            (line_sum.total, line_sum.parts) for line_sum in find_totals("ABCDEF", lines).sums
        ] == [(4, (0, 2))]

    @pytest.mark.parametrize(("count", "found"), [(1279, True), (1278, False)])
    def test_and_hardly_by_chance(self, count, found):
        # Of six lines each may be a part or not: 20 times 2 to the 6th is 1,280.
        search = self.search((500,), (2000,), (count - 500,), (4000,), (9000,), (count,))
        search._any_parts()
        assert (Sum(5, (0, 2)) in search.sums) is found

    @pytest.mark.parametrize(("lines", "found"), [(24, True), (25, False)])
    def test_among_24_lines(self, lines, found):
        rng = np.random.default_rng(1)
        parts = [tuple(map(int, line)) for line in rng.integers(1000, 9000, size=(lines - 1, 3))]
        total = tuple(map(sum, zip(parts[0], parts[2], strict=True)))
        search = self.search(*parts, total)
        search._any_parts()
        assert (Sum(lines - 1, (0, 2)) in search.sums) is found

    def test_runs_beside_a_line_and_elsewhere(self):
        def anywhere(total, before, after, **more):
            search = self.search(*self.LINES[:6], (23, 56), (4, 4))
            search._anywhere(total, before, after, **more)
            return {(line_sum.total, line_sum.parts) for line_sum in search.sums}

        assert anywhere(5, [0, 1, 2, 3, 4], [6], beside=False) == {(5, (3, 4))}
        assert anywhere(5, [0, 1, 2, 3, 4], [6], beside=True) == {(5, (3, 4))}
        assert anywhere(5, [3, 4, 0, 1, 2], [6], beside=False) == {(5, (3, 4))}
        assert anywhere(5, [3, 4, 0, 1, 2], [6], beside=True) == set()
        assert anywhere(5, [0, 3, 4, 1], [6], beside=True) == set()
        assert anywhere(5, [0], [3, 4, 6], beside=True) == {(5, (3, 4))}
        assert anywhere(5, [0, 3], [4, 6], beside=True) == {(5, (3, 4))}
        assert anywhere(5, [0], [6, 3, 4], beside=True) == set()
        assert anywhere(2, [0, 1], [], beside=False, least=2) == {(2, (0, 1))}
        assert anywhere(2, [0, 1], [], beside=False, least=3) == set()

    def runs(self, *lines, labels=None):
        search = self.search(*lines, labels=labels)
        search._runs(list(range(len(lines))))
        return {(line_sum.total, line_sum.parts) for line_sum in search.sums}

    def test_a_line_that_says_total_may_be_of_a_run_anywhere(self):
        lines = *self.OTHERS, (3, 0), (12, 0), (40, 0), (15, 0)
        labels = [*"ABCDEFGH", "Total"]
        assert self.runs(*lines, labels=labels) == {(8, (5, 6))}
        assert self.runs(*lines) == set()

    # As many as there may be in a list where a single count tells little.
    OTHERS = (1000, 0), (2100, 0), (5000, 0), (11_000, 0), (27_000, 0)

    @pytest.mark.parametrize(("others", "found"), [(4, {(7, (4, 5))}), (5, set())])
    def test_so_may_any_of_eight_lines(self, others, found):
        assert self.runs(*self.OTHERS[:others], (3, 0), (12, 0), (40, 0), (15, 0)) == found

    def test_so_may_one_with_two_counts_and_of_one_line_too(self):
        lines = *self.OTHERS, (3, 20), (12, 18), (40, 2), (15, 38)
        assert self.runs(*lines) == {(8, (5, 6))}
        assert self.runs(*self.OTHERS, (3, 20), (40, 2), (3, 20), (50, 1)) == {(7, (5,))}

    def test_any_other_is_of_a_run_beside_or_around_it(self):
        assert self.runs(*self.OTHERS, (40, 0), (3, 0), (15, 0), (12, 0)) == {(7, (6, 8))}
        assert self.runs((15, 0), (3, 0), (12, 0), (40, 0), *self.OTHERS) == {(0, (1, 2))}

    def test_or_around_it_where_it_says_total(self):
        lines = *self.OTHERS, (40, 0), (3, 0), (15, 0), (12, 0)
        labels = [*"ABCDEFG", "Total", "H"]
        assert self.runs(*lines, labels=labels) == {(7, (6, 8))}

    @pytest.mark.parametrize(("most", "everywhere"), [(4, True), (3, False)])
    def test_in_long_tables_runs_elsewhere_are_of_lines_that_say_total(
        self, most, everywhere, monkeypatch
    ):
        monkeypatch.setattr(totals_rules, "SEARCHED_EVERYWHERE", most)
        lines = (3, 20, 5), (12, 18, 1), (40, 2, 9), (15, 38, 6)
        assert self.runs(*lines) == ({(3, (0, 1))} if everywhere else set())
        assert self.runs(*lines, labels=["A", "B", "C", "Total"]) == {(3, (0, 1))}

    @pytest.mark.parametrize(
        ("lines", "total", "parts"),
        [
            # Before, after, and of all other lines.
            (((3, 20), (12, 18), (15, 38), (90, 1)), 2, (0, 1)),
            (((90, 1), (15, 38), (3, 20), (12, 18)), 1, (2, 3)),
            (((3, 20), (15, 38), (12, 18)), 1, (0, 2)),
        ],
    )
    def test_in_long_tables_runs_beside_a_line_and_all_others_are_found(
        self, lines, total, parts, monkeypatch
    ):
        monkeypatch.setattr(totals_rules, "SEARCHED_EVERYWHERE", 0)
        monkeypatch.setattr(totals_rules, "SEARCHED_FOR_ANY", 0)
        monkeypatch.setattr(totals_rules, "equal_sums", lambda *_: [])
        assert sums(*lines) == {(total, parts)}

    def test_parts_of_a_line_with_three_small_counts_are_looked_for(self):
        search = self.search((1, 0, 1), (9, 9, 9), (0, 1, 1), (7, 8, 9), (1, 1, 2))
        search._any_parts()
        assert list(search.sums) == [Sum(4, (0, 2))]

    @pytest.mark.parametrize("lines", [(700, 30, 5, 900, 400), (5, 30, 400, 700, 900)])
    def test_the_largest_lines_are_tried_first(self, lines, monkeypatch):
        tried = []

        def parts_of(total, others):
            tried.append([size for (size,) in others])
            return []

        monkeypatch.setattr(totals_rules, "_parts_of", parts_of)
        self.search(*((size,) for size in (*lines, 100_000)))._any_parts()
        assert tried == [sorted(lines, reverse=True)]

    def test_parts_are_looked_for_among_lines_that_are_no_totals(self):
        lines = (500, 9), (2000, 1), (2500, 10), (1500, 4), (4000, 14)
        search = self.search(*lines, sums=[Sum(2, (0, 1))])
        search._any_parts()
        assert list(search.sums) == [Sum(2, (0, 1)), Sum(4, (0, 1, 3))]

    def test_and_for_lines_of_which_none_are_known(self):
        lines = (500, 9), (2000, 1), (2500, 10), (2400, 3), (100, 7)
        search = self.search(*lines, sums=[Sum(2, (0, 1))])
        search._any_parts()
        assert list(search.sums) == [Sum(2, (0, 1))]

    def test_a_run_that_begins_beside_a_line(self):
        def from_here(total, near):
            search = self.search(*self.LINES)
            search._from_here(total, near)
            return {(line_sum.total, line_sum.parts) for line_sum in search.sums}

        assert from_here(2, [1, 0]) == {(2, (0, 1))}
        assert from_here(2, [1, 0, 3]) == {(2, (0, 1))}
        assert from_here(2, [3, 1, 0]) == set()
        assert from_here(2, [1]) == set()

    def test_a_line_that_is_all_others_of_a_sequence(self):
        def all_others(*sequence):
            search = self.search(*self.LINES)
            search._all_others(sequence)
            return {(line_sum.total, line_sum.parts) for line_sum in search.sums}

        assert all_others(0, 1, 2) == {(2, (0, 1))}
        assert all_others(0, 1) == {(2, (0, 1))}
        assert all_others(0, 2, 1) == {(2, (0, 1))}
        assert all_others(0, 1, 3) == set()
        assert all_others(2) == set()
