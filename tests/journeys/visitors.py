"""A person at a browser, in sentences."""

import re
from collections.abc import Mapping
from contextlib import suppress
from email.utils import parsedate_to_datetime
from hashlib import sha256
from pathlib import Path
from time import monotonic, sleep
from typing import Any
from urllib.parse import urlsplit
from urllib.request import urlopen

import psycopg
from axe_playwright_python.base import AXE_SCRIPT, AxeResults
from playwright.sync_api import Error, Page, expect

from privacy_portal.ground.mail import files
from privacy_portal.signing_in.codes import code_at

# Only what is wrong is told: to tell of all that is right takes as long as to look. At another width only
# what hangs on it is looked at again.
AXE = """options => axe.run({resultTypes: ["violations"], ...options}).then(
    found => ({...found, passes: [], incomplete: [], inapplicable: []}))"""
BY_WIDTH = {"runOnly": ["target-size", "scrollable-region-focusable"]}
# Colours take axe as long as all else together. They hang on the styles of the words and of what is
# around them, so of words in the same styles only the first are looked at.
COLOURS = ("color-contrast", "link-in-text-block")
BUT_COLOURS = {"rules": {rule: {"enabled": False} for rule in COLOURS}}
WORDS_BY_STYLE = """
    const style = (element) => [element.localName, ...[...element.attributes]
        .filter(({name}) => !/^(id|href|name|value|for|action|title|d|aria-(controls|label|.+by))$/.test(name))
        .map(({name, value}) => `${name}=${value}`).sort()].join(" ")
    const path = (element) => element ? `${path(element.parentElement)}>${style(element)}` : ""
    const said = (element) => [...element.childNodes].some(
        (node) => node.nodeType === Node.TEXT_NODE && node.data.trim())
    const words = new Map(
        [...document.querySelectorAll("body *")].filter(said).reverse().map((each) => [path(each), each]))
"""
STYLES = f"() => {{ {WORDS_BY_STYLE} return [...words.keys()] }}"
AXE_COLOURS = f"""styles => {{ {WORDS_BY_STYLE}
    return axe.run({{include: styles.map((each) => words.get(each)).filter(Boolean)}}, {{
        resultTypes: ["violations"], runOnly: {list(COLOURS)},
    }}).then(found => ({{...found, passes: [], incomplete: [], inapplicable: []}}))
}}"""
LOOK = """() => ({
    html: document.documentElement.outerHTML,
    headings: document.querySelectorAll("h1").length,
    tooWide: document.documentElement.scrollWidth > document.documentElement.clientWidth,
})"""
# What axe finds does not hang on the words and addresses of a page, but on whether there are any; nor on
# its ids, but on which are the same. Two rows alike say as much as twenty.
TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="\w+"')
WORDS = re.compile(r">[^<]*[^<\s][^<]*<")
NAMED = re.compile(
    r' (value|action|formaction|src|href|id|name|for|aria-\w+by|aria-controls)="([^"]+)"'
)
ALIKE = re.compile(r"(<(tr|li|option|p|div)\b(?:(?!<\2\b).)*?</\2>)(?:\s*\1){2,}", re.DOTALL)
WIDE, NARROW = 1280, 320


def build_of(html: str) -> str:
    """The page without what axe does not hang on: two with the same build are as faultless."""
    names: dict[str, int] = {}

    def numbered(attribute: re.Match[str]) -> str:
        name, value = attribute.groups()
        leads_away = name == "href" and not value.startswith("#")
        if leads_away or name in ("value", "action", "formaction", "src"):
            return f' {name}="x"'
        kind = "name" if name == "name" else "#"
        words = value.removeprefix("#").split()
        numbers = (str(names.setdefault(kind + word, len(names))) for word in words)
        return f' {name}="{" ".join(numbers)}"'

    plain = NAMED.sub(numbered, WORDS.sub(">x<", TOKEN.sub("", html)))
    return ALIKE.sub(r"\1\1", plain)


class Faultless:
    """The pages in which axe found nothing: one built alike is as faultless for the next visitor,
    also of another process that tests; and the styles of words in them. Each is an empty file in a folder."""

    def __init__(self, folder: Path):
        self.folder = folder
        folder.mkdir(exist_ok=True)

    def __contains__(self, page: tuple[int, str]) -> bool:
        return self._place(page).exists()

    def add(self, page: tuple[int, str]) -> None:
        self._place(page).touch()

    def _place(self, page: tuple[int, str]) -> Path:
        width, html = page
        return self.folder / sha256(f"{width} {html}".encode()).hexdigest()


