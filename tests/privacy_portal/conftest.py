"""What tests of the portal as a whole share."""

import pytest

from tests.lived_in import live_in


@pytest.fixture
def lived_in(example, client, officer, second_officer):
    """The example after some days at the desk."""
    live_in(client, officer)
    return client
