"""A child who does not want to take part on the day: noted by school staff, a decision of its own kind (C2)."""

import csv
import io
import json
from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import IntegrityError, connection, transaction

from consent.decisions.invalidating import mark_invalid
from consent.errors import MisdatedError, RefusedError
from consent.identities import merging, undoing
from consent.models import (
    Decision,
    Invalidation,
    PupilMerge,
    SameChildQuestion,
    SchoolStaff,
    UnconfirmedOptOut,
    Verification,
)
from consent.on_the_day.unwilling import record_unwilling, unwilling_about
from privacy_portal.ground.log.verifying import LogBrokenError
from sharing.auditing.verifying import verify_log
from sharing.models import Recall
from sharing.releases.handing_over import hand_over
from sharing.releases.request import Request
from tests.commands import run
from tests.example import DAY, NOON, UPN
from tests.factories.consent import (
    DecisionFactory,
    ProtectionFactory,
    PupilFactory,
    RequestFactory,
    SchoolFactory,
    UnconfirmedFactory,
    scheme_of,
)
from tests.factories.ground import OfficerFactory, SchoolStaffFactory
from tests.log_entries import entries, events, log_policy

pytestmark = pytest.mark.django_db
LIST = "/staff/opt-outs/on-the-day/"
EXTRACT = f"UPN,Surname,Height\r\n{UPN},Barlow,150\r\n"
SEPTEMBER = datetime(2027, 9, 1, 12, tzinfo=UTC)


@pytest.fixture
def asked(pupil):
    """Ella, whom the programme of height and weight asks on the day."""
    scheme = scheme_of("height-weight")
    scheme.child_may_refuse = True
    scheme.save()
    log_policy()
    return pupil


@pytest.fixture
def at_school(asked, secretary, client):
    SchoolStaff.objects.create(user=secretary, school=asked.school)
    client.force_login(secretary)
    return secretary


def address(**changes):
    values = {
        "scheme": "height-weight", "school": "990001", "year": "9",
        "day_0": "23", "day_1": "11", "day_2": "2026", **changes,
    }  # fmt: skip
    return f"{LIST}?" + "&".join(f"{name}={value}" for name, value in values.items())


def refuse(pupil, by, *, on=DAY, at=NOON):
    return record_unwilling(scheme_of("height-weight"), [pupil], on=on, by=by, at=at)


def opt_in(pupil, days=-8):
    decision = DecisionFactory(pupil=pupil, scheme="height-weight", choice="opt-in", days=days)
    Verification.objects.create(decision=decision, at=NOON)


def row(write, *options):
    """What becomes of Ella's row in a file for the programme."""
    done = run(
        "disclosure", "check", write(EXTRACT, "hw.csv"), "--agreement", "WIG-PH-HW",
        "--purpose", "height-weight-feedback", "--json", *options,
    )  # fmt: skip
    detail = json.loads(done.out)["detail"]
    return f"{detail[0]['outcome']}: {detail[0]['reason']}" if detail else "released"


