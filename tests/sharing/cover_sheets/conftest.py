"""Cover sheets are read here, so they are set."""

from collections.abc import Iterator

import pytest

from tests.sheets import read_as_pdf


@pytest.fixture(autouse=True)
def sheets_are_set() -> Iterator[None]:
    with read_as_pdf():
        yield
