"""Late disclosures: found when the opt-out becomes known, called back until deletion is confirmed (C8)."""

import io
import json
from datetime import date, timedelta

import pytest
from django.db import IntegrityError, transaction
from pypdf import PdfReader

from consent.decisions.invalidating import mark_invalid
from consent.decisions.recording import record
from consent.identities import same_children
from consent.models import Decision, Invalidation, Pupil, SameChildQuestion, Scheme, Verification
from notices.models import Recipient
from privacy_portal.ground.days import in_words, start_of
from privacy_portal.ground.log.models import Entry
from sharing.auditing.verifying import verify_log
from sharing.disclosures.after_the_fact import PastDisclosure, record_disclosure
from sharing.disclosures.queries import late_pupils
from sharing.disclosures.undoing import undo
from sharing.models import DisclosureLine, Recall, RecallStep
from sharing.review import destruction, recalling
from sharing.review.recall_letters import reference, rows_sent
from tests.commands import run
from tests.example import NOON, TWIN, UPN
from tests.factories.consent import DecisionFactory
from tests.factories.sharing import DisclosureFactory
from tests.forms import paper, send_opt_out
from tests.many import store_many
from tests.rolls import ROLL_HEADINGS, pupil_row

pytestmark = pytest.mark.django_db
EXTRACT = f"UPN,Surname,Telephone\r\n{UPN},Barlow,1\r\n"
RECALLS = "/staff/disclosures/recalls/"


def key(pupil, received, choice="opt-out", **more):
    """A decision received so many days from noon and known now."""
    decision = Decision(
        pupil=pupil, scheme=Scheme.objects.get(code=more.pop("scheme", "connexions")),
        choice=choice, by=more.pop("by", "parent"), person_name="Ben", person_key="ben", channel="online",
        received_at=NOON + timedelta(days=received), recorded_at=NOON,
    )  # fmt: skip
    record([decision], by=None, at=NOON)
    return decision


