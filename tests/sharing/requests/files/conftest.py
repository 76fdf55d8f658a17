"""Fixtures of the tests of files on requests for data."""

import pytest

from tests.factories.requests import DataRequestFactory

ITEMS = ["pupil.surname", "pupil.sex", "pupil.address"]


@pytest.fixture
def request_of(pupil, officer):
    """Records a request of Connexions, whose opt-out leaves surname and address."""

    def make(*, pupils=(pupil,), **known):
        known = {"recipient": "connexions", "items": ITEMS} | known
        return DataRequestFactory(pupils=pupils, known=known, by=officer)

    return make
