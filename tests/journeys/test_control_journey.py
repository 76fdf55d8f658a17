"""The nightly control fails, on purpose: somebody turns opt-outs round in the database. No file leaves until
the cause is gone, the control holds, and two officers agree."""

from contextlib import contextmanager

import psycopg
from playwright.sync_api import expect

from tests.journeys.steps import checks_a_file, signs_out

OFFICER, COLLEAGUE = "officer@example.org", "second.officer@example.org"
# In the example's roll, not opted out.
EXTRACT = "UPN\tTelephone\nQ359266107294\t01942 111111"
SABOTAGE = """
    CREATE FUNCTION turn_round() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN NEW.choice := 'opt-in'; RETURN NEW; END $$;
    CREATE TRIGGER turn_round BEFORE INSERT ON consent_decision FOR EACH ROW
    WHEN (NEW.choice = 'opt-out') EXECUTE FUNCTION turn_round()
"""


@contextmanager
def opt_outs_turned_round(portal):
    address = portal.environment["DATABASE_URL"]
    with psycopg.connect(address, autocommit=True) as database:
        database.execute(SABOTAGE)
        try:
            yield
        finally:
            database.execute("DROP FUNCTION turn_round() CASCADE")


def runs_the_control(visitor):
    visitor.goes_to("/staff/control/")
    visitor.clicks("Run the control now")
    running = visitor.page.get_by_role("heading", name="The control is running")
    for _ in range(150):
        if not running.count():
            return visitor.looks()
        visitor.page.wait_for_timeout(200)
        visitor.asks_again()
    raise AssertionError(visitor.page.content())


def signs_in_as(visitor, email):
    signs_out(visitor)
    visitor.goes_to("/staff/")
    visitor.signs_in(email)


def test_a_control_that_fails_stops_every_file_until_two_officers_agree(visitor, tmp_path):
    page = visitor.page
    visitor.goes_to("/staff/")
    visitor.signs_in(OFFICER)
    release = checks_a_file(visitor, EXTRACT)
    visitor.clicks("Release")
    with opt_outs_turned_round(visitor.portal):
        runs_the_control(visitor)
        visitor.sees("No file can leave.")
        visitor.sees("Telephone")
        expect(page.get_by_role("button", name="Ask an approving officer")).to_have_count(0)
    assert "No file can be released" in visitor.portal.mail_to(COLLEAGUE, "nightly control failed")
    visitor.goes_to("/staff/")
    visitor.sees("No file can leave")
    page.goto(release)
    visitor.looks()
    visitor.sees("No file can leave at the moment.")
    expect(page.get_by_role("button", name="Download file (once only)")).to_have_count(0)
    runs_the_control(visitor)
    page.get_by_label("What was wrong").fill("A trigger turned opt-outs round. It is gone.")
    visitor.clicks("Ask an approving officer")
    visitor.sees("an approving officer other than you must answer")
    signs_in_as(visitor, COLLEAGUE)
    visitor.clicks("Answer as an approving officer", "link")
    visitor.sees("A trigger turned opt-outs round.")
    page.get_by_label("Yes").check()
    visitor.clicks("Save")
    expect(page.get_by_text("Files can leave again.").first).to_be_visible()
    visitor.clicks("Show the last 400 nights")
    visitor.sees("Failed")
    signs_in_as(visitor, OFFICER)
    page.goto(release)
    with page.expect_download() as download:
        page.get_by_role("button", name="Download file (once only)").click()
    download.value.save_as(tmp_path / "out.csv")
    assert "01942 111111" in (tmp_path / "out.csv").read_text(encoding="utf-8")