class TestEffect:
    def test_nothing_is_shared_about_the_child_for_that_programme(self, asked, at_school, write):
        assert row(write) == "released"
        assert refuse(asked, at_school) == 1
        assert row(write) == "withheld: opted-out"

    def test_other_sharing_goes_on(self, asked, at_school, write):
        refuse(asked, at_school)
        file = write(f"UPN,Surname,Telephone\r\n{UPN},Barlow,1\r\n", "c.csv")
        done = run(
            "disclosure", "check", file, "--agreement", "WIG-CNX", "--purpose", "careers-guidance",
            "--json",
        )  # fmt: skip
        assert json.loads(done.out)["rows"]["released"] == 1

    def test_no_parents_choice_undoes_it(self, asked, at_school, write):
        opt_in(asked, days=-9)
        refuse(asked, at_school, on=DAY - timedelta(days=8), at=NOON)
        opt_in(asked, days=-7)
        assert row(write) == "withheld: opted-out"

    def test_it_is_no_parents_opt_out(self, asked, at_school, client, write):
        """A parent who opts out and back in leaves it as it is, and the other way round."""
        DecisionFactory(pupil=asked, scheme="height-weight", days=-20)
        refuse(asked, at_school, on=DAY - timedelta(days=15))
        opt_in(asked)
        assert row(write) == "withheld: opted-out"
        mark_invalid(
            unwilling_about(asked)[0], kind=Invalidation.Kind.WRONG_PUPIL, reason="x",
            by=OfficerFactory(), at=NOON,
        )  # fmt: skip
        assert row(write) == "released"

    def test_next_school_year_the_child_is_asked_anew(self, asked, at_school, write, time_machine):
        refuse(asked, at_school)
        assert row(write, "--on", "2027-08-31") == "withheld: opted-out"
        time_machine.move_to(SEPTEMBER)
        assert row(write) == "released"
        assert refuse(asked, at_school, on=SEPTEMBER.date(), at=SEPTEMBER) == 1
        assert row(write) == "withheld: opted-out"

    def test_it_follows_the_child_to_another_record(self, asked, at_school, write):
        """C6b: until it is known whether two records are of one child, it counts for both."""
        refuse(asked, at_school)
        other = PupilFactory(upn="B801200005001")
        SameChildQuestion.objects.create(new=other, other=asked, at=NOON)
        extract = EXTRACT.replace(UPN, "B801200005001")
        done = run(
            "disclosure", "check", write(extract, "o.csv"), "--agreement", "WIG-PH-HW",
            "--purpose", "height-weight-feedback", "--json",
        )  # fmt: skip
        assert json.loads(done.out)["detail"][0]["reason"] == "opted-out"

    def test_it_follows_the_child_through_a_merge_of_records_and_back(
        self, asked, at_school, officer, second_officer, write
    ):
        """C6: a merge adds it to the record that stays; undone, it is where it was."""
        duplicate = PupilFactory(upn="B801200005001")
        refuse(duplicate, at_school)
        merging.merge(duplicate, asked, reason="x", by=officer, at=NOON, agreed_by=second_officer)
        assert row(write) == "withheld: opted-out"
        assert [each.pupil for each in unwilling_about(asked)] == [asked]
        merge = PupilMerge.objects.get()
        undoing.undo(merge, reason="x", by=officer, at=NOON)
        assert row(write) == "released"
        verify_log(lambda done: None)

    def test_what_went_before_it_was_known_is_recalled(
        self, asked, at_school, write, officer, client
    ):
        """C8: noted a day late, after a file had gone."""
        request = Request(
            write(f"UPN,Surname\r\n{UPN},Barlow\r\n"),
            "hw.csv",
            "WIG-PH-HW",
            "height-weight-feedback",
            officer,
        )
        done = hand_over(request, clock=lambda: NOON - timedelta(hours=1))
        done.file.unlink()
        refuse(asked, at_school, on=DAY - timedelta(days=1))
        recall = Recall.objects.get()
        assert recall.decision == unwilling_about(asked)[0]
        client.force_login(officer)
        page = client.get(f"/staff/disclosures/recalls/{recall.pk}/").text
        assert "On-the-day refusal received" in page


class TestRecording:
    def test_it_is_logged_with_who_noted_it_and_names_nobody(self, asked, at_school):
        refuse(asked, at_school)
        (entry,) = entries("decision-recorded")
        assert {name: entry[name] for name in ("choice", "decided_by", "channel", "scheme")} == {
            "choice": "unwilling", "decided_by": "pupil", "channel": "in-person",
            "scheme": "height-weight",
        }  # fmt: skip
        assert entry["person"] == str(asked.reference)
        assert "Barlow" not in json.dumps(entry)
        decision = Decision.objects.get()
        assert (decision.recorded_by, decision.received_at) == (at_school, NOON)

    def test_a_day_before_today_counts_from_its_beginning(self, asked, at_school):
        refuse(asked, at_school, on=date(2026, 10, 5))
        assert Decision.objects.get().received_at == datetime(2026, 10, 4, 23, tzinfo=UTC)

    def test_it_is_recorded_once_a_school_year(self, asked, at_school):
        assert refuse(asked, at_school, on=date(2026, 10, 5)) == 1
        assert refuse(asked, at_school) == 0
        assert Decision.objects.count() == 1

    def test_a_day_to_come_and_a_scheme_that_asks_nobody_are_refused(self, asked, at_school):
        with pytest.raises(MisdatedError):
            refuse(asked, at_school, on=DAY + timedelta(days=1))
        scheme = scheme_of()
        with pytest.raises(RefusedError):
            record_unwilling(scheme, [asked], on=DAY, by=at_school, at=NOON)
        assert not Decision.objects.exists()

    @pytest.mark.parametrize(
        "changes",
        [{"by": "parent"}, {"channel": "phone"}, {"recorded_by": None}, {"choice": "opt-out"}],
    )
    def test_the_database_takes_it_from_staff_about_the_pupil_alone(
        self, asked, at_school, changes
    ):
        kept = {
            "pupil": asked, "scheme": scheme_of("height-weight"), "choice": "unwilling",
            "by": "pupil", "person_name": "x", "person_key": "x", "channel": "in-person",
            "received_at": NOON, "recorded_at": NOON, "recorded_by": at_school, **changes,
        }  # fmt: skip
        with pytest.raises(IntegrityError), transaction.atomic():
            Decision.objects.create(**kept)

    def test_nobody_sends_it_online(self, asked):
        sent = UnconfirmedFactory()
        with pytest.raises(IntegrityError, match="choice_is_sent"), transaction.atomic():
            UnconfirmedOptOut.objects.filter(pk=sent.pk).update(choice="unwilling")
        confirmed = RequestFactory(email="ann@example.org")
        confirmed.pk, confirmed.reference, confirmed.choice = None, "AAA-AAA-AAAA", "unwilling"
        with pytest.raises(IntegrityError, match="choice_is_sent"), transaction.atomic():
            confirmed.save(force_insert=True)

    def test_no_statutory_scheme_asks_children(self, asked):
        scheme = scheme_of()
        scheme.child_may_refuse = True
        with pytest.raises(IntegrityError), transaction.atomic():
            scheme.save()


