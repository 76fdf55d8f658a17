"""A disclosure decided again, as known then and as known now, against what was recorded."""

from datetime import date, timedelta

import pytest
from django.db import connection

from consent.decisions.invalidating import mark_invalid
from consent.identities import merging, undoing
from consent.models import Invalidation, Pupil, PupilMerge, Source
from consent.protection.recording import protect, record_death
from consent.roll.importing import import_roll
from notices.drafts import publishing
from privacy_portal.ground.log.appending import record
from sharing.agreements import signing
from sharing.disclosures.after_the_fact import PastDisclosure, record_disclosure
from sharing.models import Disclosure, DisclosureLine, Suspension
from sharing.policy import changing, things
from sharing.replay import presenters
from sharing.replay.deciding_again import decide_again
from sharing.replay.difference_rules import Change, Unkept
from sharing.row_decision_rules import REDUCED, WHOLE, WITHHELD
from sharing.rules import Reason
from tests.example import DAY, NOON, TWIN, UPN
from tests.factories.consent import DecisionFactory, PupilFactory
from tests.factories.notices import CompleteDraftFactory, publish
from tests.factories.sharing import DisclosureFactory
from tests.rolls import pupil_row, roll_of

pytestmark = pytest.mark.django_db
BOTH = f"UPN,Surname,Telephone\r\n{UPN},Barlow,1\r\n{TWIN},Barlow,2\r\n"


def again(disclosure):
    return decide_again(Disclosure.objects.get(pk=disclosure.pk))


def same(disclosure):
    """Whether both answers are what was recorded, of every row."""
    decided = again(disclosure)
    return (
        not decided.altered
        and decided.recorded == decided.then == decided.now
        and (decided.rows is None or (not decided.rows.differing and not decided.rows.unkept))
    )


def only_row(disclosure):
    """What was recorded, was known then, and is known now, of the one row that differs."""
    decided = again(disclosure)
    (row,) = decided.rows.differing
    assert not decided.altered
    return row.recorded, row.then, row.now


class TestChoices:
    def test_right_after_a_release_nothing_differs(self, pupil):
        assert same(DisclosureFactory())

    def test_an_opt_out_keyed_late_would_cut_the_row_today(self, pupil, officer):
        disclosure = DisclosureFactory(days=-2)
        DecisionFactory(
            pupil=pupil, days=-3, channel="paper", recorded_by=officer, signed_on=date(2026, 11, 19)
        )
        assert only_row(disclosure) == (WHOLE, WHOLE, REDUCED)
        rows = again(disclosure).rows
        assert (rows.too_much, dict(rows.changes)) == (1, {Change.LESS: 1})

    def test_one_received_afterwards_would_not(self, pupil):
        disclosure = DisclosureFactory(days=-2)
        DecisionFactory(pupil=pupil, days=-1, channel="import")
        assert same(disclosure)

    def test_the_order_of_the_log_decides_about_what_was_known_not_clocks(self, pupil):
        DecisionFactory(pupil=pupil, recorded_at=NOON + timedelta(minutes=1), channel="import")
        assert same(DisclosureFactory())

    def test_and_what_was_recorded_after_it_was_not_known_whatever_its_clock_says(self, pupil):
        disclosure = DisclosureFactory()
        early = NOON - timedelta(minutes=1)
        DecisionFactory(pupil=pupil, received_at=early, recorded_at=early, channel="import")
        assert only_row(disclosure) == (WHOLE, WHOLE, REDUCED)

    def test_an_invalid_opt_out_would_cut_nothing_today(self, pupil, officer):
        decision = DecisionFactory(
            pupil=pupil, days=-5, recorded_at=NOON - timedelta(days=5), channel="import"
        )
        disclosure = DisclosureFactory(days=-2)
        assert same(disclosure)
        mark_invalid(
            decision, kind=Invalidation.Kind.OTHER, reason="A mistake", by=officer, at=NOON
        )
        assert only_row(disclosure) == (REDUCED, REDUCED, WHOLE)
        assert again(disclosure).rows.changes == {Change.MORE: 1}

    def test_an_opt_in_of_less_than_7_days_before_counts_in_neither(self, pupil):
        for days, choice in ((-30, "opt-out"), (-8, "opt-in")):
            DecisionFactory(
                pupil=pupil, days=days, choice=choice, recorded_at=NOON - timedelta(days=8),
                channel="import",
            )  # fmt: skip
        disclosure = DisclosureFactory(days=-2)
        row = DisclosureLine.objects.get(disclosure=disclosure)
        assert (row.outcome, row.reason) == (1, 7)
        assert same(disclosure)
        assert same(DisclosureFactory())

    def test_an_opt_in_that_begins_to_count_within_minutes_is_not_decided_again(self, pupil):
        for days, choice in ((-30, "opt-out"), (-7 - 4 / 24 / 60, "opt-in")):
            DecisionFactory(
                pupil=pupil, days=days, choice=choice, recorded_at=NOON - timedelta(days=7),
                channel="import",
            )  # fmt: skip
        disclosure = DisclosureFactory()
        assert same(disclosure)
        with connection.cursor() as cursor:
            cursor.execute("ALTER TABLE sharing_disclosureline DISABLE TRIGGER ALL")
            cursor.execute(
                "UPDATE sharing_disclosureline SET outcome = 1, reason = 7, item_set = 1"
            )
        decided = again(disclosure)
        assert [row.then for row in decided.rows.unkept] == [Unkept.MOMENT]
        assert not decided.altered

    @pytest.mark.parametrize(("born", "now"), [((2010, 11, 21), REDUCED), ((2010, 11, 22), None)])
    def test_a_pupils_own_choice_counts_from_their_16th_birthday_on(self, policy, born, now):
        child = PupilFactory(upn=UPN, born=date(*born))
        disclosure = DisclosureFactory(days=-2)
        DecisionFactory(pupil=child, by="pupil", days=-2.1, channel="import")
        assert same(disclosure) if now is None else only_row(disclosure) == (WHOLE, WHOLE, now)


