"""Papers and calls keyed by staff: one screen, three dates, scan, second look, opting back in."""

import io
import os
from datetime import date, timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, transaction
from PIL import Image

from consent.decisions import opting_in
from consent.decisions.recording import take
from consent.keying import keying, scans
from consent.models import Decision, Scan, Scheme, SchoolStaff, SecondLook, Telling, Verification
from consent.queries import decisions_about, scheme_facts
from consent.rules import opted_out
from privacy_portal.ground.days import days_later, end_of, start_of
from privacy_portal.ground.mail.models import Message
from tests import mails
from tests.commands import run
from tests.example import DAY, NOON
from tests.factories.ground import SchoolStaffFactory
from tests.forms import PAPERS, SCAN, paper
from tests.log_entries import entries
from tests.rolls import ROLL_HEADINGS, pupil_row

pytestmark = pytest.mark.django_db


def image(kind):
    out = io.BytesIO()
    Image.new("L", (4, 4)).save(out, kind)
    return out.getvalue()


@pytest.fixture
def no_sample(monkeypatch):
    monkeypatch.setattr(keying.secrets, "randbelow", lambda most: 1)


@pytest.fixture
def at_school(pupil, secretary, client, no_sample):
    SchoolStaff.objects.create(user=secretary, school=pupil.school)
    client.force_login(secretary)
    return secretary


@pytest.fixture
def colleague(pupil):
    user = SchoolStaffFactory(email="colleague@example.org")
    SchoolStaff.objects.create(user=user, school=pupil.school)
    return user


def is_out(pupil, at):
    scheme = Decision.objects.first().scheme
    return opted_out(scheme_facts(scheme), pupil.born, decisions_about(scheme, pupil), at)


