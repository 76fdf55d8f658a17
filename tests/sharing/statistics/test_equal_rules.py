"""Sums that no total stands beside: by words, by the order of lines, by algebra (rulebook S2)."""

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, strategies as st

from sharing.statistics import equal_rules
from sharing.statistics.equal_rules import equal_sums, is_unlikely
from sharing.statistics.sum_rules import Sum, adds_up


@pytest.mark.parametrize(
    ("line", "tried", "unlikely"),
    [
        ((99,), 5, True),
        ((98,), 5, False),
        ((9, 9), 5, True),
        ((9, 8), 5, False),
        ((0, 99), 5, True),
    ],
)
def test_a_line_is_a_sum_hardly_by_chance_if_there_are_twenty_times_as_many(line, tried, unlikely):
    assert is_unlikely(line, tried) is unlikely


class TestByWords:
    """A line whose words all stand in the labels that it adds up."""

    def by_words(self, **lines):
        labels = [label.replace("_", " ") for label in lines]
        sums = equal_rules._by_words(labels, list(lines.values()), list(range(len(lines))))
        return [(line_sum.total, line_sum.parts) for line_sum in sums]

    def test_of_the_lines_with_its_words(self):
        assert (0, (1, 2)) in self.by_words(BOYS=(5, 9), Year_7_boys=(2, 8), Year_8_boys=(3, 1))
        assert self.by_words(Boys=(5, 9), Year_7_boys=(2, 8), Year_8_boys=(3, 2)) == []
        assert self.by_words(Boys=(5, 9), Year_7_girls=(2, 8), Year_8_girls=(3, 1)) == []

    def test_without_those_that_say_not(self):
        lines = {"SEN": (5,), "Boys_SEN": (3,), "Boys_no_SEN": (20,), "Girls_SEN": (2,)}
        assert self.by_words(**lines) == [(0, (1, 3))]
        other = {"Other": (5,), "Other_A": (2,), "Other_B": (3,), "Other_not_C": (9,)}
        assert self.by_words(**other) == [(0, (1, 2))]
        none = {"No_SEN": (45,), "Boys_no_SEN": (20,), "Girls_no_SEN": (25,), "Girls_SEN": (2,)}
        assert (0, (1, 2)) in self.by_words(**none)

    def test_of_more_than_one_line_and_not_of_itself_or_of_lines_without_words(self):
        assert self.by_words(Boys=(5,), Year_7_boys=(5,)) == []
        assert self.by_words(Boys=(5,), BOYS=(2,), boys=(3,)) == []
        sums = equal_rules._by_words(["-", "A", "B"], [(5,), (2,), (3,)], [0, 1, 2])
        assert list(sums) == []


