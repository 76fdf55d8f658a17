"""Tables of several days: who supposes that nothing changed where nothing shows a change works out no hidden count
(S4)."""

import numpy as np
import pytest

from sharing.counts_rules import Profile
from sharing.statistics.across.joint_rules import joined, supposed
from sharing.statistics.across.tie_rules import ties_of
from sharing.statistics.across.together_rules import make_safe_together
from tests.sharing.statistics.across.tables_across import HIDE, given, new, shown
from tests.sharing.statistics.across.worlds import COUNTS, Table, a_table, a_world, ranges

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
    tables = telling = further = alone = 0
    for seed in range(600 if soak else 60):
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
        widths = ranges(leaves, [(table, texts, FIVE) for _, table, texts in out])
        telling += any(width < (4 if changes else 1) for width in widths.values())
    assert tables > 110
    assert telling <= (tables // 30 if changes else 0)
    record_property(
        "figure",
        f"{tables} tables of a second day, {telling} tell; {further} further, alone {alone}",
    )
