"""Cover sheets in tests: to lay one out as PDF takes longer than the whole hand-over that it goes with."""

from privacy_portal.ground.ui import pdf
from sharing.cover_sheets import writing
from tests.nowhere import assert_nowhere


def as_no_pdf(html: str) -> bytes:
    """Hold the words of a sheet to what is said of protected pupils, and lay nothing out."""
    pdf.check_available()
    assert_nowhere(html, "a cover sheet")
    return b"%PDF-1.7 of a test that reads no cover sheet"


def leave_sheets_plain() -> None:
    """Lay out no cover sheet as PDF from now on, but where a test asks for it."""
    writing.as_pdf = as_no_pdf
