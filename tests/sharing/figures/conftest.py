"""Disclosures for figures: rows of the log, as they come to stand in it."""

from functools import partial

import pytest

from tests.sharing.figures.world import put_disclosure


@pytest.fixture
def put(policy, officer):
    """Puts a disclosure into the log: `put(month, day, people, agreement=…, outcome=…)` of 2026."""
    return partial(put_disclosure, officer)


@pytest.fixture
def figures_world(policy):
    """Disclosures and choices of some months, which this test's database was made with."""


@pytest.fixture
def reader(client, officer):
    client.force_login(officer)
    return client
