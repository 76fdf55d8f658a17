"""Filling in the form for what was given without the desk."""

import html
import re

from sharing.models import Disclosure
from tests.example import DAY, UPN
from tests.forms import day_fields

CALL = {"agreement": "", "recipient": "alkemygold", "keeping": "not-agreed"}
# Valid, and nobody's.
NOBODY = "F999999999999"
ANSWERS = {
    "agreement": "WIG-CNX",
    "recipient": "",
    "purpose": "careers-guidance",
    "means": "phone",
    "items": ["pupil.surname", "pupil.phone"],
    "upns": UPN,
    "note": "An adviser rang.",
    **day_fields("on", DAY),
}


def check_page(client, **change):
    """The page on which an officer sees once more what they are about to record."""
    response = client.post("/staff/disclosures/record/", {**ANSWERS, **change})
    assert response.status_code == 200, response.text
    assert not Disclosure.objects.exists()
    return response.text


def record(client, **change):
    """Fills the form in, checks it, and presses the button that records it."""
    checked = client.post("/staff/disclosures/record/", {**ANSWERS, **change})
    assert checked.status_code == 200, checked.text
    response = client.post("/staff/disclosures/record/", hidden_answers(checked.text, "record"))
    assert response.status_code == 302, response.text
    return Disclosure.objects.order_by("-pk").first()


def hidden_answers(page, button):
    """What a browser sends for the hidden answers of a page and one of its buttons."""
    answers = {}
    for written in re.findall(r"<input type=.hidden. name=.([^>]*?)>", page):
        name, _, value = written.partition('" value="')
        answers.setdefault(name, []).append(html.unescape(value.rstrip('"')))
    return {**answers, "press": button}
