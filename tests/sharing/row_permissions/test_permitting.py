"""P3: rows about protected pupils are withheld; a second officer lets single ones go."""

import csv

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse

from consent.models import Pupil
from privacy_portal.ground.errors import NotNowError
from sharing.cover_sheets.gathering import facts_of
from sharing.models import Disclosure, DisclosureLine, Release, RowPermission
from sharing.releases import checking, desk, queries
from sharing.releases.handing_over import hand_over_release
from sharing.row_permissions.permitting import permit
from tests.example import NOON, TWIN, UPN
from tests.factories.consent import DecisionFactory, ProtectionFactory, PupilFactory
from tests.factories.sharing import ReleaseFactory
from tests.log_entries import entries
from tests.mails import run_jobs

pytestmark = pytest.mark.django_db
EXTRACT = (
    "UPN,Surname,Telephone,Address\r\n"
    f"{UPN},Barlow,01942 1,1 Safe Street\r\n{TWIN},Barlow,01942 2,2 High Street\r\n"
)


@pytest.fixture
def child(pupil):
    ProtectionFactory.create(pupil=pupil)
    return pupil


@pytest.fixture
def twin(policy):
    return PupilFactory.create(upn=TWIN, forename="Ada")


@pytest.fixture
def release(child, twin, officer):
    return ReleaseFactory.create(content=EXTRACT, by=officer)


def let_go(release, second_officer, row=1, **more):
    permit(
        release.pk, row, reason="The court asks for it", by=second_officer, at=NOON,
        **{"with_locating": False, **more},
    )  # fmt: skip
    run_jobs()
    release.refresh_from_db()
    return release


def file_of(release, officer):
    if desk.waits_for_approval(release):
        raise AssertionError("needs approval")
    desk.release(release.pk, by=officer, at=NOON)
    handover = hand_over_release(release.pk, by=officer, clock=lambda: NOON)
    rows = list(csv.reader(handover.file.read_text().splitlines()))
    handover.file.unlink()
    return rows[1:]


def test_without_permission_the_row_stays(release, officer):
    assert file_of(release, officer) == [[TWIN, "Barlow", "01942 2", "2 High Street"]]


def test_a_row_that_is_let_go_tells_not_where_the_pupil_is(release, officer, second_officer):
    let_go(release, second_officer)
    assert file_of(release, officer) == [
        [UPN, "Barlow", "", ""],
        [TWIN, "Barlow", "01942 2", "2 High Street"],
    ]
    disclosure = Disclosure.objects.get()
    sets = [disclosure.item_sets[line.item_set] for line in DisclosureLine.objects.order_by("row")]
    assert "pupil.address" not in sets[0]
    assert "pupil.address" in sets[1]
    assert entries("row-permitted")[0]["with_locating"] is False


def test_what_locates_goes_only_where_that_is_ticked_too(release, officer, second_officer):
    let_go(release, second_officer, with_locating=True)
    assert file_of(release, officer)[0] == [UPN, "Barlow", "01942 1", "1 Safe Street"]


def test_an_opt_out_empties_what_it_would_without_protection(child, twin, officer, second_officer):
    DecisionFactory.create(pupil=child)
    release = ReleaseFactory.create(content=EXTRACT, by=officer)
    let_go(release, second_officer)
    assert file_of(release, officer)[0] == ["", "Barlow", "", ""]
    finding = queries.findings(release.pk)
    assert not finding.exists()  # deleted with the hand-over
    assert Disclosure.objects.get().item_sets[3] == ["pupil.surname"]


def test_one_row_is_let_go_and_not_the_next(child, twin, officer, second_officer):
    ProtectionFactory.create(pupil=twin)
    release = ReleaseFactory.create(content=EXTRACT, by=officer)
    let_go(release, second_officer, row=2)
    assert [row[0] for row in file_of(release, officer)] == [TWIN]


def test_nobody_lets_a_row_of_their_own_release_go(release, officer):
    with pytest.raises(NotNowError, match="another officer"):
        let_go(release, officer)
    with pytest.raises(IntegrityError, match="another officer"), transaction.atomic():
        RowPermission.objects.create(
            release=release, pupil=Pupil.objects.first(), with_locating=False, reason="x", at=NOON,
            by=officer,
        )  # fmt: skip