class TestFinding:
    def test_what_went_between_receipt_and_keying_is_late(self, pupil, officer):
        disclosure = DisclosureFactory(days=-2)
        decision = key(pupil, -3)
        recall = Recall.objects.get()
        assert (recall.disclosure, recall.decision) == (disclosure, decision)
        assert recalling.too_much(recall) == ["pupil.phone", "pupil.upn"]
        entries = [json.loads(bytes(entry.body)) for entry in Entry.objects.order_by("seq")]
        assert [entry["event"] for entry in entries[-2:]] == [
            "decision-recorded",
            "disclosure-late",
        ]
        assert entries[-1]["person"] == str(pupil.reference)
        verify_log(lambda done: None)

    def test_what_went_before_receipt_is_not(self, pupil):
        DisclosureFactory(days=-4)
        key(pupil, -3)
        assert not Recall.objects.exists()

    def test_nor_what_an_earlier_opt_out_had_cut_already(self, pupil):
        key(pupil, -5)
        DisclosureFactory(days=-2)
        key(pupil, -3)
        assert not Recall.objects.exists()

    def test_nor_an_opt_in_nor_a_decision_without_effect(self, pupil):
        DisclosureFactory(days=-2)
        key(pupil, -3, choice="opt-in")
        key(pupil, -3, by="pupil")
        assert not Recall.objects.exists()

    def test_nor_the_basic_details_that_an_opt_out_allows(self, pupil, officer):
        for items in (["pupil.surname"], ["pupil.surname", "pupil.phone"]):
            entry = PastDisclosure(
                "WIG-CNX", "connexions", "careers-guidance", (NOON - timedelta(days=1)).date(),
                "phone", items, [UPN], "Told them.", officer,
            )  # fmt: skip
            disclosure = record_disclosure(entry, at=NOON - timedelta(hours=1))
        key(pupil, -3)
        assert Recall.objects.get().disclosure == disclosure

    def test_nor_another_recipients(self, pupil):
        DisclosureFactory(days=-2)
        key(pupil, -3, scheme="height-weight")
        assert not Recall.objects.exists()

    def test_nor_an_opt_out_that_the_pupils_own_decision_outweighs(self, policy, write):
        run("roll", "import", write(f"{ROLL_HEADINGS}\r\n{pupil_row(DOB='2010-01-01')}"))
        pupil = Pupil.objects.get()
        DecisionFactory(
            pupil=pupil, choice="opt-in", by="pupil", person_name="Ella", days=-20, channel="import"
        )
        DisclosureFactory(days=-2)
        key(pupil, -3)
        assert not Recall.objects.exists()

    def test_two_disclosures_and_two_parents_are_four(self, pupil):
        DisclosureFactory(days=-2)
        DisclosureFactory(days=-1)
        for _ in range(2):
            key(pupil, -3)
        assert Recall.objects.count() == 4

    def test_one_that_waited_for_its_pupil_finds_them_too(
        self, policy, write, client, officer, time_machine
    ):
        """Sent online with a name that nobody has; matched a day after the hand-over."""
        run("roll", "import", write(f"{ROLL_HEADINGS}\r\n{pupil_row(Forename='Elly')}"))
        send_opt_out(client)
        disclosure = DisclosureFactory(days=1)
        time_machine.move_to(NOON + timedelta(days=2))
        run("roll", "import", write(f"{ROLL_HEADINGS}\r\n{pupil_row()}"))
        assert Recall.objects.get().disclosure == disclosure

    def test_what_the_log_says_was_over_when_an_opt_out_was_sent_is_not_late(self, pupil, client):
        DisclosureFactory(days=-20 / 86_400)
        send_opt_out(client)
        assert Decision.objects.exists()
        assert not Recall.objects.exists()

    def test_what_may_be_late_by_clocks_that_differ_says_no_more(self, pupil, client, officer):
        DisclosureFactory(days=-2)
        key(pupil, -2 + 60 / 86_400)
        client.force_login(officer)
        number = Recall.objects.get().pk
        page = client.get(f"{RECALLS}{number}/").text
        assert "was received within 2 minutes of this" in page
        letter = client.get(f"{RECALLS}{number}.pdf").content
        text = " ".join(PdfReader(io.BytesIO(letter)).pages[0].extract_text().split())
        assert "within 2 minutes of that" in text
        assert "had been received" not in text

    def test_an_import_of_decisions_kept_elsewhere_finds_them(self, pupil, write):
        DisclosureFactory(days=-2)
        text = f"UPN,Scheme,Decision,By,Person,Received on,Channel,Invalid because\r\n{UPN},connexions,opt-out,parent,Ben,2026-11-20,paper,\r\n"
        assert run("opt_outs", "import", write(text)).code == 0
        assert Recall.objects.count() == 1

    def test_a_refused_disclosure_is_nothing_to_call_back(self, pupil):
        DisclosureFactory(days=-2, purpose="performance-analysis")
        key(pupil, -3)
        assert not Recall.objects.exists()

    def test_nor_one_of_which_nothing_left_after_all(self, pupil):
        undo(DisclosureFactory(days=-2), why="The connection broke.", at=NOON)
        key(pupil, -3)
        assert not Recall.objects.exists()

    def test_one_that_is_undone_after_it_was_found_is_no_work(self, recall, pupil):
        undo(recall.disclosure, why="The connection broke.", at=NOON)
        assert not recalling.open_recalls().exists()
        assert recalling.recalls_of(pupil) == []
        assert late_pupils(recall.disclosure) == 0

    @pytest.mark.parametrize("agreement", ["WIG-CNX", ""])
    def test_what_was_told_by_telephone_left_whatever_the_rules_say(
        self, pupil, officer, client, agreement
    ):
        """What was said the day before is recorded; then a paper of the day before that is keyed."""
        entry = PastDisclosure(
            agreement, "connexions", "performance-analysis", (NOON - timedelta(days=1)).date(),
            "phone", ["pupil.upn", "pupil.phone"], [UPN], "Told them.", officer,
        )  # fmt: skip
        disclosure = record_disclosure(entry, at=NOON)
        assert disclosure.outcome == "refused"
        Scheme.objects.get(code="connexions").purposes.all().delete()
        key(pupil, 0)
        assert not Recall.objects.exists(), "it was received on the day after"
        key(pupil, -2)
        recall = Recall.objects.get()
        assert recall.disclosure == disclosure
        client.force_login(officer)
        assert client.get(f"{RECALLS}{recall.pk}/").status_code == 200
        said = (
            "under agreement WIG-CNX" if agreement else "shared information with you. It included"
        )
        assert said in letter(client, recall)

    def test_what_was_told_in_spite_of_a_known_opt_out_is_its_incidents_matter(
        self, pupil, officer
    ):
        key(pupil, -5)
        entry = PastDisclosure(
            "WIG-CNX", "connexions", "careers-guidance", NOON.date(), "phone",
            ["pupil.upn", "pupil.phone"], [UPN], "Told them.", officer,
        )  # fmt: skip
        assert record_disclosure(entry, at=NOON).out_of_line
        key(pupil, -3)
        assert not Recall.objects.exists()


@pytest.fixture
def recall(pupil):
    DisclosureFactory(days=-2)
    key(pupil, -3)
    return Recall.objects.get()