class TestScreen:
    def test_a_paper_is_kept_with_its_three_dates_and_counts_from_the_day_received(
        self, pupil, at_school, client
    ):
        page = client.post(PAPERS, paper(pupil), follow=True)
        assert "Saved: opt-out for Ella Barlow by Ben Barlow." in page.text
        assert "1 recorded in this batch." in page.text
        decision = Decision.objects.get()
        assert (decision.signed_on, decision.recorded_by) == (date(2026, 11, 19), at_school)
        assert decision.received_at == start_of(date(2026, 11, 20))
        assert decision.recorded_at >= NOON
        assert is_out(pupil, start_of(date(2026, 11, 20)))
        assert entries()[-1]["by"] == str(at_school.reference)

    def test_the_next_paper_keeps_what_a_pile_shares_and_counts(self, pupil, at_school, client):
        page = client.post(PAPERS, paper(pupil, received_on="21/11/2026"), follow=True).text
        assert 'value="21/11/2026"' in page
        assert 'value="Ben Barlow"' not in page
        page = client.post(PAPERS, paper(pupil, by="parent", person_name="Amy"), follow=True).text
        assert "2 recorded in this batch." in page
        page = client.get(f"{PAPERS}batch/").text
        assert "There should be 2" in page
        client.post(f"{PAPERS}batch/")
        assert "0 recorded in this batch." in client.get(PAPERS).text
        assert "You have not recorded anything yet." in client.get(f"{PAPERS}batch/").text

    def test_the_same_form_sent_twice_is_one_decision(self, pupil, at_school, client):
        given = paper(pupil)
        for _ in range(2):
            scan = SimpleUploadedFile("a.pdf", SCAN)
            page = client.post(PAPERS, {**given, "scan": scan}, follow=True)
        assert "1 recorded" in page.text
        assert Decision.objects.count() == Scan.objects.count() == len(files()) == 1

    def test_without_javascript_the_pupil_is_found_by_a_button_and_nothing_typed_is_lost(
        self, pupil, at_school, client
    ):
        page = client.post(PAPERS, paper(pupil, pupil="", q="barl", find="1"))
        assert page.status_code == 200
        assert "There is a problem" not in page.text
        assert str(pupil.reference) in page.text
        assert "Parent on record: Ben Barlow" in page.text
        assert 'value="19/11/2026"' in page.text
        assert not Decision.objects.exists()
        assert entries()[-1]["event"] == "pupils-listed"

    def test_as_one_types_the_pupils_come_as_part_of_the_page(self, pupil, at_school, client):
        part = client.get("/staff/pupils/choices/?q=barl").text
        assert str(pupil.reference) in part
        assert "<html" not in part
        assert "No pupils found" in client.get("/staff/pupils/choices/?q=xyzzy").text

    def test_a_pupil_who_was_not_chosen_is_asked_for(self, pupil, at_school, client):
        page = client.post(PAPERS, paper(pupil, pupil=""))
        assert page.status_code == 422
        assert page.text.count("Find and select the pupil") == 2
        assert not Decision.objects.exists()

    def test_a_pupil_of_another_school_cannot_be_keyed(self, pupil, secretary, client):
        client.force_login(secretary)
        assert client.post(PAPERS, paper(pupil)).status_code == 422
        assert not Decision.objects.exists()

    @pytest.mark.parametrize(
        ("changes", "said"),
        [
            ({"q": "", "pupil": ""}, "Enter the pupil’s name"),
            ({"person_name": ""}, "Enter the name of the parent or carer"),
            ({"signed_on": ""}, "Enter the date the form was signed"),
            ({"signed_on": "31/2/2026"}, "Enter a date like 5/11/2026"),
            ({"signed_on": "1/11/26"}, "Enter a date like 5/11/2026"),
            ({"signed_on": "21/11/2026"}, "Date signed must be the same as or before"),
            ({"received_on": ""}, "Enter the date it was received"),
            ({"received_on": "24/11/2026"}, "Date received must be today or in the past"),
            ({"by": ""}, "Select who made the choice"),
            (
                {"choice": "opt-in", "channel": "phone"},
                "You cannot record an opt-in from a phone call",
            ),
            ({"by": "pupil"}, "The pupil is too young to make this choice."),
            (
                {"scheme": "height-weight", "by": "pupil"},
                "Only a parent or carer can make this choice.",
            ),
        ],
    )
    def test_a_fault_is_said_and_nothing_stored(self, pupil, at_school, client, changes, said):
        page = client.post(PAPERS, paper(pupil, **changes))
        assert page.status_code == 422
        assert page.text.count(said) == 2
        assert not Decision.objects.exists()

    def test_a_call_needs_no_signature(self, pupil, at_school, client):
        client.post(PAPERS, paper(pupil, channel="phone", signed_on=""))
        decision = Decision.objects.get()
        assert (decision.channel, decision.signed_on) == ("phone", None)

    def test_who_left_an_address_gets_a_receipt_that_names_no_pupil(self, pupil, at_school, client):
        client.post(PAPERS, paper(pupil, email="ben@example.org"))
        (message,) = mails.sent()
        assert message.to == ["ben@example.org"]
        assert "We have recorded your opt-out: Connexions" in message.subject
        assert "Received: 20 November 2026" in message.body
        for name in ("Ella", "Barlow"):
            assert name not in message.body

    def test_a_parent_is_refused_once_the_pupil_decided(
        self, policy, write, officer, client, no_sample
    ):
        run("roll", "import", write(f"{ROLL_HEADINGS}\r\n{pupil_row(DOB='2010-01-01')}"))
        from consent.models import Pupil

        pupil = Pupil.objects.get()
        client.force_login(officer)
        client.post(PAPERS, paper(pupil, by="pupil", person_name=""))
        assert Decision.objects.get().person_name == "Ella Barlow"
        page = client.post(PAPERS, paper(pupil))
        assert "The pupil has made their own choice" in page.text
        client.post(PAPERS, paper(pupil, signed_on="1/11/2026", received_on="2/11/2026"))
        assert Decision.objects.count() == 2, "one from before then is history"

    def test_a_parents_opt_in_is_refused_where_the_pupils_own_alone_would_count(
        self, policy, write, officer, client, no_sample
    ):
        """The paper came on the very day on which the pupil decided, or within a week before."""
        run("roll", "import", write(f"{ROLL_HEADINGS}\r\n{pupil_row(DOB='2010-01-01')}"))
        from consent.models import Pupil

        pupil = Pupil.objects.get()
        take(
            Decision(
                pupil=pupil, scheme=Scheme.objects.get(code="connexions"), choice="opt-out",
                by="pupil", person_name="Ella Barlow", person_key="ella barlow", channel="online",
                received_at=NOON - timedelta(hours=3), recorded_at=NOON,
            ),
            by=None, at=NOON,
        )  # fmt: skip
        client.force_login(officer)
        for day in ("23/11/2026", "19/11/2026"):
            form = paper(pupil, choice="opt-in", signed_on=day, received_on=day)
            assert "The pupil has made their own choice" in client.post(PAPERS, form).text
        page = client.post(PAPERS, paper(pupil, received_on="23/11/2026"))
        assert "The pupil has made their own choice" in page.text
        assert Decision.objects.count() == 1
        assert not mails.sent()

    def test_of_an_opt_in_that_was_taken_back_before_it_came_nobody_is_told_that_it_starts(
        self, pupil, at_school, client, no_sample
    ):
        client.post(PAPERS, paper(pupil))
        form = paper(
            pupil, choice="opt-in", email="ben@example.org", signed_on="18/11/2026",
            received_on="19/11/2026",
        )  # fmt: skip
        client.post(PAPERS, form)
        later = Decision.objects.get(choice="opt-in")
        assert not later.tellings.exists()
        assert "It has no effect, because you opted out later" in mails.sent()[-1].body
        page = client.get(f"/staff/pupils/{pupil.reference}/").text
        assert "Replaced by a later choice." in page
        assert "it starts on" not in page

    def test_the_database_wants_who_keyed_it_and_when_it_was_signed(self, pupil, at_school, client):
        client.post(PAPERS, paper(pupil))
        kept = Decision.objects.values().get()
        for changes, constraint in (
            ({"recorded_by_id": None}, "decision_keyed_by_somebody"),
            ({"signed_on": None}, "decision_on_paper_is_signed"),
        ):
            with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
                Decision.objects.create(**{**kept, "id": None, "submission": None, **changes})


