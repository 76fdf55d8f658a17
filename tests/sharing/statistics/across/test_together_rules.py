"""Tables made safe with one another and with those given out before (S4)."""

from sharing.counts_rules import Profile
from sharing.statistics.across import together_rules
from sharing.statistics.across.joint_rules import joined
from sharing.statistics.across.tie_rules import ties_of
from sharing.statistics.across.together_rules import make_safe_together
from tests.sharing.statistics.across.tables_across import HIDE, NCMP, given, new, shown

FIVE = Profile(HIDE, 5)
TABLE = new("A B Total", "Girls Boys Total", "3 12 15 | 20 8 28 | 23 20 43")


def test_alone_a_table_is_made_safe_as_ever():
    done = make_safe_together([TABLE], [], FIVE)
    assert (shown(done), done.because) == ("c c 15 | c c 28 | 23 20 43", ())
    elsewhere = given("X Y", "P Q", "5 6 | 7 8", near=False, same=False)
    assert make_safe_together([TABLE], [elsewhere], FIVE) == done
    # Nor is it when tables given out hang together that have nothing to do with it.
    assert make_safe_together([TABLE], [elsewhere, elsewhere], FIVE) == done
    assert not done.too_large


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


def test_who_knows_which_counts_are_small_works_out_none_from_both_tables():
    """4 girls and 4 boys of 8 are the only two numbers below the threshold that add up to it."""
    by_year = {total: new("A B", "R Z Total", f"0 {total} {total} | 0 50 50") for total in (7, 8)}
    for girls, total, result in ((3, 7, "0 7 7"), (4, 8, "0 c c")):
        by_sex = new("A B", "Girls Boys", f"{girls} 4 | 20 30")
        done = make_safe_together([by_sex, by_year[total]], [], FIVE)
        assert (shown(done), shown(done, 1)) == ("c c | 20 30", f"{result} | 0 50 50")


def test_what_another_table_shows_cannot_be_hidden_so_it_is_named():
    shows = given("A B Total", "Girls Boys Total", "3 12 15 | 20 8 28 | 23 20 43")
    other = given("A B Total", "Girls Boys Total", "c c 15 | c c 28 | 23 20 43")
    done = make_safe_together([TABLE], [other, shows], FIVE)
    assert not done.safe
    assert done.blocked == (1,)
    assert done.places == ((0, 0, 0),)
    alone = make_safe_together([TABLE], [shows], FIVE)
    assert alone.blocked == (0,)
    # Only what the new table would hide is named, in order.
    some = "3 12 | 20 4 | 2 1"
    done = make_safe_together([new("A B C", "X Y", some)], [given("A B C", "X Y", some)], FIVE)
    assert done.places == ((0, 0, 0), (0, 1, 1), (0, 2, 0), (0, 2, 1))


def test_where_two_tables_are_in_the_way_only_together_both_are_named():
    """Nothing can be hidden any more of what ties them."""
    girls = given("A B", "Girls", "c | 20")
    totals = given("A B Total", "Girls", "c | c | 23")
    fresh = new("A B C", "Girls", "3 | 20 | 30")
    done = make_safe_together([fresh], [girls, totals], FIVE)
    assert (done.blocked, done.places) == ((0, 1), ((0, 0, 0),))


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
    """3 and 9 would be shown as 5 and 10, but 3 was hidden, and all 12 were shown."""
    shows = given("A B Total", "X", "c | c | 12")
    done = make_safe_together([new("A B Total", "X", "3 | 9 | 12")], [shows], Profile(NCMP, 5))
    assert (done.safe, done.blocked) == ((), (0,))
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


def test_as_many_numbers_as_can_be_are_not_too_many(monkeypatch):
    """10,000, in whichever way the tables hang together."""
    assert together_rules.MAX_PLACES == 10_000
    primary, secondary = given("A B", "X Y", "25 c | 28 c"), given("C", "X Y", "c c")
    tables = [new("R Z Total", "X Y", "25 30 | 28 30 | 53 60"), primary, secondary]
    joints = joined(tables, {0, 1, 2}, ties_of(tables, 5), FIVE, 1)
    few, *_, most = sorted(len(joint.system.cells) for joint in joints)
    assert few < most
    for number, too_large in ((few, True), (most - 1, True), (most, False)):
        monkeypatch.setattr(together_rules, "MAX_PLACES", number)
        done = make_safe_together(tables[:1], tables[1:], FIVE)
        assert done.too_large is too_large


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
