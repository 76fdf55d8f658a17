"""How long pages and forms take while others send forms and files a byte every few seconds.

Baseline, in the same run: the same visits to the same server without slow senders. Rounds
alternate. The ratio is that of the medians: with 24 slow senders over without.
"""

import os
import re
import signal
import socket
import statistics
import sys
import threading
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from http.cookiejar import CookieJar
from urllib.parse import urlencode, urlsplit

from common import scratch
from public_page import serve

ROUNDS = 3
SENDERS = (0, 24, 60)
VISITORS, VISITS = 3, 12
BYTE_EVERY = 5.0
# A page that takes longer is given up, and counts as this long; so does the rest of its round.
GIVE_UP = 10.0
SLOW = 1.0
PAGES = ("/", "/notices/pupils/", "/subscribe/", "/opt-out/", "/healthz")
STAFF_PAGES = ("/staff/", "/staff/agreements/")
FORM = "/subscribe/"
MAILBOX = "ben@example.org"
# Any token: without one a body is not read at all.
CSRF = f"csrftoken={'a' * 32}"
TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="([^"]+)"')


class SlowSender(threading.Thread):
    """Send a request whose body arrives a byte every few seconds; begin again where it is ended."""

    def __init__(self, address: str, *, upload: bool, cookie: str, stop: threading.Event):
        super().__init__(daemon=True)
        self.host, self.stop = urlsplit(address), stop
        kind = "multipart/form-data; boundary=x" if upload else "application/x-www-form-urlencoded"
        length = 200_000 if upload else 500
        begin = b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.csv"\r\n\r\n'
        self.head = (
            f"POST {'/staff/roll/' if cookie else FORM} HTTP/1.1\r\nHost: {self.host.netloc}\r\n"
            f"Content-Type: {kind}\r\nContent-Length: {length}\r\n"
            f"Cookie: {'; '.join(filter(None, [CSRF, cookie]))}\r\n\r\n"
        ).encode() + (begin if upload else b"a=")

    def run(self) -> None:
        while not self.stop.is_set():
            try:
                with socket.create_connection((self.host.hostname, self.host.port), 5) as sending:
                    sending.sendall(self.head)
                    while not self.stop.wait(BYTE_EVERY):
                        sending.sendall(b"x")
            except OSError:
                self.stop.wait(0.2)


@contextmanager
def slow_senders(number: int, address: str, cookie: str) -> Iterator[None]:
    """Keep so many senders busy: forms and files, of strangers and of signed-in officers."""
    stop = threading.Event()
    senders = [
        SlowSender(address, upload=bool(n % 2), cookie=cookie if n % 4 > 1 else "", stop=stop)
        for n in range(number)
    ]
    for sender in senders:
        sender.start()
    time.sleep(1.0 if senders else 0.0)
    try:
        yield
    finally:
        stop.set()
        for sender in senders:
            sender.join()


def visits(address: str, cookie: str, into: list[float]) -> None:
    """Open pages and send forms, one after another, and note the seconds that each took."""
    browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(CookieJar()))

    def timed(request: urllib.request.Request) -> str:
        begun = time.perf_counter()
        with browser.open(request, timeout=GIVE_UP) as answer:
            text: str = answer.read().decode()
        into.append(time.perf_counter() - begun)
        return text

    try:
        for _ in range(VISITS):
            for path in PAGES:
                text = timed(urllib.request.Request(address + path))
                if path == FORM and (token := TOKEN.search(text)):
                    form = {"csrfmiddlewaretoken": token[1], "email": MAILBOX, "notices": "pupils"}
                    timed(urllib.request.Request(address + FORM, urlencode(form).encode()))
            for path in STAFF_PAGES:
                timed(urllib.request.Request(address + path, headers={"Cookie": cookie}))
    except OSError:
        into.append(GIVE_UP)


def round_of(number: int, address: str, cookie: str) -> list[float]:
    """Return the seconds of each visit beside so many slow senders."""
    figures: list[float] = []
    visitors = [
        threading.Thread(target=visits, args=(address, cookie, figures)) for _ in range(VISITORS)
    ]
    with slow_senders(number, address, cookie):
        for visitor in visitors:
            visitor.start()
        for visitor in visitors:
            visitor.join()
    return figures


def signed_in() -> str:
    """Return the cookie of an officer who signed in."""
    from django.conf import settings
    from django.test import Client

    from privacy_portal.ground.accounts.models import User
    from privacy_portal.ground.accounts.roles import Role

    officer = User.objects.create_user(
        email="officer@example.org", password="not used", name="Officer", roles=[Role.OFFICER]
    )
    User.objects.filter(pk=officer.pk).update(second_factor=True)
    client = Client()
    client.force_login(officer)
    return f"{settings.SESSION_COOKIE_NAME}={client.cookies[settings.SESSION_COOKIE_NAME].value}"


def main() -> int:
    # Cookies without TLS, here as in the server.
    os.environ["PORTAL_EXAMPLE"] = "true"
    figures: dict[int, list[float]] = {number: [] for number in SENDERS}
    with scratch() as folder:
        cookie = signed_in()
        server, address = serve(folder)
        try:
            round_of(0, address, cookie)
            for number in range(ROUNDS):
                for senders, seconds in figures.items():
                    seconds += round_of(senders, address, cookie)
                print(f"round {number + 1} of {ROUNDS} done", file=sys.stderr)
        finally:
            server.send_signal(signal.SIGTERM)
            server.wait(timeout=20)
    print(f"seconds of a page or form, {VISITORS} visitors at once, {ROUNDS} rounds")
    print(f"{'slow senders':14}{'visits':>8}{'median':>10}{'95 %':>10}{'most':>10}{'over 1 s':>10}")
    for senders, seconds in figures.items():
        late = sum(each > SLOW for each in seconds)
        most_of = statistics.quantiles(seconds, n=20)[-1]
        print(
            f"{senders:<14}{len(seconds):8}{statistics.median(seconds):10.3f}{most_of:10.3f}"
            f"{max(seconds):10.3f}{late:10}"
        )
    print("the target is that no page takes longer than 1 s")
    print(f"ratio: {statistics.median(figures[24]) / statistics.median(figures[0]):.2f}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