def files():
    from django.conf import settings

    folder = Path(settings.PRIVATE_DIR) / "scans"
    known = {str(name) for name in Scan.objects.values_list("file", flat=True)}
    return [path for path in folder.glob("*") if path.name in known]


class TestScans:
    @pytest.mark.parametrize(
        ("content", "content_type"),
        [(SCAN, "application/pdf"), (image("PNG"), "image/png"), (image("JPEG"), "image/jpeg")],
    )
    def test_it_is_known_by_its_content_and_given_back_as_it_was(
        self, pupil, at_school, client, content, content_type
    ):
        client.post(PAPERS, {**paper(pupil), "scan": SimpleUploadedFile("x.exe", content)})
        scan = Scan.objects.get()
        assert scan.content_type == content_type
        (path,) = files()
        assert path.stat().st_mode & 0o777 == 0o600
        response = client.get(f"/staff/opt-outs/scans/{scan.decision_id}/")
        assert response.content == content
        assert response["Content-Type"] == content_type
        assert response["Content-Disposition"].startswith("attachment")
        assert "sandbox" in response["Content-Security-Policy"]
        assert entries()[-1]["event"] == "pupil-opened"

    @pytest.mark.parametrize(
        "content",
        [b"", b"MZ\x90\x00", b"<svg onload=x>", image("GIF"), image("PNG")[:40], b"%PDF-1.7 cut"],
    )
    def test_anything_else_is_refused_and_nothing_kept(self, pupil, at_school, client, content):
        scan = SimpleUploadedFile("scan.pdf", content, content_type="application/pdf")
        page = client.post(PAPERS, {**paper(pupil), "scan": scan})
        assert page.status_code == 422
        assert "must be a PDF, JPG or PNG" in page.text
        assert not Decision.objects.exists()

    def test_one_too_large_is_refused(self, pupil, at_school, client, monkeypatch):
        monkeypatch.setattr(scans, "MOST_BYTES", 10)
        page = client.post(PAPERS, {**paper(pupil), "scan": SimpleUploadedFile("a.pdf", SCAN)})
        assert "smaller than 10MB" in page.text

    def test_staff_of_another_school_do_not_get_it(self, pupil, at_school, client):
        client.post(PAPERS, {**paper(pupil), "scan": SimpleUploadedFile("a.pdf", SCAN)})
        client.force_login(SchoolStaffFactory(email="other@example.org"))
        number = Decision.objects.get().pk
        assert client.get(f"/staff/opt-outs/scans/{number}/").status_code == 404

    def test_one_that_was_changed_is_not_shown(self, pupil, at_school, client):
        client.post(PAPERS, {**paper(pupil), "scan": SimpleUploadedFile("a.pdf", SCAN)})
        (path,) = files()
        path.write_bytes(SCAN + b"!")
        number = Decision.objects.get().pk
        assert client.get(f"/staff/opt-outs/scans/{number}/").status_code == 404

    def test_a_refused_decision_leaves_no_file_and_orphans_go_after_a_day(
        self, pupil, at_school, client
    ):
        before = all_files()
        client.post(PAPERS, {**paper(pupil, by="pupil"), "scan": SimpleUploadedFile("a.pdf", SCAN)})
        assert all_files() == before
        client.post(PAPERS, {**paper(pupil), "scan": SimpleUploadedFile("a.pdf", SCAN)})
        (kept,) = files()
        orphan = kept.with_name(str(uuid4()))
        orphan.write_bytes(SCAN)
        old = (NOON - timedelta(days=2)).timestamp()
        for path in (kept, orphan):
            os.utime(path, (old, old))
        scans.forget_orphans(at=NOON)
        assert kept.exists()
        assert not orphan.exists()


