"""A person at a browser, in sentences."""

import re
from contextlib import suppress
from pathlib import Path
from time import monotonic, sleep

import psycopg
from axe_playwright_python.base import AXE_SCRIPT, AxeResults
from playwright.sync_api import Error, Page, expect

from privacy_portal.ground.mail import files

# Only what is wrong is told: to tell of all that is right takes as long as to look. At another width only
# what hangs on it is looked at again.
AXE = """options => axe.run({resultTypes: ["violations"], ...options}).then(
    found => ({...found, passes: [], incomplete: [], inapplicable: []}))"""
BY_WIDTH = {"runOnly": ["target-size", "scrollable-region-focusable"]}
TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="\w+"')
# What axe finds does not hang on the words and references of a page, but on whether there are any.
WORDS, NUMBERS = re.compile(r">[^<]*[^<\s][^<]*<"), re.compile(r"(?=[a-f-]*\d)[0-9a-f-]{5,}")
WIDE_AND_NARROW = (1280, 320)
TOO_WIDE = "document.documentElement.scrollWidth > document.documentElement.clientWidth"
# Pages without a fault at a width: one built alike is as faultless for the next visitor.
_FAULTLESS: set[tuple[tuple[int, ...], str]] = set()


class Portal:
    """The served portal: its address, how people of the example sign in, and their mails."""

    def __init__(self, address: str, sign_ins: dict[str, str], environment: dict[str, str]):
        self.address = address
        self.sign_ins = sign_ins
        self.environment = environment

    def mail_to(self, email: str, about: str) -> str:
        """The words of the newest mail to an address with this subject, once it is sent."""
        end = monotonic() + 90
        while monotonic() < end:
            for kept in map(files.read, self._mails()):
                if kept.to == email and about in kept.subject:
                    return kept.text
            sleep(0.1)
        said = worker_log(self.environment).read_text()
        raise AssertionError(
            f"no mail to {email} about {about}; the worker said:\n{said}\n{self._jobs()}"
        )

    def does_what_is_due(self) -> None:
        """Have the worker do now what it does every minute: nobody waits up to a minute for it."""
        with psycopg.connect(self.environment["DATABASE_URL"]) as database:
            database.execute(
                "INSERT INTO procrastinate_jobs (queue_name, task_name, args) "
                """VALUES ('default', 'sharing.expire', '{"timestamp": 0}')"""
            )

    def _jobs(self) -> str:
        """What became of the newest jobs and mails, for a test that waited for one in vain."""
        with psycopg.connect(self.environment["DATABASE_URL"]) as database:
            queries = (
                "SELECT id, task_name, status, args FROM procrastinate_jobs ORDER BY id DESC LIMIT 20",
                "SELECT id, key, sent_at, failed_at, why FROM mail_message ORDER BY id DESC LIMIT 20",
            )
            return "\n".join(
                str(row) for query in queries for row in database.execute(query).fetchall()
            )

    def _mails(self) -> list[Path]:
        folder = Path(self.environment["PORTAL_DATA_DIR"]) / "outbox"
        return sorted(folder.glob("*.eml"), reverse=True)


class Visitor:
    """One person at a browser. Every page they come to is looked at: axe, width, errors. Where they
    have no JavaScript, which axe needs, the same page is opened in `mirror`, narrow and wide."""

    def __init__(self, page: Page, portal: Portal, scripts: bool, mirror: Page):
        self.page, self.portal, self.scripts = page, portal, scripts
        self.mirror = page if scripts else mirror
        self.problems: list[str] = []
        self.mirror.on("pageerror", lambda error: self.problems.append(str(error)))

    def on(self, portal: Portal) -> None:
        """From now on at another portal: the same one on another day."""
        self.portal = portal

    def goes_to(self, address: str) -> None:
        self.page.goto(f"{self.portal.address}{address}")
        self.looks()

    def asks_again(self) -> None:
        """Opens the same page, as a page that waits does by itself: whichever of the two is first."""
        with suppress(Error):
            self.page.goto(self.page.url)

    def clicks(self, name: str, role: str = "button") -> None:
        """Clicks and waits for the page that it leads to; going on at once could stop the form."""
        with self.page.expect_navigation():
            self.page.get_by_role(role, name=name, exact=True).first.click()
        self.looks()

    def sees(self, text: str) -> None:
        expect(self.page.locator("main")).to_contain_text(text)

    def signs_in(self, email: str) -> None:
        self.page.get_by_label("Email address").fill(email)
        self.page.get_by_label("Password", exact=True).fill(self.portal.sign_ins[email])
        self.clicks("Sign in")

    def looks(self) -> None:
        """No axe violation, no sideways scrolling, no script error, one main heading."""
        assert not self.problems
        expect(self.page.locator("h1")).to_have_count(1)
        size = self.page.viewport_size
        assert size is not None
        build = NUMBERS.sub("", WORDS.sub(">x<", TOKEN.sub("", self.page.content())))
        widths = (size["width"],) if self.scripts else WIDE_AND_NARROW
        for width in reversed(widths):
            self.page.set_viewport_size({**size, "width": width})
            assert not self.page.evaluate(TOO_WIDE), f"{self.page.url} is too wide for {width} px"
        if (widths, build) in _FAULTLESS:
            return
        if not self.scripts:
            self._mirrors()
        self.mirror.evaluate(AXE_SCRIPT)
        for width, options in zip(widths, ({}, BY_WIDTH), strict=False):
            self.mirror.set_viewport_size({**size, "width": width})
            faults = AxeResults(self.mirror.evaluate(AXE, options))
            assert faults.violations_count == 0, f"{self.page.url}\n{faults.generate_report()}"
        assert not self.problems
        _FAULTLESS.add((widths, build))

    def _mirrors(self) -> None:
        """Opens the page as it is here, without asking the portal for it again."""
        address, html = self.page.url, self.page.content()
        self.mirror.unroute_all()
        self.mirror.route(address, lambda route: route.fulfill(body=html, content_type="text/html"))
        self.mirror.goto(address)


def worker_log(environment: dict[str, str]) -> Path:
    """What the worker said."""
    return Path(environment["PORTAL_DATA_DIR"]) / "worker.log"
