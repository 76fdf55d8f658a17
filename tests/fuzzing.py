"""A visitor who sends whatever comes to mind: every page that links lead to, forms filled in with what
they offer or with nonsense, addresses made up, methods that no page has."""

import random
import traceback
from collections import Counter
from collections.abc import Callable
from itertools import count
from time import monotonic
from typing import Any
from urllib.parse import urlencode, urljoin, urlsplit

import lxml.html
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.signals import got_request_exception
from django.db import transaction
from django.test import Client
from django.urls import NoReverseMatch, URLPattern, reverse

from tests.addresses import patterns

# What people and programs type where something else is meant.
NONSENSE = (
    "", " ", "0", "-1", "1", "2", "99999999999999999999", "1e308", "NaN", "½", "٣", "x", "None", "on", "null",
    "\0", "\u202e", "\ufeff", "\ud800".encode("utf-8", "surrogatepass").decode("latin-1"), "🙂" * 40,
    "é" * 300, "a" * 5_000, "{{ 7*7 }}", "<script>alert(1)</script>", "=1+1", "' OR 1=1 --", "%s%d%n", "../../etc/passwd",
    "\r\nSet-Cookie: a=b", "2026-02-30", "31/02/2026", "31/12/9999", "01/01/0001", "1/1/26", "2026-W01-1",
    "P207000016049", "A359297514514", "Ella", "O’Neill-Żółć", "990001", "connexions", "WIG-CNX", "careers-guidance",
    "00000000-0000-0000-0000-000000000000", "ella@example.org", "@", "a@b", "javascript:alert(1)", "http://[::1", "[]", '{"id": 1}',
)  # fmt: skip
FILES = (
    (b"", "empty.csv"), (b"UPN,Surname\r\nP207000016049,Barlow\r\n", "extract.csv"),
    (b"UPN\r\n" + b"x" * 5_000, "long.csv"), (b"\xff\xfe\x00", "broken.csv"), (b"PK\x03\x04nonsense", "book.xlsx"),
    (b"%PDF-1.4 nonsense", "scan.pdf"), (b"\x89PNG\r\n\x1a\n", "scan.png"), (b"<!DOCTYPE x [<!ENTITY a 'b'>]><x>&a;</x>", "ctf.xml"),
    (b"{", "policy.json"), (b'"', "\u202eexe.csv"),
)  # fmt: skip
METHODS = ("PUT", "DELETE", "PATCH", "OPTIONS", "HEAD", "TRACE")
# Known addresses of one kind, and forms of one kind, that are remembered.
OF_A_KIND = 12
# Ends the session or the account with which everything else is tried.
SPARED = ("logout", "deactivate")