class TestCallingBack:
    def test_it_is_sent_reminded_and_closed_by_the_organisations_word(
        self, recall, officer, client, time_machine
    ):
        client.force_login(officer)
        assert "1 recall</a> to send" in client.get("/staff/").text
        page = client.get(RECALLS).text
        assert "Letter to send" in page
        at = f"{RECALLS}{recall.pk}/"
        page = client.get(at).text
        assert "Reminder sent" not in page
        assert "Deletion confirmed" not in page
        today = {"on_0": "23", "on_1": "11", "on_2": "2026"}
        soon = client.post(at, {"kind": "confirmed", "note": "By phone", **today}, follow=True)
        assert "Send the letter first" in soon.text
        assert not RecallStep.objects.exists()
        assert client.post(at, {"kind": "sent", "note": ""}).status_code == 422
        early = {"on_0": "1", "on_1": "1", "on_2": "2020", "note": "By post"}
        assert (
            "Date must be the same as or after the disclosure"
            in client.post(at, {"kind": "sent", **early}).text
        )
        client.post(at, {"kind": "sent", "note": "By post", **today})
        assert not recalling.due(date(2026, 11, 23)).exists()
        assert recalling.due(date(2026, 12, 7)).exists()
        again = client.post(at, {"kind": "sent", "note": "x", **today}, follow=True)
        assert "Record a reminder instead" in again.text
        client.post(at, {"kind": "reminded", "note": "By phone", **today})
        client.post(at, {"kind": "confirmed", "note": "Their officer wrote", **today})
        page = client.get(at).text
        for words in ("By post", "By phone", "Their officer wrote", "Deletion confirmed"):
            assert words in page
        assert "There are no open recalls." in client.get(RECALLS).text
        assert "Deletion confirmed" in client.get(f"{RECALLS}?all=1").text
        done = client.post(at, {"kind": "reminded", "note": "x", **today}, follow=True)
        assert "has already confirmed" in done.text
        assert [step.kind for step in RecallStep.objects.all()] == ["sent", "reminded", "confirmed"]

    def test_the_letter_says_what_to_delete_and_names_no_child(self, recall, officer, client):
        client.force_login(officer)
        Recipient.objects.filter(pk=recall.disclosure.recipient_id).update(
            address="1 Long Street\nWigborough WG1 1AA"
        )
        response = client.get(f"{RECALLS}{recall.pk}.pdf")
        pdf = PdfReader(io.BytesIO(response.content))
        assert b"pdfuaid" in pdf.trailer["/Root"]["/Metadata"].get_data()
        text = " ".join(pdf.pages[0].extract_text().split())
        for words in (
            "1 Long Street Wigborough WG1 1AA",
            f"entry {recall.disclosure.entry}",
            "row 1,",
            "row 2 in a spreadsheet",
            "20 November 2026",
            "WIG-CNX",
            "7 December 2026",
        ):
            assert words in text
        for words in ("Ella", "Barlow", UPN, str(recall.decision.pupil.born.year), "Surname"):
            assert words not in text
        entry = json.loads(bytes(Entry.objects.latest("seq").body))
        assert entry["event"] == "recall-letter"

    def test_the_page_says_that_there_is_no_address_and_what_to_do(self, recall, officer, client):
        client.force_login(officer)
        of = Recipient.objects.filter(pk=recall.disclosure.recipient_id)
        of.update(address="")
        page = client.get(f"{RECALLS}{recall.pk}/").text
        assert "We hold no postal address" in page
        assert "Download the letter once that is in force" in page
        of.update(address="1 Long Street")
        page = client.get(f"{RECALLS}{recall.pk}/").text
        assert "We hold no postal address" not in page
        assert "1 Long Street" in page

    def test_the_row_is_counted_without_those_that_were_withheld(self, pupil):
        withheld = "A000000000000,Nobody,1\r\n"
        DisclosureFactory(
            days=-2, content=f"UPN,Surname,Telephone\r\n{withheld}{UPN},Barlow,1\r\n{withheld}"
        )
        key(pupil, -3)
        assert DisclosureLine.objects.get(person=pupil.reference).row == 2
        assert rows_sent(Recall.objects.get()) == [1]

    def test_of_a_file_made_elsewhere_it_says_that_the_row_is_not_known(
        self, pupil, officer, client
    ):
        entry = PastDisclosure(
            "WIG-CNX", "connexions", "careers-guidance", (NOON - timedelta(days=1)).date(),
            "phone", ["pupil.upn", "pupil.phone"], [UPN], "Told them.", officer,
        )  # fmt: skip
        record_disclosure(entry, at=NOON - timedelta(hours=1))
        key(pupil, -3)
        recall = Recall.objects.get()
        assert rows_sent(recall) == []
        client.force_login(officer)
        assert "cannot tell which row" in client.get(f"{RECALLS}{recall.pk}/").text
        said = letter(client, recall)
        assert "We cannot say which row" in said
        assert f"On {in_words(entry.on)} we shared information with you" in said

    @pytest.mark.parametrize(
        "written", ["Re: ELLA", "barlow/7", f"no {UPN.lower()}", "born {:%d/%m/%Y}"]
    )
    def test_a_reference_that_says_who_it_is_stays_out_of_the_letter(self, recall, written):
        recall.disclosure.request_reference = "REQ-17"
        assert reference(recall) == "REQ-17"
        recall.disclosure.request_reference = written.format(recall.decision.pupil.born)
        assert reference(recall) == ""

    def test_it_is_seen_on_the_pupils_page_and_with_the_disclosure(self, recall, officer, client):
        client.force_login(officer)
        pupil = recall.decision.pupil
        assert "Not recalled yet." in client.get(f"/staff/pupils/{pupil.reference}/").text
        page = client.get(f"/staff/disclosures/{recall.disclosure.entry}/").text
        assert "1 pupil had opted out before this, or so close to it" in page

    def test_an_opt_out_marked_invalid_needs_no_recall(self, recall, officer):
        mark_invalid(recall.decision, kind=Invalidation.Kind.OTHER, reason="x", by=officer, at=NOON)
        assert not recalling.open_recalls().exists()

    def test_nor_does_a_disclosure_all_of_which_is_destroyed(self, recall, officer):
        destruction.record_deletion(
            recall.disclosure, on=NOON.date(), note="By letter", certificate=None, by=officer,
            at=NOON,
        )  # fmt: skip
        assert list(recalling.due(NOON.date())) == []
        assert list(recalling.recalls()) == [recall]

    def test_the_database_closes_it_once(self, recall, officer):
        row = {"recall": recall, "kind": "confirmed", "on": date(2026, 11, 23), "at": NOON, "by": officer, "note": "x"}  # fmt: skip
        RecallStep.objects.create(**row)
        with pytest.raises(IntegrityError, match="recall_confirmed_once"), transaction.atomic():
            RecallStep.objects.create(**row)

    def test_ten_thousand_are_pages_of_few_queries(
        self, recall, officer, client, django_assert_max_num_queries
    ):
        fields = Decision.objects.values().get()
        made = store_many(Decision(**{**fields, "id": None}) for _ in range(10_000))
        store_many(
            Recall(disclosure=recall.disclosure, decision=each, found_at=NOON) for each in made
        )
        client.force_login(officer)
        with django_assert_max_num_queries(10):
            assert client.get(f"{RECALLS}?page=100").status_code == 200


