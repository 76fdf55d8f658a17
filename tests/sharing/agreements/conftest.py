"""Fixtures of the tests of agreements."""

import pytest

from tests.sharing.agreements.pages import START, complete, post_signatures


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
def signed(desk, draft):
    complete(desk, draft)
    assert post_signatures(desk, draft).status_code == 302
    return draft
