"""Small tables for tests of what ties tables."""

from sharing.counts_rules import Method, Profile
from sharing.statistics.across.table_rules import GivenTable, NewTable
from sharing.statistics.grid_rules import Grid
from sharing.statistics.sum_rules import Sum

HIDE, ROUND, NCMP = Method.HIDE_BELOW_THRESHOLD, Method.ROUND_TO_5, Method.NCMP_2020


def sums(labels):
    """A total at the end is over all others."""
    last = len(labels) - 1
    return (Sum(last, tuple(range(last))),) if labels[-1] == "Total" else ()


def new(rows, columns, cells):
    """Return a new table; labels and counts as text, a line each."""
    rows, columns = tuple(rows.split()), tuple(columns.split())
    cells = tuple(tuple(map(int, line.split())) for line in cells.split("|"))
    return NewTable(rows, columns, Grid(cells, sums(rows), sums(columns)))


DEFAULT = Profile(HIDE, 5)


def given(rows, columns, texts, profile=DEFAULT, **how):
    """Return a table that was given out."""
    rows, columns = tuple(rows.split()), tuple(columns.split())
    texts = tuple(tuple(line.split()) for line in texts.split("|"))
    return GivenTable(rows, columns, texts, sums(rows), sums(columns), profile, **how)


def shown(done, table=0):
    """Return what may be shown of a new table, a line each."""
    return " | ".join(" ".join(line) for line in done.safe[table].cells)
