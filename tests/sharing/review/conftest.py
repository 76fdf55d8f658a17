"""A disclosure log for the review desk."""

import pytest

from sharing.review.desk import stretches
from tests.sharing.review.world import fill_log


@pytest.fixture
def log(policy, officer, second_officer, monkeypatch):
    """A log of which all but four disclosures were counted; the two officers that made it."""
    monkeypatch.setattr(stretches, "LENGTH", 8)
    officers = [officer, second_officer]
    fill_log(officers)
    return officers
