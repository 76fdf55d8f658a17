"""Tables that are the sum of others (S4)."""

from itertools import combinations, permutations

import pytest

from sharing.counts_rules import Profile
from sharing.statistics.across.adding_rules import sums_of_two, unions
from sharing.statistics.across.matching_rules import common
from sharing.statistics.across.tie_rules import ties_of
from tests.sharing.statistics.across.tables_across import HIDE, given, new

WITH = new("A B", "X Y Total", "3 12 15 | 20 8 28")
WITHOUT = given("A B", "X Y Total", "10 20 30 | 30 40 70", same=False)
ALL = given("A B", "X Y Total", "13 32 45 | 50 48 98", same=False)


def adding(*tables):
    pairs = {}
    for one, other in combinations(range(len(tables)), 2):
        pairs[one, other] = common(tables[one].lines, tables[other].lines).pairs
    return list(sums_of_two(tables, pairs))


def test_one_table_is_the_sum_of_two():
    ((equations, among),) = adding(WITH, WITHOUT, ALL)
    assert among == {0, 1, 2}
    assert {(0, 0, 0): 1, (1, 0, 0): 1, (2, 0, 0): -1} in equations
    assert len(equations) >= 6
    ((equations, _),) = adding(WITH, ALL, WITHOUT)
    assert {(0, 0, 0): 1, (2, 0, 0): 1, (1, 0, 0): -1} in equations
    ties = ties_of([WITH, WITHOUT, ALL], 5)
    assert len(ties.sums) == 6
    assert ties.tied == {(0, 1), (0, 2), (1, 2)}


def test_hidden_counts_may_be_what_is_missing():
    few = [new("A", "X Y", "3 12"), given("A", "X Y", "10 20"), given("A", "X Y", "13 c")]
    assert not adding(*few)
    wide = "X Y Z Total"
    tables = [
        new("A B", wide, "3 12 8 23 | 20 8 9 37"),
        given("A B", wide, "10 20 30 60 | 30 40 50 120", same=False),
        given("A B", wide, "c c 38 83 | 50 48 59 157", same=False),
    ]
    assert len(adding(*tables)) == 1
    wrong = given("A B", wide, "c c 38 83 | 50 48 60 158", same=False)
    assert not adding(*tables[:2], wrong)


def test_a_few_counts_that_add_up_do_so_by_chance():
    assert not adding(new("A", "X Y", "3 4"), given("A", "X Y", "5 6"), given("A", "X Y", "8 10"))


@pytest.mark.parametrize(
    ("fresh", "second", "third", "adds"),
    [
        # Five counts of somebody that are known, one that is hidden, and so not all of them together.
        ("1 12 8 20 8 9", "10 20 30 30 40 50", "11 32 38 50 48 c", True),
        ("1 12 8 20 8 9", "10 20 30 30 40 50", "11 32 38 50 c c", False),
        ("0 12 8 20 8 9", "10 20 30 30 40 50", "10 32 38 50 48 c", False),
    ],
)
def test_five_known_counts_of_somebody_are_enough(fresh, second, third, adds):
    columns = "U V W X Y Z"
    tables = [new("A", columns, fresh), given("A", columns, second), given("A", columns, third)]
    assert bool(adding(*tables)) is adds


def test_tables_given_out_need_a_new_one():
    assert not adding(WITHOUT, ALL, given("A B", "X Y Total", "3 12 15 | 20 8 28"))


def test_schools_of_several_tables_are_what_another_is_over():
    primary = given("A B", "X Y", "c 12 | 20 c")
    secondary = given("C", "X Y", "30 40")
    everybody = new("R Z Total", "X Y", "25 30 | 28 30 | 53 60")
    found = list(unions([everybody, primary, secondary]))
    assert (0, {1, 2}, True) in [(over, among, whole) for _, over, among, whole in found]
    equations = [equation for sums, *_ in found for equation in sums]
    assert {(0, 2, 0): -1, (1, 0, 0): 1, (1, 1, 0): 1, (2, 0, 0): 1} in equations
    too_few = new("R Z Total", "X Y", "5 30 | 28 30 | 33 60")
    assert not list(unions([too_few, given("C", "X Y", "34 40")]))


def test_of_one_school_it_is_known_that_it_has_no_more_than_all():
    everybody = new("R Z Total", "X Y", "10 30 | 28 30 | 38 60")
    ((equations, over, among, whole),) = unions([everybody, given("C", "X Y", "34 40")])
    assert (over, among, whole) == (0, {1}, False)
    assert {(0, 2, 0): -1, (1, 0, 0): 1} in equations
    elsewhere = given("C", "X Y", "34 40", same=False)
    assert not list(unions([everybody, elsewhere]))
    # So of 18 girls, 17 of them in one school, another has 1 at most.
    assert ties_of([everybody, given("C", "X Y", "34 40")], 5).parts == equations


def test_lines_that_both_have_are_counted_once():
    one, other = given("A B", "X", "20 | 7"), given("B C", "X", "7 | 9")
    found = list(unions([new("R Z Total", "X", "16 | 20 | 36"), one, other]))
    equations = [equation for sums, *_ in found for equation in sums]
    assert any(
        set(equation) == {(0, 2, 0), (1, 0, 0), (1, 1, 0), (2, 1, 0)} for equation in equations
    )


