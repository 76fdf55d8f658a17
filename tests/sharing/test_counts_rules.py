"""Tables of counts as people make them: totals, rounding, the words beside a safe table."""

import pytest

from sharing.counts_rules import HIDDEN, Counts, Method, ncmp, nearest_5, notes, summary

HIDE, ROUND, NCMP = Method.HIDE_BELOW_THRESHOLD, Method.ROUND_TO_5, Method.NCMP_2020


@pytest.mark.parametrize(
    ("count", "rounded"),
    [(0, 0), (1, 0), (2, 0), (3, 5), (5, 5), (7, 5), (8, 10), (12, 10), (13, 15), (998, 1000)],
)
def test_to_the_nearest_5(count, rounded):
    assert nearest_5(count) == rounded


@pytest.mark.parametrize(
    ("count", "shown"), [(0, "0"), (1, "5"), (2, "5"), (7, "5"), (8, "10"), (12, "10"), (13, "15")]
)
def test_ncmp_shows_1_to_7_as_5(count, shown):
    assert ncmp(count) == shown


@pytest.mark.parametrize(
    ("rows", "columns", "grand"),
    [(None, None, None), ((3, 7), None, None), (None, (4, 6), None), ((3, 7), (4, 6), 10)],
)
def test_the_grand_total_stands_where_rows_and_columns_have_totals(rows, columns, grand):
    assert Counts(((1, 2), (3, 4)), rows, columns).grand == grand


class TestSummary:
    @pytest.mark.parametrize(
        ("threshold", "small", "further", "words"),
        [
            (5, 1, 0, "1 number from 1 to 4 is hidden."),
            (5, 2, 0, "2 numbers from 1 to 4 are hidden."),
            (10, 1200, 0, "1,200 numbers from 1 to 9 are hidden."),
            (3, 1, 0, "1 number from 1 to 2 is hidden."),
            (2, 1, 0, "1 number of 1 is hidden."),
            (5, 0, 0, "No number in this table has to be hidden."),
        ],
    )
    def test_of_small_counts(self, threshold, small, further, words):
        assert summary(HIDE, threshold, small, further) == words

    @pytest.mark.parametrize(
        ("further", "words"), [(1, ", and 1 larger one, so"), (1300, ", and 1,300 larger ones, so")]
    )
    def test_of_further_ones(self, further, words):
        assert words in summary(HIDE, 5, 2, further)

    def test_of_as_many_further_ones_as_small_ones(self):
        words = summary(HIDE, 5, 2, 2)
        assert words.startswith("2 numbers from 1 to 4 are hidden, and 2 larger ones")

    def test_of_rounding(self):
        hidden = summary(ROUND, 10, 1, 0)
        assert "from 1 to 4" in hidden
        assert hidden.endswith("All others are rounded to the nearest 5.")
        assert "hidden. All are rounded" in summary(ROUND, 10, 0, 0)
        assert "rounded" not in summary(HIDE, 10, 1, 0)
        assert "from 1 to 7 are shown as 5" in summary(NCMP, 10, 0, 0)

    @pytest.mark.parametrize(
        ("small", "further", "words"),
        [
            (0, 0, "No number is hidden. Those from 1"),
            (1, 0, "1 number is hidden, as in a table given out before. Those from 1"),
            (0, 1, "1 number is hidden, as in a table"),
            (3, 2, "5 numbers are hidden, as in a table"),
        ],
    )
    def test_by_ncmp_only_what_another_table_hides_is_hidden(self, small, further, words):
        assert summary(NCMP, 5, small, further).startswith(words)


class TestNotes:
    SHOWN, SOME_HIDDEN = [["5", "12"]], [["5", "12"], ["7", HIDDEN]]

    @pytest.mark.parametrize(
        ("method", "cells", "words"),
        [
            (HIDE, SHOWN, []),
            (HIDE, SOME_HIDDEN, ["c means"]),
            (ROUND, SHOWN, ["rounded to the nearest 5"]),
            (ROUND, SOME_HIDDEN, ["c means", "rounded to the nearest 5"]),
            (NCMP, SHOWN, ["from 1 to 7"]),
            (NCMP, SOME_HIDDEN, ["c means", "from 1 to 7"]),
        ],
    )
    def test_whoever_reads_the_table_is_told(self, method, cells, words):
        for note, word in zip(notes(method, cells), words, strict=True):
            assert word in note