class TestTheSchoolsFile:
    """C9: what changed since a day, also because a school year ended."""

    def test_it_lists_who_refused_and_whose_refusal_has_ended(
        self, asked, at_school, client, time_machine
    ):
        refuse(asked, at_school)
        assert self.lines(client, "23/11/2026") == ["yes by pupil"]
        assert self.lines(client, "24/11/2026") == []
        time_machine.move_to(SEPTEMBER)
        client.force_login(at_school)
        assert self.lines(client, "1/8/2027") == ["no by "]
        assert self.lines(client, "1/9/2027") == []

    def lines(self, client, since):
        response = client.get("/staff/opt-outs/work/990001.csv", {"since": since})
        text = b"".join(response.streaming_content).decode()
        rows = csv.DictReader(io.StringIO(text))
        return [f"{row['Opted out']} by {row['Decided by']}" for row in rows]


class TestPages:
    def test_school_staff_tick_who_did_not_want_to(self, asked, at_school, client, write):
        PupilFactory(surname="Ogden", forename="Mia")
        PupilFactory(surname="Khan", forename="Zara", year_group="10")
        assert LIST in client.get("/staff/opt-outs/").text
        assert "Show pupils" in client.get(LIST).text
        page = client.get(address())
        assert "Ella Barlow" in page.text
        assert "Mia Ogden" in page.text
        assert "Zara Khan" not in page.text
        assert events()[-1] == "pupils-listed"
        done = client.post(address(), {"pupil": [str(asked.reference)]}, follow=True)
        assert "Recorded for 1 pupil." in done.text
        assert "on 23 November 2026" in done.text
        assert "Giving a child and its parents" in page.text
        assert row(write) == "withheld: opted-out"
        nobody = client.post(address(), follow=True)
        assert "Select the pupils who did not want to take part." in nobody.text
        assert Decision.objects.count() == 1

    def test_who_is_opted_out_already_is_said(self, asked, at_school, client):
        DecisionFactory(pupil=asked, scheme="height-weight")
        assert "by someone else" in client.get(address()).text

    def test_pupils_of_other_schools_are_neither_listed_nor_recorded(
        self, asked, at_school, client
    ):
        other = SchoolFactory(urn="990009")
        theirs = PupilFactory(surname="Khan", school=other)
        assert client.get(address(school="990009")).status_code == 422
        client.post(address(), {"pupil": [str(theirs.reference)]})
        assert not Decision.objects.exists()
        client.force_login(SchoolStaffFactory(school=other))
        assert "Ella Barlow" not in client.get(address(school="990009")).text

    def test_officers_list_no_protected_pupil_by_school(self, asked, at_school, officer, client):
        """P2: the list says at which school they are. Their own school notes it."""
        ProtectionFactory(pupil=asked)
        assert "Ella Barlow" in client.get(address()).text
        client.force_login(officer)
        page = client.get(address()).text
        assert "Ella" not in page

    @pytest.mark.parametrize(
        ("changes", "said"),
        [
            ({"day_0": "24"}, "Date must be today or in the past"),
            ({"day_0": "31", "day_1": "8"}, "Date must be 1 September 2026 or later"),
            ({"day_0": ""}, "Date must include a day"),
            ({"scheme": "connexions"}, "Select an answer from the list"),
        ],
    )
    def test_what_was_asked_must_be_of_this_school_year(
        self, asked, at_school, client, changes, said
    ):
        page = client.get(address(**changes))
        assert page.status_code == 422
        assert said in page.text

    def test_without_such_a_scheme_there_is_no_list(self, pupil, officer, client):
        client.force_login(officer)
        assert "nothing that asks pupils" in client.get(LIST).text
        assert LIST not in client.get("/staff/opt-outs/").text

    def test_the_pupils_page_says_until_when_it_applies(self, asked, at_school, client):
        refuse(asked, at_school)
        page = " ".join(client.get(f"/staff/pupils/{asked.reference}/").text.split())
        assert (
            "Opted out: Ella Barlow did not want to take part on 23 November 2026. This applies until "
            "31 August 2027, whatever anyone else chose."
        ) in page
        assert "On-the-day refusal" in page
        assert "In person, on the day" in page

    def test_the_pupils_list_has_it_and_leaves_out_invalid_ones(
        self, asked, at_school, officer, client
    ):
        refuse(asked, at_school)
        client.force_login(officer)
        address = f"/staff/pupils/{asked.reference}/disclosures/"
        assert "When the pupil did not want to take part" in client.get(address).text
        decision = unwilling_about(asked)[0]
        page = client.get(f"/staff/pupils/{asked.reference}/decisions/{decision.pk}/invalid/")
        assert "On-the-day refusal by" in page.text
        mark_invalid(decision, kind=Invalidation.Kind.WRONG_PUPIL, reason="x", by=officer, at=NOON)
        assert "did not want to take part" not in client.get(address).text

    def test_the_public_reads_that_a_child_may_refuse(self, asked, client):
        page = " ".join(client.get("/opt-out/").text.split())
        words = "A child who does not want to take part on the day does not have to"
        assert page.count(words) == 1
        assert words in page.split('id="scheme-height-weight"')[1]


