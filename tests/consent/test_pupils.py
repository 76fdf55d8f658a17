"""Finding a pupil, the page of one (L6), and marking a decision invalid."""

import json
import re

import pytest

from consent.decisions.recording import record
from consent.matching.searching import search
from consent.models import (
    Decision,
    Invalidation,
    OptOutRequest,
    Pupil,
    School,
    SchoolStaff,
    Telling,
)
from consent.queries import own_pupils, requests_to_match
from privacy_portal.ground.log.models import Entry
from sharing.releases.handing_over import hand_over
from sharing.releases.request import Request
from tests.commands import run
from tests.example import NOON, TWIN, UPN
from tests.factories.consent import DecisionFactory
from tests.forms import send_opt_out
from tests.many import store_many
from tests.rolls import ROLL_HEADINGS, pupil_row

pytestmark = pytest.mark.django_db


def newest():
    return json.loads(bytes(Entry.objects.latest("seq").body))


class TestFinding:
    @pytest.fixture
    def roll(self, policy, write):
        rows = (
            pupil_row(**{"Former UPNs": TWIN})
            + pupil_row(UPN="D359592506664", Forename="Zoë", Surname="Müller-Lüdenscheidt", DOB="2011-01-02")
        )  # fmt: skip
        assert run("roll", "import", write(f"{ROLL_HEADINGS}\r\n{rows}")).code == 0

    @pytest.mark.parametrize(
        ("written", "found"),
        [
            ("barl", ["Ella"]),
            ("ella BARLOW", ["Ella"]),
            ("barlow 5/5/2012", ["Ella"]),
            ("barlow 2012-05-06", []),
            ("5/5/2012", ["Ella"]),
            (UPN, ["Ella"]),
            (TWIN.lower(), ["Ella"]),
            ("muller", ["Zoë"]),
            ("zoe", ["Zoë"]),
            ("Balrow Ella", ["Ella"]),
            ("xyzzy", []),
            ("'", []),
            ("", []),
        ],
    )
    def test_by_names_day_of_birth_or_number(self, roll, officer, written, found):
        assert [pupil.forename for pupil in search(own_pupils(officer), written).pupils] == found

    def test_what_is_found_is_logged_and_a_former_number_not_shown(self, roll, officer, client):
        client.force_login(officer)
        page = client.get("/staff/pupils/", {"q": TWIN}).text
        assert "Ella Barlow" in page
        pupil = Pupil.objects.get(forename="Ella")
        assert (newest()["event"], newest()["people"]) == ("pupils-listed", [str(pupil.reference)])
        page = client.get(f"/staff/pupils/{pupil.reference}/").text
        assert UPN in page
        assert TWIN not in page
        assert (newest()["event"], newest()["person"]) == ("pupil-opened", str(pupil.reference))

    def test_a_pupil_who_has_left_is_not_shown_as_if_they_were_there(self, roll, officer, client):
        Pupil.objects.filter(forename="Ella").update(left_on=NOON.date())
        client.force_login(officer)
        for query in ("barlow", "muller"):
            page = client.get(f"/staff/pupils/?q={query}").text
            left = re.search(r"\(left on\s+23 November 2026\)", page)
            assert bool(left) is (query == "barlow")

    def test_school_staff_find_their_own_pupils_only(self, roll, secretary, client):
        client.force_login(secretary)
        assert "No pupils found" in client.get("/staff/pupils/?q=barlow").text
        pupil = Pupil.objects.get(forename="Ella")
        assert client.get(f"/staff/pupils/{pupil.reference}/").status_code == 404
        SchoolStaff.objects.create(user=secretary, school=pupil.school)
        assert "Ella Barlow" in client.get("/staff/pupils/?q=barlow").text
        assert client.get(f"/staff/pupils/{pupil.reference}/").status_code == 200

    def test_ten_thousand_of_one_name_say_that_there_are_more(
        self, roll, officer, client, django_assert_max_num_queries
    ):
        school = School.objects.get(urn="990001")
        store_many(
            Pupil(
                surname="Jones", forename="Ann", surname_folded="jones", forename_folded="ann",
                born="2012-01-01", school=school,
            )
            for _ in range(10_000)
        )  # fmt: skip
        client.force_login(officer)
        with django_assert_max_num_queries(10):
            page = client.get("/staff/pupils/?q=jones").text
        assert "First 20 pupils" in page
        with django_assert_max_num_queries(10):
            assert "Similar names:" in client.get("/staff/pupils/?q=jomes").text


