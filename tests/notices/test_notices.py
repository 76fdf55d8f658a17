"""Which version is in force (N2), and that a published one never changes (N1)."""

from datetime import date

import pytest
from django.db import DatabaseError, connection, transaction

from notices.models import Notice, NoticeVersion
from privacy_portal.ground.ui.markdown import as_html

DAY = date(2026, 11, 23)


@pytest.mark.django_db
@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE notices_noticeversion SET summary = 'x' WHERE status = 'published'",
        "UPDATE notices_noticeversion SET status = 'withdrawn' WHERE number = 1",
        "UPDATE notices_noticeversion SET status = 'draft' WHERE number = 1",
        "DELETE FROM notices_noticeversion",
        "UPDATE notices_section SET body = 'x'",
        "DELETE FROM notices_section",
        "UPDATE notices_namedrecipient SET position = position + 100",
        "DELETE FROM notices_namedpurpose",
        "DELETE FROM notices_nameditem",
        """INSERT INTO notices_section (version_id, position, element, heading, scheme, body)
        SELECT id, 99, 'x', 'x', '', 'x' FROM notices_noticeversion LIMIT 1""",
    ],
)
def test_the_database_refuses_to_change_a_published_version(policy, sql):
    with pytest.raises(DatabaseError, match="never changes"), transaction.atomic():
        connection.cursor().execute(sql)


@pytest.mark.django_db
def test_the_pages_of_a_notice(policy, client, django_assert_max_num_queries):
    with django_assert_max_num_queries(8):
        page = client.get("/notices/pupils/").text
    assert "Version 3. Updated 1 September 2025." in " ".join(page.split())
    assert "Wigan Council public health" in page
    old = client.get("/notices/pupils/versions/1/").text
    assert "This is an old version" in old
    assert "Primary Care Trust" in old
    history = client.get("/notices/pupils/versions/").text
    assert history.index("Version 3") < history.index("Version 1")
    assert client.get("/notices/none/").status_code == 404
    assert client.get("/notices/pupils/versions/9/").status_code == 404


@pytest.mark.django_db
def test_a_draft_is_not_public(policy, client):
    notice = Notice.objects.get(slug="pupils")
    NoticeVersion.objects.create(notice=notice, number=4, summary="secret plans")
    assert client.get("/notices/pupils/versions/4/").status_code == 404
    assert "secret plans" not in client.get("/notices/pupils/versions/").text


@pytest.mark.parametrize(
    ("text", "never"),
    [
        ("<script>alert(1)</script>", "<script"),
        ("[x](javascript:alert(1))", 'javascript:alert(1)"'),
        ("![x](http://evil/x.png)", "<img"),
        ("<b onclick='y'>z</b>", "<b"),
        ("<iframe src='x'></iframe>", "<iframe"),
    ],
)
def test_a_notices_text_runs_nothing(text, never):
    assert never not in str(as_html(text))


def test_a_notices_text_keeps_its_form():
    html = str(as_html("A *b*\n\n- c\n- [d](https://example.org/)"))
    assert '<ul class="govuk-list govuk-list--bullet">' in html
    assert 'href="https://example.org/"' in html
