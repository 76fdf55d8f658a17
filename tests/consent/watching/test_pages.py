"""The pages of schools in numbers: who may look, what is pointed out, logged and downloaded (K2)."""

import csv
import io
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from consent.models import Pupil, Scheme, School
from consent.watching.checking import check_schools, overview, schools_to_check
from notices.models import Recipient
from tests.example import DAY, NOON
from tests.factories.consent import (
    DecisionFactory,
    LetterRunFactory,
    ProtectionFactory,
    PupilFactory,
    RequestFactory,
    SchoolFactory,
)
from tests.factories.ground import SchoolStaffFactory
from tests.log_entries import entries
from tests.many import store_many

pytestmark = pytest.mark.django_db
PAGE = "/staff/schools/"
LIST = "/staff/schools/990001/connexions/opted-out/"
CSV = "/staff/schools/choices.csv"
LONG_AGO = -365


def words(response):
    return " ".join(response.text.split())


def pointed_out():
    """The schools that a look now points out."""
    number = check_schools(at=NOON)
    schools = list(schools_to_check(at=NOON))
    assert len(schools) == number
    return schools


def to_check(page):
    return words(page).split("Schools to check</h2>")[1].split("<h2")[0]


def fill(school, pupils, chosen=0, days=0):
    """Puts pupils on the roll of a school, of whom the first have opted out of Connexions."""
    for number in range(pupils):
        pupil = PupilFactory(school=school, forename=f"P{number}")
        if number < chosen:
            DecisionFactory(pupil=pupil, days=days, channel="import")


class TestWhoMayLook:
    def test_an_officer_sees_every_school_and_list(
        self, ella, other_school, scheme, officer, client
    ):
        PupilFactory(school=other_school)
        DecisionFactory(pupil=ella)
        client.force_login(officer)
        page = client.get(PAGE).text
        assert "Example High School" in page
        assert "Other School" in page
        assert "Ella Barlow" in client.get(LIST).text

    def test_school_staff_see_their_own_school_alone(self, ella, other_school, staff, client):
        PupilFactory(school=other_school, forename="Zoe")
        DecisionFactory(pupil=ella)
        client.force_login(staff)
        page = client.get(PAGE).text
        assert "Example High School" in page
        assert "Other School" not in page
        assert "Ella Barlow" in client.get(LIST).text
        assert client.get(LIST.replace("990001", "990009")).status_code == 404

    def test_staff_of_another_school_do_not(self, ella, other_school, client):
        client.force_login(SchoolStaffFactory(school=other_school))
        assert "Example High School" not in client.get(PAGE).text
        assert client.get(LIST).status_code == 404

    def test_staff_without_a_school_are_told_what_to_do(self, ella, secretary, client):
        client.force_login(secretary)
        page = client.get(PAGE)
        assert "You are not linked to a school yet" in page.text
        assert "Example High School" not in page.text

    @pytest.mark.parametrize("address", [PAGE, LIST, CSV])
    def test_whoever_is_not_signed_in_is_asked_to(self, policy, client, address):
        assert client.get(address).url.startswith("/accounts/login/")

    @pytest.mark.parametrize(
        "address",
        [
            LIST.replace("990001", "123456"),
            LIST.replace("connexions", "nothing"),
            LIST.replace("opted-out", "secrets"),
            f"{PAGE}?scheme=nothing",
        ],
    )
    def test_another_urn_scheme_or_list_is_no_page(self, ella, officer, client, address):
        client.force_login(officer)
        assert client.get(address).status_code == 404

    def test_a_closed_school_has_neither_row_nor_list(self, ella, school, officer, client):
        School.objects.filter(pk=school.pk).update(closed_on=DAY)
        client.force_login(officer)
        assert "Example High School" not in client.get(PAGE).text
        assert client.get(LIST).status_code == 404


