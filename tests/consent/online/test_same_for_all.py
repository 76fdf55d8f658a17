"""Whether a pupil is on the roll shows neither in a page, nor in a mail, nor in the time (C7)."""

import re
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from math import comb
from statistics import median
from time import perf_counter
from urllib.parse import urlencode
from urllib.request import HTTPCookieProcessor, HTTPErrorProcessor, Request, build_opener
from uuid import uuid4

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from stdnum.gb.upn import calc_check_digit

from consent.matching import matching
from consent.models import Decision, OptOutRequest, Scheme, School, UnconfirmedOptOut
from consent.online.requesting import OnlineAnswers, receive
from consent.rules import DecidedBy
from privacy_portal.ground import days
from privacy_portal.ground.codes import hash_of
from privacy_portal.ground.limits.models import Attempt
from privacy_portal.ground.mail.models import Message
from tests.commands import run
from tests.example import NOON
from tests.forms import fill_in
from tests.rolls import ROLL_HEADINGS, pupil_row
from tests.servers import TOKEN, Person, Portal

# What is different for everyone: references, secrets of links, form tokens, who it goes to, and
# the minute: a long run lasts for some.
OWN = re.compile(
    r"[0-9A-HJKMNP-TV-Z]{3}-[0-9A-HJKMNP-TV-Z]{3}-[0-9A-HJKMNP-TV-Z]{4}"
    r"|/(?:confirm|receipt)/[\w-]{43}|csrfmiddlewaretoken\" value=\"\w+|[\w-]+@example\.org| at (?:midday|midnight|\d+:\d\d[ap]m)"
    # The first name is repeated to who typed it.
    r"|(?:Pupil|Nobody)\d+"
)
LINK = re.compile(r"/opt-out/confirm/[\w-]+/")
VALUES = re.compile(r"'(?:[^']|'')*'|\b\d+\b")
WITHIN = 0.005


def test_known_and_unknown_pupils_are_answered_alike(
    committed, write, settings, soak, record_property
):
    pairs = 500 if soak else 12
    settings.CONFIRM_SECONDS = 0.25 if soak else 0.1
    rows = ""
    for number in range(pairs):
        digits = f"359{number:09}"
        rows += pupil_row(UPN=calc_check_digit("A" + digits) + digits, Forename=f"Pupil{number}")
    assert run("roll", "import", write(f"{ROLL_HEADINGS}\r\n{rows}")).code == 0
    told, took, asked = (
        {True: set(), False: set()},
        {True: [], False: []},
        {True: set(), False: set()},
    )
    for number in range(pairs):
        for known in (True, False) if number % 2 else (False, True):
            texts, seconds, queries = opts_out(f"{'Pupil' if known else 'Nobody'}{number}")
            told[known].add(texts)
            took[known].append(seconds)
            asked[known].add(queries)
            Attempt.objects.all().delete()
    matching.match_all_confirmed(at=days.now())  # the job that each press leaves
    assert told[True] == told[False]
    assert len(told[True]) == 1
    assert Decision.objects.count() == pairs
    assert OptOutRequest.objects.count() == 2 * pairs
    # The database is asked the same for both, whatever a busy machine makes of the time.
    assert asked[True] == asked[False]
    assert len(asked[True]) == 1
    apart = abs(median(took[True]) - median(took[False]))
    assert apart < WITHIN or by_chance(took)
    record_property(
        "figure",
        f"{pairs} pairs of a known and an unknown pupil: same bytes, "
        f"medians {1000 * apart:.2f} ms apart (target {1000 * WITHIN:.0f})",
    )
    if soak:
        assert apart < WITHIN


def by_chance(took):
    """Whether noise explains which of each pair took longer: once in a thousand times, or oftener,
    a fair coin would be as one-sided."""
    longer = [known > unknown for known, unknown in zip(took[True], took[False], strict=True)]
    pairs, least = len(longer), min(sum(longer), len(longer) - sum(longer))
    return 2 * sum(comb(pairs, number) for number in range(least + 1)) / 2**pairs > 0.001


