"""Tables of counts as one system (S4): what is known of each count by all, and what then has to be hidden."""

import pytest

from sharing.counts_rules import Profile
from sharing.statistics import linked_rules
from sharing.statistics.across.joint_rules import Joint, joined, ones
from sharing.statistics.across.table_rules import NewTable
from sharing.statistics.across.tie_rules import Ties, ties_of
from sharing.statistics.across.together_rules import make_safe_together
from sharing.statistics.grid_rules import Grid
from sharing.statistics.sum_rules import Sum
from tests.sharing.statistics.across.tables_across import HIDE, NCMP, ROUND, given, new, shown

TWO, FIVE, TEN, ZEROS = Profile(HIDE, 2), Profile(HIDE, 5), Profile(HIDE, 10), Profile(HIDE, 5, 0)
BY_FIVES = Profile(ROUND, 5)


def safe(fresh, *before, profile=FIVE):
    return shown(make_safe_together([fresh], list(before), profile))


def one_of(tables, new_tables, ties=None, profile=FIVE):
    """Return the only way in which tables hang together."""
    ties = ties_of(tables, profile.threshold) if ties is None else ties
    (joint,) = joined(tables, set(range(len(tables))), ties, profile, new_tables)
    return joint


def test_a_total_that_only_another_table_shows_counts_as_shown():
    fresh = new("A B", "X Y", "3 12 | 20 8")
    assert safe(fresh) == "c 12 | 20 8"
    assert safe(fresh, given("A B", "R Z Total", "7 8 15 | 20 8 28")) == "c c | 20 8"
    hides_it = given("A B", "R Z Total", "c c c | c c c")
    # All of B is hidden there, so it cannot be added up here.
    assert safe(fresh, hides_it) == "c 12 | 20 c"


def test_in_large_tables_the_neighbours_are_looked_at_first(monkeypatch):
    monkeypatch.setattr(linked_rules, "LARGE", 0)
    fresh = new("A B", "X Y", "3 12 | 20 8")
    assert safe(fresh, given("A B", "R Z Total", "7 8 15 | 20 8 28")) == "c c | 20 8"
    girls = given("A B Total", "X", "c | 20 | c")
    by_sex = new("A B Total", "X Y Total", "3 12 15 | 20 8 28 | 23 20 43")
    assert safe(by_sex, girls) == "c c 15 | 20 8 28 | c c 43"


@pytest.mark.parametrize(
    ("cells", "result"),
    [
        # 9 values are possible of each: 1 to 9. Ten are asked for.
        ("3 | 7 | 30 | 40", "c | c | c | 40"),
        ("3 | 8 | 30 | 41", "c | c | 30 | 41"),
    ],
)
def test_what_another_table_hides_is_as_uncertain_as_its_threshold_asks(cells, result):
    fresh = new("A B C Total", "X", cells)
    by_ten, by_five = given("A B", "X", "c | c", TEN), given("A B", "X", "c | c")
    assert safe(fresh) == cells.replace("3 |", "c |", 1).replace(" 7 ", " c ").replace(" 8 ", " c ")
    assert safe(fresh, by_ten) == safe(fresh, by_ten, by_five) == result
    assert safe(fresh, by_five, by_ten) == result


def test_what_another_table_hides_is_hidden_under_ncmp_where_its_range_is_wide_enough():
    """A 5 would be any number from 1 to 7."""
    before = given("A B", "X", "c | 20")
    assert safe(new("A B C", "X", "3 | 20 | 40"), before, profile=Profile(NCMP, 5)) == "c | 20 | 40"
    done = make_safe_together(
        [new("A B C", "X", "3 | 20 | 40")], [given("A B", "X", "c | 20", TEN)], Profile(NCMP, 10)
    )
    assert done.blocked == (0,)


def test_a_telling_zero_is_hidden_and_any_other_is_known():
    """S5"""
    assert safe(new("A B C", "X", "0 | 7 | 30"), given("C", "X", "30"), profile=ZEROS) == (
        "c | 7 | 30"
    )
    fresh = new("A B C Total", "X", "0 | 8 | 30 | 38")
    before = given("B C", "X", "c | 30", TWO)
    assert safe(fresh, before, profile=TWO) == "0 | c | 30 | c"


def test_a_line_of_nobody_is_part_of_a_sum_where_zeros_are_hidden():
    """S5"""
    cells = ((20,), (30,), (0,), (50,))
    fresh = NewTable(("A", "B", "C", "Total"), ("X",), Grid(cells, (Sum(3, (0, 1)),), ()))
    before = given("A", "X", "20")
    assert safe(fresh, before, profile=ZEROS) == "20 | c | c | 50"
    assert safe(fresh, before) == "20 | 30 | 0 | 50"


def test_what_tables_tell_by_themselves_is_not_the_new_ones_doing():
    """Given tables with 3 people in A and D do not hide them well; a new table about B alone is still made safe."""
    tells = given("A D Total", "X", "c | c | 3")
    before = given("A B E Total", "X", "c | c | c | 60")
    fresh = new("B C", "X", "9 | 40")
    for order in ([tells, before], [before, tells]):
        assert safe(fresh, *order) == "c | 40"


