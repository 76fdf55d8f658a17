"""Protection of pupils and deaths: recorded, ended by two officers, never lost (P1, P6, P8)."""

import json
from datetime import date, timedelta

import pytest
from django.db import IntegrityError, transaction

from consent.identities import same_children
from consent.identities.merging import merge
from consent.identities.undoing import undo
from consent.models import Death, EndingAnswer, LetterCode, Protection, Pupil, PupilNews, Source
from consent.protection.recording import (
    answer_ending,
    mark_seen,
    propose_ending,
    protect,
    record_death,
    withdraw_death,
)
from consent.protection_lookup import protected_pupils
from privacy_portal.ground.days import in_words
from privacy_portal.ground.errors import NotNowError
from privacy_portal.ground.log.models import Entry
from tests.example import DAY, NOON, TWIN, UPN
from tests.factories.consent import ProtectionFactory, PupilFactory
from tests.letters import codes_and_text
from tests.log_entries import events
from tests.rolls import import_roll_json, pupil_row

pytestmark = pytest.mark.django_db


def is_protected(pupil):
    return Pupil.objects.get(pk=pupil.pk).protected


def end(pupil, officer, second_officer, agrees=True):
    ending = propose_ending(pupil, reason="The order has ended", by=officer, at=NOON)
    note = "" if agrees else "It has not"
    answer_ending(ending, agrees=agrees, note=note, by=second_officer, at=NOON)


def test_a_protected_pupil_is_protected_on_every_day_where_nobody_knows_since_when(pupil):
    ProtectionFactory.create(pupil=pupil)
    assert is_protected(pupil)
    for day in (DAY, DAY - timedelta(days=1000)):
        assert protected_pupils(day, now=False).protected == {pupil.pk}


def test_a_day_before_the_protection_began_is_not_protected(pupil):
    ProtectionFactory.create(pupil=pupil, since=DAY - timedelta(days=7))
    assert protected_pupils(DAY - timedelta(days=8), now=False).protected == frozenset()
    assert protected_pupils(DAY - timedelta(days=7), now=False).protected == {pupil.pk}


@pytest.mark.parametrize("since", [DAY + timedelta(days=1), date(2012, 5, 4)])
def test_nobody_is_protected_from_a_day_that_cannot_be(pupil, officer, since):
    with pytest.raises(NotNowError):
        ProtectionFactory.create(pupil=pupil, since=since, by=officer)
    assert not Protection.objects.exists()


def test_protection_ends_only_by_two_officers(pupil, officer, second_officer):
    ProtectionFactory.create(pupil=pupil, by=officer)
    ending = propose_ending(pupil, reason="Over", by=officer, at=NOON)
    assert is_protected(pupil)
    with pytest.raises(NotNowError, match="another officer"):
        answer_ending(ending, agrees=True, note="", by=officer, at=NOON)
    answer_ending(ending, agrees=True, note="", by=second_officer, at=NOON)
    assert not is_protected(pupil)
    with pytest.raises(NotNowError, match="already"):
        answer_ending(ending, agrees=True, note="", by=second_officer, at=NOON)


@pytest.mark.parametrize("who", ["officer", "secretary"])
def test_the_database_lets_nobody_else_end_it(pupil, officer, secretary, who, request):
    ProtectionFactory.create(pupil=pupil, by=officer)
    ending = propose_ending(pupil, reason="Over", by=officer, at=NOON)
    by = request.getfixturevalue(who)
    with pytest.raises(IntegrityError, match="two officers"), transaction.atomic():
        EndingAnswer.objects.create(ending=ending, agrees=True, at=NOON, by=by)
    assert is_protected(pupil)


def test_a_refused_ending_leaves_the_pupil_protected(pupil, officer, second_officer):
    ProtectionFactory.create(pupil=pupil, by=officer)
    end(pupil, officer, second_officer, agrees=False)
    assert is_protected(pupil)


