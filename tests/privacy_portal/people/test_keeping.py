"""People are added, given roles by two people, deactivated at once and let in again."""

from datetime import timedelta

import pytest
from django.core.exceptions import ObjectDoesNotExist
from django.db import IntegrityError, transaction

from consent.models import Pupil, SchoolStaff
from consent.roll import desk as roll_desk
from privacy_portal.ground.accounts.models import AccountChange, RoleProposal, User
from privacy_portal.ground.accounts.roles import Role
from privacy_portal.ground.errors import NotNowError
from privacy_portal.people import inviting, keeping, leaving, queries
from sharing.models import CountsRelease, Release
from sharing.releases.desk import extract_file
from tests.example import NOON
from tests.factories.consent import RollUploadFactory, SchoolFactory
from tests.factories.ground import OfficerFactory, SchoolStaffFactory, UserFactory
from tests.factories.sharing import ReadyReleaseFactory, ReleaseFactory
from tests.log_entries import entries
from tests.mails import run_jobs, sent

OFFICER = [Role.OFFICER]


def add(by, roles=OFFICER, schools=(), email="new@example.org"):
    return keeping.add(email=email, name="Nia New", roles=roles, schools=schools, by=by, at=NOON)


def change(user, roles, by, schools=()):
    return keeping.change_roles(user, roles, schools, by=by, at=NOON)


def kinds(user):
    return [change.kind for change in user.account_changes.order_by("pk")]


class TestAdding:
    def test_a_colleague_of_a_head_of_data_has_role_school_and_link_at_once(self, head):
        user = add(head, [Role.SCHOOL_STAFF], ["990001"])
        assert user.roles == [Role.SCHOOL_STAFF]
        assert queries.schools_of_user(user) == ["990001"]
        assert not user.has_usable_password()
        assert [mail.to for mail in sent()] == [["new@example.org"]]
        assert kinds(user) == ["added", "roles"]
        assert entries("person-added")[-1]["person"] == str(user.reference)
        assert entries("roles-changed")[-1]["roles"] == ["school-staff"]
        assert "Nia" not in str(entries())
        assert "new@example.org" not in str(entries())

    def test_an_administrator_alone_lets_nobody_see_pupils_of_any_school(
        self, administrator, second_administrator
    ):
        for urn in ("990001", "990002"):
            SchoolFactory(urn=urn)
        user = add(administrator, [Role.SCHOOL_STAFF], ["990001"])
        assert user.roles == []
        assert sent() == []
        keeping.answer(queries.proposal_about(user), agrees=True, by=second_administrator, at=NOON)
        user.refresh_from_db()
        assert user.roles == [Role.SCHOOL_STAFF]
        assert len(sent()) == 1
        assert change(user, [Role.SCHOOL_STAFF], administrator, ["990001", "990002"]) is not None
        user.refresh_from_db()
        assert user.roles == []

    def test_a_school_is_taken_away_by_one_person(self, administrator, colleague):
        SchoolFactory(urn="990002")
        keeping._set_schools(colleague, colleague.roles, ["990001", "990002"])
        assert change(colleague, [Role.SCHOOL_STAFF], administrator, ["990001"]) is None
        colleague.refresh_from_db()
        assert colleague.roles == [Role.SCHOOL_STAFF]

    def test_an_officer_waits_for_a_second_person_and_is_not_written_to_before(
        self, administrator, second_administrator
    ):
        user = add(administrator)
        assert user.roles == []
        assert sent() == []
        proposal = queries.proposal_about(user)
        keeping.answer(proposal, agrees=True, by=second_administrator, at=NOON)
        user.refresh_from_db()
        assert user.roles == OFFICER
        assert [mail.to for mail in sent()] == [["new@example.org"]]
        entry = entries("roles-changed")[-1]
        assert (entry["by"], entry["agreed_by"]) == (
            str(administrator.reference), str(second_administrator.reference),
        )  # fmt: skip

    def test_roles_of_one_person_hold_while_the_others_wait(
        self, administrator, second_administrator
    ):
        user = add(administrator, [Role.NOTICE_EDITOR, Role.NOTICE_PUBLISHER])
        assert user.roles == [Role.NOTICE_EDITOR]
        assert queries.proposal_about(user).roles == ["notice-editor", "notice-publisher"]

    def test_an_address_is_taken_in_any_case_of_its_letters(self, administrator, officer):
        with pytest.raises(keeping.AddressTakenError, match="already"):
            add(administrator, email=officer.email.upper())
        keeping.deactivate(officer, by=administrator, at=NOON)
        with pytest.raises(keeping.AddressTakenError, match="Reactivate it"):
            add(administrator, email=officer.email)

    @pytest.mark.parametrize(
        ("roles", "schools", "why"),
        [
            ([Role.SCHOOL_STAFF], [], "Select the schools"),
            ([Role.SCHOOL_STAFF], ["999999"], "No school has the URN 999999"),
            ([Role.OFFICER], ["990001"], "Only school staff have schools"),
            ([Role.APPROVING_OFFICER], [], "Council officer"),
        ],
    )
    def test_what_does_not_fit_is_refused_and_nobody_is_added(
        self, administrator, roles, schools, why
    ):
        SchoolFactory(urn="990001")
        with pytest.raises(NotNowError, match=why):
            add(administrator, roles, schools)
        assert not User.objects.filter(email="new@example.org").exists()

    def test_a_head_of_data_adds_school_staff_at_their_own_schools_alone(self, head):
        SchoolFactory(urn="990002")
        assert add(head, [Role.SCHOOL_STAFF], ["990001"]).roles == [Role.SCHOOL_STAFF]
        for roles, schools in (
            ([Role.SCHOOL_STAFF], ["990002"]),
            ([Role.SCHOOL_STAFF], ["990001", "990002"]),
            ([Role.SCHOOL_HEAD_OF_DATA], ["990001"]),
            (OFFICER, []),
        ):
            with pytest.raises(NotNowError):
                add(head, roles, schools, email="other@example.org")
        assert not User.objects.filter(email="other@example.org").exists()