def all_files():
    from django.conf import settings

    return set((Path(settings.PRIVATE_DIR) / "scans").glob("*"))


class TestSecondLook:
    def test_one_in_ten_is_shown_to_a_second_person(
        self, pupil, at_school, colleague, client, monkeypatch
    ):
        asked = []
        monkeypatch.setattr(keying.secrets, "randbelow", lambda most: asked.append(most) or 0)
        page = client.post(PAPERS, paper(pupil), follow=True).text
        assert asked == [10]
        assert "A colleague will check this one." in page
        assert "There is nothing for you to check." in client.get("/staff/opt-outs/second/").text
        look = SecondLook.objects.get()
        address = f"/staff/opt-outs/second/{look.pk}/"
        assert client.get(address).status_code == 404
        client.force_login(colleague)
        assert "recorded by school" in client.get("/staff/opt-outs/second/").text
        assert "Find the paper form" in client.get(address).text
        assert client.post(address, {"agrees": ""}).status_code == 422
        assert "Enter what is different" in client.post(address, {"agrees": "no"}).text
        client.post(address, {"agrees": "no", "note": "Another Ella"})
        look.refresh_from_db()
        assert (look.looked_by, look.agrees, look.note) == (colleague, False, "Another Ella")
        assert entries()[-1]["event"] == "second-look"
        assert client.get(address).status_code == 404

    def test_an_officer_sees_what_differs_until_it_is_mended(
        self, pupil, officer, client, colleague
    ):
        client.force_login(colleague)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(keying.secrets, "randbelow", lambda most: 0)
            client.post(PAPERS, paper(pupil))
        client.force_login(officer)
        look = SecondLook.objects.get()
        client.post(f"/staff/opt-outs/second/{look.pk}/", {"agrees": "no", "note": "Wrong day"})
        assert "Wrong day" in client.get("/staff/opt-outs/second/").text
        client.post(
            f"/staff/pupils/{pupil.reference}/decisions/{look.decision_id}/invalid/",
            {"kind": "other", "reason": "Keyed wrong"},
        )
        assert "Wrong day" not in client.get("/staff/opt-outs/second/").text

    def test_the_database_refuses_ones_own_second_look(self, pupil, at_school, client):
        client.post(PAPERS, paper(pupil))
        with pytest.raises(IntegrityError, match="second_look_is_another_persons"):
            SecondLook.objects.create(
                decision=Decision.objects.get(), why="sample", keyed_by=at_school,
                looked_by=at_school, looked_at=NOON, agrees=True,
            )  # fmt: skip


