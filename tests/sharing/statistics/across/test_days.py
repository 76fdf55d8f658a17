"""Tables of several days: who supposes that nothing changed where nothing shows a change works out no hidden count
(S4)."""

import numpy as np
import pytest

from sharing.counts_rules import Profile
from sharing.statistics.across.together_rules import make_safe_together
from tests.sharing.statistics.across.tables_across import HIDE
from tests.sharing.statistics.across.worlds import (
    COUNTS,
    Table,
    a_table,
    a_world,
    ranges,
    shown_before,
)

FIVE = Profile(HIDE, 5)


def two_days(seed, changes):
    """Yield a table of one day and two of another, of the same pupils but those of the first school,
    where it changes: each with the counts of all pupils of both days."""
    rng = np.random.default_rng(seed)
    world = a_world(rng)
    leaves, first = world.ravel(), world[0].ravel()
    later = {}
    if changes:
        leaves = np.concatenate([leaves, rng.choice(COUNTS, size=first.size)])
        later = {leaf: world.size + leaf for leaf in range(first.size)}
    for day in (0, 1, 1):
        table = a_table(rng, world)
        number = later if day else {}
        parts = [
            [[number.get(leaf, leaf) for leaf in cell] for cell in line] for line in table.parts
        ]
        yield (
            day,
            Table(table.rows, table.columns, parts, table.row_sums, table.column_sums),
            leaves,
        )


@pytest.mark.parametrize("changes", [False, True])
def test_who_knows_what_changed_works_out_hardly_more(changes, record_property, soak):
    """Where nothing changed, nothing; where one school did, of hundreds of tables a few give away a count
    to who knows that it was this school."""
    tables = telling = further = alone = useless = 0
    for seed in range(600 if soak else 30):
        out = []
        for day, table, leaves in two_days(seed, changes):
            before = [one.given(texts, FIVE, leaves, same=when == day) for when, one, texts in out]
            done = make_safe_together([table.new(leaves)], before, FIVE)
            if not done.safe:
                continue
            tables += day
            further += day * done.safe[0].further
            alone += day * make_safe_together([table.new(leaves)], [], FIVE).safe[0].further
            out.append((day, table, done.safe[0].cells))
        given = [(table, texts, FIVE) for _, table, texts in out]
        widths, known = ranges(leaves, given), shown_before(given)
        telling += any(widths[place] < (4 if changes else 1) for place in widths.keys() - known)
        useless += bool(known)
    assert tables > 55
    assert useless <= tables // 100
    assert telling <= (tables // 30 if changes else 0)
    record_property(
        "figure",
        f"{tables} tables of a second day, {telling} tell; {further} further, alone {alone}",
    )
