"""Tables made safe with one another and with those given out before: nothing hidden can be worked out from all of
them (S4)."""

from itertools import combinations

import numpy as np
import pytest

from sharing.counts_rules import Profile
from sharing.statistics.across import together_rules
from sharing.statistics.across.together_rules import make_safe_together
from tests.sharing.statistics.across.tables_across import HIDE, NCMP, ROUND, given, new, shown
from tests.sharing.statistics.across.worlds import a_table, a_world, ranges

FIVE = Profile(HIDE, 5)
TABLE = new("A B Total", "Girls Boys Total", "3 12 15 | 20 8 28 | 23 20 43")


def world_of(seed):
    rng = np.random.default_rng(seed)
    return rng, a_world(rng)


@pytest.mark.parametrize("part", range(4))
def test_no_hidden_count_can_be_worked_out_from_tables_over_time(part, record_property, soak):
    """Two or three tables one after the other, of invented pupils by any two groupings, of all or of
    some schools, with totals or without. What a later table hides was not known before either."""
    tables = refused = further = alone = 0
    for seed in range(part * 1000, part * 1000 + (400 if soak else 60)):
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
            widths = ranges(world, out)
            assert all(width >= 4 for width in widths.values()), (seed, widths)
            tables += 1
            further += done.safe[0].further
            alone += make_safe_together([table.new(leaves)], [], FIVE).safe[0].further
    assert refused <= tables // 20
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


def test_alone_a_table_is_made_safe_as_ever():
    done = make_safe_together([TABLE], [], FIVE)
    assert (shown(done), done.because) == ("c c 15 | c c 28 | 23 20 43", ())
    elsewhere = given("X Y", "P Q", "5 6 | 7 8", near=False, same=False)
    assert make_safe_together([TABLE], [elsewhere], FIVE) == done


def test_what_is_known_counts_as_known():
    before = given("A B C Total", "Girls", "c | c | 9 | 32")
    done = make_safe_together([TABLE], [before], FIVE)
    assert done.because == (0,)
    assert shown(done).startswith("c c 15 | c c 28")
    # B's girls are known, and A's would be the rest of all of them.
    done = make_safe_together([TABLE], [given("A B", "Girls", "c | 20")], FIVE)
    assert shown(done) == "c c 15 | 20 8 28 | c c 43"


def test_what_is_hidden_in_one_table_is_hidden_in_all():
    done = make_safe_together([TABLE, new("A B", "Girls", "3 | 20")], [], FIVE)
    first, second = shown(done), shown(done, 1)
    assert second == "c | 20"
    assert first.split(" | ")[1].split()[0] == "20"
    assert "c" in first.split(" | ")[2]


def test_what_another_table_shows_cannot_be_hidden_so_it_is_named():
    shows = given("A B Total", "Girls Boys Total", "3 12 15 | 20 8 28 | 23 20 43")
    other = given("A B Total", "Girls Boys Total", "c c 15 | c c 28 | 23 20 43")
    done = make_safe_together([TABLE], [other, shows], FIVE)
    assert not done.safe
    assert done.blocked == (1,)
    assert (0, 0, 0) in done.places
    alone = make_safe_together([TABLE], [shows], FIVE)
    assert alone.blocked == (0,)


def test_where_two_tables_are_in_the_way_only_together_both_are_named():
    """Nothing can be hidden any more of what ties them."""
    girls = given("A B", "Girls", "c | 20")
    totals = given("A B Total", "Girls", "c | c | 23")
    fresh = new("A B C", "Girls", "3 | 20 | 30")
    done = make_safe_together([fresh], [girls, totals], FIVE)
    # What they tell by themselves is not the new one's doing.
    assert done.safe or done.blocked == (0, 1)


def test_what_tables_tell_by_themselves_does_not_stand_in_the_way():
    """As tables that were given out before tables were compared."""
    one = given("A B Total", "Girls", "c | 20 | 23")
    done = make_safe_together([new("C D", "Girls", "30 | 40")], [one], FIVE)
    assert shown(done) == "30 | 40"
    both = make_safe_together([new("B C", "Girls", "20 | 40")], [one], FIVE)
    assert shown(both) == "20 | 40"


