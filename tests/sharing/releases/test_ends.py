"""How a release ends without a hand-over: never in silence, and never with its extract left behind."""

from datetime import timedelta

import pytest
from django.db import connection

from privacy_portal.ground.errors import NotNowError
from privacy_portal.ground.faults import BadInputError, Fault
from privacy_portal.ground.mail.models import Message
from sharing.auditing.verifying import verify_log
from sharing.models import Disclosure, Finding, Release
from sharing.releases import checking, deleting, desk, mails as release_mails
from sharing.releases.request import Request
from tests.example import NOON, UPN
from tests.log_entries import events
from tests.mails import run_jobs, sent
from tests.releases import check_extract

pytestmark = pytest.mark.django_db
SPECIAL = f"UPN,Surname,SEN\r\n{UPN},Barlow,K\r\nnonsense,Barlow,K\r\n"
END = NOON + timedelta(hours=24)
START = "/staff/"


@pytest.fixture
def release(pupil, officer, write):
    """One with special category information, which needs a second officer."""
    return check_extract(
        write(SPECIAL), name="ella-barlow.csv", agreement="WIG-FFT", purpose="performance-analysis",
        reference="", by=officer, at=NOON,
    )  # fmt: skip


@pytest.fixture
def plain(pupil, officer, write):
    """One that needs nobody else."""
    return check_extract(
        write(f"UPN,Surname\r\n{UPN},Barlow\r\n"), name="plain.csv", agreement="WIG-CNX",
        purpose="careers-guidance", reference="", by=officer, at=NOON,
    )  # fmt: skip


def subjects(officer):
    return [each.subject for each in sent() if each.to == [officer.email]]


class TestTold:
    def test_whoever_asked_is_told_that_it_was_approved(self, release, officer, second_officer):
        desk.approve(release.pk, by=second_officer, at=NOON)
        assert subjects(officer) == ["Approved: release it by 24 November 2026 at midday"]
        (mail,) = sent()
        assert f"/staff/releases/{release.pk}/" in mail.body
        assert "barlow" not in mail.body.lower()

    def test_and_that_it_was_sent_back(self, release, officer, second_officer):
        desk.send_back(release.pk, comment="Leave SEN out.", by=second_officer, at=NOON)
        assert subjects(officer) == ["Sent back: your release was not approved"]

    @pytest.mark.parametrize("step", ["waiting", "approved", "released"])
    def test_before_it_expires_and_when_it_has(self, release, officer, second_officer, step):
        if step != "waiting":
            desk.approve(release.pk, by=second_officer, at=NOON)
        if step == "released":
            desk.release(release.pk, by=officer, at=NOON)
        before = len(subjects(officer))
        assert release_mails.remind(at=END - timedelta(hours=4, seconds=1)) == 0
        assert release_mails.remind(at=END - timedelta(hours=4)) == 1
        assert release_mails.remind(at=END - timedelta(hours=1)) == 0
        desk.expire_due(at=END)
        assert release_mails.remind(at=END) == 0
        told = subjects(officer)[before:]
        assert told == [
            "A release expires on 24 November 2026 at midday",
            "A release has expired: nothing was sent",
        ]

    def test_nobody_is_told_of_what_was_only_checked(self, plain, officer):
        release_mails.remind(at=END - timedelta(hours=1))
        desk.expire_due(at=END)
        assert not Message.objects.exists()

    def test_one_that_was_downloaded_is_not_reminded_of(self, plain, officer, client):
        beats(ago="1 minute")
        desk.release(plain.pk, by=officer, at=NOON)
        client.force_login(officer)
        b"".join(client.post(f"/staff/releases/{plain.pk}/download/").streaming_content)
        assert release_mails.remind(at=END - timedelta(hours=1)) == 0


