"""How tables hang together: the same counts, corrected ones, those that differ by little (S4)."""

import pytest

from sharing.counts_rules import Profile
from sharing.statistics.across.table_rules import NewTable
from sharing.statistics.across.tie_rules import ties_of
from sharing.statistics.grid_rules import Grid
from tests.sharing.statistics.across.tables_across import ROUND, given, new

TABLE = new("A B C Total", "X Y Total", "3 12 15 | 20 8 28 | 30 40 70 | 53 60 113")
SHOWN = "c c 15 | c c 28 | 30 40 70 | 53 60 113"


def tied(fresh, *before, threshold=5):
    return ties_of([fresh, *before], threshold)


def test_counts_with_the_same_labels_are_one():
    ties = tied(TABLE, given("A B C Total", "X Y Total", SHOWN))
    assert ((0, 0, 0), (1, 0, 0)) in ties.merged
    assert len(ties.merged) == 12
    assert ties.tied == {(0, 1)}
    assert not ties.forced | ties.close


@pytest.mark.parametrize(
    ("how", "merged"),
    [
        ({"same": True}, 1),
        ({"same": False, "near": True}, 0),
        ({"same": False, "near": False}, 0),
    ],
)
def test_a_few_counts_that_agree_are_one_only_if_somebody_said_so(how, merged):
    ties = tied(new("A", "X", "30"), given("A", "X", "30", **how))
    assert len(ties.merged) == merged


def test_counts_that_agree_where_both_are_known_are_one_whatever_was_said():
    before = given("A B C Total", "X Y Total", SHOWN, same=False, near=False)
    assert len(tied(TABLE, before).merged) == 12
    other = given("A B C Total", "X Y Total", SHOWN.replace("70", "71"), same=False, near=False)
    ties = tied(TABLE, other)
    assert not ties.merged
    assert not ties.tied


def test_of_a_corrected_table_what_was_hidden_stays_hidden():
    before = given("A B C Total", "X Y Total", SHOWN.replace("30 40 70", "30 50 80"))
    ties = tied(TABLE, before)
    assert ties.forced == {(0, row, column) for row in (0, 1) for column in (0, 1)}
    assert ((0, 2, 0), (1, 2, 0)) in ties.merged
    assert ((0, 2, 1), (1, 2, 1)) not in ties.merged
    assert not ties.close


def test_what_differs_by_less_than_the_threshold_is_close():
    before = given("A B C Total", "X Y Total", SHOWN.replace("30 40 70", "30 44 75"))
    assert tied(TABLE, before).close == {(0, 2, 1)}
    assert tied(TABLE, before, threshold=6).close == {(0, 2, 1), (0, 2, 2)}
    later = given("A B C Total", "X Y Total", SHOWN.replace("30 40 70", "30 44 75"), same=False)
    ties = tied(TABLE, later)
    assert (ties.close, ties.forced, ties.tied) == ({(0, 2, 1)}, set(), {(0, 1)})
    # Where both are rounded, or of something else, the difference says nothing.
    rounded = given("C", "X", "25", Profile(ROUND, 5), same=False)
    assert not tied(TABLE, rounded).close
    elsewhere = given("C", "Y", "44", same=False, near=False)
    assert not tied(TABLE, elsewhere).close


def test_of_what_nobody_said_only_a_part_and_its_whole_differ_by_people():
    cells = "14 12 26 | 20 18 38 | 34 30 64"
    fresh = new("A B Total", "X Y Total", cells)
    part = given("A B Total", "X Y Total", "12 10 22 | 20 18 38 | 32 28 60", unsaid=True)
    assert tied(fresh, part).close == {
        (0, 0, 0),
        (0, 0, 1),
        (0, 0, 2),
        (0, 2, 0),
        (0, 2, 1),
        (0, 2, 2),
    }
    mixed = given("A B Total", "X Y Total", "12 14 26 | 23 16 39 | 35 30 65", unsaid=True)
    assert not tied(fresh, mixed).close
    # Two new tables are known, and which of the two is the whole.
    whole, some = fresh, new("A B Total", "X Y Total", "12 10 22 | 20 18 38 | 32 28 60")
    assert ties_of([whole, some], 5).close == tied(fresh, part).close