class TestLists:
    def test_a_list_is_a_look_at_its_pupils(self, ella, staff, client):
        DecisionFactory(pupil=ella)
        client.force_login(staff)
        client.get(LIST)
        (entry,) = entries("pupils-listed")
        assert entry["people"] == [str(ella.reference)]

    def test_so_is_the_list_of_what_waits_with_links_to_forms(self, ella, staff, client):
        DecisionFactory(pupil=ella, choice="opt-in")
        request = RequestFactory(forename="Nobody")
        client.force_login(staff)
        page = client.get(LIST.replace("opted-out", "waiting")).text
        assert f"/staff/opt-outs/{request.reference}/" in page
        assert "Ella Barlow" in page
        assert "Nobody" not in page
        assert [entry["people"] for entry in entries("pupils-listed")] == [[str(ella.reference)]]

    def test_fifty_pupils_are_a_page(self, school, officer, client):
        fill(school, 51)
        client.force_login(officer)
        address = LIST.replace("opted-out", "on-roll")
        assert client.get(address).text.count('scope="row"') == 50
        assert client.get(f"{address}?page=2").text.count('scope="row"') == 1

    def test_an_empty_list_says_so_and_nobody_was_looked_at(self, ella, officer, client):
        client.force_login(officer)
        assert "There are no pupils in this list" in client.get(LIST).text
        assert "Nothing is waiting" in client.get(LIST.replace("opted-out", "waiting")).text
        assert entries("pupils-listed") == []

    def test_a_protected_pupil_is_on_none(self, ella, school, officer, staff, client):
        PupilFactory(school=school, forename="Zoe")
        DecisionFactory(pupil=ella)
        LetterRunFactory(pupils=[ella])
        ProtectionFactory(pupil=ella)
        for user in (officer, staff):
            client.force_login(user)
            for name in ("on-roll", "with-a-choice", "opted-out", "no-answer", "waiting"):
                assert "Ella" not in client.get(LIST.replace("opted-out", name)).text


class TestSilence:
    def test_a_school_without_a_choice_for_a_year_is_to_be_asked(
        self, ella, school, other_school, officer, client
    ):
        DecisionFactory(pupil=ella, days=LONG_AGO, channel="import")
        DecisionFactory(pupil=PupilFactory(school=other_school), days=LONG_AGO + 1)
        client.force_login(officer)
        check_schools(at=NOON)
        section = to_check(client.get(PAGE))
        assert "No choices received since 23 November 2025." in section
        assert "Ask the school whether letters went out and where paper forms are kept." in section
        assert "Other School" not in section
        assert pointed_out() == [school]

    def test_one_never_heard_of_comes_first(self, ella, other_school, officer, client):
        DecisionFactory(pupil=ella, days=LONG_AGO, channel="import")
        PupilFactory(school=other_school)
        client.force_login(officer)
        check_schools(at=NOON)
        section = to_check(client.get(PAGE))
        assert "We have never received a choice about a pupil of this school." in section
        assert section.index("Other School") < section.index("Example High School")

    def test_a_choice_under_any_scheme_is_heard(self, ella):
        DecisionFactory(pupil=ella, scheme="height-weight")
        assert not pointed_out()

    def test_a_closed_school_or_one_without_pupils_is_not_pointed_out(self, ella, school):
        SchoolFactory(urn="990008", name="Empty School")
        closed = SchoolFactory(urn="990007", name="Closed School", closed_on=DAY)
        PupilFactory(school=closed)
        assert pointed_out() == [school]
        Pupil.objects.update(left_on=DAY)
        assert not pointed_out()

    def test_nor_one_where_no_scheme_applies_to_anybody(self, ella):
        Scheme.objects.update(min_age=16, below_age=20)
        assert not pointed_out()

    def test_school_staff_read_what_to_check_themselves(self, ella, staff, client):
        client.force_login(staff)
        check_schools(at=NOON)
        section = to_check(client.get(PAGE))
        assert "Check whether letters went out" in section
        assert "Ask the school" not in section