def beats(*, ago):
    """A worker's heart beat so long ago."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO procrastinate_workers (last_heartbeat) VALUES (now() - %s::interval)",
            [ago],
        )


class TestStartPage:
    def test_it_says_what_to_do_at_every_step(
        self, release, officer, second_officer, client, time_machine
    ):
        client.force_login(officer)
        assert "ask an approving officer to approve it" in client.get(START).text
        desk.approve(release.pk, by=second_officer, at=NOON)
        assert "is approved. Release and download it by" in client.get(START).text
        desk.release(release.pk, by=officer, at=NOON)
        assert "is ready. Download it by" in client.get(START).text
        time_machine.move_to(END)
        client.force_login(officer)
        page = client.get(START).text
        assert "Releases that expired" in page
        assert "You have no tasks" not in page
        desk.expire_due(at=END)
        time_machine.move_to(END + release_mails.SHOWN_EXPIRED)
        client.force_login(officer)
        assert "Releases that expired" not in client.get(START).text

    def test_officers_are_told_where_no_worker_runs(self, client, officer, secretary):
        client.force_login(officer)
        said = "The program that sends emails and matches opt-outs is not running"
        assert said in client.get(START).text
        beats(ago="6 minutes")
        assert said in client.get(START).text
        client.force_login(secretary)
        assert said not in client.get(START).text
        beats(ago="1 minute")
        client.force_login(officer)
        assert said not in client.get(START).text

    def test_disclosures_wait_to_be_signed_off(self, plain, officer, second_officer, client):
        beats(ago="1 minute")
        desk.release(plain.pk, by=officer, at=NOON)
        client.force_login(officer)
        b"".join(client.post(f"/staff/releases/{plain.pk}/download/").streaming_content)
        assert "Disclosures to sign off" not in client.get(START).text
        client.force_login(second_officer)
        page = client.get(START).text
        assert "Disclosures to sign off" in page
        assert "1 disclosure</a> to sign off that another officer made" in page
        client.post(f"/staff/disclosures/{Disclosure.objects.get().entry}/", {"note": ""})
        assert "Disclosures to sign off" not in client.get(START).text

    def test_the_list_says_that_it_is_approved(self, release, second_officer, client):
        client.force_login(second_officer)
        assert "Checked – needs approval" in client.get("/staff/releases/").text
        desk.approve(release.pk, by=second_officer, at=NOON)
        assert "Approved – ready to release" in client.get("/staff/releases/").text


class TestDeleting:
    def test_a_wrong_extract_is_deleted_with_all_that_was_found_in_it(
        self, release, officer, client
    ):
        client.force_login(officer)
        assert "Delete this extract" in client.get(f"/staff/releases/{release.pk}/").text
        page = client.post(f"/staff/releases/{release.pk}/delete/", follow=True).text
        assert "Deleted. Nothing was released." in page
        assert "would have been released" in page
        assert "Delete this extract" not in page
        assert not desk.extract_file(release.pk).exists()
        assert not Finding.objects.exists()
        assert events()[-1] == "extract-deleted"
        verify_log(lambda entries: None)

    def test_it_is_then_neither_released_nor_approved_nor_expired(
        self, release, officer, second_officer
    ):
        deleting.delete(release.pk, by=officer, at=NOON)
        for verb, user in (
            (desk.approve, second_officer),
            (desk.release, officer),
            (deleting.delete, officer),
        ):
            with pytest.raises(NotNowError):
                verb(release.pk, by=user, at=NOON)
        assert desk.expire_due(at=END) == 0
        assert Release.objects.get().state == Release.State.DELETED

    def test_one_whose_extract_is_gone_is_void(self, plain, officer, client):
        client.force_login(officer)
        url = f"/staff/releases/{plain.pk}/"
        client.post(f"{url}release/")
        desk.extract_file(plain.pk).unlink()
        page = client.post(f"{url}download/", follow=True).text
        assert "The file is no longer stored here" in page
        plain.refresh_from_db()
        assert plain.state == Release.State.VOID
        assert not Disclosure.objects.exists()
        assert events()[-1] == "release-void"

    def test_nobody_else_deletes_it(self, release, second_officer):
        with pytest.raises(NotNowError, match="Only the officer"):
            deleting.delete(release.pk, by=second_officer, at=NOON)

    def test_one_that_is_being_checked_stays_deleted(self, pupil, officer, write):
        request = Request(write(SPECIAL), "x.csv", "WIG-FFT", "performance-analysis", officer)
        release = desk.upload(request, at=NOON)
        deleting.delete(release.pk, by=officer, at=NOON)
        run_jobs()
        release.refresh_from_db()
        assert (release.state, release.decision) == (Release.State.DELETED, {})
        assert not Finding.objects.exists()

    def test_deleted_while_the_check_decides_it_stays_deleted(
        self, pupil, officer, write, monkeypatch
    ):
        request = Request(write(SPECIAL), "x.csv", "WIG-FFT", "performance-analysis", officer)
        release = desk.upload(request, at=NOON)
        decide = checking._decide

        def meanwhile(*args, **kwargs):
            decision = decide(*args, **kwargs)
            deleting.delete(release.pk, by=officer, at=NOON)
            return decision

        monkeypatch.setattr(checking, "_decide", meanwhile)
        checking.check(release.pk, at=NOON)
        release.refresh_from_db()
        assert (release.state, release.decision) == (Release.State.DELETED, {})
        assert not Finding.objects.exists()

    def test_a_fault_that_is_found_after_it_was_deleted_changes_nothing(
        self, pupil, officer, write, monkeypatch
    ):
        request = Request(write(SPECIAL), "x.csv", "WIG-FFT", "performance-analysis", officer)
        release = desk.upload(request, at=NOON)

        def meanwhile(*args, **kwargs):
            deleting.delete(release.pk, by=officer, at=NOON)
            raise BadInputError([Fault("the row is too long.", 2)], name="x.csv")

        monkeypatch.setattr(checking, "_decide", meanwhile)
        checking.check(release.pk, at=NOON)
        release.refresh_from_db()
        assert (release.state, release.faults) == (Release.State.DELETED, [])
