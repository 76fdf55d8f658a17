"""The queue of opt-outs that fit no single pupil: candidates, a person's decision, its log (L1)."""

from datetime import timedelta

import pytest
from django.db import IntegrityError
from django.test import Client
from stdnum.gb.upn import calc_check_digit

from consent.decisions.recording import record
from consent.errors import RefusedError
from consent.matching import candidates, matching
from consent.models import (
    Decision,
    Invalidation,
    OptOutRequest,
    Pupil,
    RequestStep,
    School,
    SchoolStaff,
)
from consent.queries import own_pupils, requests_to_match
from privacy_portal.ground.errors import NotNowError
from tests import mails
from tests.commands import run
from tests.example import NOON
from tests.factories.consent import PupilFactory
from tests.forms import send_opt_out
from tests.log_entries import entries
from tests.many import store_many
from tests.rolls import ROLL_HEADINGS, pupil_row

pytestmark = pytest.mark.django_db
OTHERS = (
    {"UPN": "B801200005001", "Forename": "Ella", "Surname": "Barlow-Smith"},
    {"UPN": "P359000000007", "Forename": "Eli", "Surname": "Barlow", "DOB": "2012-06-05"},
    {"UPN": "M359000000016", "Forename": "Zed", "Surname": "Quux"},
    {
        "UPN": "K359000000025", "Forename": "Ella", "Surname": "Barlow",
        "School URN": "990002", "School": "Other High",
    },
)  # fmt: skip


@pytest.fixture
def roll(policy, write):
    rows = pupil_row() + "".join(pupil_row(**other) for other in OTHERS)
    ran = run("roll", "import", write(f"{ROLL_HEADINGS}\r\n{with_checks(rows)}"))
    assert ran.code == 0, ran.said


def with_checks(rows):
    """The rows with the right check letters of the UPNs made up here."""
    from stdnum.gb.upn import calc_check_digit

    for other in OTHERS:
        number = other["UPN"][1:]
        rows = rows.replace(other["UPN"], calc_check_digit("A" + number) + number)
    return rows


@pytest.fixture
def waiting(roll):
    """One with a name that is nearly Ella Barlow's."""
    send_opt_out(Client(), name={"forename": "Elle", "surname": "Barlowe"})
    return OptOutRequest.objects.with_state().get()


@pytest.fixture
def at_school(secretary, roll, client):
    SchoolStaff.objects.create(user=secretary, school=School.objects.get(urn="990001"))
    client.force_login(secretary)
    return secretary


def mark_wrong(officer, at=NOON):
    """Marks the only valid decision as being about a different pupil."""
    invalid = Invalidation(
        decision=Decision.objects.get(invalidation=None), kind=Invalidation.Kind.WRONG_PUPIL,
        reason="Another Ella", recorded_at=at, recorded_by=officer,
    )  # fmt: skip
    record([], [invalid], by=officer, at=at)


class TestCandidates:
    def test_the_likeliest_pupil_comes_first_and_strangers_not_at_all(self, waiting):
        found = candidates.candidates(waiting, Pupil.objects.all())
        first = found[0]
        assert (first.pupil.surname, first.pupil.school.urn) == ("Barlow", "990001")
        assert first.born
        assert first.school
        assert 0.3 <= first.name < 1
        assert "Quux" not in {each.pupil.surname for each in found}
        assert [each.score for each in found] == sorted(
            (each.score for each in found), reverse=True
        )

    def test_swapped_names_and_swapped_days_are_alike(self, roll):
        send_opt_out(
            Client(),
            name={"forename": "Barlow", "surname": "Eli"},
            date_of_birth={"born_0": "6", "born_1": "5", "born_2": "2012"},
        )
        request = OptOutRequest.objects.with_state().get()
        first = candidates.candidates(request, Pupil.objects.all())[0]
        assert first.pupil.forename == "Eli"
        assert first.name == pytest.approx(1)
        assert first.born_nearly

    def test_a_former_name_is_alike(self, roll, write):
        renamed = with_checks(pupil_row(Surname="Newname"))
        run("roll", "import", write(f"{ROLL_HEADINGS}\r\n{renamed}"))
        send_opt_out(Client(), name={"forename": "Ela", "surname": "Barlow"})
        request = OptOutRequest.objects.with_state().get()
        found = candidates.candidates(request, Pupil.objects.all())
        assert "Newname" in {each.pupil.surname for each in found}

    def test_a_name_misheard_will_do_for_a_child_of_that_day_at_that_school(
        self, roll, at_school, client
    ):
        send_opt_out(Client(), name={"forename": "Ela", "surname": "Burlie"})
        request = OptOutRequest.objects.with_state().get()
        misheard = candidates.candidates(request, Pupil.objects.all())[0]
        assert (misheard.pupil.born, misheard.pupil.school) == (request.born, request.school)
        assert misheard.name_evidence == "Different name"
        page = client.get(f"/staff/opt-outs/{request.reference}/").text
        assert "Different name" in page
        assert str(misheard.pupil.forename) in page

    def test_one_query(self, waiting, django_assert_num_queries):
        with django_assert_num_queries(1):
            candidates.candidates(waiting, Pupil.objects.all())


