"""Databases in which something has been lived, for tests that decide again on all of it."""

import pytest


@pytest.fixture
def lived_in(example):
    """The example after some days at the desk."""


@pytest.fixture
def amendment_sent(policy):
    """An amendment has left after what it amends."""


@pytest.fixture
def protected_world(policy):
    """A protected pupil in everything there is."""
