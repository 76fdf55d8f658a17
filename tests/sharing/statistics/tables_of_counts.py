"""Tables of counts for tests of the rules of statistics."""

from hypothesis import strategies as st

from sharing.counts_rules import Counts

COUNT = st.sampled_from([0, 0, 1, 2, 3, 4, 5, 6, 8, 12, 20, 33, 70])


def counts(cells, rows=True, columns=True):
    """Return a table with its totals, or without those of rows or of columns."""
    cells = tuple(map(tuple, cells))
    return Counts(
        cells,
        row_totals=tuple(map(sum, cells)) if rows else None,
        column_totals=tuple(map(sum, zip(*cells, strict=True))) if columns else None,
    )


def one_row(*cells):
    """Return a table of one row and its total."""
    return counts([cells], columns=False)


@st.composite
def tables(draw, most=5):
    """Draw a table of up to so many rows and columns, with or without totals."""
    columns = draw(st.integers(1, most))
    rows = draw(st.integers(1, most))
    cells = [[draw(COUNT) for _ in range(columns)] for _ in range(rows)]
    return counts(cells, draw(st.booleans()), draw(st.booleans()))