class TestInTurns:
    """Several totals one after the other, of lines in runs, in turns or step by step."""

    def test_runs_end_just_before_the_totals(self):
        sizes = [3, 20, 5, 8, 23, 13]
        runs = equal_rules._runs_before
        assert runs(sizes, range(6), 4, [4, 5]) == [[0, 1], [2, 3]]
        assert runs(sizes, range(6), 4, [5, 4]) == []
        assert runs(sizes, range(6), 3, [4, 5]) == []
        assert runs([7, *sizes], range(7), 5, [5, 6]) == [[1, 2], [3, 4]]
        assert runs([3, 20, 5, 9, 23, 13], range(6), 4, [4, 5]) == []
        assert runs([3, 19, 5, 8, 23, 13], range(6), 4, [4, 5]) == []
        assert runs([3, 20, 5, 8, 36, 13], range(6), 4, [4, 5]) == []

    def test_one_line_in_so_many(self):
        def turns(sizes, begin, totals):
            return list(equal_rules._turns_before(sizes, range(len(sizes)), begin, totals))

        assert turns([3, 20, 5, 8, 8, 28], 4, [4, 5]) == [[[0, 2], [1, 3]]]
        assert turns([1, 1, 3, 20, 5, 8, 9, 29], 6, [6, 7]) == [[[0, 2, 4], [1, 3, 5]]]
        assert turns([9, 9, 3, 20, 5, 8, 8, 28], 6, [6, 7]) == [[[2, 4], [3, 5]]]
        assert turns([9, 3, 20, 5, 8, 8, 28], 5, [5, 6]) == [[[1, 3], [2, 4]]]
        assert turns([3, 20, 5, 8, 28, 8], 4, [4, 5]) == []
        assert turns([3, 20, 5, 8, 8, 29], 4, [4, 5]) == []
        assert turns([0, 0, 0, 0, 5, 7], 4, [4, 5]) == []
        # One line each is no sum.
        assert turns([3, 20, 3, 20], 2, [2, 3]) == []
        assert turns([3, 0, 20, 0, 3, 20], 2, [4, 5]) == []

    @pytest.mark.parametrize(
        ("begin", "many", "first", "steps"),
        [
            (3, 3, 1, [[0], [0, 1], [0, 1, 2]]),
            (4, 3, 1, [[1], [1, 2], [1, 2, 3]]),
            (3, 2, 2, [[0, 1], [0, 1, 2]]),
            (2, 3, 1, []),
            (2, 2, 2, []),
        ],
    )
    def test_step_by_step(self, begin, many, first, steps):
        assert equal_rules._steps_before(range(9), begin, many, first) == steps

    def in_turns(self, *lines):
        return set(equal_rules._in_turns(lines, list(range(len(lines)))))

    GIRLS_AND_BOYS = [(3, 20), (12, 18), (8, 9), (1, 7)]

    def test_totals_after_and_before_their_lines(self):
        lines = [*self.GIRLS_AND_BOYS, (11, 29), (13, 25)]
        assert {Sum(4, (0, 2)), Sum(5, (1, 3))} <= self.in_turns(*lines)
        backwards = self.in_turns(*reversed(lines))
        assert {Sum(1, (3, 5)), Sum(0, (2, 4))} <= backwards
        runs = [*self.GIRLS_AND_BOYS, (15, 38), (9, 16)]
        assert self.in_turns(*runs) == {Sum(4, (0, 1)), Sum(5, (2, 3))}
        assert self.in_turns(*runs[:5], (9, 15)) == set()

    def test_lines_added_up_step_by_step(self):
        first, second, third = (3, 20), (12, 18), (8, 9)
        steps = [first, (15, 38), (23, 47)]
        assert self.in_turns(first, second, third, *steps) >= {Sum(4, (0, 1)), Sum(5, (0, 1, 2))}
        assert self.in_turns(first, second, third, *steps[1:]) >= {
            Sum(3, (0, 1)),
            Sum(4, (0, 1, 2)),
        }

    def test_lines_of_nobody_stand_in_their_turn_and_are_no_parts(self):
        lines = [(30, 20), (12, 18), (0, 0), (1, 7), (5, 5), (90, 6), (35, 25), (103, 31)]
        assert {Sum(6, (0, 4)), Sum(7, (1, 3, 5))} <= self.in_turns(*lines)

        assert self.in_turns(*lines) >= {Sum(6, (0, 4))}
        nobody = (0, 0)
        turns = [(30, 20), nobody, (12, 18), nobody, (42, 38), nobody]
        assert self.in_turns(*turns) == {Sum(4, (0, 2))}

    def test_a_part_may_have_nobody_in_one_place(self):
        lines = [(3, 0), (12, 18), (8, 9), (1, 7), (11, 9), (13, 25)]
        assert {Sum(4, (0, 2)), Sum(5, (1, 3))} <= self.in_turns(*lines)

    @pytest.mark.parametrize(("count", "told"), [(10, True), (9, False)])
    def test_hardly_by_chance(self, count, told):
        # Two totals of 10, of six lines: 11 · 11 is more than 20 times 6, and 10 · 10 is not.
        lines = [(4,), (3,), (count - 4,), (count - 3,), (count,), (count,)]
        assert (Sum(4, (0, 2)) in self.in_turns(*lines)) is told

    def test_a_total_of_one_line_says_nothing_about_chance(self):
        first, total = (900,), (902,)
        assert self.in_turns(first, (2,), first, total) == {Sum(3, (0, 1))}
        assert self.in_turns((9,), (2,), (9,), (11,)) == set()

    @pytest.mark.parametrize(("many", "told"), [(12, True), (13, False)])
    def test_twelve_totals_at_most(self, many, told):
        rng = np.random.default_rng(3)
        leaves = rng.integers(100, 10_000, size=(2 * many,))
        totals = leaves[:many] + leaves[many:]
        sums = self.in_turns(*((int(count),) for count in (*leaves, *totals)))
        assert (Sum(2 * many, (0, many)) in sums) is told


few_sizes = st.lists(st.sampled_from([(4000,), (8000,), (12_000,)]), min_size=4, max_size=8)