class TestPeople:
    def test_protection_recorded_later_would_withhold_the_row_today(self, pupil, officer):
        disclosure = DisclosureFactory(days=-2)
        protect(
            pupil, since=date(2026, 11, 1), reason="adoption", source=Source.OFFICER, by=officer, at=NOON
        )  # fmt: skip
        assert only_row(disclosure) == (WHOLE, WHOLE, WITHHELD[Reason.PROTECTED])
        assert again(disclosure).rows.too_much == 1

    def test_protection_that_began_afterwards_would_not(self, pupil, officer):
        disclosure = DisclosureFactory(days=-2)
        protect(
            pupil, since=date(2026, 11, 22), reason="adoption", source=Source.OFFICER, by=officer, at=NOON
        )  # fmt: skip
        assert same(disclosure)

    def test_a_death_learnt_of_later_would_withhold_the_row_today(self, pupil, officer):
        disclosure = DisclosureFactory(days=-2)
        record_death(pupil, died_on=date(2026, 11, 20), source=Source.OFFICER, by=officer, at=NOON)
        assert only_row(disclosure) == (WHOLE, WHOLE, WITHHELD[Reason.DECEASED])

    def test_what_was_decided_about_a_record_merged_since_counts_now(self, pupil, officer):
        other = PupilFactory(upn=TWIN)
        DecisionFactory(
            pupil=other, days=-9, recorded_at=NOON - timedelta(days=9), channel="import"
        )
        disclosure = DisclosureFactory(days=-2)
        merging.merge(other, pupil, reason="The same", by=officer, at=NOON)
        assert only_row(disclosure) == (WHOLE, WHOLE, REDUCED)

    def test_two_rows_of_records_merged_since_are_of_one_pupil_now(self, pupil, officer):
        other = PupilFactory(upn=TWIN)
        disclosure = DisclosureFactory(days=-2, content=BOTH)
        merging.merge(other, pupil, reason="The same", by=officer, at=NOON)
        assert only_row(disclosure) == (WHOLE, WHOLE, WITHHELD[Reason.DUPLICATE])

    def test_of_records_parted_since_it_is_not_known_whose_the_row_was(self, pupil, officer):
        other = PupilFactory(upn=TWIN)
        early = NOON - timedelta(days=3)
        merging.merge(other, pupil, reason="The same", by=officer, at=early)
        disclosure = DisclosureFactory(days=-2)
        undoing.undo(PupilMerge.objects.get(), reason="Two children", by=officer, at=NOON)
        (row,) = again(disclosure).rows.unkept
        assert (row.then, row.now) == (WHOLE, Unkept.PARTED)

    def test_a_pupil_who_has_been_erased_is_said_to_be(self, pupil):
        disclosure = DisclosureFactory(days=-2)
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            cursor.execute("UPDATE consent_pupil SET reference = gen_random_uuid()")
        (row,) = again(disclosure).rows.unkept
        assert row.then is row.now is Unkept.ERASED

    def test_a_corrected_birth_date_is_not_guessed_back(self, pupil):
        disclosure = DisclosureFactory(days=-2)
        Pupil.objects.update(born=date(2020, 1, 1))
        decided = again(disclosure)
        (row,) = decided.rows.differing
        assert (row.then, row.now) == (Unkept.CHANGED, WITHHELD[Reason.TOO_YOUNG])
        assert decided.rows.unkept == [row]
        assert not decided.altered

    def test_rows_that_the_cells_of_the_file_decided_are_not_decided_again(self, pupil):
        lines = ("X,Barlow", f"{TWIN},Barlow", f"{UPN},Lee", f"{UPN},Barlow", f"{UPN},Barlow")
        disclosure = DisclosureFactory(
            days=-2,
            content="UPN,Surname,Telephone\r\n" + "".join(f"{line},1\r\n" for line in lines),
        )
        rows = again(disclosure).rows
        assert [(row.row, row.now) for row in rows.unkept] == [
            (1, Unkept.NOBODY), (2, Unkept.NOBODY), (3, Unkept.CELLS), (5, Unkept.CELLS),
        ]  # fmt: skip
        assert [row.row for row in rows.same] == [4]