def test_new_tables_are_tied_where_they_agree():
    girls = new("A B C", "X", "3 | 20 | 30")
    assert ((0, 0, 0), (1, 0, 0)) in ties_of([TABLE, girls], 5).merged
    other = new("A B C", "X", "3 | 21 | 30")
    assert not ties_of([TABLE, other], 5).merged


def test_a_total_that_nothing_shows_ties_tables_too():
    by_year = given("A B C Total", "R Z", "7 8 | 20 8 | 30 40 | 57 56")
    ties = tied(TABLE, by_year)
    assert ((0, 0, 2), (1, 0, 2)) in ties.merged
    # Not where it cannot be the same: not all of them are counted by year.
    some = given("A B C Total", "R Z", "7 6 | 20 8 | 30 40 | 57 54")
    assert not tied(TABLE, some).merged


def test_the_only_column_is_over_all():
    ties = tied(TABLE, given("A B C Total", "Pupils", "15 | 28 | 70 | 113"))
    assert ((0, 0, 2), (1, 0, 0)) in ties.merged


def test_tables_given_out_tie_with_one_another():
    one, other = given("A B", "X", "c | 20"), given("A B", "X Y", "c 5 | 20 6")
    assert ((1, 0, 0), (2, 0, 0)) in tied(TABLE, one, other).merged
    apart = given("A B", "X Y", "c 5 | 20 6", same=False)
    assert ((1, 0, 0), (2, 0, 0)) not in tied(TABLE, one, apart).merged


def test_readings_are_of_tables_in_the_group_only():
    ties = tied(TABLE, given("A B C", "X", "c | 20 | 30"), given("A B C", "Y", "12 | c | 40"))
    (reading,) = ties.readings({0, 1})
    assert reading.merged
    assert all(other[0] == 1 for _, other in reading.merged)


def two_new(one, other):
    return ties_of([one, other], 5).merged


class TestAgreement:
    """Tables of which nobody said what they count are of the same if they agree in five counts that tell."""

    COLUMNS = "U V W X Y Z"

    def merged(self, fresh, shows, **how):
        how = {"same": False} | how
        return tied(new("A", self.COLUMNS, fresh), given("A", self.COLUMNS, shows, **how)).merged

    @pytest.mark.parametrize(
        ("fresh", "shows", "agree"),
        [
            # All of them together are not known, for one is hidden.
            ("5 6 7 8 9 3", "5 6 7 8 9 c", True),
            ("4 6 7 8 9 3", "4 6 7 8 9 c", False),
            ("5 6 7 8 3 3", "5 6 7 8 c c", False),
            ("5 6 7 8 9 3", "5 6 7 8 10 c", False),
        ],
    )
    def test_in_five_counts_of_five_or_more(self, fresh, shows, agree):
        assert bool(self.merged(fresh, shows)) is agree

    def test_one_number_over_all_is_one_count_however_often_it_stands(self):
        """Two tables by something else, of as many people."""
        fresh = new("A Total Sum", "X Total Sum", "40 40 40 | 40 40 40 | 40 40 40")
        before = given("P Total Sum", "Q Total Sum", "40 40 40 | 40 40 40 | 40 40 40", same=False)
        assert not tied(fresh, before).merged

    @pytest.mark.parametrize(
        ("same", "tie"), [((True, True), True), ((True, False), False), ((False, True), False)]
    )
    def test_two_tables_given_out_are_one_if_that_was_said_of_both(self, same, tie):
        one, other = (given("A", "X Y", "c 9", same=said) for said in same)
        merged = tied(new("P Q", "R S", "1 2 | 3 4"), one, other).merged
        assert any({place[0] for place in pair} == {1, 2} for pair in merged) is tie

    def test_or_if_they_agree(self):
        one, other = (given("A", self.COLUMNS, "5 6 7 8 9 c", same=False) for _ in range(2))
        assert tied(new("P", "R", "1"), one, other).tied == {(1, 2)}


class TestOverAll:
    """What is over all in one table need not be over all in the other."""

    SOME = new("A B", "X Y", "3 12 | 20 8")
    # Of A all, of B two more whose sex is not recorded.
    ALL = NewTable(("A", "B"), ("X", "Y", "Total"), Grid(((3, 12, 15), (20, 8, 30)), (), ()))

    @pytest.mark.parametrize("turned", [False, True])
    def test_a_total_that_is_not_shown_and_does_not_fit_says_nothing(self, turned):
        tables = [self.SOME, self.ALL] if turned else [self.ALL, self.SOME]
        merged = two_new(*tables)
        places = [(row, column) for row in (0, 1) for column in (0, 1)]
        assert sorted((one[1:], other[1:]) for one, other in merged) == [(at, at) for at in places]


