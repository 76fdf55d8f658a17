"""Tables of several days, in small: which of their counts may be the same, and what is hidden then (S4)."""

import pytest

from sharing.counts_rules import Profile
from sharing.statistics.across.joint_rules import joined, supposed
from sharing.statistics.across.tie_rules import ties_of
from sharing.statistics.across.together_rules import make_safe_together
from tests.sharing.statistics.across.tables_across import HIDE, given, new, shown

FIVE = Profile(HIDE, 5)
COLUMNS = "P Q R Total"
OCTOBER = given("A", COLUMNS, "c 90 c 124", same=False)


def beside(before, *tables):
    """Return what may be shown of each table beside those of other days."""
    done = [make_safe_together([new("A", COLUMNS, table)], before, FIVE) for table in tables]
    return [shown(one) for one in done]


def test_another_count_is_not_hidden_the_next_month():
    """October showed the total and hid R: with R of November P would be known, if nothing changed."""
    assert beside([], "1 90 33 124", "2 90 33 125") == ["c 90 c 124", "c 90 c 125"]
    assert beside([OCTOBER], "1 90 33 124") == ["c 90 c 124"]
    # Here readers see that something changed.
    assert beside([OCTOBER], "2 90 33 125") == ["c 90 c c"]


def test_what_shows_a_change_is_free_again():
    """In a table with totals in both directions; else R of November can be October's."""
    october = given("A B Total", COLUMNS, "c 90 c 124 | c 9 c 27 | 13 99 39 151", same=False)
    november = new("A B Total", COLUMNS, "40 80 54 174 | 15 61 26 102 | 55 141 80 276")
    assert shown(make_safe_together([november], [october], FIVE)) == shown(
        make_safe_together([november], [], FIVE)
    )
    assert beside([OCTOBER], "40 90 33 163") == ["c 90 c 163"]


def test_tables_of_something_else_tell_nothing():
    elsewhere = given("A", COLUMNS, "c 90 c 124", same=False, near=False)
    unsaid = given("A", COLUMNS, "c 90 c 125", same=False, unsaid=True)
    others = given("B", "U V W Total", "c 90 c 124", same=False)
    alone = beside([], "1 90 33 124")
    for other in (elsewhere, unsaid, others):
        assert beside([other], "1 90 33 124") == alone
    for other, lines in ((elsewhere, 0), (unsaid, 3), (others, 0), (OCTOBER, 5)):
        ties = ties_of([new("A", COLUMNS, "1 90 33 124"), other], 5)
        assert len(ties.unchanged) == lines


def test_two_tables_of_this_month_are_seen_together_with_last_months():
    """Neither tells with October's alone: one shows R of November, the other that the rest is the same."""
    first = given("A", "Q R", "90 c")
    tables = [new("A", "P Q R Total", "1 90 33 124"), first, OCTOBER]
    lines = ties_of(tables, 5).unchanged
    assert {place[0] for line in lines for pair in line for place in pair} == {0, 1, 2}


def test_lines_that_cannot_all_be_unchanged_are_supposed_in_turns():
    """Any two schools can be what they were in October, but not all three: P had 30 in all."""
    october = given("A B C Total", "P Q", "c 8 | c 9 | c 10 | 30 27", same=False)
    november = new("A B C Total", "P Q", "10 8 | 12 9 | 14 10 | 36 27")
    tables = [november, october]
    ties = ties_of(tables, 5)
    (joint,) = joined(tables, {0, 1}, ties, FIVE, 1)
    turns = supposed(joint)
    merged = [set(one.ties.merged) - set(ties.merged) for one in turns]
    assert set().union(*merged) == {pair for line in ties.unchanged for pair in line}
    assert all(merged)
    assert not any(one.run(set()) for one in turns)


def test_a_supposition_alone_is_no_reason_to_refuse_a_table():
    """October, under a threshold of 2, showed the 3: who supposes that nothing changed knows it anyway."""
    october = given("A", "P Q Total", "3 90 93", Profile(HIDE, 2), same=False)
    done = make_safe_together([new("A", "P Q Total", "3 90 93")], [october], FIVE)
    assert (shown(done), done.because) == ("c c 93", (0,))
    # Of the same day it is no supposition.
    known = given("A", "P Q Total", "3 90 93", Profile(HIDE, 2))
    assert make_safe_together([new("A", "P Q Total", "3 90 93")], [known], FIVE).blocked == (0,)