class TestPolicy:
    @pytest.fixture
    def for_one_school(self, policy):
        """The agreement is about one school only."""
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            cursor.execute("ALTER TABLE sharing_agreementversion DISABLE TRIGGER frozen")
            cursor.execute(
                "UPDATE sharing_agreementversion SET all_schools = false, schools = %s",
                [["990001"]],
            )
            cursor.execute("ALTER TABLE sharing_agreementversion ENABLE ALWAYS TRIGGER frozen")

    def test_a_move_since_then_changes_nothing(self, for_one_school, pupil, officer, write):
        disclosure = DisclosureFactory(days=-2)
        row = pupil_row(School_URN="990002", School="Other School")
        import_roll(write(roll_of(row)), name="roll.csv", by=officer, at=NOON)
        pupil.refresh_from_db()
        assert pupil.school.urn == "990002"
        assert same(disclosure)
        assert DisclosureFactory().reasons == ["nothing-permitted"]

    def test_a_notice_withdrawn_since_was_waiting_then_and_changes_nothing(
        self, pupil, officer, second_officer
    ):
        draft = CompleteDraftFactory(by=officer, effective_from=DAY + timedelta(days=60))
        publish(draft, by=second_officer, at=NOON - timedelta(days=3))
        disclosure = DisclosureFactory(days=-2)
        publishing.withdraw(draft.pk, reason="A mistake", by=officer, at=NOON)
        assert same(disclosure)

    def test_one_published_later_for_the_same_day_counts_now(self, pupil, officer, second_officer):
        disclosure = DisclosureFactory()
        draft = CompleteDraftFactory(by=officer, effective_from=DAY)
        draft.named_recipients.filter(recipient__code="connexions").delete()
        publish(draft, by=second_officer, at=NOON + timedelta(minutes=5))
        decided = again(disclosure)
        assert not decided.altered
        assert decided.now.reasons == [Reason.NOT_IN_NOTICE]
        assert presenters.headline(disclosure, decided).startswith("Nothing would be shared today.")

    def test_what_officers_changed_in_the_policy_since_counts_now(
        self, pupil, officer, second_officer
    ):
        disclosure = DisclosureFactory(days=-2)
        scheme = things.thing("opt-outs", "connexions")
        change = changing.draft(
            "opt-outs", "connexions", scheme.model_copy(update={"min_age": 16}), reason="The law",
            by=officer, at=NOON,
        )  # fmt: skip
        changing.put_in_force(change.pk, by=second_officer, at=NOON)
        assert only_row(disclosure) == (WHOLE, WHOLE, WITHHELD[Reason.TOO_YOUNG])


