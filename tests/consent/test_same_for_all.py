"""Whether a pupil is on the roll shows neither in a page, nor in a mail, nor in the time (C7)."""

import re
from statistics import median
from time import perf_counter

from django.test import Client
from stdnum.gb.upn import calc_check_digit

from consent import matching
from consent.models import Decision, OptOutRequest
from privacy_portal import days
from privacy_portal.limits.models import Attempt
from privacy_portal.mail.models import Message
from tests.conftest import ROLL_HEADINGS, pupil_row, run
from tests.consent.test_online import fill

# What is different for everyone: references, secrets of links, form tokens, who it goes to, and
# the minute: a long run lasts for some.
OWN = re.compile(
    r"[0-9A-HJKMNP-TV-Z]{3}-[0-9A-HJKMNP-TV-Z]{3}-[0-9A-HJKMNP-TV-Z]{4}"
    r"|/(?:confirm|receipt)/[\w-]{43}|csrfmiddlewaretoken\" value=\"\w+|[\w-]+@example\.org|, \d\d:\d\d"
    # The first name is repeated to who typed it.
    r"|(?:Pupil|Nobody)\d+"
)
LINK = re.compile(r"/opt-out/confirm/[\w-]+/")
WITHIN = 0.005


def test_known_and_unknown_pupils_are_answered_alike(
    committed, write, settings, soak, record_property
):
    pairs = 500 if soak else 50
    settings.CONFIRM_SECONDS = 0.25 if soak else 0.1
    rows = ""
    for number in range(pairs):
        digits = f"359{number:09}"
        rows += pupil_row(UPN=calc_check_digit("A" + digits) + digits, Forename=f"Pupil{number}")
    assert run("roll", "import", write(f"{ROLL_HEADINGS}\r\n{rows}")).code == 0
    told, took = {True: set(), False: set()}, {True: [], False: []}
    for number in range(pairs):
        for known in (True, False) if number % 2 else (False, True):
            texts, seconds = opts_out(f"Pupil{number}" if known else f"Nobody{number}", known)
            told[known].add(texts)
            took[known].append(seconds)
            Attempt.objects.all().delete()
    matching.match_all_confirmed(at=days.now())  # the job that each press leaves
    assert told[True] == told[False]
    assert len(told[True]) == 1
    assert Decision.objects.count() == pairs
    assert OptOutRequest.objects.count() == 2 * pairs
    apart = abs(median(took[True]) - median(took[False]))
    record_property(
        "figure",
        f"{pairs} pairs of a known and an unknown pupil: same bytes, "
        f"medians {1000 * apart:.2f} ms apart (target {1000 * WITHIN:.0f})",
    )
    if soak:
        assert apart < WITHIN


def opts_out(forename, known):
    """Everything that one person is shown and sent, and the seconds the button took."""
    client = Client()
    email = f"{forename}@example.org"
    pages = [
        fill(client, name={"forename": forename, "surname": "Barlow"}, contact={"email": email})
    ]
    asked = Message.objects.get(to=email)
    address = LINK.search(asked.text)[0]
    pages.append(client.get(address))
    begun = perf_counter()
    pages.append(client.post(address))
    seconds = perf_counter() - begun
    pages.append(client.get(pages[-1].url))
    mails = list(Message.objects.filter(to=email).order_by("pk").values_list("subject", "text"))
    kept = [(page.status_code, OWN.sub("*", page.text)) for page in pages]
    headers = [sorted(page.headers) for page in pages]
    return OWN.sub("*", repr((kept, headers, mails))), seconds
