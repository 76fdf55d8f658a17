"""Which changes are told (H6), as rules."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, strategies as st

from sharing.changes.rules import COLUMNS_OF, Fate, Instruction, fate_of, to_delete, to_tell
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


@pytest.mark.parametrize(
    ("outcome", "reason", "fate"),
    [
        (Outcome.RELEASED, None, Fate.STAYS),
        (Outcome.REDUCED, Reason.OPTED_OUT, Fate.BASIC_STAYS),
        (Outcome.WITHHELD, Reason.OPTED_OUT, Fate.GOES),
        (Outcome.WITHHELD, Reason.PROTECTED, Fate.GOES),
    ],
)
def test_a_row_that_goes_stays_and_a_reduced_one_leaves_the_basic_items(outcome, reason, fate):
    assert fate_of(outcome, reason, otherwise=Outcome.RELEASED) is fate
    assert fate_of(outcome, reason, otherwise=Outcome.WITHHELD) is fate


@pytest.mark.parametrize(
    ("permitted", "outcome", "told"),
    [
        (["pupil.surname", "pupil.address"], Outcome.RELEASED, {"pupil.address"}),
        (["pupil.surname"], Outcome.RELEASED, set()),
        (["pupil.address"], Outcome.WITHHELD, set()),
        (["pupil.address"], Outcome.REDUCED, set()),
        (["pupil.postcode"], Outcome.REDUCED, {"pupil.postcode"}),
        (["pupil.sex"], Outcome.RELEASED, set()),
        (["pupil.attendance"], Outcome.RELEASED, set()),
    ],
)
def test_new_values_are_told_of_what_was_sent_before_the_change(permitted, outcome, told):
    """The surname was read as it changed, address and postcode before; the sex was never sent."""
    sent = {
        "pupil.surname": NOW, "pupil.address": NOW - timedelta(1),
        "pupil.postcode": NOW - timedelta(1), "pupil.attendance": NOW - timedelta(1),
    }  # fmt: skip
    changes = dict.fromkeys(["surname", "address", "postcode", "sex"], NOW)
    assert to_tell(sent, changes, permitted, outcome, ["pupil.postcode"]) == told


@pytest.mark.parametrize(
    ("changed", "delete", "says"),
    [((), (), False), (["a"], (), True), ((), ["a"], True), (["a"], ["b"], True)],
)
def test_an_instruction_says_something_if_anything_is_told_or_to_be_deleted(changed, delete, says):
    instruction = Instruction(frozenset(changed), frozenset(delete), whole=False)
    assert instruction.says_something is says
