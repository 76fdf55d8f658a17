"""From tables made safe with one another and with those given out before, nothing hidden can be worked out; and hardly
more is hidden than must be (S4)."""

from itertools import combinations

import numpy as np
import pytest

from sharing.counts_rules import Profile
from sharing.statistics.across.together_rules import make_safe_together
from tests.sharing.statistics.across.tables_across import HIDE, ROUND
from tests.sharing.statistics.across.worlds import a_table, a_world, ranges, shown_before

FIVE = Profile(HIDE, 5)


def world_of(seed):
    rng = np.random.default_rng(seed)
    return rng, a_world(rng)


@pytest.mark.parametrize("part", range(4))
def test_no_hidden_count_can_be_worked_out_from_tables_over_time(part, record_property, soak):
    """Two or three tables one after the other, of invented pupils by any two groupings, of all or of
    some schools, with totals or without. What a later table hides was hardly ever known before."""
    tables = refused = further = alone = useless = 0
    for seed in range(part * 1000, part * 1000 + (400 if soak else 30)):
        rng, world = world_of(seed)
        leaves = world.ravel()
        out = []
        for _ in range(int(rng.integers(2, 4))):
            table = a_table(rng, world)
            before = [one.given(texts, FIVE, leaves) for one, texts, _ in out]
            done = make_safe_together([table.new(leaves)], before, FIVE)
            if not done.safe:
                refused += 1
                continue
            out.append((table, done.safe[0].cells, FIVE))
            widths, known = ranges(world, out), shown_before(out)
            assert all(widths[place] >= 4 for place in widths.keys() - known), (seed, widths)
            useless += bool(known)
            tables += 1
            further += done.safe[0].further
            alone += make_safe_together([table.new(leaves)], [], FIVE).safe[0].further
    assert refused <= tables // 20
    assert useless <= tables // 500
    record_property(
        "figure", f"{tables} tables, {refused} refused; {further} further, alone {alone}"
    )


def test_nor_from_tables_that_go_together_even_by_who_knows_which_are_small():
    """But where nothing could help: a total below the threshold with as many parts as people."""
    tables = 0
    for seed in range(40):
        rng, world = world_of(seed)
        leaves = world.ravel()
        some = [a_table(rng, world) for _ in range(2)]
        done = make_safe_together([table.new(leaves) for table in some], [], FIVE)
        out = [(table, safe.cells, FIVE) for table, safe in zip(some, done.safe, strict=True)]
        assert all(width >= 4 for width in ranges(world, out).values()), seed
        every = [
            (table, [["0" if text == "0" else "c" for text in line] for line in texts], FIVE)
            for table, texts, _ in out
        ]
        known = {0, 1}
        most = ranges(world, every, knowing=known)
        for place, width in ranges(world, out, knowing=known).items():
            assert width >= 1 or not most[place], (seed, place)
        tables += 1
    assert tables == 40


@pytest.mark.parametrize("profile", [Profile(ROUND, 5), Profile(HIDE, 10), Profile(HIDE, 5, 0)])
def test_by_any_method(profile):
    hiding = 0
    for seed in range(500, 530):
        rng, world = world_of(seed)
        leaves = world.ravel()
        out = []
        for _ in range(2):
            table = a_table(rng, world)
            before = [one.given(texts, profile, leaves) for one, texts, _ in out]
            done = make_safe_together([table.new(leaves)], before, profile)
            if done.safe:
                out.append((table, done.safe[0].cells, profile))
        widths = ranges(world, out)
        hiding += bool(widths)
        enough = profile.rule.threshold - 1
        assert all(width >= enough for width in widths.values()), (seed, widths)
    assert hiding > 10


def fewest(table, world, out, most):
    """How many counts of the table must be hidden besides small ones, by trying; `most` at most."""
    leaves = world.ravel()
    cells = table.cells(leaves)
    places = [(row, column) for row, line in enumerate(cells) for column, _ in enumerate(line)]
    small = {(row, column) for row, column in places if 1 <= cells[row][column] < 5}
    free = [at for at in places if cells[at[0]][at[1]] >= 5]
    for number in range(most):
        for further in combinations(free, number):
            hidden = small | set(further)
            texts = [
                [
                    "c" if (row, column) in hidden else str(count)
                    for column, count in enumerate(line)
                ]
                for row, line in enumerate(cells)
            ]
            try:
                widths = ranges(world, [*out, (table, texts, FIVE)])
            except AssertionError:
                continue
            if all(width >= 4 for width in widths.values()):
                return number
    return most


def test_no_more_than_twice_the_fewest_are_hidden(record_property):
    """Beside an earlier table, of 2 by 2 or so; the fewest is for readers who do not know which are
    below the threshold, so it is a little too few."""
    ours = least = 0
    for seed in range(60):
        rng, world = world_of(seed)
        leaves = world.ravel()
        first, second = a_table(rng, world), a_table(rng, world)
        done = make_safe_together([first.new(leaves)], [], FIVE)
        out = [(first, done.safe[0].cells, FIVE)]
        if len(second.parts) * len(second.parts[0]) > 12:
            continue
        before = [first.given(done.safe[0].cells, FIVE, leaves)]
        done = make_safe_together([second.new(leaves)], before, FIVE)
        if done.safe and done.safe[0].further <= 4:
            hidden = done.safe[0].further
            ours += hidden
            least += fewest(second, world, out, hidden)
    assert least > 10
    assert ours <= 2 * least
    record_property("figure", f"{ours} places hidden where {least} is the least")