def test_a_union_is_one_way_of_reading_and_a_part_of_it_another():
    primary = given("A B", "X Y", "c 12 | 20 c")
    secondary = given("C", "X Y", "30 40")
    everybody = new("R Z Total", "X Y", "25 30 | 28 30 | 53 60")
    ties = ties_of([everybody, primary, secondary], 5)
    plain, united = ties.readings({0, 1, 2})
    assert plain.merged
    assert not plain.sums
    assert united.sums
    assert not any({one[0], other[0]} == {0, 1} for one, other in united.merged)


class TestUnions:
    """Which tables are put together, and over what."""

    ALL = new("R Z Total", "X Y", "25 30 | 28 30 | 53 60")
    PRIMARY = given("A B", "X Y", "c 12 | 20 c")
    SECONDARY = given("C", "X Y", "30 40")

    def whole(self, *tables):
        """Return what is over the lines of others: which table, and of which."""
        found = list(unions(tables))
        assert all(equations for equations, *_ in found)
        for equations, over, among, _ in found:
            assert over not in among
            assert {place[0] for equation in equations for place in equation} == among | {over}
        return [(over, sorted(among)) for _, over, among, whole in found if whole]

    def test_it_is_found_once_wherever_the_tables_stand(self):
        for order in permutations([0, 1, 2]):
            tables = [(self.ALL, self.PRIMARY, self.SECONDARY)[number] for number in order]
            at = [order.index(number) for number in range(3)]
            assert self.whole(*tables).count((at[0], sorted(at[1:]))) == 1

    @pytest.mark.parametrize("turned", [False, True])
    def test_a_table_may_be_turned(self, turned):
        secondary = given("X Y", "C", "30 | 40")
        if turned:
            everybody = new("X Y", "R Z Total", "25 28 53 | 30 30 60")
            tables = [everybody, given("X Y", "A B", "c 20 | 12 c"), self.SECONDARY]
        else:
            tables = [self.ALL, self.PRIMARY, secondary]
        assert (0, [1, 2]) in self.whole(*tables)
        equations = [equation for sums, *_ in unions(tables) for equation in sums]
        if turned:
            one = {(0, 0, 2): -1, (1, 0, 0): 1, (1, 0, 1): 1, (2, 0, 0): 1}
        else:
            one = {(0, 2, 0): -1, (1, 0, 0): 1, (1, 1, 0): 1, (2, 0, 0): 1}
        assert one in equations

    def test_tables_by_something_else_are_not_put_together(self):
        elsewhere = given("C", "P Q", "30 40")
        assert (0, [1, 2]) not in self.whole(self.ALL, self.PRIMARY, elsewhere)

    @pytest.mark.parametrize(("schools", "found"), [(4, True), (5, False)])
    def test_at_most_three_tables_are_put_to_the_first(self, schools, found):
        """More are not tried: nobody splits a table into so many."""
        total = f"{20 * schools} {30 * schools}"
        everybody = new("R Z Total", "X Y", f"9 9 | 9 9 | {total}")
        tables = [given(f"S{number}", "X Y", "20 30") for number in range(schools)]
        every = (0, list(range(1, schools + 1)))
        assert (every in self.whole(everybody, *tables)) is found

    def test_a_line_that_not_all_have_is_left_out(self):
        girls, boys = new("R Z Total", "X", "25 | 28 | 53"), new("R Z Total", "Y", "9 | 9 | 18")
        some = given("C", "X Z", "30 9")
        tables = [boys, self.PRIMARY, some, girls]
        assert [pair for pair in self.whole(*tables) if pair[1] == [1, 2]] == [(3, [1, 2])]

    def test_a_line_comes_from_one_table_only(self):
        everybody = new("R Z Total", "X", "13 | 20 | 33")
        tables = [everybody, given("A B", "X", "13 | 20"), given("B", "X", "20")]
        # A of the second table and B of the third.
        assert self.whole(*tables) == [(0, [1, 2])]

    def test_versions_of_one_table_are_no_parts_of_one_another(self):
        fresh = new("A B Total", "X Y", "3 12 | 20 8 | 23 20")
        assert list(unions([fresh, given("A B Total", "X Y", "5 12 | 20 8 | 25 20")])) == []

    def test_nobody_is_a_part_of_a_table_that_is_part_of_it(self):
        zeros = Profile(HIDE, 5, 0)
        tables = [self.ALL, given("A B", "X Y", "c c | c c", zeros), self.SECONDARY]
        assert (0, [1, 2]) in self.whole(*tables)

    def test_all_of_one_line_may_be_in_one_school(self):
        everybody = new("R Z Total", "X Y", "10 30 | 28 30 | 38 60")
        ((equations, over, among, whole),) = unions([everybody, given("C", "X Y", "38 40")])
        assert (over, among, whole) == (0, {1}, False)
        assert {(0, 2, 0): -1, (1, 0, 0): 1} in equations

    def test_a_part_is_looked_for_of_new_tables_only(self):
        everybody = given("R Z Total", "X Y", "10 30 | 28 30 | 38 60")
        assert list(unions([everybody, given("C", "X Y", "34 40")])) == []