class TestSideBySide:
    """Two runs beside each other that add up to the same."""

    @given(few_sizes)
    def test_each_two_runs_are_found(self, lines):
        expected = set()
        for first, middle, last in combinations(range(len(lines) + 1), 3):
            left, right = range(first, middle), range(middle, last)
            same = sum(lines[at][0] for at in left) == sum(lines[at][0] for at in right)
            if len(left) > 1 and len(right) > 1 and same:
                *less, total = right
                expected.add(Sum(total, tuple(left), tuple(less)))
        assert set(equal_rules._side_by_side(lines, list(range(len(lines))))) == expected

    @pytest.mark.parametrize(("more", "told"), [(0, True), (1, False)])
    def test_sex_and_need_of_the_same_pupils(self, more, told):
        lines = [(3,), (20,), (5,), (18 + more,)]
        assert list(equal_rules._side_by_side(lines, [0, 1, 2, 3])) == [Sum(3, (0, 1), (2,))] * told

    @pytest.mark.parametrize(("count", "told"), [(499, True), (498, False)])
    def test_beside_a_further_line_hardly_by_chance(self, count, told):
        further = (10_000,)
        for lines in (
            [(400,), (count - 400,), (300,), (count - 300,), further],
            [further, (400,), (count - 400,), (300,), (count - 300,)],
        ):
            assert len(list(equal_rules._side_by_side(lines, list(range(5))))) == told

    def test_as_many_in_all_and_not_in_every_cell(self):
        lines = [(3, 20), (12, 5), (20, 3), (5, 12)]
        assert list(equal_rules._side_by_side(lines, [0, 1, 2, 3])) == []

    def test_between_two_further_lines_by_chance(self):
        lines = [(700,), (3,), (20,), (5,), (18,), (900,)]
        assert list(equal_rules._side_by_side(lines, list(range(6)))) == []

    def test_runs_of_different_lengths_and_other_numbers(self):
        lines = [(90_000,), (1000,), (2000,), (3000,), (3500,), (2500,), (7,)]
        assert Sum(5, (1, 2, 3), (4,)) in set(equal_rules._side_by_side(lines, list(range(7))))
        some = [(1,), (9_000,), (2,), (300,), (300,), (350,), (250,)]
        assert Sum(6, (3, 4), (5,)) in set(equal_rules._side_by_side(some, [1, 3, 4, 5, 6]))


class TestInBlocks:
    """A list of the same people by several groupings is cut into blocks of the same sum."""

    LEAVES, GROUPS, KINDS = [(6,), (20,), (4,), (0,)], [(26,), (4,)], [(10,), (20,)]

    def in_blocks(self, lines):
        sums = list(equal_rules._in_blocks(lines, list(range(len(lines)))))
        for line_sum in sums:
            assert adds_up(lines, line_sum.total, line_sum.parts, line_sum.less)
        return set(sums)

    def test_runs_and_turns_of_the_longest_are_the_lines_of_the_others(self):
        assert self.in_blocks(self.LEAVES + self.GROUPS + self.KINDS) == {
            Sum(4, (0, 1)),
            Sum(5, (2,)),
            Sum(6, (0, 2)),
            Sum(7, (1,)),
            Sum(5, (0, 1, 2), (4,)),
            Sum(7, (4, 5), (6,)),
        }

    def test_wherever_it_stands(self):
        sums = self.in_blocks(self.KINDS + self.LEAVES + self.GROUPS)
        assert {Sum(6, (2, 3)), Sum(0, (2, 4))} <= sums

    def test_beside_a_line_of_everybody(self):
        sums = self.in_blocks([*self.LEAVES, *self.KINDS, (30,)])
        assert {Sum(4, (0, 2)), Sum(6, (4, 5)), Sum(5, (0, 1, 2), (4,))} <= sums

    def test_lines_of_nobody_may_be_the_last_of_a_block_or_the_first_of_the_next(self):
        lines = [(6,), (0,), (20,), (0,), (0,), (26,), (6,), (20,)]
        assert {Sum(5, (0, 2)), Sum(6, (0,)), Sum(7, (2,))} <= self.in_blocks(lines)

    def test_in_every_cell(self):
        lines = [(6, 1), (20, 2), (4, 3), (0, 4), (26, 3), (4, 7), (10, 4), (20, 6)]
        assert Sum(6, (0, 2)) in self.in_blocks(lines)
        assert not self.in_blocks([*lines[:7], (20, 5)])
        nobody = [(count, 0) for count, _ in lines]
        assert Sum(6, (0, 2)) in self.in_blocks(nobody)

    def test_three_blocks_of_an_odd_number_of_people_and_totals_of_one(self):
        sums = self.in_blocks([(1,), (3,), (1,), (1,), (4,), (2,), (3,)])
        assert {Sum(3, (0,)), Sum(4, (1, 2))} <= sums

    def test_not_beside_a_further_line_and_not_among_nobody(self):
        assert not self.in_blocks([*self.LEAVES, *self.GROUPS, *self.KINDS, (7,)])
        assert not self.in_blocks([(0,)] * 4)

    def test_in_so_many_ways_to_cut_at_most(self):
        lines = [(5,), *[(0,)] * 99, (5,)]
        assert len(list(equal_rules._blocks(lines, list(range(101))))) == 64


