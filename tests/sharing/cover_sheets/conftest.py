"""Cover sheets are read here, so they are laid out as the portal does."""

import pytest

from privacy_portal.ground.ui import pdf
from sharing.cover_sheets import writing


@pytest.fixture(autouse=True)
def sheets_are_laid_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writing, "as_pdf", pdf.as_pdf)