class TestTwoPeople:
    def test_the_first_administrator_names_the_second_alone_and_nobody_else(self, administrator):
        officer = add(administrator)
        assert officer.roles == []
        second = add(administrator, [Role.ADMINISTRATOR], email="second@example.org")
        assert second.roles == [Role.ADMINISTRATOR]
        third = add(administrator, [Role.ADMINISTRATOR], email="third@example.org")
        assert third.roles == []

    def test_nor_once_the_second_has_gone_or_is_one_no_more(self, administrator):
        second = add(administrator, [Role.ADMINISTRATOR], email="second@example.org")
        change(second, [Role.NOTICE_EDITOR], administrator)
        assert add(administrator, [Role.ADMINISTRATOR], email="third@example.org").roles == []

    def test_neither_who_proposed_nor_who_would_get_them_agrees(
        self, administrator, second_administrator
    ):
        approving = OfficerFactory(email="approving@example.org")
        proposal = change(approving, [*approving.roles, Role.NOTICE_PUBLISHER], administrator)
        for user, why in ((administrator, "You proposed"), (approving, "your own roles")):
            with pytest.raises(NotNowError, match=why):
                keeping.answer(proposal, agrees=True, by=user, at=NOON)
            assert proposal not in queries.proposals_for(user)
        assert list(queries.proposals_for(second_administrator)) == [proposal]
        keeping.answer(proposal, agrees=True, by=second_administrator, at=NOON)
        with pytest.raises(NotNowError, match="already been answered"):
            keeping.answer(proposal, agrees=False, by=second_administrator, at=NOON)

    def test_the_database_refuses_one_person_for_both(self, administrator, officer):
        fields = {"roles": ["officer"], "answer": "agreed", "at": NOON, "answered_at": NOON}
        for by, answered_by in (
            (administrator, administrator), (administrator, officer), (officer, administrator),
        ):  # fmt: skip
            with pytest.raises(IntegrityError), transaction.atomic():
                RoleProposal.objects.create(user=officer, by=by, answered_by=answered_by, **fields)

    def test_an_approving_officer_agrees_and_an_officer_does_not_see_it(self, administrator):
        add(administrator)
        assert queries.proposals_for(OfficerFactory(email="approving@example.org")).exists()
        assert not queries.proposals_for(UserFactory(roles=OFFICER)).exists()

    def test_declined_roles_never_hold(self, administrator, second_administrator):
        user = add(administrator)
        keeping.answer(queries.proposal_about(user), agrees=False, by=second_administrator, at=NOON)
        user.refresh_from_db()
        assert user.roles == []
        assert queries.proposal_about(user) is None
        assert entries("roles-declined")
        mail = sent()[-1]
        assert mail.to == [administrator.email]
        assert f"Bea declined the roles you proposed for {user.name}" in " ".join(mail.body.split())
        assert f"/staff/people/{user.reference}/" in mail.body

    def test_another_change_withdraws_what_waits(self, administrator, second_administrator):
        user = add(administrator)
        first = queries.proposal_about(user)
        change(user, [Role.AUDITOR], administrator)
        assert queries.proposal_about(user).roles == ["auditor"]
        with pytest.raises(NotNowError, match="already been answered"):
            keeping.answer(first, agrees=True, by=second_administrator, at=NOON)

    def test_what_is_taken_away_ends_at_once_while_the_rest_waits(
        self, administrator, second_administrator, officer
    ):
        change(officer, [Role.AUDITOR], administrator)
        officer.refresh_from_db()
        assert officer.roles == []
        assert queries.proposal_about(officer).roles == ["auditor"]

    def test_a_withdrawn_proposal_is_no_more(self, administrator, second_administrator):
        user = add(administrator)
        proposal = queries.proposal_about(user)
        keeping.withdraw(proposal, by=second_administrator, at=NOON)
        with pytest.raises(NotNowError):
            keeping.withdraw(proposal, by=administrator, at=NOON)
        assert queries.proposal_about(user) is None


