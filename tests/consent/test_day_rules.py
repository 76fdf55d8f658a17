"""Which days a decision can have (rulebook C3): the boundaries of both faults."""

from datetime import date, timedelta

import pytest

from consent.day_rules import MISDATED, Misdated, misdated

TODAY = date(2026, 11, 23)
DAY = timedelta(days=1)


@pytest.mark.parametrize(
    ("received", "signed", "faults"),
    [
        (TODAY, None, []),
        (TODAY, TODAY, []),
        (TODAY, TODAY - DAY, []),
        (TODAY + DAY, None, [Misdated.RECEIVED_LATER]),
        (TODAY + DAY, TODAY + DAY, [Misdated.RECEIVED_LATER]),
        (TODAY - DAY, TODAY, [Misdated.SIGNED_LATER]),
        (TODAY + DAY, TODAY + 2 * DAY, [Misdated.RECEIVED_LATER, Misdated.SIGNED_LATER]),
    ],
)
def test_nothing_is_received_after_today_nor_signed_after_receipt(received, signed, faults):
    assert misdated(received, signed, TODAY) == faults


def test_every_fault_has_its_words():
    assert set(MISDATED) == set(Misdated)