class TestOutliers:
    @pytest.fixture
    def uneven(self, school, other_school):
        """In one school 1 in 3 has opted out, in the other nobody, and in a small third one nobody."""
        fill(school, 60, chosen=20)
        fill(other_school, 40)
        DecisionFactory(pupil=PupilFactory(school=other_school), scheme="height-weight")
        small = SchoolFactory(urn="990003", name="Small School")
        fill(small, 5)
        DecisionFactory(pupil=small.pupils.first(), scheme="height-weight")
        return other_school

    def test_a_school_far_below_the_others_is_pointed_out_and_a_small_one_is_not(
        self, uneven, officer, client
    ):
        client.force_login(officer)
        check_schools(at=NOON)
        page = client.get(PAGE, {"scheme": "connexions"})
        section = to_check(page)
        assert "0 of 41 pupils have a choice, far below other schools." in section
        assert "For a school of this size 7 to 19 is usual." in section
        assert "Small School" not in section
        rows = words(page).split("<tbody")[-1].split("<tr")[1:]
        assert "Other School" in rows[0]
        assert "Far below others" in rows[0]
        assert "To check" in rows[0]
        assert "Not compared" in rows[1]  # no other school has a choice
        assert "To check" not in rows[1] + rows[2]

    def test_its_staff_read_that_it_is_far_below_and_no_number_of_another(self, uneven, client):
        client.force_login(SchoolStaffFactory(school=uneven))
        check_schools(at=NOON)
        page = client.get(PAGE, {"scheme": "connexions"})
        assert "0 of 41 pupils have a choice, far below other schools." in to_check(page)
        assert "Far below others" in page.text
        assert "usual" not in to_check(page)
        assert "is usual" not in page.text
        assert "Example High School" not in page.text

    def test_each_school_is_compared_with_all_others(self, uneven, school, scheme):
        comparison = overview(at=NOON).compare(scheme, [school])[school.pk]
        assert (comparison.chosen, comparison.pupils) == (20, 60)
        assert comparison.usual is None  # no other school has a choice under this scheme
        DecisionFactory(pupil=uneven.pupils.first())
        assert overview(at=NOON).compare(scheme, [school])[school.pk].usual is not None


def test_a_school_that_is_heard_of_stays_on_the_list_until_the_next_look(
    ella, school, officer, client
):
    """The start page counts this list, so a choice alone changes neither (K1)."""
    assert pointed_out() == [school]
    DecisionFactory(pupil=ella, scheme="height-weight")
    client.force_login(officer)
    assert "Nothing any more" in to_check(client.get(PAGE))
    assert list(schools_to_check(at=NOON)) == [school]
    assert not pointed_out()
    assert "No school has been silent" in to_check(client.get(PAGE))
    assert pointed_out() == []


class TestEmpty:
    def test_without_schools_or_opt_outs_the_page_says_so(self, policy, officer, client):
        client.force_login(officer)
        assert "There are no schools yet" in client.get(PAGE).text
        SchoolFactory()
        assert "There are no pupils on roll that this opt-out is for" in client.get(PAGE).text

    def test_without_a_policy_there_is_nothing_to_count(self, db, officer, client):
        SchoolFactory()
        client.force_login(officer)
        assert "There are no opt-outs yet" in client.get(PAGE).text
        assert not pointed_out()


class TestDownload:
    def test_an_officer_downloads_every_number_and_that_is_logged(self, ella, officer, client):
        DecisionFactory(pupil=ella)
        client.force_login(officer)
        rows = list(csv.DictReader(io.StringIO(client.get(CSV).content.decode())))
        assert [row["Opted out"] for row in rows] == ["1", "0"]
        assert rows[0]["URN"] == "990001"
        assert rows[0]["Last heard of"] == "2026-11-23"
        (entry,) = entries("school-figures-file")
        assert entry["by"]

    def test_school_staff_do_not(self, ella, staff, client):
        client.force_login(staff)
        assert client.get(CSV).status_code == 403
        assert CSV not in client.get(PAGE).text


class TestQueries:
    def number(self, client, address):
        with CaptureQueriesContext(connection) as queries:
            assert client.get(address).status_code == 200
        return len(queries)

    def test_as_many_for_130_schools_and_5_schemes_as_for_one_school(self, policy, officer, client):
        for recipient in Recipient.objects.filter(scheme=None)[:3]:
            Scheme.objects.create(
                code=f"more-{recipient.code}", title=f"More {recipient.name}", recipient=recipient,
                default="share", kind="programme", position=9,
            )  # fmt: skip
        assert Scheme.objects.count() == 5
        client.force_login(officer)
        DecisionFactory(pupil=PupilFactory(), choice="opt-in", days=-1)
        addresses = {PAGE: 38, LIST: 25, CSV: 75, "/staff/": 36}
        before = {address: self.number(client, address) for address in addresses}
        schools = store_many(
            School(urn=f"{100000 + number}", name=f"School {number}") for number in range(129)
        )
        store_many(
            Pupil(surname="A", forename="B", surname_folded="a", forename_folded="b",
                  born=DAY - timedelta(days=5_000), school=school)
            for school in schools for _ in range(20)
        )  # fmt: skip
        DecisionFactory(pupil=Pupil.objects.only("pk").last())
        assert {address: self.number(client, address) for address in addresses} == before
        assert {a: n for a, n in before.items() if n > addresses[a]} == {}