class TestChanging:
    def test_nobody_changes_their_own_roles(self, administrator, head):
        for user in (administrator, head):
            with pytest.raises(NotNowError, match="your own roles"):
                change(user, [Role.NOTICE_EDITOR], user)

    def test_a_head_of_data_keeps_staff_of_their_own_schools_alone(self, head, colleague):
        elsewhere = SchoolStaffFactory(email="e@example.org", school=SchoolFactory(urn="990002"))
        officer = OfficerFactory(email="o@example.org")
        for user in (elsewhere, officer):
            with pytest.raises(NotNowError, match="your own schools"):
                keeping.deactivate(user, by=head, at=NOON)
        keeping.deactivate(colleague, by=head, at=NOON)
        assert set(queries.people_for(head)) == {head, colleague}

    def test_the_only_administrator_stays_one(self, administrator, second_administrator):
        keeping.deactivate(second_administrator, by=administrator, at=NOON)
        with pytest.raises(NotNowError, match="only administrator"):
            keeping.deactivate(administrator, by=None, at=NOON)
        with pytest.raises(NotNowError, match="only administrator"):
            keeping.change_roles(administrator, [Role.AUDITOR], [], by=None, at=NOON)

    def test_other_schools_end_the_imports_of_the_ones_before(self, administrator):
        school, other = SchoolFactory(urn="990001"), SchoolFactory(urn="990002")
        user = SchoolStaffFactory(email="s@example.org", school=school)
        upload = RollUploadFactory(by=user)
        run_jobs()
        change(user, [Role.SCHOOL_STAFF], administrator, [other.urn])
        upload.refresh_from_db()
        assert upload.state == upload.State.GONE
        assert queries.schools_of_user(user) == ["990002"]
        assert entries("schools-changed")[-1]["schools"] == ["990002"]

    def test_who_leaves_a_school_for_the_council_sees_its_pupils_no_more(
        self, administrator, second_administrator, colleague
    ):
        change(colleague, OFFICER, administrator)
        assert not SchoolStaff.objects.filter(user=colleague).exists()

    def test_the_lead_on_protected_records_goes_with_the_role(
        self, administrator, second_administrator
    ):
        officer = UserFactory(roles=[Role.OFFICER, Role.PROTECTED_RECORDS_OFFICER])
        keeping.lead_protected_records(officer, True, by=administrator, at=NOON)
        change(officer, OFFICER, administrator)
        officer.refresh_from_db()
        assert not officer.heads_protected_records
        with pytest.raises(NotNowError, match="Only a protected records officer"):
            keeping.lead_protected_records(officer, True, by=administrator, at=NOON)