def test_nor_a_row_that_is_withheld_for_another_reason(release, second_officer):
    with pytest.raises(NotNowError):
        let_go(release, second_officer, row=2)


def test_an_approval_before_it_no_longer_counts(release, second_officer):
    Release.objects.filter(pk=release.pk).update(must_be_approved=True)
    desk.approve(release.pk, by=second_officer, at=NOON)
    let_go(release, second_officer)
    assert release.approved_by is None


def test_a_file_of_protected_pupils_alone_waits_for_a_second_officer(
    child, officer, second_officer
):
    release = ReleaseFactory.create(content=EXTRACT.split("\r\n" + TWIN)[0] + "\r\n", by=officer)
    assert release.state == Release.State.CHECKED
    assert release.decision["reasons"] == ["nothing-permitted"]
    with pytest.raises(NotNowError, match="Nothing in this file"):
        desk.release(release.pk, by=officer, at=NOON)
    let_go(release, second_officer)
    assert file_of(release, officer) == [[UPN, "Barlow", "", ""]]


def test_protection_since_the_check_stops_the_hand_over(pupil, twin, officer):
    from sharing.errors import DecisionChangedError

    release = ReleaseFactory.create(content=EXTRACT, by=officer)
    desk.release(release.pk, by=officer, at=NOON)
    ProtectionFactory.create(pupil=pupil)
    with pytest.raises(DecisionChangedError):
        hand_over_release(release.pk, by=officer, clock=lambda: NOON)
    release.refresh_from_db()
    assert release.state == Release.State.VOID


def test_the_page_shows_who_and_asks_why(release, second_officer, officer, client):
    client.force_login(second_officer)
    page = client.get(f"/staff/releases/{release.pk}/")
    path = f"/staff/releases/{release.pk}/rows/1/"
    assert path in page.text
    text = client.get(path).text
    assert "Telephone, Address" in " ".join(text.split())
    assert "Enter why this organisation" in client.post(path, {"reason": ""}).text
    client.post(path, {"reason": "The court asks for it"})
    run_jobs()
    release.refresh_from_db()
    assert release.decision["rows"]["reduced"] == 1
    text = " ".join(client.get(f"/staff/releases/{release.pk}/").text.split())
    assert "these columns will be blank: Telephone, Address." in text
    assert "In rows with basic details only" not in text
    document = client.get(f"/staff/releases/{release.pk}/decision.json").json()
    assert document["detail"] == [
        {
            "row": 1, "upn": UPN, "outcome": "reduced", "reason": "protected",
            "emptied": ["Telephone", "Address"],
        }
    ]  # fmt: skip
    client.force_login(officer)
    assert path not in client.get(f"/staff/releases/{release.pk}/").text
    assert checking.rows_decided(release) == 0


def test_a_file_from_pupil_records_never_has_where_the_pupil_is(child, officer, second_officer):
    from sharing.changes.on_roll import ON_ROLL

    Pupil.objects.filter(pk=child.pk).update(address="1 Safe Street", postcode="WN1 1AA")
    stored = Pupil.objects.get(pk=child.pk)
    locating = ("pupil.address", "pupil.postcode", "pupil.school", "parent.name", "parent.address")
    assert {ON_ROLL[code](stored) for code in locating} == {""}
    assert stored.home.address == "1 Safe Street"


def test_what_went_is_told_as_it_was(release, officer, second_officer, client):
    """Not as basic details, which is what an opt-out leaves: the recipient reads that, and the log keeps it."""
    let_go(release, second_officer)
    client.force_login(officer)
    page = client.get(reverse("staff-release", args=[release.pk])).text
    assert "1 in full and 1 with some information withheld" in page
    assert "A second officer allowed this row without where the pupil is." in page
    assert "asic details" not in page
    file_of(release, officer)
    disclosure = Disclosure.objects.get()
    page = client.get(reverse("staff-disclosure", args=[disclosure.entry])).text
    assert "1 in full and 1 with some information withheld" in page
    assert "without where the pupil is: The court asks for it" in " ".join(page.split())
    assert f"Allowed by {second_officer.name}" in page
    assert "asic details" not in page
    facts = facts_of(disclosure, source="csv", data_at=NOON)
    assert facts.basic_items == ()