def test_what_is_protected_after_the_proposal_does_not_end_with_it(pupil, officer, second_officer):
    ProtectionFactory.create(pupil=pupil, by=officer)
    ending = propose_ending(pupil, reason="Over", by=officer, at=NOON)
    ProtectionFactory.create(pupil=pupil, by=second_officer)
    answer_ending(ending, agrees=True, note="", by=second_officer, at=NOON)
    assert is_protected(pupil)


def test_saving_a_record_that_was_read_before_unprotects_nobody(pupil, officer):
    before = Pupil.objects.get(pk=pupil.pk)
    ProtectionFactory.create(pupil=pupil, by=officer)
    record_death(pupil, died_on=DAY, source=Source.OFFICER, by=officer, at=NOON)
    before.save()
    Pupil.objects.filter(pk=pupil.pk).update(protected=False, died_on=None)
    pupil.refresh_from_db()
    assert (pupil.protected, pupil.died_on) == (True, DAY)


def test_nobody_is_protected_by_a_flag_alone(pupil):
    Pupil.objects.filter(pk=pupil.pk).update(protected=True, died_on=DAY)
    pupil.refresh_from_db()
    assert (pupil.protected, pupil.died_on) == (False, None)


def test_codes_of_letters_no_longer_work_and_staff_are_told(pupil, officer):
    codes_and_text([pupil], by=officer)
    assert LetterCode.objects.filter(pupil=pupil, revoked_at=None).exists()
    ProtectionFactory.create(pupil=pupil, by=officer)
    assert not LetterCode.objects.filter(pupil=pupil, revoked_at=None).exists()
    assert PupilNews.objects.get().kind == "protected"


class TestMergedRecords:
    """Decisions and protection about either record count for both (C6b, P1)."""

    @pytest.fixture
    def other(self, policy):
        return PupilFactory.create(upn=TWIN)

    def test_protection_comes_along_and_stays_with_its_record(self, pupil, other, officer):
        ProtectionFactory.create(pupil=pupil, by=officer)
        merge(pupil, other, reason="x", by=officer, at=NOON)
        assert is_protected(other)
        undo(other.merges.get(), reason="x", by=officer, at=NOON)
        assert is_protected(pupil)
        assert not is_protected(other)

    def test_protection_since_the_merge_is_kept_for_both(self, pupil, other, officer):
        merge(pupil, other, reason="x", by=officer, at=NOON)
        ProtectionFactory.create(pupil=other, by=officer)
        undo(other.merges.get(), reason="x", by=officer, at=NOON)
        assert is_protected(pupil)
        assert is_protected(other)

    def test_ending_it_ends_that_of_the_merged_record_too(
        self, pupil, other, officer, second_officer
    ):
        ProtectionFactory.create(pupil=pupil, by=officer)
        merge(pupil, other, reason="x", by=officer, at=NOON)
        end(other, officer, second_officer)
        assert not is_protected(other)
        assert not is_protected(pupil)

    def test_an_open_question_protects_both_and_another_child_alone(self, pupil, officer, write):
        import_roll_json(write, pupil_row(UPN=TWIN))
        new = Pupil.objects.get(upns__upn=TWIN)
        ProtectionFactory.create(pupil=pupil, by=officer)
        assert is_protected(new)
        question = new.same_child_questions.get()
        same_children.answer([question.pk], same=False, reason="x", by=officer, at=NOON)
        assert not is_protected(new)
        assert is_protected(pupil)


class TestDeaths:
    def test_a_death_is_on_record_until_it_is_withdrawn(self, pupil, officer):
        record_death(pupil, died_on=DAY, source=Source.SCHOOL, by=officer, at=NOON)
        pupil.refresh_from_db()
        assert pupil.died_on == DAY
        assert protected_pupils(DAY - timedelta(days=1), now=False).died == frozenset()
        withdraw_death(pupil, reason="Another child", by=officer, at=NOON)
        pupil.refresh_from_db()
        assert pupil.died_on is None
        with pytest.raises(NotNowError):
            withdraw_death(pupil, reason="Another child", by=officer, at=NOON)

    def test_the_latest_day_holds(self, pupil, officer):
        for day in (DAY - timedelta(days=2), DAY):
            record_death(pupil, died_on=day, source=Source.OFFICER, by=officer, at=NOON)
        pupil.refresh_from_db()
        assert pupil.died_on == DAY


