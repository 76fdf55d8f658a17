"""Browsers that people sign in with: one that is new is told to them by mail."""

import re
from datetime import datetime, timedelta

from django.http import HttpRequest
from django.utils.crypto import salted_hmac

from privacy_portal.ground.accounts.models import KnownBrowser, User
from privacy_portal.signing_in.telling import tell

# A browser that was not used for so long is new again.
KNOWN_FOR = timedelta(days=180)
_VERSIONS = re.compile(r"[\d._]+")
# What a browser calls itself holds the names of others: the most telling comes first.
_NAMES = (
    ("Edg", "Microsoft Edge"), ("OPR", "Opera"), ("Firefox", "Firefox"), ("Chrome", "Chrome"),
    ("Safari", "Safari"),
)  # fmt: skip
_SYSTEMS = (
    ("Windows", "Windows"), ("iPhone", "an iPhone"), ("iPad", "an iPad"), ("Android", "Android"),
    ("Mac OS", "a Mac"), ("CrOS", "a Chromebook"), ("Linux", "Linux"),
)  # fmt: skip


def note(request: HttpRequest, user: User, *, at: datetime) -> None:
    """Remember the browser of a sign-in; mail the person where they signed in with others before and
    never, or not for half a year, with this one."""
    agent = request.headers.get("User-Agent", "")
    kind = _VERSIONS.sub("", agent)
    browser = salted_hmac("privacy_portal.browsers", kind, algorithm="sha256").hexdigest()
    KnownBrowser.objects.filter(user=user, last_at__lt=at - KNOWN_FOR).delete()
    _, new = KnownBrowser.objects.update_or_create(
        user=user, browser=browser, defaults={"last_at": at}
    )
    if new and KnownBrowser.objects.filter(user=user).exclude(browser=browser).exists():
        words = f"somebody signed in with a browser that is new to us ({in_words(agent)})"
        tell("new-browser", words, user, at=at, by=user)


def in_words(agent: str) -> str:
    """Return what a browser calls itself as people know it: `Firefox on Windows`."""
    name = next((name for part, name in _NAMES if part in agent), "an unknown browser")
    system = next((name for part, name in _SYSTEMS if part in agent), "")
    return f"{name} on {system}" if system else name