class Fuzzer:
    """One person's visits; `faults` has one example of each kind of failure, with what was sent."""

    def __init__(self, user: Any, seed: int, starts: tuple[str, ...]):
        self.user, self.random = user, random.Random(seed)
        self.client = Client(raise_request_exception=False)
        self.addresses: dict[str, list[str]] = {start: [start] for start in starts}
        self.forms: dict[str, list[tuple[str, lxml.html.FormElement]]] = {}
        self.faults: dict[str, str] = {}
        self.statuses: Counter[int] = Counter()
        self.failure = ""
        self.patterns = [pattern for pattern in patterns() if pattern.name]

    def go_on(self, *, steps: int, seconds: float, between: Callable[[], None]) -> None:
        """Visit for so many steps, or so many seconds if that is longer."""
        got_request_exception.connect(self._fails)
        try:
            end = monotonic() + seconds
            for step in count():
                if step >= steps and monotonic() >= end:
                    return
                if step % 25 == 0:
                    self._sign_in()
                    between()
                self._step()
        finally:
            got_request_exception.disconnect(self._fails)

    def _sign_in(self) -> None:
        if self.user is not None:
            self.user.refresh_from_db()
            self.client.force_login(self.user)

    def _fails(self, sender: object, **_: object) -> None:
        self.failure = traceback.format_exc(limit=-6)

    def _step(self) -> None:
        chance = self.random.random()
        if chance < 0.5 or not self.forms:
            self._open()
        elif chance < 0.9:
            self._send()
        else:
            self._make_up()

    def _open(self) -> None:
        address = self._any(self.addresses)
        if self.random.random() < 0.3:
            names = (
                "page",
                "q",
                "words",
                "role",
                "school",
                "day",
                "year",
                "next",
                "state",
                "sort",
                "of",
            )
            fields = {self.random.choice(names): self._nonsense() for _ in range(2)}
            address = f"{address.split('?')[0]}?{urlencode(fields, errors='replace')}"
        self._ask("get", address)

    def _send(self) -> None:
        address, form = self._any(self.forms)
        fields: dict[str, Any] = {}
        for name, value in form.form_values():
            fields.setdefault(name, []).append(value)
        for control in form.inputs:
            name, choices = control.name, getattr(control, "value_options", None)
            if not name or self.random.random() < 0.3:
                continue
            if getattr(control, "type", "") == "file":
                content, file = self.random.choice(FILES)
                fields[name] = SimpleUploadedFile(file, content)
            elif (
                getattr(control, "type", "") in ("radio", "checkbox") and self.random.random() < 0.8
            ):
                fields[name] = control.get("value", "on")
            elif choices and self.random.random() < 0.8:
                fields[name] = self.random.choice(choices)
            elif getattr(control, "type", "") != "hidden" or self.random.random() < 0.2:
                fields[name] = self._nonsense()
        for name in list(fields):
            if self.random.random() < 0.05:
                del fields[name]
        self._ask((form.method or "GET").lower(), urljoin(address, form.action or ""), fields)

    def _make_up(self) -> None:
        pattern: URLPattern = self.random.choice(self.patterns)
        if any(spared in pattern.name for spared in SPARED):
            return
        arguments = {
            name: self.random.choice(("1", "2", "0", "999999999", "x", "law", "pupils", "990001", "2026", "connexions", "00000000-0000-0000-0000-000000000000"))
            for name in pattern.pattern.regex.groupindex
        }  # fmt: skip
        try:
            address = reverse(pattern.name, kwargs=arguments)
        except NoReverseMatch:
            return
        method = self.random.choice(("get", "post", *METHODS)).lower()
        self._ask(method, address, {"x": self._nonsense()} if method == "post" else None)

    def _ask(self, method: str, address: str, fields: Any = None) -> None:
        if any(spared in address for spared in SPARED) or urlsplit(address).netloc:
            return
        self.failure = ""
        response = getattr(self.client, method)(address, *([fields] if fields is not None else []))
        try:
            if response.streaming:
                b"".join(response.streaming_content)
        except Exception:  # noqa: BLE001  Whatever it is, it is a fault.
            self.failure = traceback.format_exc(limit=-6)
        self.statuses[response.status_code] += 1
        if response.status_code >= 500 or self.failure:
            kind = self.failure.strip().rpartition("\n")[2]
            self.faults.setdefault(kind, f"{method} {address} {fields}: {self.failure}")
            transaction.set_rollback(False)
        elif response.status_code in (301, 302) and not urlsplit(response.url).netloc:
            self._remember(self.addresses, response.url, urljoin(address, response.url))
        elif response.get("Content-Type", "").startswith("text/html") and response.content:
            self._read(address, response.text)

    def _read(self, address: str, text: str) -> None:
        page = lxml.html.fromstring(text)
        for _, _, link, _ in page.iterlinks():
            target = urljoin(address, link).split("#")[0]
            if target.startswith("/") and not target.startswith("/static/"):
                self._remember(self.addresses, target, target)
        for form in page.forms:
            target = urljoin(address, form.action or "")
            names = ",".join(sorted(form.fields))
            self._remember(self.forms, f"{target} {names}", (address, form))

    def _remember(self, kinds: dict[str, list[Any]], target: str, what: Any) -> None:
        kind = "".join(letter for letter in target if not letter.isdigit())[:80]
        known = kinds.setdefault(kind, [])
        if len(known) < OF_A_KIND:
            known.append(what)
        else:
            known[self.random.randrange(OF_A_KIND)] = what

    def _any(self, kinds: dict[str, list[Any]]) -> Any:
        return self.random.choice(self.random.choice(list(kinds.values())))

    def _nonsense(self) -> str:
        return self.random.choice(NONSENSE)