class TestRolls:
    """P8: a roll protects whom it marks, and unmarks nobody."""

    HEADINGS = "UPN,Surname,Forename,DOB,School URN,School,Protected,Died on"

    def roll(self, write, *ends):
        rows = [
            f"{upn},Barlow,{forename},2012-05-05,990001,Example High School,{end}\r\n"
            for (upn, forename), end in zip([(UPN, "Ella"), (TWIN, "Ada")], ends, strict=False)
        ]
        return json.loads(import_roll_json(write, *rows, headings=self.HEADINGS).out)

    def test_a_new_mark_takes_effect_with_the_import(self, policy, write):
        done = self.roll(write, "yes,", ",2026-02-03")
        ella, ada = Pupil.objects.get(upns__upn=UPN), Pupil.objects.get(upns__upn=TWIN)
        assert (ella.protected, ella.died_on) == (True, None)
        assert (ada.protected, ada.died_on) == (False, date(2026, 2, 3))
        assert (done["protected"], done["died"]) == (1, 1)

    def test_the_same_mark_again_is_no_news(self, policy, write):
        self.roll(write, "yes,", ",2026-02-03")
        done = self.roll(write, "yes,", ",2026-02-03")
        assert (done["protected"], done["died"]) == (0, 0)
        assert (Protection.objects.count(), Death.objects.count()) == (1, 1)

    @pytest.mark.parametrize("end", [",", "no,"])
    def test_a_mark_that_is_gone_changes_nothing(self, policy, write, end):
        self.roll(write, "yes,")
        self.roll(write, end)
        assert Pupil.objects.get(upns__upn=UPN).protected

    def test_protection_through_another_record_does_not_replace_its_own(self, policy, write):
        """Or the pupil would be protected no longer once the records are of two children."""
        ella = PupilFactory.create(upn=UPN)
        import_roll_json(write, pupil_row(UPN=TWIN))
        ProtectionFactory.create(pupil=ella)
        other = Pupil.objects.get(upns__upn=TWIN)
        assert other.protected
        headings = "UPN,Surname,Forename,DOB,School URN,School,Protected"
        row = f"{TWIN},Barlow,Ella,2012-05-05,990001,Example High School,yes\r\n"
        import_roll_json(write, row, headings=headings)
        assert other.protections.count() == 1

    @pytest.mark.parametrize(
        ("end", "says"),
        [
            ("maybe,", "must be yes or no"),
            (",2031-01-01", "in the future"),
            (",2001-01-01", "before the date of birth"),
            (",soon", "is not a date"),
        ],
    )
    def test_what_cannot_be_is_a_fault(self, policy, write, end, says):
        row = f"{UPN},Barlow,Ella,2012-05-05,990001,Example High School,{end}\r\n"
        done = import_roll_json(write, row, headings=self.HEADINGS)
        assert done.code == 2
        assert says in done.said
        assert not Pupil.objects.exists()


def test_each_step_is_in_the_log(pupil, officer, second_officer):
    ProtectionFactory.create(pupil=pupil, by=officer)
    end(pupil, officer, second_officer)
    record_death(pupil, died_on=DAY, source=Source.OFFICER, by=officer, at=NOON)
    withdraw_death(pupil, reason="Another child", by=officer, at=NOON)
    assert events()[-5:] == [
        "pupil-protected", "protection-ending-proposed", "protection-ended", "pupil-died",
        "death-withdrawn",
    ]  # fmt: skip
    bodies = b"".join(bytes(body) for body in Entry.objects.values_list("body", flat=True))
    assert b"safe-address" not in bodies


def test_protect_names_the_pupil_and_why(pupil, officer):
    protection = protect(
        pupil, since=DAY, reason="court-order", source=Source.REQUEST, by=officer, at=NOON
    )
    assert (protection.reason, protection.source, protection.since) == (
        "court-order", "request", DAY,
    )  # fmt: skip


