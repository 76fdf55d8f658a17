"""Who sets up an agreement releases nothing under it, by page, command or schedule."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from sharing.agreements import signing
from sharing.deciding.separating import check_may_release_under
from sharing.errors import OwnAgreementError
from sharing.models import CountsRelease, Release
from sharing.releases.handing_over import hand_over
from sharing.releases.request import Request
from tests.commands import run
from tests.example import DAY, NOON, UPN
from tests.factories.ground import OfficerFactory
from tests.factories.sharing import AgreementFactory, ReleaseFactory
from tests.releases import upload_extract

EXTRACT = f"UPN,Surname,Sex\r\n{UPN},Barlow,F\r\n"


@pytest.fixture
def version(policy, officer):
    """An agreement that one officer drafted and had signed."""
    return AgreementFactory(reference="NEW-1", by=officer, at=NOON)


def test_it_is_about_who_drafted_and_signed_and_nobody_else(version, officer, second_officer):
    with pytest.raises(OwnAgreementError, match="another officer must release"):
        check_may_release_under("NEW-1", DAY, officer)
    check_may_release_under("NEW-1", DAY, second_officer)
    check_may_release_under("NO-SUCH", DAY, officer)


def test_who_lifts_a_suspension_made_it_possible_too(version, second_officer):
    third = OfficerFactory(email="third@example.org")
    signing.suspend(version.pk, first=DAY, last=None, note="x", by=third, at=NOON)
    check_may_release_under("NEW-1", DAY, third)
    signing.lift(version.pk, from_day=DAY, note="x", by=second_officer, at=NOON)
    with pytest.raises(OwnAgreementError):
        check_may_release_under("NEW-1", DAY, second_officer)


def test_who_drafts_the_next_version_releases_under_this_one_until_it_holds(
    version, officer, second_officer
):
    signing.start_next(version, by=second_officer, at=NOON)
    check_may_release_under("NEW-1", DAY, second_officer)
    with pytest.raises(OwnAgreementError):
        check_may_release_under("NEW-1", DAY, officer)


def test_they_cannot_even_have_an_extract_checked(client, version, officer, pupil):
    client.force_login(officer)
    page = upload_extract(client, EXTRACT.encode(), "NEW-1", "performance-analysis")
    assert page.status_code == 422
    assert "You set up this agreement, so another officer must release" in page.text
    assert not Release.objects.exists()


def test_nor_a_table(client, version, officer):
    client.force_login(officer)
    AgreementFactory(reference="NEW-2", form="aggregate", items=("pupil.sex",), by=officer, at=NOON)
    table = SimpleUploadedFile("t.csv", b"School,Yes,No,Total\r\nA,12,13,25\r\nB,20,30,50\r\n")
    fields = {"agreement": "NEW-2", "purpose": "performance-analysis", "file": table}
    page = client.post("/staff/statistics/new/", fields)
    assert "You set up this agreement" in page.text
    assert not CountsRelease.objects.exists()


def test_nor_hand_over_by_command(version, officer, second_officer, pupil, write, tmp_path):
    path = write(EXTRACT, "extract.csv")
    command = (
        "disclosure", "release", path, "--agreement", "NEW-1", "--purpose", "performance-analysis",
    )  # fmt: skip
    out = tmp_path / "out.csv"
    done = run(*command, "--out", out, "--by", officer.email)
    assert done.code == 3
    assert "another officer must release" in done.said
    assert not out.exists()
    assert run(*command, "--out", out, "--by", second_officer.email).code == 0
    assert out.exists()


def test_nor_what_they_had_checked_before_they_set_it_up(
    version, officer, second_officer, pupil, write
):
    """The hand-over asks again, under the locks."""
    release = ReleaseFactory(
        content=EXTRACT, agreement="NEW-1", purpose="performance-analysis", by=second_officer
    )
    assert release.state == Release.State.CHECKED
    signing.suspend(version.pk, first=DAY, last=None, note="x", by=officer, at=NOON)
    signing.lift(version.pk, from_day=DAY, note="x", by=second_officer, at=NOON)
    path = write(EXTRACT, "extract.csv")
    request = Request(path, path.name, "NEW-1", "performance-analysis", second_officer)
    with pytest.raises(OwnAgreementError):
        hand_over(request, clock=lambda: NOON)


def test_what_a_policy_file_brought_was_set_up_by_nobody(policy, officer, pupil):
    assert ReleaseFactory(by=officer).state == Release.State.CHECKED