class TestChoosing:
    def test_staff_see_it_choose_and_it_counts_from_receipt(self, waiting, at_school, client):
        page = client.get("/staff/opt-outs/").text
        assert waiting.reference in page
        page = client.get(f"/staff/opt-outs/{waiting.reference}/").text
        assert "Similar name" in page
        pupil = Pupil.objects.get(upns__upn="P207000016049")
        done = client.post(
            f"/staff/opt-outs/{waiting.reference}/pupil/", {"pupil": pupil.reference}, follow=True
        )
        assert "Opt-out matched" in done.text
        decision = Decision.objects.get()
        assert (decision.pupil, decision.recorded_by) == (pupil, at_school)
        assert decision.received_at == waiting.received_at
        opened, matched, recorded = entries()[-3:]
        assert opened["event"] == "opt-out-opened"
        assert str(pupil.reference) in opened["people"]
        assert (matched["event"], matched["by"]) == ("opt-out-matched", str(at_school.reference))
        assert recorded["event"] == "decision-recorded"
        assert not requests_to_match(at_school).exists()

    def test_staff_of_a_school_cannot_choose_a_pupil_of_another(self, waiting, at_school, client):
        other = Pupil.objects.get(school__urn="990002")
        address = f"/staff/opt-outs/{waiting.reference}/"
        assert "Other High" not in client.get(address).text
        for given in (other.reference, "nonsense", ""):
            assert client.post(f"{address}pupil/", {"pupil": given}).status_code == 404
        assert not Decision.objects.exists()

    def test_two_who_choose_at_once_make_one_decision(self, waiting, officer):
        one, other = own_pupils(officer)[:2]
        matching.choose(waiting.reference, one, by=officer, at=NOON)
        with pytest.raises(NotNowError):
            matching.choose(waiting.reference, other, by=officer, at=NOON)
        assert Decision.objects.get().pupil == one

    def test_a_pupil_too_young_on_the_roll_is_refused(self, waiting, officer, roll):
        send_opt_out(
            Client(),
            who={"by": "pupil"},
            name={"forename": "Somebody", "surname": "Else"},
            date_of_birth={"born_0": "5", "born_1": "5", "born_2": "2010"},
        )
        request = OptOutRequest.objects.get(surname="Else")
        pupil = Pupil.objects.get(forename="Zed")
        with pytest.raises(RefusedError, match="too young"):
            matching.choose(request.reference, pupil, by=officer, at=NOON)
        assert not Decision.objects.exists()

    def test_one_matched_to_the_wrong_pupil_waits_again(self, waiting, officer):
        wrong, right = own_pupils(officer)[:2]
        matching.choose(waiting.reference, wrong, by=officer, at=NOON)
        mark_wrong(officer)
        assert list(requests_to_match(officer)) == [waiting]
        matching.choose(waiting.reference, right, by=officer, at=NOON)
        assert Decision.objects.filter(invalidation=None).get().pupil == right
        assert not requests_to_match(officer).exists()

    @pytest.mark.parametrize("close", [matching.not_found, matching.refuse])
    def test_one_closed_before_it_was_matched_to_the_wrong_pupil_waits_again(
        self, waiting, officer, close
    ):
        close(waiting.reference, note="Who?", by=officer, at=NOON)
        matching.ask(waiting.reference, note="", by=officer, at=NOON)
        close(waiting.reference, note="Who?", by=officer, at=NOON)
        if close is matching.refuse:  # passing it on opens it again
            matching.pass_on(waiting.reference, None, note="", by=officer, at=NOON)
        matching.choose(waiting.reference, own_pupils(officer)[0], by=officer, at=NOON)
        mark_wrong(officer, at=NOON - timedelta(minutes=1))  # by a server whose clock is behind
        assert list(requests_to_match(officer)) == [waiting]
        later = NOON + timedelta(minutes=5)
        close(waiting.reference, note="Nobody", by=officer, at=later)
        assert not requests_to_match(officer).exists()

    def test_the_roll_never_brings_back_a_pupil_it_is_not_about(self, roll, officer):
        send_opt_out(Client())
        request = OptOutRequest.objects.get()
        assert Decision.objects.get().recorded_by is None, "matched by itself"
        mark_wrong(officer)
        assert matching.match_waiting(at=NOON) == 0
        assert list(requests_to_match(officer)) == [request]
        matching.not_found(request.reference, note="", by=officer, at=NOON + timedelta(minutes=1))
        wrong = Decision.objects.get().pupil
        wrong.forename_folded = "another"
        wrong.save()
        right = PupilFactory(upn="X359000000099", school=wrong.school, born=wrong.born)
        assert matching.match_waiting(at=NOON) == 1, "another pupil of that name is not excluded"
        assert Decision.objects.get(invalidation=None).pupil == right

    def test_a_rejected_one_is_matched_only_when_it_is_open_again(self, waiting, officer, client):
        pupil = own_pupils(officer)[0]
        matching.refuse(waiting.reference, note="A neighbour", by=officer, at=NOON)
        client.force_login(officer)
        page = f"/staff/opt-outs/{waiting.reference}/"
        assert "This opt-out was rejected." in client.get(page).text
        assert "Choose the pupil" not in client.get(page).text
        refused = client.post(f"{page}pupil/", {"pupil": pupil.reference}, follow=True)
        assert "was rejected" in refused.text
        assert not Decision.objects.exists()
        matching.ask(waiting.reference, note="", by=officer, at=NOON)
        matching.choose(waiting.reference, pupil, by=officer, at=NOON)
        assert Decision.objects.get().pupil == pupil

    def test_one_invalid_for_another_reason_waits_no_more(self, waiting, officer):
        matching.choose(waiting.reference, own_pupils(officer)[0], by=officer, at=NOON)
        invalid = Invalidation(
            decision=Decision.objects.get(), kind=Invalidation.Kind.NO_RESPONSIBILITY,
            reason="A neighbour", recorded_at=NOON, recorded_by=officer,
        )  # fmt: skip
        record([], [invalid], by=officer, at=NOON)
        assert not requests_to_match(officer).exists()


