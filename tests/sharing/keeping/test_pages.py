"""The pages of keeping times: each number is as long as its list, and lists go on page by page (R2, K1)."""

import re
from datetime import date, timedelta

import pytest
from django.db.migrations.recorder import MigrationRecorder

from consent.matching import matching
from consent.models import Pupil
from privacy_portal.ground.accounts.models import User
from privacy_portal.ground.accounts.roles import Role
from privacy_portal.ground.jobs import defer
from privacy_portal.ground.log.models import Erasure
from sharing.keeping import erasing, queries
from sharing.keeping_register import KEEPING
from tests.example import NOON
from tests.factories.consent import PupilFactory, RequestFactory, upn_of
from tests.factories.ground import UserFactory
from tests.mails import run_jobs

pytestmark = pytest.mark.django_db
OLD = {"born": date(1999, 2, 17), "left_on": date(2016, 7, 22)}


@pytest.fixture
def signed_in(policy, client, officer):
    client.force_login(officer)
    return client


def old_pupils(number):
    return [
        PupilFactory.create(upn=upn_of(88500 + one), surname=f"Old{one:03}", **OLD)
        for one in range(number)
    ]


def test_what_is_kept_stands_there_with_the_policy_s_numbers(signed_in):
    page = signed_in.get("/staff/keeping/").text
    for kept in KEEPING:
        assert kept.until.split(" after")[0].split(":")[0] in page
    assert "What is kept how long" in signed_in.get("/staff/policy/").text


def test_each_number_is_the_length_of_its_list(signed_in, officer):
    old_pupils(3)
    gone = UserFactory.create()
    old = {"is_active": False, "date_joined": NOON - timedelta(days=2000)}
    User.objects.filter(pk=gone.pk).update(**old)
    form = RequestFactory.create(surname="Nobody")
    matching.refuse(form.reference, note="x", by=officer, at=NOON - timedelta(days=1000))
    numbers = {due.what: due.rows.count() for due in queries.due_lists(NOON)}
    assert (numbers["pupil"], numbers["form"], numbers["account"]) == (3, 1, 1)
    page = "".join(signed_in.get("/staff/keeping/").text.split())
    for due in queries.due_lists(NOON):
        listed = signed_in.get(f"/staff/keeping/due/{due.what}/").text
        assert listed.count("<tr") == (numbers[due.what] + 1 if numbers[due.what] else 0)
        heading = "".join(due.heading.split())
        assert re.search(
            rf"{heading}</a>.*?numeric\">(?:<[^>]*>|Howmany|:)*{numbers[due.what]}<", page
        ), heading


def test_a_long_list_goes_on_page_by_page(signed_in, django_assert_max_num_queries):
    old_pupils(60)
    with django_assert_max_num_queries(60):
        first = signed_in.get("/staff/keeping/due/pupil/").text
    assert "Over their keeping time: 60" in first
    following = re.search(r'href="(\?after=[^"]+)"', first)[1].replace("&amp;", "&")
    second = signed_in.get(f"/staff/keeping/due/pupil/{following}").text
    names = set(re.findall(r"Old\d{3}", first)), set(re.findall(r"Old\d{3}", second))
    assert len(names[0] | names[1]) == 60
    assert not names[0] & names[1]
    assert signed_in.get("/staff/keeping/due/nothing/").status_code == 404


def test_what_was_erased_names_nobody(signed_in):
    old_pupils(2)
    assert "Nothing was erased yet." in signed_in.get("/staff/keeping/erased/").text
    assert erasing.erase_due(at=NOON) == 2
    page = signed_in.get("/staff/keeping/erased/").text
    assert page.count("<tr") == 3 == Erasure.objects.count() + 1
    assert "Old0" not in page
    assert "Nobody: the nightly job" in page
    assert "Keeping time over, counted from when they left the roll" in page
    assert set(queries.COUNTED_FROM) == {due.rule for due in queries.due_lists(NOON)}


def test_officers_hear_of_a_job_that_did_not_run(signed_in, officer):
    assert "did not run" not in signed_in.get("/staff/").text
    old_pupils(1)
    MigrationRecorder.Migration.objects.update(applied=NOON - timedelta(days=1))
    assert "did not run" not in signed_in.get("/staff/").text  # it was installed since
    MigrationRecorder.Migration.objects.update(applied=NOON - timedelta(days=3))
    assert "the nightly job did not run" in signed_in.get("/staff/").text
    defer("sharing.erase", {"timestamp": 0})
    run_jobs()
    assert not Pupil.objects.filter(erased_at=None).exists()
    assert "did not run" not in signed_in.get("/staff/").text


def test_auditors_see_it_and_change_nothing_and_school_staff_see_nothing(policy, client, secretary):
    (pupil,) = old_pupils(1)
    client.force_login(UserFactory.create(roles=(Role.AUDITOR,)))
    page = client.get(f"/staff/keeping/pupils/{pupil.reference}/")
    assert page.status_code == 200
    assert "Hold these details" not in page.text
    client.force_login(secretary)
    assert client.get("/staff/keeping/").status_code == 403