class TestAnyTwoGroups:
    LINES = [(1000, 3000), (2000, 9000), (500, 8000), (2500, 4000), (7777, 123), (41, 3)]

    def groups(self, lines):
        return list(equal_rules._any_two_groups(lines, list(range(len(lines)))))

    def test_that_add_up_to_the_same_in_any_order(self):
        [found] = self.groups(self.LINES)
        assert {found.total, *found.others} == {0, 1, 2, 3}
        assert adds_up(self.LINES, found.total, found.parts, found.less)
        assert self.groups([*self.LINES[:3], (2500, 4001), *self.LINES[4:]]) == []

    @pytest.mark.parametrize(("count", "told"), [(1619, True), (1618, False)])
    def test_hardly_by_chance(self, count, told):
        # 20 times 3 to the 4th.
        lines = [(400,), (700,), (count - 700,), (count - 400,)]
        assert len(self.groups(lines)) == told

    def test_groups_that_share_a_line_are_not_compared(self):
        lines = [(1000, 3000), (2000, 9000), (2000, 9000), (77, 88_000), (500, 4)]
        assert self.groups(lines) == []
        assert self.groups([]) == []

    def test_a_group_of_few_people_is_equal_by_chance_however_many_there_are_besides(self):
        assert self.groups([(3,), (7,), (4,), (6,), (20_000,)]) == []

    def test_the_total_is_the_highest_line_and_the_others_stand_in_their_order(self):
        lines = {
            17: (1000, 3000),
            9: (2000, 9000),
            2: (2500, 8000),
            33: (300, 3000),
            24: (200, 1000),
        }
        columns = [lines.get(number, (0, 0)) for number in range(34)]
        sums = equal_rules._any_two_groups(columns, list(lines))
        assert list(sums) == [Sum(33, (9, 17), (2, 24))]

    def test_groups_of_two_and_of_three(self):
        lines = [(1000, 3000), (2000, 9000), (2500, 8000), (300, 3000), (200, 1000)]
        [found] = self.groups(lines)
        assert len(found.others) == 4
        assert adds_up(lines, found.total, found.parts, found.less)


class TestDependent:
    def dependent(self, lines, order=None):
        return list(equal_rules._dependent(lines, list(order or range(len(lines)))))

    def test_one_line_is_the_sum_of_others(self):
        lines = [(3, 20, 9), (12, 18, 7), (15, 38, 16)]
        assert self.dependent(lines) == [Sum(2, (0, 1))]
        assert self.dependent(lines, [2, 1, 0]) == [Sum(0, (2,), (1,))]

    def test_lines_less_others(self):
        lines = [(3, 20, 5, 6), (12, 18, 6, 9), (5, 8, 2, 1), (10, 30, 9, 14)]
        assert self.dependent(lines) == [Sum(3, (0, 1), (2,))]

    def test_parts_stand_in_the_order_of_their_numbers(self):
        lines = [(3, 20, 9), (15, 38, 16), (12, 18, 7)]
        assert self.dependent(lines, [2, 0, 1]) == [Sum(1, (0, 2))]
        lines = [(5, 8, 2, 1), (12, 18, 6, 9), (4, 6, 1, 3), (3, 20, 5, 6), (6, 24, 8, 11)]
        assert self.dependent(lines, [3, 2, 1, 0, 4]) == [Sum(4, (1, 3), (0, 2))]

    def test_neither_equal_lines_nor_twice_a_line_nor_lines_of_any_factor(self):
        assert self.dependent([(3, 20), (3, 20)]) == []
        assert self.dependent([(3, 20), (6, 40)]) == []
        assert self.dependent([(3, 20), (12, 18), (18, 58)]) == []
        assert self.dependent([(1, 0), (0, 1), (7, 9)]) == []
        assert self.dependent([]) == []

    def test_more_lines_than_columns(self):
        lines = [(3, 20), (12, 18), (15, 38), (1, 7), (9, 2)]
        assert Sum(2, (0, 1)) in self.dependent(lines)

    @given(st.integers(0, 10_000))
    def test_every_sum_of_independent_lines_is_found(self, seed):
        rng = np.random.default_rng(seed)
        lines = [tuple(map(int, line)) for line in rng.integers(100, 200, size=(4, 7))]
        expected = set()
        for _ in range(3):
            factors = rng.choice([0, 0, 1, 1, -1], size=4)
            line = factors @ np.array(lines[:4])
            if (line < 0).any() or abs(factors).sum() < 2:
                continue
            parts = tuple(map(int, np.nonzero(factors == 1)[0]))
            less = tuple(map(int, np.nonzero(factors == -1)[0]))
            expected.add(Sum(len(lines), parts, less))
            lines.append(tuple(map(int, line)))
        assert set(self.dependent(lines)) == expected