class TestDeactivating:
    def test_sessions_end_at_once_and_stay_ended_after_a_return(
        self, client, administrator, officer
    ):
        client.force_login(officer)
        assert client.get("/staff/").status_code == 200
        keeping.deactivate(officer, by=administrator, at=NOON)
        assert client.get("/staff/").status_code == 302
        keeping.reactivate(officer, by=administrator, at=NOON)
        assert client.get("/staff/").status_code == 302

    def test_files_that_have_not_left_are_deleted(self, administrator, officer, pupil):
        checked = ReleaseFactory(by=officer)
        ready = ReadyReleaseFactory(by=officer)
        other = ReleaseFactory(by=OfficerFactory(email="other@example.org"))
        keeping.deactivate(officer, by=administrator, at=NOON)
        for release in (checked, ready):
            release.refresh_from_db()
            assert release.state == Release.State.DELETED
            assert not extract_file(release.pk).exists()
        other.refresh_from_db()
        assert other.state == Release.State.CHECKED
        assert {entry["release"] for entry in entries("extract-deleted")} == {
            str(checked.pk), str(ready.pk),
        }  # fmt: skip

    def test_counts_and_rolls_that_wait_are_deleted(self, administrator, officer):
        table = CountsRelease.objects.create(
            agreement="A", name="t.csv", state="checked", tables=[{}], checked_at=NOON,
            expires_at=NOON + timedelta(hours=1), requested_by=officer, decision={},
        )  # fmt: skip
        upload = RollUploadFactory(by=officer)
        run_jobs()
        keeping.deactivate(officer, by=administrator, at=NOON)
        table.refresh_from_db()
        upload.refresh_from_db()
        assert (table.state, table.tables) == ("expired", None)
        assert upload.state == upload.State.GONE

    def test_a_roll_that_nobody_has_checked_yet_is_not_checked_any_more(
        self, administrator, officer
    ):
        upload = RollUploadFactory(by=officer)
        keeping.deactivate(officer, by=administrator, at=NOON)
        run_jobs()
        upload.refresh_from_db()
        assert upload.state == upload.State.GONE

    def test_an_import_that_they_confirmed_just_before_comes_to_nothing(
        self, administrator, officer
    ):
        upload = RollUploadFactory(by=officer)
        run_jobs()
        upload.refresh_from_db()
        roll_desk.confirm(upload, by=officer, at=NOON)
        keeping.deactivate(officer, by=administrator, at=NOON)
        run_jobs()
        upload.refresh_from_db()
        assert upload.state == upload.State.FAILED
        assert not Pupil.objects.exists()

    def test_their_proposals_wait_for_nobody(self, administrator, second_administrator):
        user = add(administrator)
        keeping.deactivate(user, by=administrator, at=NOON)
        assert queries.proposal_about(user) is None

    def test_who_comes_back_gets_a_new_link_and_roles_of_two_people_anew(
        self, administrator, second_administrator, officer
    ):
        keeping.deactivate(officer, by=administrator, at=NOON)
        with pytest.raises(NotNowError, match="already deactivated"):
            keeping.deactivate(officer, by=administrator, at=NOON)
        proposal = keeping.reactivate(officer, by=administrator, at=NOON)
        officer.refresh_from_db()
        assert officer.is_active
        assert officer.roles == []
        assert proposal.roles == ["officer", "approving-officer"]
        keeping.answer(proposal, agrees=True, by=second_administrator, at=NOON)
        assert sent()[-1].to == [officer.email]
        assert kinds(officer) == ["deactivated", "reactivated", "roles"]
        with pytest.raises(NotNowError, match="is active"):
            keeping.reactivate(officer, by=administrator, at=NOON)

    def test_an_account_that_did_anything_is_never_deleted(self, administrator):
        user = add(administrator, [Role.NOTICE_EDITOR])
        with pytest.raises(IntegrityError), transaction.atomic():
            AccountChange.objects.filter(user=user).delete()