def totals(*pairs):
    """A table by sex and one by year of the same schools, of which only all pupils are shown, and of one school
    not even they; each school as it is in the one and in the other."""
    labels = [f"S{number}" for number in range(len(pairs))]
    fresh = new(
        " ".join([*labels, "Last"]),
        "X Y Total",
        " | ".join([f"{one} 0 {one}" for one, _ in pairs] + ["3 0 3"]),
    )
    shows = " | ".join([f"c c {other}" for _, other in pairs] + ["c c c"])
    return fresh, " ".join([*labels, "Last"]), shows


class TestVersions:
    """Tables that do not agree wholly are versions of one if most of it agrees."""

    @pytest.mark.parametrize(
        ("equal", "others", "are"),
        [(5, 1, True), (5, 2, False), (6, 2, True), (5, 3, False), (4, 1, False)],
    )
    def test_of_totals_over_something_else_nearly_all_agree(self, equal, others, are):
        fresh, rows, shows = totals(*[(50, 50)] * equal, *[(50, 80)] * others)
        merged = tied(fresh, given(rows, "R Z Total", shows)).merged
        assert bool(merged) is are
        assert not tied(fresh, given(rows, "R Z Total", shows, same=False)).merged

    @pytest.mark.parametrize(
        ("fresh", "shows", "unsaid", "are"),
        [
            ("10 20 30 40 3", "10 20 50 70 c", True, True),
            ("10 20 30 40 3", "10 50 60 70 c", True, False),
            ("10 20 30 3 3", "10 50 60 c c", True, False),
            ("10 20 30 40 3", "10 50 60 70 c", False, True),
            # A count that cannot be what is hidden, and hardly one or none that both know.
            ("0 20 3 3 3", "c 20 c c c", True, True),
            ("0 2 3 3 3", "c c c c c", True, False),
            # Somebody instead of nobody is a difference too.
            ("0 0 20 3 3", "10 12 20 c c", True, False),
            # That both have nobody there says nothing.
            ("0 0 3 3 20", "0 0 c c 30", True, False),
        ],
    )
    def test_of_the_same_counts_half_agree_unless_it_was_said_what_they_count(
        self, fresh, shows, unsaid, are
    ):
        columns = "V W X Y Z"
        before = given("A", columns, shows, unsaid=unsaid)
        assert bool(tied(new("A", columns, fresh), before).merged) is are

    def test_of_two_tables_given_out_one_may_correct_the_other(self):
        fresh = new("P", "R", "1")
        one, other = given("A B", "X", "20 | c"), given("A B", "X", "30 | c")
        assert tied(fresh, one, other).merged == [((1, 1, 0), (2, 1, 0)), ((1, 2, 0), (2, 2, 0))]
        for same in ((True, False), (False, True)):
            tables = [given("A B", "X", text, same=said)
                      for text, said in zip(["20 | c", "30 | c"], same, strict=True)]  # fmt: skip
            assert not tied(fresh, *tables).merged

    def test_what_either_hides_is_neither_alike_nor_different(self):
        one = given("A B", "W X Y Z", "20 c c 30 | c c c c")
        for other in ("20 40 50 35 | 9 9 9 9", "20 9 c 35 | c 9 c 9"):
            before = given("A B", "W X Y Z", other, unsaid=True)
            pairs = tied(new("P", "R", "1"), one, before).merged
            assert ((1, 0, 0), (2, 0, 0)) in pairs
            before = given("A B", "W X Y Z", other)
            later = given("A B", "W X Y Z", "20 c c 30 | c c c c", unsaid=True)
            assert ((1, 0, 0), (2, 0, 0)) in tied(new("P", "R", "1"), before, later).merged

    def test_totals_that_all_agree_are_the_same_whatever_was_said(self):
        fresh, rows, shows = totals(*[(50, 50)] * 5)
        assert tied(fresh, given(rows, "R Z Total", shows, same=False)).merged
        fresh, rows, shows = totals(*[(50, 50)] * 4)
        assert not tied(fresh, given(rows, "R Z Total", shows, same=False)).merged

    def test_only_counts_that_the_new_table_shows_are_hidden_as_before(self):
        without_totals = new("A B", "X Y", "3 12 | 25 8")
        before = given("A B", "X Y Total", "c c c | 20 13 33")
        assert tied(without_totals, before).forced == {(0, 0, 0), (0, 0, 1)}
        with_totals = new("A B", "X Y Total", "3 12 15 | 25 8 33")
        before = given("A B", "X Y", "c c | 20 13")
        assert tied(with_totals, before).forced == {(0, 0, 0), (0, 0, 1)}


