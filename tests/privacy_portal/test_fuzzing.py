"""Whatever anybody sends, the portal answers with a page that says what is wrong, never with a failure."""

import pytest

from consent.models import SchoolStaff
from consent.queries import own_pupils
from privacy_portal.ground.accounts.roles import Role
from tests.factories.ground import UserFactory
from tests.fuzzing import Fuzzer
from tests.mails import run_jobs

PEOPLE = {
    "public": [],
    "school staff": [Role.SCHOOL_STAFF, Role.SCHOOL_HEAD_OF_DATA],
    "officer": [Role.OFFICER, Role.PROTECTED_RECORDS_OFFICER],
    "approving officer": [Role.APPROVING_OFFICER, Role.OFFICER],
    "auditor": [Role.AUDITOR],
    "notice editor": [Role.NOTICE_EDITOR, Role.NOTICE_PUBLISHER],
    "administrator": [Role.ADMINISTRATOR],
}
STEPS, SOAK_SECONDS = 30, 600.0


@pytest.mark.parametrize("who", PEOPLE)
def test_nothing_that_anybody_sends_makes_it_fail(who, lived_in, officer, soak, record_property):
    user = None
    if PEOPLE[who]:
        user = UserFactory(email="fuzz@roles.example", roles=PEOPLE[who])
    if who == "school staff":
        school = own_pupils(officer).order_by("pk").first().school
        SchoolStaff.objects.create(user=user, school=school)
    starts = (
        ("/", "/opt-out/", "/accounts/login/") if user is None else ("/staff/", "/accounts/2fa/")
    )
    fuzzer = Fuzzer(user, seed=len(who), starts=starts)
    fuzzer.go_on(steps=STEPS, seconds=SOAK_SECONDS if soak else 0, between=run_jobs)
    answers = dict(sorted(fuzzer.statuses.items()))
    record_property("figure", f"nonsense of {who}: {answers}")
    assert not fuzzer.faults, "\n\n".join(fuzzer.faults.values())
    assert fuzzer.statuses[200] > STEPS / 6