class TestLinks:
    def test_the_link_sets_a_password_once(self, client, administrator):
        user = add(administrator, [Role.NOTICE_EDITOR])
        path = inviting.link_for(user).partition("8000")[2] or inviting.link_for(user)
        path = "/accounts/" + path.partition("/accounts/")[2]
        page = client.get(path, follow=True)
        assert "Choose a new password" in page.text
        where = page.redirect_chain[-1][0]
        client.post(where, {"password1": "otter planet brick", "password2": "otter planet brick"})
        client.post("/accounts/login/", {"login": user.email, "password": "otter planet brick"})
        assert "Set up a second step" in client.get("/staff/", follow=True).text
        assert client.get(path).status_code == 410

    def test_a_link_ends_after_7_days(self, client, administrator, time_machine):
        user = add(administrator, [Role.NOTICE_EDITOR])
        path = "/accounts/" + inviting.link_for(user).partition("/accounts/")[2]
        time_machine.move_to(NOON + timedelta(days=7, minutes=1))
        page = client.get(path)
        assert page.status_code == 410
        assert "ask for a new link" in page.text

    @pytest.mark.parametrize("token", ["x", "W10:1:2", "bnVsbA:1wUQhU:AAAA"])
    def test_a_made_up_link_leads_nowhere(self, client, policy, token):
        assert client.get(f"/accounts/welcome/{token}/").status_code == 410

    def test_a_link_of_before_the_account_ended_leads_nowhere(self, client, administrator):
        user = add(administrator, [Role.NOTICE_EDITOR])
        path = "/accounts/" + inviting.link_for(user).partition("/accounts/")[2]
        keeping.deactivate(user, by=administrator, at=NOON)
        assert client.get(path).status_code == 410
        keeping.reactivate(user, by=administrator, at=NOON)
        assert client.get(path).status_code == 410

    def test_the_link_is_sent_again_a_few_times_a_day(self, administrator):
        user = add(administrator, [Role.NOTICE_EDITOR])
        for minute in range(inviting.LINKS_A_DAY):
            at = NOON + timedelta(minutes=minute + 1)
            inviting.invite_again(user, by=administrator, at=at)
        with pytest.raises(NotNowError, match="tomorrow"):
            inviting.invite_again(user, by=administrator, at=NOON + timedelta(hours=1))
        assert len(sent()) == 1 + inviting.LINKS_A_DAY


class TestLeavers:
    @pytest.fixture
    def last_signed_in(self, db):
        def days_ago(user, days):
            at = NOON - timedelta(days=days)
            User.objects.filter(pk=user.pk).update(last_login=at, date_joined=at)

        return days_ago

    def test_who_has_not_signed_in_for_90_days_is_deactivated(
        self, administrator, officer, second_officer, last_signed_in
    ):
        last_signed_in(officer, 91)
        last_signed_in(second_officer, 90)
        assert leaving.deactivate_unused(at=NOON) == 1
        officer.refresh_from_db()
        second_officer.refresh_from_db()
        assert (officer.is_active, second_officer.is_active) == (False, True)
        assert kinds(officer) == ["unused"]
        assert entries("person-deactivated")[-1]["unused"] is True

    def test_they_are_told_once_two_weeks_before(self, administrator, officer, last_signed_in):
        last_signed_in(officer, 76)
        assert leaving.warn_unused(at=NOON) == 0
        last_signed_in(officer, 77)
        assert leaving.warn_unused(at=NOON) == 1
        assert leaving.warn_unused(at=NOON + timedelta(days=1)) == 0
        assert "deactivate your account" in sent()[-1].body

    def test_an_administrator_always_stays(
        self, administrator, second_administrator, last_signed_in
    ):
        last_signed_in(administrator, 200)
        last_signed_in(second_administrator, 100)
        assert leaving.deactivate_unused(at=NOON) == 1
        second_administrator.refresh_from_db()
        assert second_administrator.is_active

    def test_90_days_run_anew_from_a_return(self, administrator, officer, last_signed_in):
        last_signed_in(officer, 200)
        keeping.deactivate(officer, by=administrator, at=NOON - timedelta(days=100))
        keeping.reactivate(officer, by=administrator, at=NOON - timedelta(days=10))
        assert leaving.deactivate_unused(at=NOON) == 0


def test_a_reference_that_is_nobodys_is_nobodys(administrator, officer):
    with pytest.raises(ObjectDoesNotExist):
        queries.people_for(administrator).get(reference="00000000-0000-0000-0000-000000000000")
