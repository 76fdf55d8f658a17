"""The pages of people: the list, adding, roles by two people, deactivating; and the command `users`."""

import json
from uuid import uuid4

import pytest
from django.test import Client

from privacy_portal.ground.accounts.models import User
from privacy_portal.ground.accounts.roles import Role
from privacy_portal.ground.mail import sending
from privacy_portal.ground.mail.models import Message
from privacy_portal.people import keeping, queries
from tests.commands import run
from tests.example import NOON
from tests.factories.consent import SchoolFactory
from tests.factories.ground import OfficerFactory, SchoolStaffFactory, UserFactory
from tests.mails import sent

PEOPLE = "/staff/people/"
FAILED = "could not send the email with the link"
NEW = {"name": "Nia New", "email": "nia@example.org"}


def path_of(user, part=""):
    return f"{PEOPLE}{user.reference}/{part}"


@pytest.fixture
def desk(client, administrator):
    """The client, signed in as an administrator."""
    client.force_login(administrator)
    return client


class TestList:
    def test_an_administrator_finds_people_by_name_role_school_and_status(
        self, desk, head, colleague, officer
    ):
        User.objects.filter(pk=officer.pk).update(name="Olive Officer")
        everyone = desk.get(PEOPLE).text
        assert "4 people" in everyone
        for query, names in (
            ("words=olive", {"Olive Officer"}),
            ("role=school-head-of-data", {head.name}),
            ("school=990001", {head.name, colleague.name}),
            ("standing=deactivated", set()),
        ):
            page = desk.get(f"{PEOPLE}?{query}").text
            shown = {user.name for user in User.objects.all() if path_of(user) in page}
            assert shown == names, query
        assert "Nobody matches your search" in desk.get(f"{PEOPLE}?words=zz").text

    def test_a_head_of_data_sees_their_colleagues_and_nobody_else(
        self, client, head, colleague, administrator
    ):
        elsewhere = SchoolStaffFactory(email="e@example.org", school=SchoolFactory(urn="990002"))
        client.force_login(head)
        page = client.get(PEOPLE).text
        assert path_of(colleague) in page
        for user in (elsewhere, administrator):
            assert path_of(user) not in page
            assert client.get(path_of(user)).status_code == 404
            assert client.get(path_of(user, "roles/")).status_code == 404
            assert client.post(path_of(user, "deactivate/")).status_code == 404
            user.refresh_from_db()
            assert user.is_active

    def test_the_list_of_many_takes_a_known_number_of_queries(
        self, desk, django_assert_max_num_queries
    ):
        school = SchoolFactory(urn="990001")
        for number in range(60):
            SchoolStaffFactory(email=f"s{number}@example.org", school=school)
        with django_assert_max_num_queries(12):
            assert "Next" in desk.get(PEOPLE).text

    def test_what_each_role_can_do_is_said_of_all(self, desk):
        page = desk.get(f"{PEOPLE}roles/").text
        assert all(role.label in page for role in Role)
        assert page.count("Given by 2 people") == 8
        assert page.count("Given by 2 people, or by the school") == 2


