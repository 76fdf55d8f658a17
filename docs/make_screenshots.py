"""Takes the README's screenshots from a running example (`make run` elsewhere, then `make screenshots`)."""

import os
import re
import sys
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from tests.browser import FLAGS, chromium  # noqa: E402

ADDRESS = f"http://127.0.0.1:{os.environ.get('PORT', '8000')}"
DATA_DIR = Path(os.environ.get("PORTAL_DATA_DIR", ROOT / "var"))
IMAGES = ROOT / "docs" / "images"


def take(page: Page, name: str) -> None:
    """Save the top of a page as one sees it."""
    page.screenshot(path=IMAGES / f"{name}.png")


def code_of(page: Page, email: str) -> str:
    """Return the code that the app of one of the example's people shows now."""
    page.goto(f"{ADDRESS}/accounts/example-codes/")
    row = page.get_by_role("row").filter(has_text=re.compile(rf"(?<![\w.]){re.escape(email)}"))
    return row.get_by_role("cell").inner_text().strip()


def main() -> None:
    text = (DATA_DIR / "example-sign-ins.txt").read_text()
    password = dict(re.findall(r" (\S+@example\.org)  (\S+)", text))["officer@example.org"]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=FLAGS)
        narrow = browser.new_context(viewport={"width": 320, "height": 640}).new_page()
        narrow.goto(f"{ADDRESS}/opt-out/")
        narrow.get_by_role("button", name="Start now (opt out of sharing with Connexions)").click()
        narrow.wait_for_load_state()
        take(narrow, "opt-out")
        page = browser.new_context(viewport={"width": 1100, "height": 760}).new_page()
        page.goto(f"{ADDRESS}/notices/pupils/")
        take(page, "notice")
        page.goto(f"{ADDRESS}/staff/releases/new/")
        page.get_by_label("Email address").fill("officer@example.org")
        page.get_by_label("Password", exact=True).fill(password)
        page.get_by_role("button", name="Sign in").click()
        page.get_by_label("Code").fill(code_of(browser.new_page(), "officer@example.org"))
        page.get_by_role("button", name="Continue").click()
        page.get_by_label("Agreement").select_option("WIG-CNX")
        page.get_by_label("Purpose").select_option("careers-guidance")
        extract = ROOT / "example" / "wigan" / "extracts" / "connexions-2026-11.csv"
        page.get_by_label("Extract").set_input_files(extract)
        page.get_by_role("button", name="Check extract").click()
        page.get_by_role("button", name="Check extract").click()
        page.get_by_text("pupils will be released").wait_for()  # the page asks for itself again
        take(page, "release")
        page.goto(f"{ADDRESS}/staff/agreements/")
        take(page, "agreements")
        page.goto(f"{ADDRESS}/staff/pupils/?q=ogden+ella+22/3/2013")
        page.get_by_role("rowheader").first.get_by_role("link").click()
        page.wait_for_load_state()
        page.locator("main section").first.evaluate("section => section.scrollIntoView()")
        take(page, "pupil")
        browser.close()


if __name__ == "__main__":
    main()
