"""Nobody is shown a link, a button or a form that would refuse them: every page that links lead to from the
start page of staff, for each combination of roles."""

import pytest
from django.urls import reverse

from consent.models import SchoolStaff
from consent.queries import own_pupils
from privacy_portal.ground.accounts.access import may
from privacy_portal.ground.accounts.roles import Role
from tests.addresses import GUARDS
from tests.crawling import name_of, visits
from tests.factories.ground import UserFactory

pytestmark = pytest.mark.django_db
# Whoever may look gets a file; the guard tells that, and laying it out takes long.
FILES = (
    "-pdf", "-csv", "-xlsx", "-json", "-paper", "-letter", "-sheet", "-sheet-text", "-sheet-proof",
    "-template", "-scan", "-workbook", "-linked-data", "-log-proof", "-receipt-proof", "-month-proof",
)  # fmt: skip
# A notice on a page that was only opened: somebody was sent there because what they opened refused them.
SENT_BACK = "govuk-notification-banner"
PEOPLE = {
    "auditor": [Role.AUDITOR],
    "officer": [Role.OFFICER],
    "approving officer": [Role.OFFICER, Role.APPROVING_OFFICER],
    "protected records officer": [Role.OFFICER, Role.PROTECTED_RECORDS_OFFICER],
    "school staff": [Role.SCHOOL_STAFF],
    "head of data": [Role.SCHOOL_STAFF, Role.SCHOOL_HEAD_OF_DATA],
    "notice editor": [Role.NOTICE_EDITOR],
    "notice publisher": [Role.NOTICE_PUBLISHER],
    "administrator": [Role.ADMINISTRATOR],
    "administrator of notices": [Role.ADMINISTRATOR, Role.NOTICE_EDITOR, Role.NOTICE_PUBLISHER],
}
WITH_PUPILS = ["auditor", "officer", "protected records officer", "school staff"]
# So many pages at least each of them can read in the example; 15 where nothing is said.
LEAST = {"notice publisher": 7, "administrator": 9}


def opened(name):
    return name in GUARDS and not name.endswith(FILES)


def refusals(client, user, starts=(), of_a_kind=1):
    """What pages offer the user that would refuse them, and how many pages were read: the `starts`, and so
    many of each kind. Nothing need lead to a start."""
    client.force_login(user)
    found, read = set(), 0
    for visit in visits(client, "/staff/", *starts, opened=opened, of_a_kind=of_a_kind):
        status, place = visit.response.status_code, f"{visit.asked}:"
        if visit.asked not in starts:
            if status >= 400:
                found.add(f"{place} answers {status}")
            elif SENT_BACK in visit.response.text:
                found.add(f"{place} sends back")
        if visit.page is None or status >= 400:
            continue
        read += 1
        for link in visit.page.links:
            guard = GUARDS.get(name_of(visit.to(link)))
            if guard and not may(user, guard.look):
                found.add(f"{place} links to {name_of(visit.to(link))}")
        for method, action in visit.page.forms:
            guard = GUARDS.get(name_of(visit.to(action)))
            needed = guard and guard.action(method.upper())
            if needed is None or not may(user, needed):
                found.add(f"{place} has a form for {name_of(visit.to(action))}")
    return sorted(found), read


def somebody(who, school):
    user = UserFactory(email=f"{who.replace(' ', '-')}@roles.example", roles=PEOPLE[who])
    if Role.SCHOOL_STAFF in PEOPLE[who]:
        SchoolStaff.objects.create(user=user, school=school)
    return user


def test_nobody_is_shown_in_the_example_what_would_refuse_them(
    lived_in, officer, second_officer, soak
):
    """One test for all of them: they share the example with its days at the desk."""
    second_officer.roles = [Role.NOTICE_EDITOR, Role.NOTICE_PUBLISHER]
    second_officer.save()
    lived_in.force_login(second_officer)
    lived_in.post("/staff/notices/pupils/start/", follow=True)
    school = own_pupils(officer).order_by("pk").first().school
    people = {who: somebody(who, school) for who in PEOPLE if who != "protected records officer"}
    refused = {}
    for who, user in {**people, "officer with releases": officer}.items():
        refused[who], read = refusals(lived_in, user, of_a_kind=3 if soak else 1)
        assert read >= LEAST.get(who, 15), who
    assert not any(refused.values()), refused


def test_nobody_is_shown_about_a_protected_pupil_what_would_refuse_them(protected_world, client):
    """With each page about the pupil, whether or not something leads there."""
    world = protected_world
    people = {who: somebody(who, world.school) for who in WITH_PUPILS}
    refused = {}
    for who, user in {**people, "officer with requests": world.second}.items():
        starts = [
            reverse(name, args=arguments)
            for name, arguments in world.arguments().items()
            if may(user, GUARDS[name].look)
        ]
        refused[who], read = refusals(client, user, starts)
        assert read >= 20, who
    assert not any(refused.values()), refused


def test_what_would_refuse_somebody_is_found(client, monkeypatch):
    """Shown the pages of an officer, an auditor would be refused by each of these."""
    monkeypatch.setattr("privacy_portal.context.may_open", lambda user, name: True)
    monkeypatch.setattr("privacy_portal.context.may_change", lambda user, name: True)
    refused, _ = refusals(client, somebody("auditor", None))
    assert "/staff/releases/new/: answers 403" in refused
    assert "/staff/releases/: links to staff-release-new" in refused
    assert "/staff/control/: has a form for staff-control-run-now" in refused
