"""Forms that tests fill in: an opt-out or objection online, a paper that staff key, days."""

import re
from uuid import uuid4

from consent.matching import matching
from privacy_portal.ground import days
from tests import mails

ABOUT = "/opt-out/about/connexions"
PARENT = {
    "who": {"by": "parent"},
    "date-of-birth": {"born_0": "5", "born_1": "5", "born_2": "2012"},
    "name": {"forename": "ELLA", "surname": "bar-low"},
    "school": {"school": "990001", "other_school": ""},
    "contact": {
        "person_name": "Ben Barlow",
        "relation": "Father",
        "email": "ben@example.org",
        "phone": "",
    },
}
OBJECTION = "/opt-out/object/fft/performance-analysis"
DRAFT_PAGE = "/staff/notices/pupils/4/draft/"
PAPERS = "/staff/opt-outs/paper/"
SCAN = b"%PDF-1.7\n1 0 obj\nendobj\n%%EOF\n"


def fill_in(client, scheme="connexions", **changes):
    """Goes through all pages and sends; returns the page one lands on."""
    about = f"/opt-out/about/{scheme}"
    for step, answers in PARENT.items():
        response = client.post(
            f"{about}/{step}/", {**answers, **changes.get(step.replace("-", "_"), {})}
        )
        if response.status_code != 302:
            return response
    assert response.url == f"{about}/check/"
    assert client.get(response.url).status_code == 200
    return client.post(response.url, follow=True)


def confirm_link(about="/opt-out/confirm/"):
    """The path of the link in the newest mail."""
    return mails.link_in(mails.sent()[-1], about)


def send_opt_out(client, scheme="connexions", **changes):
    """Sends an opt-out, confirms it and has it matched; returns the page one lands on."""
    page = fill_in(client, scheme, **changes)
    if "Check your email to finish" not in page.text:
        return page
    return confirm(client, confirm_link())


def confirm(client, link):
    """Presses the button behind a link, and does the job that this leaves; returns the page."""
    page = client.post(link, follow=True)
    matching.match_all_confirmed(at=days.now())
    return page


def day_fields(name, on):
    return {f"{name}_0": on.day, f"{name}_1": on.month, f"{name}_2": on.year}


def object_online(client, **changes):
    """Fills in the objection to FFT's analyses and confirms it."""
    steps = {**PARENT, "why": {"grounds": "We fled"}}
    for step in ("who", "date-of-birth", "name", "school", "why", "contact"):
        answers = {**steps[step], **changes.get(step.replace("-", "_"), {})}
        response = client.post(f"{OBJECTION}/{step}/", answers)
        assert response.status_code == 302, response.text
    assert response.url == f"{OBJECTION}/check/"
    assert "We fled" in client.get(response.url).text
    page = client.post(response.url, follow=True)
    assert "Your objection has not started yet" in page.text
    return confirm(client, confirm_link())


def seen_in(page) -> str:
    return re.search(r'name="seen" value="(\w*)"', page.text)[1]


def paper(pupil, /, **changes):
    return {
        "submission": uuid4(), "q": "barlow ella", "pupil": pupil.reference, "scheme": "connexions",
        "choice": "opt-out", "by": "parent", "person_name": "Ben Barlow", "relation": "Father",
        "email": "", "channel": "paper", "signed_on": "19/11/2026", "received_on": "20 11 2026",
        **changes,
    }  # fmt: skip
