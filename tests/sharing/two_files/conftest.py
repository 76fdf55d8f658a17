"""Fixtures of the tests of two files."""

import json

import pytest

from tests.sharing.two_files import world


@pytest.fixture
def two_agreements(db, write):
    """The usual policy of two agreements, and four pupils on the roll."""
    world.stored("policy", write(json.dumps(world.usual_policy()), "policy.json"))
    world.stored("roll", write(world.roll(), "roll.csv"))