class TestUnchanged:
    """Lines in which nothing shows a change from one day to another."""

    FRESH = "1 90 33 124"

    def lines(self, *tables):
        return ties_of([new("A", COLUMNS, self.FRESH), *tables], 5).unchanged

    @pytest.mark.parametrize(
        ("texts", "unsaid", "number"),
        [
            # Nothing of what both show is the same: the columns that say nothing are left.
            ("c 91 34 c", False, 2),
            ("c 91 34 c", True, 0),
            # Half is, or hardly a third.
            ("c 90 c 125", True, 3),
            ("c 90 34 125", True, 0),
            ("c 90 34 125", False, 2),
            # One count is enough, none is not.
            ("c 90 c c", True, 5),
            ("c c c c", True, 0),
            ("c c c c", False, 5),
        ],
    )
    def test_where_it_was_not_said_what_tables_count_half_must_agree(self, texts, unsaid, number):
        before = given("A", COLUMNS, texts, same=False, unsaid=unsaid)
        assert len(self.lines(before)) == number
        # No less so of two tables that were given out.
        elsewhere = new("X Y", "U V", "30 40 | 50 60")
        for said, unsaid_of_first in (("1 90 33 124", unsaid), ("1 90 33 124", False)):
            first = given("A", COLUMNS, said, unsaid=unsaid_of_first)
            other = given("A", COLUMNS, texts, same=False, unsaid=unsaid and not unsaid_of_first)
            assert len(ties_of([elsewhere, first, other], 5).unchanged) == number

    def test_tables_of_the_same_day_are_not_of_two(self):
        assert self.lines(given("A", COLUMNS, "c 90 c 125")) == []
        october = [given("A", COLUMNS, texts, same=False) for texts in ("c 91 c 124", "c 91 33 c")]
        lines = self.lines(*october)
        assert {tuple(place[0] for place in pair) for line in lines for pair in line} == {
            (0, 1),
            (0, 2),
        }

    def test_nor_are_tables_of_which_either_counts_something_else(self):
        elsewhere = new("X Y", "U V", "30 40 | 50 60")
        one, other = given("A", COLUMNS, "c 90 c 124"), OCTOBER
        assert len(ties_of([elsewhere, one, other], 5).unchanged) == 5
        far = given("A", COLUMNS, "c 90 c 124", near=False)
        assert ties_of([elsewhere, far, other], 5).unchanged == []
        far = given("A", COLUMNS, "c 90 c 124", same=False, near=False)
        assert ties_of([elsewhere, one, far], 5).unchanged == []

    def test_tables_that_agree_in_enough_counts_are_one_without_supposing(self):
        columns, counts = "P Q R S T U", "30 40 50 60 70 3"
        before = given("A", columns, "30 40 50 60 70 c", same=False)
        ties = ties_of([new("A", columns, counts), before], 5)
        assert len(ties.merged) == 6 + 1
        assert ties.unchanged == []

    def test_a_line_of_other_pupils_is_the_same_only_over_all(self):
        """One direction in common is enough, none is not."""
        one_school = given("B", COLUMNS, "c 90 c 124", same=False)
        assert len(self.lines(one_school)) == 5
        assert self.lines(given("B", "U V W Total", "c 90 c 124", same=False)) == []

    def test_rows_come_before_columns_of_the_first_table_however_the_other_lies(self):
        fresh = new("A B", "P Q", "20 30 | 40 50")
        october = given("P Q", "A B", "20 c | 31 50", same=False)
        places = [(row, column) for row in (0, 1) for column in (0, 1)]
        same = {(row, column): ((0, row, column), (1, column, row)) for row, column in places}
        lines = [set(line) for line in ties_of([fresh, october], 5).unchanged]
        assert lines == [{same[1, 0], same[1, 1]}, {same[0, 0], same[1, 0]}]