class TestAdding:
    def test_a_secretary_is_added_and_written_to(self, client, head):
        client.force_login(head)
        page = client.post(
            f"{PEOPLE}add/", {**NEW, "roles": ["school-staff"], "schools": ["990001"]}, follow=True
        )
        assert "Nia New added. We have emailed a link to nia@example.org." in page.text
        assert "Not set up yet" in page.text
        assert "Ashfield Primary School" in page.text
        assert sent()[-1].to == ["nia@example.org"]

    def test_an_officer_is_added_by_two_people(
        self, desk, client, administrator, second_administrator
    ):
        page = desk.post(f"{PEOPLE}add/", {**NEW, "roles": ["officer"]}, follow=True)
        assert "once a second person agrees" in page.text
        user = User.objects.get(email="nia@example.org")
        assert path_of(user, "answer/") not in desk.get(path_of(user)).text
        proposal = queries.proposal_about(user)
        client.force_login(second_administrator)
        assert "1 person</a> is to get a role" in client.get("/staff/").text
        assert path_of(user) in client.get(PEOPLE).text
        answer = {"proposal": proposal.pk, "answer": "agree"}
        page = client.post(path_of(user, "answer/"), answer, follow=True)
        assert "Roles agreed" in page.text
        user.refresh_from_db()
        assert user.roles == ["officer"]

    def test_what_was_proposed_since_is_not_agreed_to_by_an_old_page(
        self, desk, client, administrator, second_administrator
    ):
        user = keeping.add(
            email="n@example.org", name="N", roles=[Role.AUDITOR], by=administrator, at=NOON
        )
        old = queries.proposal_about(user)
        keeping.change_roles(user, [Role.OFFICER], [], by=administrator, at=NOON)
        client.force_login(second_administrator)
        answer = {"proposal": old.pk, "answer": "agree"}
        page = client.post(path_of(user, "answer/"), answer, follow=True)
        assert "Look again" in page.text
        user.refresh_from_db()
        assert user.roles == []

    @pytest.mark.parametrize(
        ("sent_fields", "says"),
        [
            ({"name": ""}, "Enter their full name"),
            ({"email": "nobody"}, "correct format"),
            ({"roles": []}, "Select a role"),
            ({"roles": ["officer", "auditor"]}, "An auditor can have no other role"),
            ({"roles": ["school-staff"]}, "Select the schools where they work"),
            ({"roles": ["officer"], "schools": ["990001"]}, "Only school staff have schools"),
            ({"email": "ADMIN@example.org"}, "There is an account with this email address"),
        ],
    )
    def test_a_form_with_a_fault_says_which_and_adds_nobody(self, desk, sent_fields, says):
        SchoolFactory(urn="990001")
        page = desk.post(f"{PEOPLE}add/", {**NEW, "roles": ["notice-editor"], **sent_fields})
        assert page.status_code == 422
        assert says in page.text
        assert User.objects.count() == 1

    def test_of_many_schools_names_or_urns_are_typed(self, desk):
        for number in range(25):
            SchoolFactory(urn=f"99{number:04}", name=f"School {number}")
        fields = {**NEW, "roles": ["school-staff"]}
        page = desk.post(f"{PEOPLE}add/", {**fields, "schools": "School 3\nNo such school"})
        assert "‘No such school’: no school has this name or URN" in page.text
        page = desk.post(f"{PEOPLE}add/", {**fields, "schools": "school 3\n\n990004 "}, follow=True)
        user = User.objects.get(email="nia@example.org")
        assert queries.schools_of_user(user) == ["990003", "990004"]
        assert "990003\n990004" in desk.get(path_of(user, "roles/")).text

    def test_a_head_of_data_is_offered_school_staff_and_their_own_schools(self, client, head):
        SchoolFactory(urn="990002", name="Other School")
        client.force_login(head)
        page = client.get(f"{PEOPLE}add/").text
        assert 'value="school-staff"' in page
        assert 'value="officer"' not in page
        assert "Other School" not in page
        forged = {**NEW, "roles": ["officer"]}
        assert client.post(f"{PEOPLE}add/", forged).status_code == 422


class TestOnePerson:
    def test_roles_names_and_access_change_on_pages(self, desk, second_administrator, colleague):
        page = desk.post(path_of(colleague, "name/"), {"name": "Cara Colleague"}, follow=True)
        assert "Cara Colleague" in page.text
        fields = {"roles": ["school-staff", "school-head-of-data"], "schools": ["990001"]}
        page = desk.post(path_of(colleague, "roles/"), fields, follow=True)
        assert "School head of data" in page.text
        assert "Roles that need a second person" in page.text
        proposal = {"proposal": queries.proposal_about(colleague).pk, "answer": "agree"}
        client = Client()
        client.force_login(second_administrator)
        page = client.post(path_of(colleague, "answer/"), proposal, follow=True)
        assert "School head of data" in page.text
        assert "Roles that a second person answered" in page.text
        assert second_administrator.name in page.text
        assert "Deactivate Cara Colleague?" in desk.get(path_of(colleague, "deactivate/")).text
        page = desk.post(path_of(colleague, "deactivate/"), follow=True)
        assert "Cara Colleague can no longer sign in" in page.text
        assert path_of(colleague, "reactivate/") in page.text
        page = desk.post(path_of(colleague, "reactivate/"), follow=True)
        assert "Account reactivated. We email a link to colleague@example.org once" in page.text
        proposal = {"proposal": queries.proposal_about(colleague).pk, "answer": "agree"}
        client.post(path_of(colleague, "answer/"), proposal)
        page = desk.post(path_of(colleague, "link/"), follow=True)
        assert "Link sent to colleague@example.org" in page.text

    def test_nobody_changes_their_own(self, desk, administrator):
        page = desk.get(path_of(administrator)).text
        assert "This is your own account" in page
        assert "Deactivate</a>" not in page
        for part in ("roles/", "name/", "deactivate/", "reactivate/", "link/", "lead/"):
            page = desk.post(path_of(administrator, part), {"name": "X", "roles": "officer"})
            assert page.status_code == 302
        administrator.refresh_from_db()
        assert administrator.roles == ["administrator"]
        assert administrator.name == "Amir"

    def test_an_auditor_reads_and_changes_nothing(self, client, colleague):
        client.force_login(UserFactory(roles=[Role.AUDITOR]))
        page = client.get(path_of(colleague)).text
        assert "<form" not in page.partition("<main")[2]
        assert client.post(path_of(colleague, "deactivate/")).status_code == 403

    def test_the_lead_on_protected_records_is_named_on_the_page(self, desk, second_administrator):
        officer = UserFactory(roles=[Role.OFFICER, Role.PROTECTED_RECORDS_OFFICER])
        page = desk.post(path_of(officer, "lead/"), {"leads": "yes"}, follow=True)
        assert "Hears of each look" in page.text
        officer.refresh_from_db()
        assert officer.heads_protected_records

    def test_a_proposal_is_withdrawn_on_the_page(self, desk, second_administrator, officer):
        fields = {"roles": ["officer", "approving-officer", "notice-publisher"]}
        page = desk.post(path_of(officer, "roles/"), fields, follow=True)
        assert "hold once a second person agrees" in page.text
        proposal = queries.proposal_about(officer)
        page = desk.post(path_of(officer, "withdraw/"), {"proposal": proposal.pk}, follow=True)
        assert "Proposal withdrawn" in page.text
        assert queries.proposal_about(officer) is None

    def test_a_link_that_could_not_be_sent_is_said_until_one_was(self, desk, policy):
        desk.post(f"{PEOPLE}add/", {**NEW, "roles": ["notice-editor"]})
        user = User.objects.get(email=NEW["email"])
        assert FAILED not in desk.get(path_of(user)).text
        sending.give_up(Message.objects.get().pk, why="no such mailbox", at=NOON)
        assert FAILED in desk.get(path_of(user)).text
        desk.post(path_of(user, "link/"))
        assert FAILED not in desk.get(path_of(user)).text

    def test_nobody_is_found_by_a_made_up_reference(self, desk):
        assert desk.get(f"{PEOPLE}{uuid4()}/").status_code == 404


