"""At the desk a file that tells, together with an earlier one, who opted out goes only after a second
officer has looked at both (D)."""

import json

import pytest
from django.test import Client

from consent.models import Pupil
from privacy_portal.ground.errors import NotNowError
from sharing.auditing.verifying import verify_log
from sharing.errors import RevealsOptOutsError
from sharing.models import Disclosure, Release
from sharing.releases import desk
from sharing.releases.handing_over import hand_over_release
from tests.commands import run
from tests.example import NOON
from tests.factories.consent import DecisionFactory
from tests.factories.sharing import ReadyReleaseFactory, ReleaseFactory, handed_over
from tests.log_entries import entries
from tests.sharing.two_files.world import ADVICE, ANN, RESEARCH, extract

pytestmark = pytest.mark.django_db
State = Release.State
FILE = extract(["pupil.upn", "pupil.surname", "pupil.phone"])


@pytest.fixture
def opted_out(two_agreements):
    DecisionFactory(pupil=Pupil.objects.get(upns__upn=ANN), scheme="choice")


def checked(by, **more):
    return ReleaseFactory(content=FILE, agreement="B", purpose=RESEARCH, by=by, **more)


def first_file(by):
    return handed_over(FILE, by=by, agreement="A", purpose=ADVICE).disclosure


def signed_in(user):
    client = Client()
    client.force_login(user)
    return client


def test_the_check_names_the_other_file_and_no_pupil(opted_out, officer):
    entry = first_file(officer).entry
    release = checked(officer)
    assert desk.waits_for_approval(release)
    document = signed_in(officer).get(f"/staff/releases/{release.pk}/decision.json").json()
    (warning,) = document["warnings"]
    assert warning.startswith(
        "reveals-opt-outs: together with what was shared under A for advice on"
    )
    assert document["needs_approval"] is True
    assert "reveals" not in document
    page = signed_in(officer).get(f"/staff/releases/{release.pk}/").text
    assert f"/staff/disclosures/{entry}/" in page
    assert "Together with earlier files, this one shows who has opted out." in page
    assert "Ask an approving officer to open this page." in page
    assert "reveals_meant" not in page  # it is never one's own to approve


def test_a_second_officer_says_that_it_is_meant(opted_out, officer, second_officer):
    entry = first_file(officer).entry
    release = checked(officer)
    colleague = signed_in(second_officer)
    page = colleague.get(f"/staff/releases/{release.pk}/").text
    assert 'name="reveals_meant"' in page
    answer = colleague.post(f"/staff/releases/{release.pk}/approve/", follow=True)
    assert "although it shows who has opted out" in answer.text
    release.refresh_from_db()
    assert release.approved_by is None
    colleague.post(f"/staff/releases/{release.pk}/approve/", {"reveals_meant": "yes"})
    assert entries("release-approved")[-1]["together_with"] == str(entry)
    desk.release(release.pk, by=officer, at=NOON)
    done = hand_over_release(release.pk, by=officer, clock=lambda: NOON)
    assert done.file
    done.file.unlink()
    assert done.disclosure.reveals == [entry]
    assert entries("disclosure")[-1]["reveals"] == str(entry)
    verify_log(lambda number: None)
    page = colleague.get(f"/staff/disclosures/{done.disclosure.entry}/").text
    assert "this shows who\n  had opted out" in page
    assert f"/staff/disclosures/{entry}/" in page


def test_nobody_approves_their_own(opted_out, officer):
    first_file(officer)
    release = checked(officer)
    with pytest.raises(NotNowError):
        desk.approve(release.pk, reveals_meant=True, by=officer, at=NOON)
    with pytest.raises(NotNowError, match="second officer"):
        desk.release(release.pk, by=officer, at=NOON)


def test_a_file_handed_over_since_the_check_voids_it(opted_out, officer):
    release = ReadyReleaseFactory(content=FILE, agreement="B", purpose=RESEARCH, by=officer)
    first = first_file(officer)
    with pytest.raises(RevealsOptOutsError):
        hand_over_release(release.pk, by=officer, clock=lambda: NOON)
    release.refresh_from_db()
    assert release.state == State.VOID
    assert "a second officer must approve" in release.void_reason
    assert entries("release-void")[-1]["release"] == str(release.pk)
    assert list(Disclosure.objects.all()) == [first]


def test_a_second_pair_since_the_approval_voids_it(opted_out, officer, second_officer):
    first_file(officer)
    release = checked(officer)
    desk.approve(release.pk, reveals_meant=True, by=second_officer, at=NOON)
    desk.release(release.pk, by=officer, at=NOON)
    first_file(officer)
    with pytest.raises(RevealsOptOutsError):
        hand_over_release(release.pk, by=officer, clock=lambda: NOON)
    assert Disclosure.objects.count() == 2


def test_the_command_stops_with_3_and_names_the_other_file(opted_out, officer, write, tmp_path):
    first_file(officer)
    path = write(FILE, "extract.csv")
    about = ("--agreement", "B", "--purpose", RESEARCH)
    out = tmp_path / "out.csv"
    released = run("disclosure", "release", path, *about, "--out", out, "--by", officer.email)
    assert released.code == 3
    assert "reveals-opt-outs: together with what was shared under A" in released.said
    assert "shows who has opted out, so a second officer must approve it" in released.said
    assert not out.exists()
    assert Disclosure.objects.count() == 1
    check = run("disclosure", "check", path, *about)
    assert check.code == 0
    assert "together with earlier files, it shows who has opted out" in check.out
    document = json.loads(run("disclosure", "check", path, *about, "--json").out)
    assert document["needs_approval"] is True
    assert len(document["warnings"]) == 1


def test_two_checks_in_one_transaction_do_not_mix(opted_out, officer):
    first_file(officer)
    assert checked(officer).decision["reveals"]
    about_others = extract(["pupil.upn", "pupil.surname"], ["U359400125011"])
    release = ReleaseFactory(content=about_others, agreement="B", purpose=RESEARCH, by=officer)
    assert release.decision["reveals"] == []
