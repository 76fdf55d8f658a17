"""Which changes are told (H6), as rules."""

from datetime import UTC, datetime, timedelta

from hypothesis import given, strategies as st

from sharing.changes.rules import COLUMNS_OF, Fate, fate_of, to_delete, to_tell
from sharing.rules import Outcome, Reason

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
ITEMS = st.frozensets(st.sampled_from([*COLUMNS_OF, "pupil.upn", "pupil.attendance"]))
OUTCOMES = st.sampled_from([Outcome.RELEASED, Outcome.REDUCED, Outcome.WITHHELD])


@given(st.dictionaries(st.sampled_from([*COLUMNS_OF, "pupil.upn"]), st.integers(-9, 9)),
       st.dictionaries(st.sampled_from(["surname", "address", "born"]), st.integers(-9, 9)),
       ITEMS, OUTCOMES, ITEMS)  # fmt: skip
def test_nothing_is_told_but_what_was_sent_is_permitted_and_changed_since(
    sent, changes, permitted, outcome, basic
):
    told = to_tell(
        {item: NOW + timedelta(hours=hours) for item, hours in sent.items()},
        {column: NOW + timedelta(hours=hours) for column, hours in changes.items()},
        permitted,
        outcome,
        basic,
    )
    for item in told:
        assert item in sent
        assert item in permitted
        assert any(changes.get(column, -10) > sent[item] for column in COLUMNS_OF[item])
    if outcome is Outcome.WITHHELD:
        assert not told
    if outcome is Outcome.REDUCED:
        assert told <= basic
    if outcome is Outcome.RELEASED:
        missed = (sent.keys() & permitted) - told
        assert not any(
            changes.get(column, -10) > sent[item]
            for item in missed
            for column in COLUMNS_OF.get(item, ())
        )


@given(ITEMS, ITEMS, st.sampled_from(Fate))
def test_what_is_deleted_and_what_stays_are_all_that_was_sent(sent, basic, fate):
    delete = to_delete(sent, fate, basic)
    assert delete <= sent
    assert (sent - delete) == {
        Fate.STAYS: sent,
        Fate.BASIC_STAYS: sent & basic,
        Fate.GOES: frozenset(),
    }[fate]


def test_age_and_moves_alone_delete_nothing_but_never_hide_a_choice():
    for reason in (Reason.TOO_OLD, Reason.OUTSIDE_SCHOOLS):
        assert fate_of(Outcome.WITHHELD, reason, otherwise=Outcome.RELEASED) is Fate.STAYS
        for otherwise in (Outcome.REDUCED, Outcome.WITHHELD):
            assert fate_of(Outcome.WITHHELD, reason, otherwise=otherwise) is Fate.GOES


@given(st.sampled_from([reason for reason in Reason
                        if reason not in (Reason.TOO_OLD, Reason.OUTSIDE_SCHOOLS)]), OUTCOMES)  # fmt: skip
def test_every_other_reason_that_withholds_a_row_deletes_it(reason, otherwise):
    assert fate_of(Outcome.WITHHELD, reason, otherwise=otherwise) is Fate.GOES