class TestCommand:
    def test_the_first_administrator_is_added_with_a_link(self, policy, client):
        done = run(
            "users", "add", "first@example.org", "--name", "First", "--role", "administrator"
        )
        assert done.code == 0
        assert "Added First: Administrator." in done.out
        link = next(word for word in done.out.split() if "/accounts/welcome/" in word)
        page = client.get("/accounts/" + link.partition("/accounts/")[2], follow=True)
        assert "Choose a new password" in page.text
        assert sent()[-1].to == ["first@example.org"]

    def test_school_staff_are_added_at_schools_and_listed(self, policy):
        SchoolFactory(urn="990001")
        done = run(
            "users", "add", "s@example.org", "--name", "Sadia", "--role", "school-staff",
            "--role", "school-head-of-data", "--school", "990001", "--json",
        )  # fmt: skip
        document = json.loads(done.out)
        assert document["roles"] == ["school-staff", "school-head-of-data"]
        assert document["schools"] == ["990001"]
        assert "School staff, School head of data at 990001" in run("users", "list").out
        assert json.loads(run("users", "list", "--json").out)[0]["email"] == "s@example.org"

    @pytest.mark.parametrize(
        ("arguments", "says"),
        [
            (["a@example.org", "--name", "A", "--role", "school-staff"], "Select the schools"),
            (["a@example.org", "--name", " ", "--role", "officer"], "--name"),
            (["a@example.org", "--name", "A", "--role", "auditor", "--role", "officer"], "auditor"),
            (
                ["a@example.org", "--name", "A", "--role", "school-staff", "--school", "1"],
                "No school has the URN 1",
            ),
            (["officer@example.org", "--name", "A", "--role", "officer"], "already"),
        ],
    )
    def test_bad_arguments_are_explained_and_nobody_is_added(self, officer, arguments, says):
        done = run("users", "add", *arguments)
        assert done.code == 2
        assert says in done.said
        assert User.objects.count() == 1

    def test_an_account_ends_by_the_command(self, client, officer):
        client.force_login(officer)
        assert "can no longer sign in" in run("users", "deactivate", officer.email).out
        assert client.get("/staff/").status_code == 302
        assert run("users", "deactivate", officer.email).code == 2

    def test_the_only_administrator_is_kept(self, administrator):
        done = run("users", "deactivate", administrator.email)
        assert done.code == 3
        assert "only administrator" in done.said


def test_an_approving_officer_who_agrees_sees_no_button_to_change(client, administrator, colleague):
    client.force_login(OfficerFactory(email="a@example.org"))
    assert "Add a person" not in client.get(PEOPLE).text
    assert client.get(path_of(colleague, "roles/")).status_code == 403