class TestOptingBackIn:
    @pytest.fixture
    def opt_in(self, pupil, at_school, client):
        """Ben's opt-out of last year, and his opt-in, keyed today; the mail has not gone yet."""
        pupil.parent_email = "parent@example.org"
        pupil.save()
        client.post(PAPERS, paper(pupil, signed_on="1/11/2025", received_on="2/11/2025"))
        client.post(
            PAPERS,
            paper(pupil, choice="opt-in", signed_on="23/11/2026", received_on="23/11/2026",
                  email="ben@example.org"),
        )  # fmt: skip
        return Decision.objects.get(choice="opt-in")

    def agree(self, decision, by):
        keying.look(decision.second_look, agrees=True, note="", by=by, at=NOON)

    def test_it_counts_only_with_two_members_of_staff_everyone_told_and_seven_days(
        self, pupil, opt_in, colleague
    ):
        much_later = NOON + timedelta(days=100)
        assert is_out(pupil, much_later)
        self.agree(opt_in, colleague)
        assert not Verification.objects.exists(), "the mail has not gone"
        mails.run_jobs()
        assert opting_in.settle(at=NOON) == 1
        assert opting_in.settle(at=NOON) == 0
        assert is_out(pupil, end_of(DAY + timedelta(days=6)))
        assert not is_out(pupil, days_later(opt_in.received_at, 7))
        assert entries()[-1]["event"] == "decision-verified"

    def test_nothing_is_verified_without_the_second_person(self, pupil, opt_in, colleague):
        mails.run_jobs()
        assert opting_in.settle(at=NOON) == 0
        keying.look(opt_in.second_look, agrees=False, note="No signature", by=colleague, at=NOON)
        assert opting_in.settle(at=NOON) == 0
        assert is_out(pupil, NOON + timedelta(days=100))

    def test_a_mail_that_was_deleted_unsent_told_nobody_and_staff_must(
        self, pupil, opt_in, colleague, at_school, client
    ):
        self.agree(opt_in, colleague)
        telling = Telling.objects.get()
        assert "You have told everyone" in client.get("/staff/opt-outs/told/").text
        Message.objects.filter(key=telling.mail).delete()
        assert opting_in.settle(at=NOON) == 0
        assert "Email failed" in client.get("/staff/opt-outs/told/").text
        client.post(f"/staff/opt-outs/told/{telling.pk}/")
        assert Verification.objects.exists()

    def test_everyone_on_record_is_told_and_the_mail_names_nobody(self, opt_in):
        told = list(Telling.objects.all())
        assert [(each.name, each.way) for each in told] == [("Ben Barlow", "email")]
        message = Message.objects.get(key=told[0].mail)
        assert message.to == "parent@example.org"
        assert "Someone has asked us to share more" in message.subject
        for name in ("Ella", "Barlow", "Ben"):
            assert name not in message.text

    def test_who_has_no_address_is_told_by_staff_and_noted(
        self, pupil, at_school, colleague, client
    ):
        client.post(PAPERS, paper(pupil, person_name="Amy Barlow"))
        client.post(PAPERS, paper(pupil, person_name="Amy Barlow", choice="opt-in"))
        names = list(Telling.objects.values_list("name", "way"))
        assert names == [("Ben Barlow", "voice"), ("Amy Barlow", "voice")]
        decision = Decision.objects.get(choice="opt-in")
        self.agree(decision, colleague)
        page = client.get("/staff/opt-outs/told/").text
        assert "Amy Barlow" in page
        for each in Telling.objects.all():
            assert not Verification.objects.exists()
            client.post(f"/staff/opt-outs/told/{each.pk}/")
        assert Verification.objects.get().decision == decision
        page = client.post(f"/staff/opt-outs/told/{Telling.objects.first().pk}/", follow=True)
        assert "already marked as told" in page.text
        assert "You have told everyone." in page.text

    def test_a_pupil_of_16_is_told_too(self, policy, write, officer, client):
        run(
            "roll", "import",
            write(f"{ROLL_HEADINGS}\r\n{pupil_row(DOB='2010-01-01', Address='1 High St', Postcode='WN1')}"),
        )  # fmt: skip
        from consent.models import Pupil

        client.force_login(officer)
        client.post(PAPERS, paper(Pupil.objects.get()))
        client.post(PAPERS, paper(Pupil.objects.get(), choice="opt-in"))
        told = {each.name: (each.way, each.address) for each in Telling.objects.all()}
        assert told["Ella Barlow"] == ("post", "1 High St, WN1")
        assert told["Ben Barlow"] == ("post", "1 High St, WN1")