class TestParts:
    """Counts of one school, of which it is known only that they are no more than those of all."""

    ALL = new("R Z Total", "X Y", "10 30 | 28 30 | 38 60")

    def test_what_the_others_have_is_hidden_where_it_is_small(self):
        assert safe(self.ALL, given("C", "X Y", "20 40")) == "10 30 | 28 30 | 38 60"
        assert safe(self.ALL, given("C", "X Y", "34 40")) == "c 30 | 28 30 | c 60"

    @pytest.mark.parametrize(("part", "fits"), [("5", True), ("10", True), ("11", False)])
    def test_a_part_that_does_not_fit_is_left_out(self, part, fits):
        tables = [new("R", "X", "10"), given("C", "Y", part), given("R", "X", "c")]
        same = ((0, 0, 0), (2, 0, 0))
        ties = Ties(merged=[same], parts=[{(0, 0, 0): -1, (1, 0, 0): 1}])
        joint = one_of(tables, 1, ties)
        assert bool(joint.ties.parts) is fits
        assert set(joint.one) == set(same)

    def test_each_part_leaves_a_rest_of_its_own(self):
        tables = [new("R", "X", "10"), given("C", "Y", "4"), given("D", "Y", "7")]
        ties = Ties(
            parts=[{(0, 0, 0): -1, (1, 0, 0): 1}, {(0, 0, 0): -1, (2, 0, 0): 1}],
        )
        joint = one_of(tables, 1, ties)
        assert len(joint.ties.parts) == 2
        assert sorted(joint.values[rest] for rest in joint.rests) == [3, 6]


class TestCorrected:
    """Where not all that looks like one count can be one, only what both tables show is."""

    def test_what_both_show_alike_is_one_count(self):
        fresh = new("A B C Total", "X Y Total", "3 13 16 | 20 8 28 | 30 40 70 | 53 61 114")
        before = given("A B C Total", "X Y Total", "c c 15 | c c 28 | 30 50 80 | 53 70 123")
        joint = one_of([fresh, before], 1)
        assert {place for place in joint.one if place[0]} == {(1, 1, 2), (1, 2, 0), (1, 3, 0)}

    def test_what_one_of_them_hides_is_not_one_count_any_more(self):
        """A and B cannot have 23 together, of whom the table given out shows 18 to 22."""
        tables = [new("A B", "X", "9 | 14"), given("A B Total", "X", "c | 15 | 20", BY_FIVES)]
        joint = one_of(tables, 1, Ties(merged=[((0, at, 0), (1, at, 0)) for at in (0, 1)]))
        assert set(joint.one) == {(0, 1, 0), (1, 1, 0)}

    def test_where_that_does_not_fit_only_what_is_shown_exactly(self):
        """12 and 12 can be shown as 10 and 10, but then their sum is not shown as 20."""
        fresh = new("A B C Total", "X", "12 | 12 | 0 | 24")
        before = given("A B C Total", "X", "10 | 10 | 0 | 20", BY_FIVES)
        assert set(one_of([fresh, before], 1).one) == {(0, 2, 0), (1, 2, 0)}
        assert safe(fresh, before) == "12 | 12 | 0 | 24"

    def test_new_tables_that_differ_are_not_one_by_what_a_third_hides(self):
        before = given("A B", "X", "c | 20")
        some = [new("A B", "X", "3 | 20"), new("A B", "X", "4 | 20")]
        hides = given("A", "X", "c")
        assert not one_of([new("A", "X", "3"), new("A", "X", "4"), hides], 2).one
        joint = one_of([*some, before], 2)
        assert {place[1] for place in joint.one} == {1}
        done = make_safe_together(some, [before], FIVE)
        assert (shown(done), shown(done, 1)) == ("c | 20", "c | 20")

    def test_a_count_that_another_table_does_not_allow_fits_nothing(self):
        tables = [new("A", "X", "20"), given("A", "X", "21")]
        ties = Ties(merged=[((0, 0, 0), (1, 0, 0))])
        assert not Joint(tables, {0, 1}, ties, FIVE, 1).fill()
        rounded = [new("A", "X", "20"), given("A", "X", "30", BY_FIVES)]
        assert not Joint(rounded, {0, 1}, ties, FIVE, 1).fill()

    def test_of_a_count_that_two_tables_show_differently_nothing_is_known(self):
        tables = [given("A B Total", "X", "0 | 20 | 20"), given("A", "X", "3")]
        joint = Joint(tables, {0, 1}, Ties(merged=[((0, 0, 0), (1, 0, 0))]), FIVE, 0)
        assert joint.fill()
        assert joint.ends[0, 0, 0] == (0, None)
        assert joint.values[0, 0, 0] == 0

    @pytest.mark.parametrize("texts", ["9 | 9 | 20", "c | c | 1"])
    def test_a_table_that_was_given_out_fits_itself(self, texts):
        with pytest.raises(AssertionError, match="fit themselves"):
            joined([given("A B Total", "X", texts)], {0}, Ties(), FIVE, 0)


def test_hidden_counts_that_nobody_knows_any_more_are_such_as_fit():
    before = given("A B C Total", "X Y Total", "c c 15 | c c 28 | 30 50 80 | 53 70 123")
    by_year = given("A B C", "R Z", "c 8 | 20 8 | 40 c")
    joint = one_of([before, by_year], 0)
    values = [[joint.values[0, row, column] for column in range(3)] for row in range(4)]
    assert [line[0] + line[1] for line in values] == [15, 28, 80, 123]
    assert [sum(line[column] for line in values[:3]) for column in range(3)] == values[3]
    assert min(map(min, values)) >= 1
    # What each school has by year adds up to what it has by sex, though no table shows it by year.
    years = [[joint.values[1, row, column] for column in range(2)] for row in range(3)]
    assert [sum(line) for line in years] == [15, 28, 80]


def test_a_count_of_several_tables_stands_at_the_first():
    first, second, third = (0, 2, 1), (1, 0, 0), (2, 5, 5)
    one = dict.fromkeys((first, second, third), first)
    assert ones([(first, second), (second, third)]) == one
    assert ones([(third, second), (second, first)]) == one
    assert ones([(second, third), (third, first), (first, second)]) == one
    assert ones([(first, second), ((3, 0, 0), third)])[3, 0, 0] == third
