"""Which counts of two tables are the same, by labels and by what lines add up (S4)."""

import pytest

from sharing.statistics.across.matching_rules import Lines, common, lines_of, same_lines
from sharing.statistics.sum_rules import Sum


def lines(*labels, sums=()):
    return Lines(labels, tuple(sums))


def over_all(*labels):
    """Lines with a total over all at the end."""
    return lines(*labels, "Total", sums=[Sum(len(labels), tuple(range(len(labels))))])


SCHOOLS = over_all("Alder", "Beech", "Cedar")
SEX = over_all("Girls", "Boys")
YEARS = over_all("Year 3", "Year 6")


def test_a_line_stands_for_what_it_adds_up():
    groups = lines(
        "A", "B", "Primary subtotal", "C", "Grand total",
        sums=[Sum(2, (0, 1)), Sum(4, (2, 3)), Sum(4, (0, 1, 3))],
    )  # fmt: skip
    assert groups.parts == ({"a"}, {"b"}, {"a", "b"}, {"c"}, {"a", "b", "c"})
    assert groups.labels_of_parts == {"a", "b", "c"}
    assert groups.over_all == {4}
    assert groups.leaves == (0, 1, 3)
    # A sum less another line is no total.
    tied = lines("A", "B", "C", "D", sums=[Sum(3, (0, 1), (2,))])
    assert tied.parts[3] == {"d"}
    assert tied.leaves == (0, 1, 2, 3)


def test_a_line_stands_for_the_most_that_is_known_to_add_it_up():
    few, all_of_them = Sum(3, (0, 1)), Sum(3, (0, 1, 2))
    for sums in ([few, all_of_them], [all_of_them, few]):
        assert lines("A", "B", "C", "D", sums=sums).parts[3] == {"a", "b", "c"}


def test_lines_that_add_up_one_another_stand_for_themselves():
    """As two columns with the same numbers."""
    both = lines("A", "B", sums=[Sum(0, (1,)), Sum(1, (0,))])
    assert both.parts == ({"a"}, {"b"})


def test_labels_that_say_total_are_no_parts_unless_there_are_no_others():
    said = lines("Girls", "Boys", "Total")
    assert (said.labels_of_parts, said.leaves) == ({"girls", "boys"}, (0, 1))
    assert lines("Total", "Sum").labels_of_parts == {"total", "sum"}


def test_a_total_needs_no_label_that_says_so():
    both = lines("A", "B", "Both", sums=[Sum(2, (0, 1))])
    assert (both.leaves, both.over_all) == ((0, 1), {2})
    # Nor is the only line beside a total one.
    assert lines("A", "Total").over_all == {1}


def test_the_only_line_and_a_total_that_nothing_shows_stand_over_all():
    assert lines("Pupils").over_all == {0}
    assert lines("Girls", "Boys").over_all == {2}
    assert lines("Girls", "Boys").implied == 2
    # What says total and adds up nothing that is known is one.
    assert lines("Girls", "Boys", "Total").over_all == {2}
    assert lines("A", "B", "Subtotal", "C", sums=[Sum(2, (0, 1))]).over_all == {4}


def test_lines_are_the_same_where_they_stand_for_the_same():
    other = over_all("beech ", "Alder")
    shares, same = same_lines(SCHOOLS, other)
    assert shares
    assert same == [(0, 1), (1, 0)]
    two = over_all("Beech", "Alder")
    assert same_lines(over_all("Alder", "Beech"), two) == (True, [(0, 1), (1, 0), (2, 2)])
    # A line that is a sum by chance here is the same line there.
    by_chance = lines("Alder", "Beech", "Cedar", sums=[Sum(2, (0, 1))])
    assert (2, 2) in same_lines(by_chance, lines("Alder", "Beech", "Cedar"))[1]


def test_subtotals_are_the_same_that_add_up_the_same_whatever_they_are_called():
    sums = [Sum(2, (0, 1))]
    one, other = (lines("A", "B", label, "C", sums=sums) for label in ("Primary", "Infants"))
    assert (2, 2) in same_lines(one, other)[1]


def test_each_line_over_all_is_the_same_as_each_other():
    one, other = lines("A", "Total", "Sum", "All"), lines("B", "Total", "Sum", "All")
    every = [(line, there) for line in (1, 2, 3) for there in (1, 2, 3)]
    assert same_lines(one, other) == (False, every)


def test_without_a_label_in_common_only_what_is_over_all_is_the_same():
    assert same_lines(SEX, YEARS) == (False, [(2, 2)])
    assert same_lines(lines("Pupils"), lines("Girls", "Boys")) == (False, [(0, 2)])


@pytest.mark.parametrize("label", ["Not recorded", "Other", "unknown"])
def test_a_label_that_stands_anywhere_says_nothing(label):
    assert not same_lines(lines("Girls", label), lines("Year 3", label))[0]
    assert (1, 1) in same_lines(lines("Girls", label), lines("Girls", label))[1]


def test_tables_of_the_same_schools_by_something_else_have_their_totals_in_common():
    found = common((SCHOOLS, SEX), (SCHOOLS, YEARS))
    assert (found.shares, found.directions, found.turned) == ((True, False), 1, False)
    assert found.pairs == tuple(((row, 2), (row, 2)) for row in range(4))


def test_a_table_may_be_turned():
    found = common((SCHOOLS, SEX), (SEX, SCHOOLS))
    assert found.turned
    assert found.directions == 2
    assert ((0, 1), (1, 0)) in found.pairs
    assert len(found.pairs) == 12


def test_tables_of_anything_else_have_all_pupils_in_common():
    found = common((SCHOOLS, SEX), (YEARS, over_all("Yes please", "No thanks")))
    assert (found.directions, found.pairs) == (0, (((3, 2), (2, 2)),))


def test_lines_of_a_table_rows_first():
    rows, columns = lines_of(["A"], ["B", "C"], [], [Sum(1, (0,))])
    assert (rows.labels, columns.labels, columns.sums) == (("A",), ("B", "C"), (Sum(1, (0,)),))
