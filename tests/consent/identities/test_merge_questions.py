"""Which records officers are asked about, and who may answer (C6)."""

import pytest
from django.db import IntegrityError, transaction

from consent.decisions.invalidating import mark_invalid
from consent.identities import merging, proposing as merge_proposing, undoing as merge_undoing
from consent.models import (
    MergeAnswer,
    MergeProposal,
    Pupil,
    PupilMerge,
    PupilUpn,
)
from privacy_portal.ground.errors import NotNowError
from sharing.auditing.verifying import verify_log
from tests.commands import run
from tests.example import NOON, TWIN, UPN
from tests.factories.consent import DecisionFactory, ObjectionFactory
from tests.rolls import ROLL_PAGE, pupil_row, roll_of, upload_roll

pytestmark = pytest.mark.django_db


class TestAsking:
    def test_twins_differ_in_the_forename_alone_and_that_needs_a_second_officer(
        self, twins, officer
    ):
        ella, adam = twins
        with pytest.raises(NotNowError, match="a second officer"):
            merging.merge(adam, ella, reason="x", by=officer, at=NOON)
        with pytest.raises(NotNowError, match="another officer"):
            merging.merge(adam, ella, reason="x", by=officer, at=NOON, agreed_by=officer)
        with pytest.raises(IntegrityError, match="second officer"), transaction.atomic():
            PupilMerge.objects.create(gone=adam, kept=ella, reason="x", at=NOON, by=officer)
        assert not PupilMerge.objects.exists()

    def test_spelling_is_no_difference(self, policy, write, officer):
        rows = roll_of(pupil_row(Surname="O’Neil"), pupil_row(UPN=TWIN, Surname="ONEIL"))
        run("roll", "import", write(rows, "r.csv"))
        kept, gone = (Pupil.objects.get(upns__upn=number) for number in (UPN, TWIN))
        assert not merge_proposing.needs_second(gone, kept)
        merging.merge(gone, kept, reason="New UPN", by=officer, at=NOON)

    def test_an_officer_compares_asks_and_another_agrees(
        self, twins, officer, second_officer, client
    ):
        ella, adam = twins
        DecisionFactory(pupil=adam)
        client.force_login(officer)
        numbers = {"survivor": UPN, "duplicate": TWIN.lower()}
        page = client.post(f"{ROLL_PAGE}merge/", numbers).text
        assert page.index("First name") < page.index("Last name")
        for words in (
            "The first name and sex are different.",
            "Twins",
            UPN,
            TWIN,
            "Ben Barlow",
            "opted out",
        ):
            assert words in page
        assert client.post(f"{ROLL_PAGE}merge/", {**numbers, "merge": "1"}).status_code == 422
        send = {**numbers, "merge": "1", "reason": "The school said so"}
        page = client.post(f"{ROLL_PAGE}merge/", send, follow=True).text
        assert "Another officer has been asked to agree" in page
        assert (
            "already been asked about these 2 records"
            in client.post(f"{ROLL_PAGE}merge/", send, follow=True).text
        )
        at = f"{ROLL_PAGE}merge/{MergeProposal.objects.get().pk}/"
        page = client.get(at).text
        assert "another officer has to agree" in page
        assert "merge records" not in page
        client.post(at, {"agree": "1"})
        assert not PupilMerge.objects.exists()
        assert "of records</a>" not in client.get("/staff/").text
        client.force_login(second_officer)
        assert "1 pair of records</a>" in client.get("/staff/").text
        assert "The school said so" in client.get(at).text
        done = client.post(at, {"agree": "1"})
        assert done.url == f"/staff/pupils/{ella.reference}/"
        merged = PupilMerge.objects.get()
        assert (merged.by, merged.agreed_by) == (officer, second_officer)
        assert "Opted out" in client.get(done.url).text
        assert "already been answered" in client.post(at, {"agree": "1"}, follow=True).text
        verify_log(lambda done: None)

    def test_a_second_officer_leaves_them_two_and_says_why(
        self, twins, officer, second_officer, client
    ):
        ella, adam = twins
        proposal = merge_proposing.propose(adam, ella, reason="Same day", by=officer, at=NOON)
        client.force_login(second_officer)
        at = f"{ROLL_PAGE}merge/{proposal.pk}/"
        assert client.post(at, {"refuse": "1", "note": ""}).status_code == 422
        assert (
            "have not been merged"
            in client.post(at, {"refuse": "1", "note": "Twins"}, follow=True).text
        )
        assert not PupilMerge.objects.exists()
        with pytest.raises(NotNowError):
            merge_proposing.agree(proposal, by=second_officer, at=NOON)

    def test_the_database_lets_nobody_agree_with_themself(self, twins, officer):
        ella, adam = twins
        proposal = merge_proposing.propose(adam, ella, reason="Same day", by=officer, at=NOON)
        with pytest.raises(IntegrityError, match="of their own"), transaction.atomic():
            MergeAnswer.objects.create(proposal=proposal, agrees=True, at=NOON, by=officer)

    def test_one_officer_is_enough_where_only_the_upn_differs(self, policy, write, officer, client):
        run("roll", "import", write(roll_of(pupil_row(), pupil_row(UPN=TWIN)), "r.csv"))
        client.force_login(officer)
        send = {"survivor": UPN, "duplicate": TWIN, "merge": "1", "reason": "New UPN"}
        assert (
            "Differs"
            not in client.post(f"{ROLL_PAGE}merge/", {"survivor": UPN, "duplicate": TWIN}).text
        )
        client.post(f"{ROLL_PAGE}merge/", send)
        assert PupilMerge.objects.get().agreed_by is None

    @pytest.mark.parametrize(
        ("duplicate", "said"),
        [
            ("", "Enter the UPN of the duplicate record"),
            (UPN, "Both UPNs already belong to the same record."),
        ],
    )
    def test_without_a_second_record_there_is_nothing_to_compare(
        self, twins, officer, client, duplicate, said
    ):
        client.force_login(officer)
        page = client.post(f"{ROLL_PAGE}merge/", {"survivor": UPN, "duplicate": duplicate})
        assert page.status_code == 422
        assert said in page.text
        assert "How do you know this is the same pupil?" not in page.text

    def test_a_comparison_says_which_choices_do_not_apply(self, twins, officer, client):
        ella, adam = twins
        wrong = DecisionFactory(pupil=adam, person_name="Cal Barlow")
        mark_invalid(wrong, kind="other", reason="A mistake", by=officer, at=NOON)
        DecisionFactory(pupil=adam, person_name="Di Barlow", choice="opt-in")
        ObjectionFactory(pupil=adam, person_name="Eve Barlow")
        DecisionFactory(pupil=ella, person_name="Flo Barlow")
        client.force_login(officer)
        page = client.post(f"{ROLL_PAGE}merge/", {"survivor": UPN, "duplicate": TWIN}).text
        for name, state in (
            ("Cal Barlow", "Invalid"),
            ("Di Barlow", "Not started"),
            ("Eve Barlow", "Decision due"),
        ):
            assert state in page.split(name)[1].split("</li>")[0]
        of_ella = page.split("Flo Barlow")[1].split("</li>")[0]
        assert not any(state in of_ella for state in ("Invalid", "Not started", "due"))

    def test_a_former_upn_is_no_way_to_a_record_here(self, twins, officer, second_officer, client):
        """The page shows the present UPN of each record; a former one beside it would tell (C11)."""
        ella, adam = twins
        merging.merge(adam, ella, reason="x", by=officer, at=NOON, agreed_by=second_officer)
        client.force_login(officer)
        page = client.post(f"{ROLL_PAGE}merge/", {"survivor": UPN, "duplicate": TWIN}).text
        assert "No pupil has this UPN now" in page


