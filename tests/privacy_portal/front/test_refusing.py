"""Pages for what was not received."""

import pytest

from privacy_portal.front.refusing import REFUSED


@pytest.mark.parametrize(
    ("status", "why"),
    [(408, "It took too long"), (413, "It is too large"), (503, "The service is busy")],
)
def test_a_refused_request_is_a_page_and_asks_nothing_of_the_database(client, status, why):
    """Nor of its session: without `db` any query fails."""
    page = client.get("/staff/", **{REFUSED: status})
    assert page.status_code == status
    assert why in page.text
    assert "We do not have it." in page.text
    assert page["Cache-Control"] == "no-store"
    assert "default-src 'none'" in page["Content-Security-Policy"]
    assert page.get("Retry-After") == ("60" if status == 503 else None)