class TestQueue:
    def test_a_school_sees_its_own_and_the_council_all(self, waiting, at_school, officer):
        send_opt_out(Client(), school={"school": "other", "other_school": "Far Away"})
        assert [each.reference for each in requests_to_match(at_school)] == [waiting.reference]
        assert requests_to_match(officer).count() == 2

    def test_it_is_passed_on_and_back(self, waiting, at_school, officer, client):
        act = f"/staff/opt-outs/{waiting.reference}/pass/"
        assert client.get(act).status_code == 200
        assert client.post(act, {"to": ""}).status_code == 422
        client.post(act, {"to": "council", "note": "Not ours"})
        assert not requests_to_match(at_school).exists()
        assert client.get(f"/staff/opt-outs/{waiting.reference}/").status_code == 404
        client.force_login(officer)
        client.post(act, {"to": "990001"})
        assert list(requests_to_match(at_school)) == [waiting]
        page = client.get(f"/staff/opt-outs/{waiting.reference}/").text
        assert "Passed on to the council" in page
        assert "Not ours" in page

    @pytest.mark.parametrize(
        ("action", "given", "waits"),
        [
            ("ask", {"note": ""}, True),
            ("not-found", {"note": "Moved away"}, False),
            ("refuse", {"note": "A joke"}, False),
        ],
    )
    def test_the_person_is_asked_by_a_mail_that_tells_nothing(
        self, waiting, officer, client, action, given, waits
    ):
        client.force_login(officer)
        address = f"/staff/opt-outs/{waiting.reference}/{action}/"
        assert client.get(address).status_code == 200
        client.post(address, given)
        assert requests_to_match(officer).exists() is waits
        body = mails.sent()[-1].body
        assert waiting.reference in body
        for telling in ("Elle", "Barlow", "roll", "Moved", "joke"):
            assert telling not in body
        status = client.post(
            "/opt-out/status/", {"reference": waiting.reference, "email": waiting.email}
        )
        assert "We need more information from you" in status.text
        assert entries()[-1]["event"].startswith("opt-out-")

    def test_a_refusal_needs_a_reason(self, waiting, officer, client):
        client.force_login(officer)
        page = client.post(f"/staff/opt-outs/{waiting.reference}/refuse/", {"note": ""})
        assert "Enter why you are rejecting it" in page.text
        with pytest.raises(IntegrityError, match="request_refused_has_reason"):
            RequestStep.objects.create(request=waiting, kind="refused", at=NOON, by=officer)

    def test_one_that_no_pupil_fitted_is_tried_again_with_the_roll_and_a_refused_one_not(
        self, waiting, officer, write
    ):
        send_opt_out(Client(), name={"forename": "Late", "surname": "Comer"})
        send_opt_out(Client(), name={"forename": "Last", "surname": "Comer"})
        late, last = OptOutRequest.objects.filter(surname="Comer").order_by("pk")
        matching.not_found(late.reference, note="", by=officer, at=NOON)
        matching.refuse(last.reference, note="No", by=officer, at=NOON)
        upns = (
            f"{calc_check_digit(f'A{number}')}{number}"
            for number in ("359000000033", "359000000034")
        )
        rows = "".join(
            pupil_row(UPN=upn, Forename=forename, Surname="Comer")
            for upn, forename in zip(upns, ("Late", "Last"), strict=True)
        )
        ran = run("roll", "import", write(f"{ROLL_HEADINGS}\r\n{rows}"))
        assert ran.code == 0, ran.said
        assert Decision.objects.get().request == late

    def test_its_age_is_shown_and_when_it_is_overdue(self, waiting, officer, client, time_machine):
        client.force_login(officer)
        assert "Received today" in client.get("/staff/opt-outs/").text
        time_machine.move_to(NOON + timedelta(days=3))
        client.force_login(officer)
        assert "3 days, overdue" in client.get("/staff/opt-outs/").text

    def test_an_empty_queue_says_so(self, policy, officer, client):
        client.force_login(officer)
        assert "All online opt-outs are matched" in client.get("/staff/opt-outs/").text
        assert "There are no online opt-outs yet" in client.get("/staff/opt-outs/?all=1").text

    def test_ten_thousand_are_pages_of_few_queries(
        self, waiting, officer, client, django_assert_max_num_queries
    ):
        kept = {
            field.attname: getattr(waiting, field.attname)
            for field in OptOutRequest._meta.concrete_fields
            if field.attname not in ("id", "reference", "submission", "token_hash")
        }
        store_many(OptOutRequest(**kept, reference=f"R-{n}") for n in range(10_000))
        client.force_login(officer)
        for query in ("?page=100", "?all=1&page=200"):
            with django_assert_max_num_queries(7):
                assert client.get(f"/staff/opt-outs/{query}").status_code == 200

    def test_strange_addresses_are_not_found(self, waiting, officer, client):
        client.force_login(officer)
        for path in ("x/", "x/ask/", f"{waiting.reference}/nonsense/"):
            assert client.get(f"/staff/opt-outs/{path}").status_code == 404