class TestPage:
    @pytest.fixture
    def shown(self, pupil, officer, client):
        client.force_login(officer)

        def get():
            return client.get(f"/staff/pupils/{pupil.reference}/").text

        return get

    def test_nobody_decided(self, shown):
        assert "Not opted out: nobody has made a choice." in shown()
        assert "No choices have been made." in shown()

    def test_what_counts_and_why_in_one_sentence(self, pupil, shown):
        DecisionFactory(pupil=pupil, days=-1, channel="import")
        assert "Opted out: Ben Barlow opted out on 22 November 2026." in shown()
        DecisionFactory(
            pupil=pupil, choice="opt-in", person_name="Amy Barlow", days=-9, channel="import"
        )
        assert "opted out on 22 November 2026. Only one parent needs to opt out." in shown()
        assert shown().count("Applies.") == 2

    def test_each_decision_says_what_it_does(self, pupil, shown):
        DecisionFactory(pupil=pupil, days=-20, channel="import")
        DecisionFactory(pupil=pupil, choice="opt-in", days=-9, channel="import")
        DecisionFactory(
            pupil=pupil, choice="opt-in", days=-1, person_name="Amy Barlow", channel="import"
        )
        DecisionFactory(
            pupil=pupil, by="pupil", person_name="Ella Barlow", days=-3, channel="import"
        )
        text = shown()
        assert "Replaced by a later choice." in text
        assert "Not started: it starts on" in text
        assert "the pupil was not old enough" in text
        assert "Not opted out: Ben Barlow opted in on 14 November 2026." in text

    def test_the_pupils_own_decision_alone_counts(self, policy, write, officer, client):
        run("roll", "import", write(f"{ROLL_HEADINGS}\r\n{pupil_row(DOB='2010-01-01')}"))
        pupil = Pupil.objects.get()
        DecisionFactory(pupil=pupil, days=-1, channel="import")
        DecisionFactory(
            pupil=pupil,
            choice="opt-in",
            by="pupil",
            person_name="Ella Barlow",
            days=-8,
            channel="import",
        )
        client.force_login(officer)
        text = client.get(f"/staff/pupils/{pupil.reference}/").text
        assert "Not opted out: Ella Barlow opted in" in text
        assert "so only that applies" in text
        assert "No effect now: the pupil has made their own choice." in text

    def test_the_effect_field_by_field(self, pupil, shown):
        before = shown()
        assert "of 17 details" in before
        assert before.count('<td class="govuk-table__cell">Shared</td>') > 7
        DecisionFactory(pupil=pupil, days=-1, channel="import")
        after = shown()
        assert "7 of 17 details" in after
        assert "Withheld. The pupil is opted out" in after

    def test_the_disclosures_that_an_opt_out_cut(self, pupil, shown, officer, write):
        assert "Nothing yet." in shown()
        DecisionFactory(pupil=pupil, days=-1, channel="import")
        path = write(f"UPN,Surname,Telephone\r\n{UPN},Barlow,1\r\n", "extract.csv")
        hand_over(
            Request(path, path.name, "WIG-CNX", "careers-guidance", officer), clock=lambda: NOON
        ).file.unlink()
        text = shown()
        assert "basic details only" in text

    def test_a_scheme_of_parents_shows_its_own_effect(self, pupil, shown):
        DecisionFactory(pupil=pupil, scheme="height-weight", days=-1, channel="import")
        assert "nothing. The pupil is opted out" in shown()

    def test_strange_addresses_are_not_found(self, pupil, shown, client):
        for path in ("x/", "x/decisions/1/invalid/", f"{pupil.reference}/decisions/999/invalid/"):
            assert client.get(f"/staff/pupils/{path}").status_code == 404

    def test_a_bounded_number_of_queries(self, pupil, shown, django_assert_max_num_queries):
        for number in range(20):
            DecisionFactory(pupil=pupil, person_name=f"Person {number}", days=-1, channel="import")
        with django_assert_max_num_queries(90):
            shown()


class TestInvalid:
    def test_an_officer_says_why_and_it_counts_no_more(self, pupil, officer, client):
        decision = DecisionFactory(pupil=pupil, days=-1, channel="import")
        client.force_login(officer)
        address = f"/staff/pupils/{pupil.reference}/decisions/{decision.pk}/invalid/"
        assert "Mark as invalid" in client.get(address).text
        assert client.post(address, {"kind": "no-responsibility", "reason": ""}).status_code == 422
        assert client.post(address, {"reason": "x"}).status_code == 422
        page = client.post(
            address, {"kind": "no-responsibility", "reason": "A neighbour"}, follow=True
        ).text
        assert "Not opted out: nobody has made a choice." in page
        assert "A neighbour" in page
        invalidation = Invalidation.objects.get()
        assert (invalidation.recorded_by, invalidation.kind) == (officer, "no-responsibility")
        assert newest()["event"] == "pupil-opened"
        again = client.post(address, {"kind": "other", "reason": "x"}, follow=True).text
        assert "already marked as invalid" in again
        assert Invalidation.objects.count() == 1

    def test_one_sent_online_about_another_pupil_waits_again(self, pupil, officer, client):
        send_opt_out(client)
        decision = Decision.objects.get()
        client.force_login(officer)
        client.post(
            f"/staff/pupils/{pupil.reference}/decisions/{decision.pk}/invalid/",
            {"kind": "wrong-pupil", "reason": "A namesake"},
        )
        assert list(requests_to_match(officer)) == [OptOutRequest.objects.get()]


def test_an_opt_in_that_waits_says_from_when_it_counts_and_who_must_be_told(
    pupil, officer, second_officer, client
):
    opt_in = DecisionFactory(pupil=pupil, choice="opt-in", days=-1, channel="import")
    client.force_login(officer)
    assert "it starts on 29 November 2026." in client.get(f"/staff/pupils/{pupil.reference}/").text
    waiting = Decision(
        pupil=pupil, scheme=opt_in.scheme, choice="opt-in", by="parent", person_name="Nadia",
        person_key="nadia", channel="online", received_at=NOON, recorded_at=NOON,
    )  # fmt: skip
    record([waiting], by=None, at=NOON)
    for name in ("Ben Barlow", "Nadia Khan"):
        Telling.objects.create(decision=waiting, name=name, way="voice")
    page = client.get(f"/staff/pupils/{pupil.reference}/").text
    assert (
        "it starts on 30 November 2026 if by then Ben Barlow and Nadia Khan have been told" in page
    )
