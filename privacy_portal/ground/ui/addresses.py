"""E-mail addresses that look mistyped: people are asked once, and may be right."""

from difflib import get_close_matches

from django import forms
from django.http import QueryDict

from privacy_portal.ground.ui.fields import HiddenField

# Where most people in England have their mail, and the domain of examples.
COMMON = (
    "gmail.com", "googlemail.com", "hotmail.com", "hotmail.co.uk", "outlook.com", "live.com",
    "live.co.uk", "msn.com", "yahoo.com", "yahoo.co.uk", "ymail.com", "icloud.com", "me.com",
    "aol.com", "aol.co.uk", "btinternet.com", "btopenworld.com", "sky.com", "talktalk.net",
    "virginmedia.com", "ntlworld.com", "blueyonder.co.uk", "tiscali.co.uk", "protonmail.com",
    "proton.me", "mail.com", "gmx.com", "gmx.co.uk", "wp.pl", "onet.pl", "o2.pl", "interia.pl",
    "example.org", "example.com",
)  # fmt: skip
_KNOWN = frozenset(COMMON)
# Short ones are like too much else.
_LIKE = tuple(domain for domain in COMMON if len(domain) > 6)
CLOSE = 0.84


def likely_meant(email: str) -> str:
    """Return the address that was probably meant; empty where nothing looks wrong.

    `ben@gmial.com` gives `ben@gmail.com`. Only the part after the @ is looked at.
    """
    name, _, domain = email.rpartition("@")
    domain = domain.lower()
    if not name or domain in _KNOWN:
        return ""
    close = get_close_matches(domain, _LIKE, n=1, cutoff=CLOSE)
    return f"{name}@{close[0]}" if close else ""


class AsksAboutAddress(forms.Form):
    """A form with an `email` that asks once about one that looks mistyped.

    Whoever sends the same address a second time is believed.
    """

    sure = HiddenField()

    def clean(self) -> dict[str, object]:
        data = super().clean() or {}
        sure, email = data.pop("sure", ""), data.get("email")
        meant = likely_meant(email) if email else ""
        if meant and sure != email:
            self.add_error(
                "email",
                f"Did you mean {meant}? Correct the address, or select the button again if it is "
                "right as it is",
            )
            assert isinstance(self.data, QueryDict)
            entries = self.data.copy()
            entries[self.add_prefix("sure")] = str(email)
            self.data = entries
        return data
