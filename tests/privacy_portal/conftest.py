"""What tests of the portal as a whole share."""

import pytest

from tests.databases import returned_by


@pytest.fixture
def lived_in(example, client):
    """The example after some days at the desk, which this test's database was made with."""
    return client


@pytest.fixture
def protected_world(policy):
    """A protected pupil with a life behind them, whom this test's database was made with."""
    return returned_by("protected_world")
