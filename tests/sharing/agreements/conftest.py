"""Fixtures of the tests of agreements."""

import pytest

from tests.databases import returned_by
from tests.sharing.agreements.pages import START


@pytest.fixture
def desk(policy, client, officer):
    client.force_login(officer)
    return client


@pytest.fixture
def draft(desk):
    response = desk.post("/staff/agreements/new/", START)
    assert response.status_code == 302
    return response.url


@pytest.fixture
def agreement_signed(policy):
    return returned_by("agreement_signed")


@pytest.fixture
def signed(agreement_signed, desk):
    """The address of an agreement's signed version, which this test's database was made with."""
    return agreement_signed
