"""How the assurance of an organisation stands on a day (Q3)."""

from datetime import date, timedelta

import pytest
from hypothesis import given, strategies as st

from sharing.assurances import rules
from sharing.assurances.rules import Assurance, Kind, Standing, Why

DAY = date(2026, 11, 23)


def assured(number=1, kind=Kind.ISO_27001, *, days=365, withdrawn=None, name=""):
    return Assurance(number, kind, name, DAY + timedelta(days=days), withdrawn)


CE = Kind.CYBER_ESSENTIALS
MISTAKE, NO_LONGER = Why.MISTAKE, Why.NO_LONGER


@pytest.mark.parametrize(
    ("assurances", "standing"),
    [
        ([], Standing.NEVER_RECORDED),
        ([assured()], Standing.VALID),
        ([assured(days=91)], Standing.VALID),
        ([assured(days=90)], Standing.ENDS_SOON),
        ([assured(days=0)], Standing.ENDS_SOON),
        ([assured(days=-1)], Standing.ENDED),
        # Renewed: the one recorded last counts, whatever its end.
        ([assured(1, days=-1), assured(2)], Standing.VALID),
        ([assured(2), assured(1, days=-1)], Standing.VALID),
        ([assured(1), assured(2, days=-1)], Standing.ENDED),
        # One that has ended is enough.
        ([assured(1), assured(2, CE, days=-1)], Standing.ENDED),
        ([assured(1), assured(2, CE, days=-1, withdrawn=NO_LONGER)], Standing.VALID),
        # Whoever once had one has to have one.
        ([assured(withdrawn=NO_LONGER)], Standing.NONE_LEFT),
        ([assured(withdrawn=MISTAKE)], Standing.NEVER_RECORDED),
        ([assured(1, withdrawn=NO_LONGER), assured(2, withdrawn=MISTAKE)], Standing.NONE_LEFT),
        # A single one that ends soon is enough.
        ([assured(1), assured(2, Kind.DSPT, days=90)], Standing.ENDS_SOON),
        # A renewal by mistake leaves what was before.
        ([assured(1, days=-1), assured(2, withdrawn=MISTAKE)], Standing.ENDED),
        ([assured(1), assured(2, days=-1, withdrawn=MISTAKE)], Standing.VALID),
        # Withdrawing the renewal does not bring the one before back.
        ([assured(1), assured(2, withdrawn=NO_LONGER)], Standing.NONE_LEFT),
        # Other certificates are told apart by their names.
        (
            [
                assured(1, Kind.OTHER, days=-1, name="PCI DSS"),
                assured(2, Kind.OTHER, name="pci  dss"),
            ],
            Standing.VALID,
        ),
        (
            [assured(1, Kind.OTHER, days=-1, name="PCI DSS"), assured(2, Kind.OTHER, name="SOC 2")],
            Standing.ENDED,
        ),
    ],
)
def test_how_it_stands(assurances, standing):
    assert rules.standing(assurances, DAY) is standing


def test_what_ended_first_is_named_first():
    late, early = assured(1, days=-1), assured(2, Kind.DSPT, days=-2)
    assert rules.ended([late, early], DAY) == [early, late]


def test_what_has_ended_or_is_gone_stops_signing_and_what_was_never_there_does_not():
    stopping = {standing for standing in Standing if rules.stops_signing(standing)}
    assert stopping == {Standing.ENDED, Standing.NONE_LEFT}


ASSURANCES = st.lists(
    st.builds(
        assured,
        st.integers(1, 10_000),
        st.sampled_from(list(Kind)),
        days=st.integers(-200, 200),
        withdrawn=st.sampled_from([None, None, MISTAKE, NO_LONGER]),
        name=st.sampled_from(["", "PCI DSS"]),
    ),
    unique_by=lambda assurance: assurance.number,
    max_size=8,
)


@given(ASSURANCES)
def test_each_day_that_passes_only_ever_makes_it_worse(assurances):
    """Without a new record, signing that is stopped stays stopped, and what ended stays ended."""
    order = (Standing.VALID, Standing.ENDS_SOON, Standing.ENDED)
    before = None
    for number in range(0, 220, 20):
        on = DAY + timedelta(days=number)
        standing = rules.standing(assurances, on)
        assert rules.stops_signing(standing) == (
            bool(rules.ended(assurances, on)) or standing is Standing.NONE_LEFT
        )
        if before in order:
            assert order.index(standing) >= order.index(before)
        elif before is not None:
            assert standing is before
        before = standing


@given(ASSURANCES, st.integers(-200, 200))
def test_a_mistake_counts_as_if_it_had_never_been_recorded(assurances, days):
    mistake = assured(20_000, days=days, withdrawn=MISTAKE)
    assert rules.standing([*assurances, mistake], DAY) is rules.standing(assurances, DAY)
    assert rules.current([*assurances, mistake]) == rules.current(assurances)


@pytest.mark.parametrize(
    ("days", "within"),
    [(91, None), (90, 90), (31, 90), (30, 30), (8, 30), (7, 7), (0, 7), (-1, None)],
)
def test_the_latest_reminder_is_due(days, within):
    assert rules.nearest_reminder(DAY + timedelta(days=days), DAY) == within