class TestRolls:
    """A school's system may go on having two pupils where there is one record now."""

    @pytest.fixture
    def one(self, twins, officer, second_officer):
        ella, adam = twins
        merging.merge(adam, ella, reason="x", by=officer, at=NOON, agreed_by=second_officer)
        return ella

    ELLA = pupil_row(Address="1 New Street")
    ADAM = pupil_row(UPN=TWIN, Forename="Adam", Sex="M")

    @pytest.mark.parametrize("rows", [(ELLA, ADAM), (ADAM, ELLA)])
    def test_a_roll_with_both_rows_is_taken_and_says_which_changes_nothing(self, one, write, rows):
        done = run("roll", "import", write(roll_of(*rows), "r.csv"), "--whole")
        assert done.code == 0
        assert f"UPN {TWIN}: was not imported" in done.out
        assert "1 updated" in done.out
        assert "0 marked as having left" in done.out
        one.refresh_from_db()
        assert (one.forename, one.address, one.left_on) == ("Ella", "1 New Street", None)

    def test_a_row_that_names_another_child_gives_no_record_another_name(self, one, write):
        done = run("roll", "import", write(roll_of(self.ADAM), "r.csv"), "--whole")
        assert "was not imported" in done.out
        assert "0 updated" in done.out
        one.refresh_from_db()
        assert (one.forename, one.left_on) == ("Ella", None)
        assert PupilUpn.objects.get(pupil=one, present=True).upn == UPN

    def test_a_row_under_the_other_upn_that_says_the_same_brings_up_to_date(self, one, write):
        row = pupil_row(UPN=TWIN, Address="2 New Street")
        done = run("roll", "import", write(roll_of(row), "r.csv"))
        assert "1 updated" in done.out
        one.refresh_from_db()
        assert one.address == "2 New Street"

    def test_the_preview_shows_the_row_that_changes_nothing(self, one, officer, client):
        client.force_login(officer)
        page = upload_roll(client, roll_of(self.ELLA, self.ADAM)).text
        assert f"Line 3, UPN {TWIN}: Adam Barlow" in page
        assert "Changed: 1" in page

    def test_once_it_is_undone_both_rows_count(self, one, officer, write):
        merge_undoing.undo(PupilMerge.objects.get(), reason="Twins", by=officer, at=NOON)
        done = run("roll", "import", write(roll_of(self.ELLA, self.ADAM), "r.csv"))
        assert "was not imported" not in done.out
        assert "1 updated" in done.out
