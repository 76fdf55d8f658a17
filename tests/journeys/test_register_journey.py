"""A journalist on the public register: a month, the file of its year, how opt-outs were applied, how to check."""

import csv
import hashlib
import json

import psycopg
import pytest

pytestmark = pytest.mark.django_db

MONTH = """
INSERT INTO sharing_publishedmonth (month, at) VALUES ('2026-10-01', '2026-11-01 04:13+00')
ON CONFLICT DO NOTHING RETURNING id
"""
COUNT = """
INSERT INTO sharing_publishedcount (month_id, recipient_id, purpose_id, files, pupils, limited, items,
    notices, means, opt_outs, agreements)
SELECT %(month)s, recipient.id, purpose.id, %(files)s, %(pupils)s, %(limited)s, %(items)s, %(notices)s, '{}',
    %(opt_outs)s, '[]'
FROM notices_recipient recipient, notices_purpose purpose
WHERE recipient.code = %(recipient)s AND purpose.code = %(purpose)s
"""
NOTHING = {
    "files": None,
    "pupils": None,
    "limited": None,
    "items": [],
    "notices": [],
    "opt_outs": [],
}


@pytest.fixture
def published(portal):
    """A month as the nightly job publishes it, without what was shared in it: other journeys would meet that."""
    with psycopg.connect(portal.environment["DATABASE_URL"]) as database:
        if (month := database.execute(MONTH).fetchone()) is None:
            return
        for known in (
            {
                "recipient": "connexions", "purpose": "careers-guidance", "files": 3, "pupils": 1_240,
                "limited": 35, "items": ["Last name", "Telephone"], "notices": ["pupils/3"],
                "opt_outs": ["applied", "overridden"],
            },
            {"recipient": "fft", "purpose": "performance-analysis"},
        ):  # fmt: skip
            database.execute(COUNT, {"month": month[0], **NOTHING, **known})


@pytest.mark.usefixtures("published")
def test_a_journalist_reads_a_month_downloads_its_year_and_checks_it(visitor, tmp_path):
    page = visitor.page
    visitor.goes_to("/sharing/")
    visitor.clicks("See how often we have shared information", "link")
    visitor.sees("The newest month here is October 2026.")
    visitor.sees("fewer than 5")
    page.get_by_label("Organisation").select_option("connexions")
    visitor.clicks("Apply filters")
    visitor.sees("1 row.")
    visitor.sees("1,240")
    page.get_by_text("2 kinds of information").click()
    visitor.sees("Last name, Telephone")
    visitor.sees("In part")
    visitor.sees("For some, yes")
    visitor.sees("For some, no: shared despite opt-outs, to keep a child safe or by a legal order")
    visitor.sees("What the columns mean")
    with page.expect_download() as download:
        page.get_by_role("link", name="Download the figures for 2026 as a file (CSV)").click()
    download.value.save_as(tmp_path / "year.csv")
    with (tmp_path / "year.csv").open(encoding="utf-8", newline="") as file:
        rows = {row["recipient"]: row for row in csv.DictReader(file)}
    assert rows["Connexions"]["pupils_limited_by_choice"] == "35"
    assert rows["Connexions"]["opt_outs_applied"] == "partly"
    with page.expect_download() as download:
        page.get_by_role("link", name="October 2026", exact=True).click()
    download.value.save_as(tmp_path / "month.json")
    document = (tmp_path / "month.json").read_bytes()
    visitor.sees(hashlib.sha256(document).hexdigest())
    assert json.loads(document)["month"] == "2026-10"
