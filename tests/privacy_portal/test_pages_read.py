"""Every page of the example, as each role sees it, reads as people write: no markup, no Python."""

import re
from collections import Counter
from html.parser import HTMLParser
from urllib.parse import urljoin, urlsplit

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import Resolver404, resolve

from consent.models import SchoolStaff
from consent.queries import own_pupils
from privacy_portal.ground.accounts.roles import NOTICE_ROLES, in_order
from sharing.models import Disclosure, Release, ReleaseDefinition
from sharing.releases import desk
from tests.example import NOON
from tests.mails import run_jobs
from tests.places import EXAMPLE
from tests.recording import ANSWERS, CALL, hidden_answers
from tests.releases import hand_over_extract, upload_extract

pytestmark = pytest.mark.django_db
NEVER_READ = {"script", "style", "template"}
NO_VALUE = [(tag, "None") for tag in ("td", "dd", "dt", "h1", "strong", "title")]
# Of each kind of page so many are read.
OF_A_KIND = 4
ARTEFACTS = re.compile(
    r"""
    </?(span|a|strong|p|br|li|div|b|em)\b   # markup that was escaped
    | &(amp|lt|gt|quot|\#\d+);             # escaped twice
    | \{\{ | \}\} | \{% | %\}            # a template's own
    | (?<=[\w,(:]\ )None\b                # no value, in the middle of a sentence
    | \b(True|False|Undefined)\b
    | <[A-Z]\w+:\ | \bobject\ (at\ 0x|\(\d) | \bdatetime\.\w+\( | \[\' | \{\'
    """,
    re.VERBOSE,
)


class Page(HTMLParser):
    """What people read of a page, and where its links lead."""

    def __init__(self, html):
        super().__init__()
        self.words, self.links, self.inside, self.within = [], [], [], ""
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        if tag in NEVER_READ:
            self.inside.append(tag)
        self.within = tag
        attributes = dict(attrs)
        if tag == "a" and attributes.get("href"):
            self.links.append(attributes["href"])
        self.words += [
            attributes[name] for name in ("aria-label", "alt", "title") if attributes.get(name)
        ]

    def handle_endtag(self, tag):
        if self.inside and self.inside[-1] == tag:
            self.inside.pop()

    def handle_data(self, data):
        if not self.inside and data.strip():
            words = " ".join(data.split())
            self.words.append("(no value) None" if (self.within, words) in NO_VALUE else words)


def pages(client, start):
    """Every page that links lead to from the start, a few of each kind: address and words."""
    waiting, seen, kinds = [start], set(), Counter()
    while waiting:
        address = waiting.pop(0)
        path = urlsplit(address).path
        if address in seen or urlsplit(address).netloc or not path.startswith("/"):
            continue
        seen.add(address)
        try:
            kind = resolve(path).url_name
        except Resolver404:
            continue
        if kinds[kind] == OF_A_KIND or kind in ("account_logout", "notice-pdf"):
            continue
        kinds[kind] += 1
        response = client.get(address)
        if response.status_code in (301, 302):
            waiting.append(urljoin(address, response.url))
        if response.streaming or not response["Content-Type"].startswith("text/html"):
            continue
        page = Page(response.text)
        yield address, "\n".join(page.words)
        waiting += [urljoin(address, link).split("#")[0] for link in page.links]


def artefacts(client, start):
    """Where something stands that no person would write, and what; and how many pages were read."""
    found, read = [], 0
    for address, words in pages(client, start):
        read += 1
        found += [
            f"{address}: {words[max(0, each.start() - 60) : each.end() + 30]!r}"
            for each in ARTEFACTS.finditer(words)
        ]
    return found, read


@pytest.fixture
def lived_in(example, client, officer, second_officer):
    """The example after some days at the desk."""
    client.force_login(officer)
    hand_over_extract("connexions-2026-11", "WIG-CNX", "careers-guidance", officer)
    extract = (EXAMPLE / "extracts" / "connexions-2026-11.csv").read_bytes()
    for _ in range(2):
        upload_extract(client, extract)
    desk.release(Release.objects.first().pk, by=officer, at=NOON)
    upload_extract(client, b"UPN,Sex\r\nP207000016049,F\r\n", "WIG-FFT", "performance-analysis")
    ReleaseDefinition.objects.create(
        name="Connexions <monthly> & more", agreement="WIG-CNX", purpose="careers-guidance",
        items=["pupil.upn"], every="never", by=officer, made_at=NOON,
    )  # fmt: skip
    given = {**ANSWERS, **CALL, "upns": "", "unnamed": "2"}
    checked = client.post("/staff/disclosures/record/", given)
    client.post("/staff/disclosures/record/", hidden_answers(checked.text, "record"))
    table = SimpleUploadedFile("t.csv", b"School,Yes,No,Total\r\nA,12,3,15\r\nB,20,30,50\r\n")
    counts = {"agreement": "WIG-PH-STATS", "purpose": "health-statistics", "file": table}
    client.post("/staff/statistics/new/", counts)
    pupil = own_pupils(officer).order_by("pk").first()
    paper = {
        "submission": officer.reference, "q": "x", "pupil": pupil.reference,
        "scheme": "connexions", "choice": "opt-out", "by": "parent", "person_name": "Ben & Co",
        "channel": "phone", "received_on": "20/11/2026",
    }  # fmt: skip
    client.post("/staff/opt-outs/paper/", paper)
    run_jobs()
    client.logout()
    assert Disclosure.objects.count() >= 2
    return client


def test_for_the_public(lived_in):
    found, read = artefacts(lived_in, "/")
    assert read > 30
    assert not found, "\n".join(found)


def test_for_school_staff(lived_in, secretary, officer):
    school = own_pupils(officer).order_by("pk").first().school
    SchoolStaff.objects.create(user=secretary, school=school)
    lived_in.force_login(secretary)
    found, read = artefacts(lived_in, "/staff/")
    assert read > 15
    assert not found, "\n".join(found)


def test_for_officers(lived_in, officer):
    officer.roles = in_order([*officer.roles, *NOTICE_ROLES])
    officer.save()
    lived_in.force_login(officer)
    lived_in.post("/staff/notices/pupils/start/")
    found, read = artefacts(lived_in, "/staff/")
    assert read > 60
    assert not found, "\n".join(found)


@pytest.mark.parametrize(
    "written",
    [
        "Make it now<span class='x'>", "Tom &amp; Jerry", "by None", "{{ name }}", "<Pupil: 1>",
        "['pupil.upn']", "born on None","datetime.date(2026, 1, 1)", "Release object (1)",
    ],
)  # fmt: skip
def test_what_nobody_would_write_is_seen(written):
    assert ARTEFACTS.search(written)


@pytest.mark.parametrize("address", ["/staff/notices/pupils/start/", "/staff/roll/1/import/"])
def test_an_address_of_a_button_that_is_opened_is_a_page_with_a_way_on(client, editor, address):
    response = client.get(address)
    if response.status_code != 404:
        assert response.status_code == 405
        assert response["Allow"] == "POST"
        assert "belongs to a button" in response.text
        assert 'href="/staff/"' in response.text
