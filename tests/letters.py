"""Letters with codes: printed, and decided by."""

import io
import re

from pypdf import PdfReader

from consent.decisions.contacts import Contact
from consent.letters import printing as letters
from consent.models import LetterKind, LetterRun
from tests import mails
from tests.example import NOON
from tests.factories.consent import scheme_of

HOME = {"Address": "1 High Street, Wigan", "Postcode": "WN1 1AA", "Parent address": "2 Low Road, Wigan"}  # fmt: skip
CODE = re.compile(r"[0-9A-HJKMNP-TV-Z]{4}(?:-[0-9A-HJKMNP-TV-Z]{4}){3}")


def codes_and_text(pupils, by, kind=LetterKind.CHOICE, to_name="", about="connexions"):
    """The codes on letters made now, in the order of the pupils, and the text of the PDF."""
    letter_run = letters.ask(
        LetterRun(
            school=pupils[0].school, scheme=scheme_of(about), kind=kind,
            pupils=[pupil.pk for pupil in pupils],
        ),
        to=Contact(to_name, "", "x") if to_name else None, by=by, at=NOON,
    )  # fmt: skip
    mails.run_jobs()
    letter_run.refresh_from_db()
    assert letter_run.state == LetterRun.State.READY, letter_run.why
    text = "\f".join(
        page.extract_text()
        for page in PdfReader(io.BytesIO(letters.download(letter_run, by=by, at=NOON))).pages
    )
    return CODE.findall(text), text


def enter_code(client, code):
    return client.post("/opt-out/code/", {"code": code})


def decide_by_code(client, code, by="parent", email="", choice=None):
    """Goes through all pages with a code; returns the page one lands on."""
    response = enter_code(client, code)
    answers = {"choice": {"choice": choice}, "who": {"by": by}, "name": {"person_name": "Ben Barlow", "relation": "Father", "email": email}}  # fmt: skip
    while response.status_code == 302 and "/code/check/" not in response.url:
        step = response.url.split("/")[-2]
        response = client.post(response.url, answers[step])
    if response.status_code != 302:
        return response
    assert client.get(response.url).status_code == 200
    return client.post(response.url, follow=True)