class Mirror:
    """A page with JavaScript in which pages of visitors without it are opened again, since axe needs it."""

    def __init__(self, page: Page, faultless: Faultless):
        self.page, self.faultless = page, faultless
        self.problems: list[str] = []
        page.on("pageerror", lambda error: self.problems.append(str(error)))
        page.add_init_script(AXE_SCRIPT)

    def shows(self, address: str, html: str) -> None:
        """Open the page as it is elsewhere, without asking the portal for it again, and look at it
        wide and narrow."""
        start = urlsplit(address)
        place = f"{start.scheme}://{start.netloc}/mirror"
        page = f"<!DOCTYPE html>{html}"
        self.page.route(
            place, lambda route: route.fulfill(body=page, content_type="text/html; charset=utf-8")
        )
        self.page.goto(place)
        self.page.unroute(place)
        assert not self.problems, f"{address}\n{self.problems}"
        for width in (WIDE, NARROW):
            self.page.set_viewport_size({"width": width, "height": 900})
            look = self.page.evaluate(LOOK)
            assert "js-enabled" in look["html"], f"{address} was opened without JavaScript"
            assert not look["tooWide"], f"{address} is too wide for {width} px"
            if width == WIDE:
                self.check(self.page, address)
            else:
                check(self.page, address, BY_WIDTH)
            self.faultless.add((width, build_of(look["html"])))
        assert not self.problems, f"{address}\n{self.problems}"

    def check(self, page: Page, address: str) -> None:
        """Assert that axe finds nothing in a page; of its colours, in those that are new."""
        assert page.viewport_size is not None
        width = page.viewport_size["width"]
        check(page, address, BUT_COLOURS)
        new = [style for style in page.evaluate(STYLES) if (width, style) not in self.faultless]
        if new:
            assert_faultless(page.evaluate(AXE_COLOURS, new), address)
        for style in new:
            self.faultless.add((width, style))


def check(page: Page, address: str, options: Mapping[str, object]) -> None:
    """Assert that axe finds nothing."""
    if not page.evaluate("() => 'axe' in window"):
        page.evaluate(AXE_SCRIPT)
    assert_faultless(page.evaluate(AXE, options), address)


def assert_faultless(found: dict[str, Any], address: str) -> None:
    faults = AxeResults(found)
    assert faults.violations_count == 0, f"{address}\n{faults.generate_report()}"


class Portal:
    """The served portal: its address, how people of the example sign in, and their mails."""

    def __init__(
        self, address: str, sign_ins: dict[str, tuple[str, str]], environment: dict[str, str]
    ):
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

    def now(self) -> float:
        """The time of the served portal, which began at noon of its day, in seconds."""
        with urlopen(f"{self.address}/healthz") as answer:
            return parsedate_to_datetime(answer.headers["Date"]).timestamp()

    def forgets_codes(self) -> None:
        """Let the last code of each app be used again."""
        with psycopg.connect(self.environment["DATABASE_URL"]) as database:
            database.execute("UPDATE mfa_authenticator SET data = data - 'last'")

    def does_what_is_due(self) -> None:
        """Have the worker do now what it does every minute: nobody waits up to a minute for it."""
        with psycopg.connect(self.environment["DATABASE_URL"]) as database:
            database.execute(
                "INSERT INTO procrastinate_jobs (queue_name, task_name, args) "
                """VALUES ('default', 'sharing.expire', '{"timestamp": 0}')"""
            )

    def has_looked_for_pupils(self) -> None:
        """Wait until the worker has looked for the pupil of every opt-out and objection confirmed online."""
        end = monotonic() + 90
        with psycopg.connect(self.environment["DATABASE_URL"], autocommit=True) as database:
            while database.execute("SELECT 1 FROM consent_requesttomatch LIMIT 1").fetchone():
                assert monotonic() < end, f"a pupil is still looked for\n{self._jobs()}"
                sleep(0.1)

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
    have no JavaScript, which axe needs, it looks at the same page in a mirror."""

    def __init__(self, page: Page, portal: Portal, scripts: bool, mirror: Mirror):
        self.page, self.portal, self.scripts, self.mirror = page, portal, scripts, mirror
        self.problems: list[str] = []
        self.page.on("pageerror", lambda error: self.problems.append(str(error)))

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
        password, secret = self.portal.sign_ins[email]
        self.page.get_by_label("Password", exact=True).fill(password)
        self.clicks("Sign in")
        # Nobody in a journey waits half a minute for the next code of their app.
        self.portal.forgets_codes()
        self.page.get_by_label("Code").fill(code_at(secret, self.portal.now()))
        self.clicks("Continue")

    def looks(self) -> None:
        """No axe violation, no sideways scrolling, no script error, one main heading."""
        look = self._look()
        assert not self.problems
        assert not look["tooWide"], f"{self.page.url} is too wide"
        assert self.page.viewport_size is not None
        page = (self.page.viewport_size["width"], build_of(look["html"]))
        if page in self.mirror.faultless:
            return
        if self.scripts:
            try:
                self.mirror.check(self.page, self.page.url)
            except Error:  # the page loaded itself again meanwhile
                self.page.wait_for_load_state()
                self.mirror.check(self.page, self.page.url)
            assert not self.problems
        else:
            self.mirror.shows(self.page.url, look["html"])
        self.mirror.faultless.add(page)

    def _look(self) -> Any:
        """The page as it is; one that loads itself again is waited for."""
        with suppress(Error):
            look = self.page.evaluate(LOOK)
            if look["headings"] == 1:
                return look
        self.page.wait_for_load_state()
        expect(self.page.locator("h1")).to_have_count(1)
        return self.page.evaluate(LOOK)


def worker_log(environment: dict[str, str]) -> Path:
    """What the worker said."""
    return Path(environment["PORTAL_DATA_DIR"]) / "worker.log"
