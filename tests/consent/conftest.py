"""Fixtures of the tests of consent."""

import pytest


@pytest.fixture
def signed_in(officer, client, policy):
    client.force_login(officer)
    return officer