class TestTheLog:
    """L5: each decision of a person has its entry and says the same, both ways."""

    def test_it_verifies(self, asked, at_school, officer):
        refuse(asked, at_school)
        DecisionFactory(pupil=asked, days=-3)
        mark_invalid(
            unwilling_about(asked)[0], kind=Invalidation.Kind.OTHER, reason="x", by=officer, at=NOON
        )
        verify_log(lambda done: None)

    @pytest.mark.parametrize(
        ("sql", "why"),
        [
            ("UPDATE consent_decision SET choice = 'opt-out', channel = 'phone'", "channel, choice"),
            ("UPDATE consent_decision SET received_at = received_at - interval '1 day'", "received"),
            ("UPDATE consent_decision SET scheme_id = {connexions}", "differs from what was logged in scheme"),
            ("DELETE FROM consent_decision", "the decision it vouches for is missing"),
        ],
    )  # fmt: skip
    def test_a_decision_that_was_changed_or_deleted_is_found(self, asked, at_school, sql, why):
        refuse(asked, at_school)
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            cursor.execute("ALTER TABLE consent_decision DISABLE TRIGGER USER")
            cursor.execute(sql.format(connexions=scheme_of().pk))
        ran = run("log", "verify")
        assert ran.code == 3
        assert why in ran.said

    def test_a_decision_without_an_entry_is_found(self, asked, at_school):
        refuse(asked, at_school)
        decision = Decision.objects.get()
        decision.pk = None
        Decision.objects.bulk_create([decision])
        with pytest.raises(
            LogBrokenError, match=r"decision [0-9]+ is stored, but no entry vouches for it"
        ):
            verify_log(lambda done: None)

    def test_one_marked_invalid_without_an_entry_is_found(self, asked, at_school):
        refuse(asked, at_school)
        Invalidation.objects.create(
            decision=Decision.objects.get(), kind="other", reason="x", recorded_at=NOON
        )
        with pytest.raises(
            LogBrokenError, match=r"invalidation [0-9]+ is stored, but no entry vouches for it"
        ):
            verify_log(lambda done: None)

    def test_an_entry_of_an_invalid_decision_that_is_valid_is_found(
        self, asked, at_school, officer
    ):
        refuse(asked, at_school)
        mark_invalid(
            Decision.objects.get(), kind=Invalidation.Kind.OTHER, reason="x", by=officer, at=NOON
        )
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            cursor.execute("ALTER TABLE consent_invalidation DISABLE TRIGGER USER")
            cursor.execute("DELETE FROM consent_invalidation")
        with pytest.raises(LogBrokenError, match="the invalidation it vouches for is missing"):
            verify_log(lambda done: None)
