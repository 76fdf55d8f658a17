"""Every page of the example, as each role sees it, reads as people write: no markup, no Python."""

import re

import pytest

from consent.models import SchoolStaff
from consent.queries import own_pupils
from privacy_portal.ground.accounts.roles import NOTICE_ROLES, in_order
from tests.crawling import OF_A_KIND, visits

pytestmark = pytest.mark.django_db
NEVER_OPENED = ("account_logout", "notice-pdf")
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


def artefacts(client, start, of_a_kind=OF_A_KIND):
    """Where something stands that no person would write, and what; and how many pages were read."""
    found, read = [], 0
    opened = visits(
        client, start, opened=lambda name: name not in NEVER_OPENED, of_a_kind=of_a_kind
    )
    for visit in (visit for visit in opened if visit.page):
        read += 1
        words = "\n".join(visit.page.words)
        found += [
            f"{visit.address}: {words[max(0, each.start() - 60) : each.end() + 30]!r}"
            for each in ARTEFACTS.finditer(words)
        ]
    return found, read


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


def test_for_officers(lived_in, officer, soak):
    officer.roles = in_order([*officer.roles, *NOTICE_ROLES])
    officer.save()
    lived_in.force_login(officer)
    lived_in.post("/staff/notices/pupils/start/")
    found, read = artefacts(lived_in, "/staff/", OF_A_KIND if soak else 2)
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