class TestCloseness:
    """A small difference tells of a few people only between counts that both tables show exactly."""

    def test_it_is_less_than_the_threshold(self):
        before = given("A B", "X", "14 | c", same=False)
        assert tied(new("A B", "X", "10 | 30"), before).close == {(0, 0, 0)}
        assert not tied(new("A B", "X", "9 | 30"), before).close
        assert not tied(new("A B", "X", "14 | 30"), before).close

    def test_not_beside_what_is_hidden(self):
        zeros = given("A B", "X", "c | 30", same=False)
        assert not tied(new("A B", "X", "0 | 40"), zeros).close

    def test_not_where_what_was_given_out_is_rounded(self):
        rounded = given("A B", "X", "0 | 30", Profile(ROUND, 5), same=False)
        assert not tied(new("A B", "X", "3 | 40"), rounded).close

    def test_not_where_tables_count_by_something_else(self):
        before = given("P Q Total", "R S Total", "1 9 10 | 20 12 32 | 21 21 42", same=False)
        assert not tied(new("A B Total", "X Y Total", "3 9 12 | 20 8 28 | 23 17 40"), before).close

    @pytest.mark.parametrize(
        ("fresh", "nested"), [("12 20 30 40 50 3", True), ("12 20 30 40 3 3", False)]
    )
    def test_of_what_nobody_said_five_counts_say_which_is_the_whole(self, fresh, nested):
        shows = " ".join("10" if text == "12" else "c" if text == "3" else text
                         for text in fresh.split())  # fmt: skip
        before = given("A", "U V W X Y Z", shows, same=False, unsaid=True)
        assert bool(tied(new("A", "U V W X Y Z", fresh), before).close) is nested

    def test_a_corrected_table_is_near_whatever_was_said(self):
        before = given("A B", "X", "14 | 30", near=False)
        assert tied(new("A B", "X", "12 | 30"), before).close == {(0, 0, 0)}


def test_sums_are_of_tables_in_the_group_only():
    wide = "X Y Z Total"
    tables = [
        new("A B", wide, "3 12 8 23 | 20 8 9 37"),
        given("A B", wide, "10 20 30 60 | 30 40 50 120", same=False),
        given("A B", wide, "13 32 38 83 | 50 48 59 157", same=False),
    ]
    ties = ties_of(tables, 5)
    (reading,) = ties.readings({0, 1, 2})
    assert reading.sums == ties.sums != []
    for group in ({0, 1}, {0, 2}, {1, 2}):
        (reading,) = ties.readings(group)
        assert reading.sums == []


def test_unions_and_parts_are_of_tables_in_the_group_only():
    primary, secondary = given("A B", "X Y", "c 12 | 20 c"), given("C", "X Y", "30 40")
    everybody = new("R Z Total", "X Y", "25 30 | 28 30 | 53 60")
    ties = ties_of([everybody, primary, secondary], 5)
    assert ties.tied == {(0, 1), (0, 2), (1, 2)}
    assert len(ties.readings({0, 1, 2})) == 2
    for group in ({0, 1}, {0, 2}, {1, 2}):
        assert len(ties.readings(group)) == 1
    # In the one reading all pupils are those of the primary schools, in the other those of both.
    plain, united = ties.readings({0, 1, 2})
    assert set(united.merged) < set(plain.merged) == set(ties.merged)
    part = ties_of(
        [new("R Z Total", "X Y", "10 30 | 28 30 | 38 60"), given("C", "X Y", "34 40")], 5
    )
    assert part.readings({0, 1})[0].parts == part.parts != []
    assert part.readings({0})[0].parts == []