class TestAllTogether:
    def sums(self, lines, labels=None, sequences=None, named=()):
        numbers = list(range(len(lines)))
        labels = labels or [f"line {number}" for number in numbers]
        return set(equal_sums(labels, lines, sequences or [numbers], named))

    def test_by_words_in_turns_side_by_side_and_by_algebra(self):
        lines = [(3, 9, 9), (20, 7, 1), (5, 8, 2), (18, 8, 8)]
        assert Sum(3, (0, 1), (2,)) in self.sums(lines)
        assert self.sums([(0, 0), (0, 0)]) == set()
        labels = ["Boys", "Boys of year 7", "Boys of year 8"]
        assert self.sums([(5,), (2,), (3,)], labels) == {Sum(0, (1, 2))}
        assert self.sums([(5, 0), (2, 0), (3, 0)], labels) == {Sum(0, (1, 2))}

    @pytest.mark.parametrize(("most", "found"), [(4, True), (3, False)])
    def test_by_the_order_of_lines_in_tables_that_are_not_too_long(self, most, found, monkeypatch):
        monkeypatch.setattr(equal_rules, "ORDERED", most)
        monkeypatch.setattr(equal_rules, "ANY_ORDER", 0)
        monkeypatch.setattr(equal_rules, "_dependent", lambda *_: ())
        lines = [(3000, 20), (1200, 80), (1100, 60), (3100, 40)]
        assert bool(self.sums(lines)) is found

    def test_in_blocks_with_lines_of_nobody(self):
        lines = [(6,), (20,), (4,), (0,), (26,), (4,), (10,), (20,)]
        assert {Sum(4, (0, 1)), Sum(6, (0, 2))} <= self.sums(
            lines, sequences=[[0, 1, 2, 4, 5, 6, 7]]
        )

    def test_lines_of_nobody_stand_in_their_turn(self):
        lines = [(30,), (12,), (0,), (17,), (5,), (90,), (35,), (119,)]
        assert Sum(6, (0, 4)) in self.sums(lines, sequences=[[0, 1, 3, 4, 5, 6, 7]])

    def test_lines_that_are_not_in_the_sequence_take_no_turn(self):
        lines = [(30, 1), (12, 1), (0, 7), (5, 2), (17, 3), (35, 3), (29, 4)]
        assert Sum(5, (0, 3)) in self.sums(lines, sequences=[[0, 1, 3, 4, 5, 6]])

    @pytest.mark.parametrize(("lines", "told"), [(10, True), (11, False)])
    def test_groups_in_any_order_are_looked_for_among_ten_lines(self, lines, told):
        # Nothing else finds them: they stand apart, and one column has no algebra.
        groups = [7_000_000, 6_500_000, 2_000_000, 11_500_000]
        apart = [31_000_017, 53_000_011, 97_000_003, 191_000_027, 383_000_001, 767_000_023]
        apart.append(1_531_000_013)
        counts = [count for pair in zip(groups, apart, strict=False) for count in pair]
        counts += apart[4:][: lines - len(counts)]
        sums = self.sums([(count,) for count in counts])
        assert any({line_sum.total, *line_sum.others} == {0, 2, 4, 6} for line_sum in sums) is told

    def test_of_lines_named_totals_the_others_are_the_parts(self):
        lines = [(15, 38, 16), (3, 20, 9), (12, 18, 7)]
        assert self.sums(lines, named={0}) == {Sum(0, (1, 2))}
        assert self.sums(lines, named={1}) >= {Sum(1, (0,), (2,))}