class TestAgreements:
    def test_a_suspension_that_a_policy_file_brought_later_is_said_not_to_be_known(
        self, pupil, officer
    ):
        disclosure = DisclosureFactory(days=-2)
        version = disclosure.agreement_version
        Suspension.objects.create(
            version=version, first=date(2026, 11, 20), last=date(2026, 11, 22)
        )
        record("policy-imported", at=NOON, by=officer, policy="0")
        decided = again(disclosure)
        assert decided.then is None
        assert not decided.altered
        assert decided.now.reasons == [Reason.SUSPENDED]

    def test_without_such_a_file_it_is_an_alarm(self, pupil):
        disclosure = DisclosureFactory(days=-2)
        version = disclosure.agreement_version
        Suspension.objects.create(
            version=version, first=date(2026, 11, 20), last=date(2026, 11, 22)
        )
        assert again(disclosure).altered

    def test_what_was_done_to_it_since_was_not_known_and_begins_later(self, pupil, officer):
        disclosure = DisclosureFactory(days=-2)
        version = disclosure.agreement_version
        signing.suspend(version.pk, first=DAY, last=None, note="x", by=officer, at=NOON)
        signing.terminate(version.pk, on=DAY, note="x", by=officer, at=NOON)
        assert same(disclosure)

    def test_of_the_same_day_it_holds_from_the_day_as_known_now(self, pupil, officer):
        disclosure = DisclosureFactory()
        version = disclosure.agreement_version
        later = NOON + timedelta(minutes=5)
        signing.suspend(version.pk, first=DAY, last=None, note="x", by=officer, at=later)
        decided = again(disclosure)
        assert (decided.altered, decided.then.reasons) == (False, [])
        assert decided.now.reasons == [Reason.SUSPENDED]
        signing.lift(version.pk, from_day=DAY + timedelta(days=1), note="x", by=officer, at=later)
        suspended = DisclosureFactory(days=0.01)
        assert suspended.outcome == "refused"
        assert same(suspended)


class TestTheRecord:
    def test_a_changed_line_is_an_alarm(self, pupil):
        disclosure = DisclosureFactory(days=-2)
        with connection.cursor() as cursor:
            cursor.execute("ALTER TABLE sharing_disclosureline DISABLE TRIGGER ALL")
            cursor.execute(
                "UPDATE sharing_disclosureline SET outcome = 2, reason = 7, item_set = NULL"
            )
        decided = again(disclosure)
        assert decided.altered
        assert [row.then for row in decided.rows.altered] == [WHOLE]

    def test_what_was_recorded_afterwards_is_decided_for_its_day(self, pupil, officer):
        past = PastDisclosure(
            agreement="WIG-CNX", recipient="connexions", purpose="careers-guidance",
            on=date(2026, 11, 3), means="phone", items=["pupil.phone"], upns=[UPN], note="", by=officer,
        )  # fmt: skip
        disclosure = record_disclosure(past, at=NOON)
        assert same(disclosure)
        DecisionFactory(pupil=pupil, days=-1, channel="import")
        assert same(disclosure)
        DecisionFactory(
            pupil=pupil, days=-30, channel="import", recorded_at=NOON + timedelta(days=1),
        )  # fmt: skip
        assert only_row(disclosure)[2] is WITHHELD[Reason.OPTED_OUT]