class TestNews:
    """P8: staff hear of deaths, protection, and of a family that moved since the last letter."""

    HOME = "UPN,Surname,Forename,DOB,School URN,School,Address,Postcode"

    def moves_to(self, write, address):
        row = f"{UPN},Barlow,Ella,2012-05-05,990001,Example High School,{address},WN1 1AA\r\n"
        import_roll_json(write, row, headings=self.HOME)

    def test_a_family_that_moved_since_a_letter_whose_code_works_is_news(
        self, pupil, officer, secretary, write, client
    ):
        self.moves_to(write, "1 High Street")
        assert not PupilNews.objects.exists()
        codes_and_text([pupil], by=officer)
        self.moves_to(write, "1 High Street")
        assert not PupilNews.objects.exists()
        self.moves_to(write, "2 Low Road")
        assert PupilNews.objects.get().kind == "address"
        secretary.workplaces.create(school=pupil.school)
        client.force_login(secretary)
        assert "Print a new letter" in client.get("/staff/pupils/news/").text
        client.post("/staff/pupils/news/", {"news": [PupilNews.objects.get().pk]})
        assert PupilNews.objects.get().seen_by == secretary
        assert "There is no news." in client.get("/staff/pupils/news/").text

    def test_no_school_sees_or_marks_news_of_another(self, pupil, officer, client):
        from tests.factories.consent import SchoolFactory
        from tests.factories.ground import SchoolStaffFactory

        ProtectionFactory.create(pupil=pupil, by=officer)
        stranger = SchoolStaffFactory.create(
            email="other@example.org", school=SchoolFactory.create(urn="990002")
        )
        client.force_login(stranger)
        assert "There is no news." in client.get("/staff/pupils/news/").text
        client.post("/staff/pupils/news/", {"news": [PupilNews.objects.get().pk]})
        assert PupilNews.objects.get().seen_at is None


class TestNewsTakenBack:
    def kinds(self):
        return sorted(PupilNews.objects.filter(seen_at=None).values_list("kind", flat=True))

    def test_a_withdrawn_death_is_no_news_and_protection_still_is(self, pupil, officer, client):
        record_death(pupil, died_on=DAY, source=Source.OFFICER, by=officer, at=NOON)
        ProtectionFactory.create(pupil=pupil)
        PupilNews.objects.create(pupil=pupil, kind="address", at=NOON)
        assert self.kinds() == ["address", "died", "protected"]
        withdraw_death(pupil, reason="Another child", by=officer, at=NOON)
        assert self.kinds() == ["address", "protected"]

    def test_ended_protection_is_no_news_and_a_death_still_is(
        self, pupil, officer, second_officer, client
    ):
        ProtectionFactory.create(pupil=pupil)
        day = DAY - timedelta(days=40)
        record_death(pupil, died_on=day, source=Source.OFFICER, by=officer, at=NOON)
        ending = propose_ending(pupil, reason="Over", by=officer, at=NOON)
        answer_ending(ending, agrees=True, note="", by=second_officer, at=NOON)
        assert self.kinds() == ["died"]
        client.force_login(officer)
        assert in_words(day) in client.get("/staff/pupils/news/").text

    def test_what_was_protected_once_more_meanwhile_stays_news(
        self, pupil, officer, second_officer
    ):
        ProtectionFactory.create(pupil=pupil)
        ending = propose_ending(pupil, reason="Over", by=officer, at=NOON)
        ProtectionFactory.create(pupil=pupil)
        answer_ending(ending, agrees=True, note="", by=second_officer, at=NOON)
        assert self.kinds() == ["protected"]

    def test_what_was_seen_stays(self, pupil, officer):
        record_death(pupil, died_on=DAY, source=Source.OFFICER, by=officer, at=NOON)
        mark_seen(PupilNews.objects.all(), by=officer, at=NOON)
        withdraw_death(pupil, reason="Another child", by=officer, at=NOON)
        assert PupilNews.objects.filter(seen_by=officer).exists()