def test_close_counts_of_another_day_are_hidden():
    before = given("A B Total", "Girls Boys Total", "c c 15 | c c 28 | 23 20 43", same=False)
    later = new("A B Total", "Girls Boys Total", "6 12 18 | 20 8 28 | 26 20 46")
    cells = [line.split() for line in shown(make_safe_together([later], [before], FIVE)).split("|")]
    assert [cells[0][2], cells[2][0], cells[2][2]] == ["c", "c", "c"]


def test_a_corrected_table_hides_what_the_first_one_hid():
    before = given("A B C Total", "X Y Total", "c c 15 | c c 28 | 30 50 80 | 53 70 123")
    fresh = new("A B C Total", "X Y Total", "3 12 15 | 20 8 28 | 30 40 70 | 53 60 113")
    cells = [line.split() for line in shown(make_safe_together([fresh], [before], FIVE)).split("|")]
    assert cells[0][:2] == cells[1][:2] == ["c", "c"]
    # A hidden count was corrected too: what is hidden is not the same any more, yet stays hidden.
    both = new("A B C Total", "X Y Total", "3 13 16 | 20 8 28 | 30 40 70 | 53 61 114")
    cells = [line.split() for line in shown(make_safe_together([both], [before], FIVE)).split("|")]
    assert cells[0][:2] == cells[1][:2] == ["c", "c"]


def test_a_zero_that_another_table_hides_is_hidden():
    zeros = Profile(HIDE, 5, 0)
    before = given("A B Total", "X Y Total", "c c c | c c c | 30 20 50", zeros)
    fresh = new("A B Total", "X Y Total", "0 12 12 | 30 8 38 | 30 20 50")
    assert shown(make_safe_together([fresh], [before], FIVE)).startswith("c c c")
    shows = given("A", "X", "0")
    hides = make_safe_together([new("A B", "X", "0 | 7")], [shows], zeros)
    assert not hides.safe


def test_ncmp_hides_nothing_so_it_is_refused_where_it_tells():
    before = given("A B Total", "X Y Total", "c c 15 | c c 28 | 23 20 43")
    wide = make_safe_together([TABLE], [before], Profile(NCMP, 5))
    assert wide.safe or wide.blocked == (0,)
    shows = given("A B Total", "X", "c | c | 12")
    done = make_safe_together([new("A B Total", "X", "3 | 9 | 12")], [shows], Profile(NCMP, 5))
    assert done.safe or done.blocked == (0,)
    earlier = given(
        "A B Total", "Girls Boys Total", "5 10 15 | 20 10 30 | 25 20 45", Profile(NCMP, 5)
    )
    assert make_safe_together([TABLE], [earlier], FIVE).safe


def test_contributors_know_their_rows_in_all_new_tables():
    tables = [
        new("A B C Total", "X Y", "3 9 | 8 7 | 6 5 | 17 21"),
        new("A B C Total", "R Z", "6 6 | 9 6 | 5 6 | 20 18"),
    ]
    done = make_safe_together(tables, [], Profile(HIDE, 5, 1, 0))
    columns = list(zip(*(line.split() for line in shown(done).split(" | ")), strict=True))
    assert all(column.count("c") >= 3 for column in columns if "c" in column)


def test_too_many_numbers_are_too_many(monkeypatch):
    monkeypatch.setattr(together_rules, "MAX_PLACES", 5)
    before = given("A B", "Girls", "c | 20")
    done = make_safe_together([TABLE], [before], FIVE)
    assert (done.too_large, done.safe, done.because) == (True, (), (0,))


def test_schools_of_two_tables_and_all_of_them():
    """Primary, then secondary schools, then all by year: what all lack the others have."""
    primary = given("A B", "X Y", "c 12 | c 8")
    secondary = given("C", "X Y", "30 40")
    everybody = new("R Z Total", "X Y", "25 30 | 28 30 | 53 60")
    cells = shown(make_safe_together([everybody], [primary, secondary], FIVE)).split(" | ")
    assert cells[2].split()[1] == "60"
    one = given("A B", "X Y", "c 12 | 20 8")
    cells = shown(make_safe_together([everybody], [one, secondary], FIVE)).split(" | ")
    assert cells[2].split()[0] == "c"