class TestRecordsThatMayBeOfOneChild:
    @pytest.fixture
    def two(self, policy, write):
        run("roll", "import", write(f"{ROLL_HEADINGS}\r\n{pupil_row()}"))
        run("roll", "import", write(f"{ROLL_HEADINGS}\r\n{pupil_row(UPN=TWIN)}"))
        return record_of(UPN), record_of(TWIN)

    def test_the_row_stays_that_of_the_record_that_went(self, two, officer, client):
        older, newer = two
        DisclosureFactory(days=0, content=EXTRACT.replace(UPN, TWIN))
        key(older, -3)
        recall = Recall.objects.get()
        client.force_login(officer)
        page = client.get(f"{RECALLS}{recall.pk}/").text
        assert "different record from the one" in page
        assert f"/staff/pupils/{newer.reference}/" in page
        question = SameChildQuestion.objects.get().pk
        same_children.answer([question], same=False, reason="Twins", by=officer, at=NOON)
        assert rows_sent(recall) == [1]
        text = letter(client, recall)
        for words in (UPN, TWIN, "Ella", "Barlow"):
            assert words not in text

    def test_whether_it_held_is_asked_of_the_record_whose_row_went(self, two):
        """The parent had opted the newer record in, which does not open the older one."""
        older, newer = two
        DisclosureFactory(days=0, content=EXTRACT.replace(UPN, TWIN))
        opt_in = key(newer, -10, choice="opt-in")
        Verification.objects.create(decision=opt_in, at=NOON - timedelta(days=9))
        key(older, -20)
        assert not Recall.objects.exists()

    def test_both_in_one_file_are_one_recall_of_two_rows(self, two):
        DisclosureFactory(days=0, content=f"{EXTRACT}{TWIN},Barlow,1\r\n")
        key(two[0], -3)
        assert rows_sent(Recall.objects.get()) == [1, 2]


def record_of(upn):
    return Pupil.objects.get(upns__upn=upn)


def letter(client, recall):
    pdf = client.get(f"{RECALLS}{recall.pk}.pdf").content
    pages = PdfReader(io.BytesIO(pdf)).pages
    return " ".join(" ".join(page.extract_text() for page in pages).split())


def test_a_paper_keyed_late_calls_back_what_went_meanwhile(pupil, officer, client):
    DisclosureFactory(days=-2)
    client.force_login(officer)
    client.post("/staff/opt-outs/paper/", paper(pupil))
    assert Recall.objects.get().decision.received_at == start_of(date(2026, 11, 20))
