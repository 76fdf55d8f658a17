"""Fixtures of the tests of two files."""

import pytest


@pytest.fixture
def two_agreements(db):
    """The usual policy of two agreements, and four pupils on the roll, which this test's database was made
    with."""