def opts_out(forename):
    """What one person is shown and sent, the seconds the button took, and what it asked the
    database, without names and numbers."""
    client = Client()
    email = f"{forename}@example.org"
    pages = [
        fill_in(client, name={"forename": forename, "surname": "Barlow"}, contact={"email": email})
    ]
    message = Message.objects.get(to=email)
    address = LINK.search(message.text)[0]
    pages.append(client.get(address))
    with CaptureQueriesContext(connection) as queries:
        begun = perf_counter()
        pages.append(client.post(address))
        seconds = perf_counter() - begun
    pages.append(client.get(pages[-1].url))
    mails = list(Message.objects.filter(to=email).order_by("pk").values_list("subject", "text"))
    kept = [(page.status_code, OWN.sub("*", page.text)) for page in pages]
    headers = [sorted(page.headers) for page in pages]
    sql = tuple(VALUES.sub("?", query["sql"]) for query in queries)
    return OWN.sub("*", repr((kept, headers, mails))), seconds, sql


def test_under_load_the_button_takes_as_long_for_a_known_as_for_an_unknown_pupil(
    committed, tmp_path, write, soak, record_property
):
    """Eight browsers at once press the buttons of pairs, while a worker looks for pupils."""
    pairs = 200 if soak else 8
    rows = ""
    for number in range(pairs):
        digits = f"359{number:09}"
        rows += pupil_row(UPN=calc_check_digit("A" + digits) + digits, Forename=f"Pupil{number}")
    assert run("roll", "import", write(f"{ROLL_HEADINGS}\r\n{rows}")).code == 0
    matter, school = Scheme.objects.get(code="connexions").matter, School.objects.get()
    links = {}
    for number in range(2 * pairs):
        known = number % 2 == 0
        forename = f"Pupil{number // 2}" if known else f"Nobody{number // 2}"
        given = OnlineAnswers(
            by=DecidedBy.PARENT, surname="Barlow", forename=forename, born=date(2012, 5, 5),
            school=school, other_school="", person_name="Ben", relation="", phone="",
            email=f"{forename}@example.org",
        )  # fmt: skip
        reference = receive(matter, given, submission=uuid4(), at=NOON)
        links[f"{number:043}"] = known
        UnconfirmedOptOut.objects.filter(reference=reference).update(
            token_hash=hash_of(f"{number:043}"), expires_at=NOON + timedelta(days=36_500)
        )
    portal = Portal(committed, tmp_path / "data", threads=24)
    portal.environment["CONFIRM_SECONDS"] = "0.25"
    portal.start()

    def presses(token):
        person = Person(portal)
        address = f"/opt-out/confirm/{token}/"
        form = {"csrfmiddlewaretoken": TOKEN.search(person.gets(address))[1]}
        begun = perf_counter()
        request = Request(portal.address(address), urlencode(form).encode())
        answer = build_opener(HTTPCookieProcessor(person.jar), NoRedirect()).open(
            request, timeout=60
        )
        return links[token], answer.status, perf_counter() - begun

    try:
        with ThreadPoolExecutor(8) as pool:
            answers = list(pool.map(presses, links))
    finally:
        portal.kill()
    assert {status for _, status, _ in answers} == {302}
    took = {
        known: [seconds for each, _, seconds in answers if each is known] for known in (True, False)
    }
    middle = {known: median(seconds) for known, seconds in took.items()}
    apart = abs(middle[True] - middle[False])
    assert apart < 2 * WITHIN or by_chance(took)
    record_property(
        "figure",
        f"{pairs} pairs pressed by 8 at once: medians {1000 * middle[True]:.1f} ms for a known and "
        f"{1000 * middle[False]:.1f} ms for an unknown pupil, {1000 * apart:.1f} ms apart",
    )
    if soak:
        assert apart < 2 * WITHIN


class NoRedirect(HTTPErrorProcessor):
    """Gives an answer as it is."""

    def http_response(self, request, response):
        return response
