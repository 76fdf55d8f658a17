"""Cover sheets in tests: to set the type of one takes longer than the whole hand-over that it goes with."""

from collections.abc import Iterator
from contextlib import contextmanager

from privacy_portal.ground.ui import pdf
from sharing.cover_sheets import writing
from tests.nowhere import assert_nowhere

UNSET = b"%PDF-1.7 of a test that reads no cover sheet"
_READ: list[bool] = []


@contextmanager
def read_as_pdf() -> Iterator[None]:
    """Set cover sheets as the portal does."""
    _READ.append(True)
    try:
        yield
    finally:
        _READ.pop()


def leave_sheets_unset() -> None:
    """From now on make cover sheets without setting their type, but where they are `read_as_pdf`.

    What would stand in one is held to what is said of protected pupils all the same.
    """

    def as_pdf(html: str) -> bytes:
        if _READ:
            return pdf.as_pdf(html)
        pdf.check_available()
        assert_nowhere(html, "a cover sheet")
        return UNSET

    writing.as_pdf = as_pdf
