"""Schemes are data: one by the programme, and one that starts closed, through every page."""

import csv
import io
from datetime import timedelta

import pytest
from pypdf import PdfReader

from consent.decisions import opting_in
from consent.letters import printing as letters
from consent.matter_lookup import objectionable_matters
from consent.models import Decision, LetterKind, Pupil, Scheme, SecondLook, Telling
from consent.rules import Choice
from privacy_portal.ground import days
from sharing.models import Recall
from sharing.releases.handing_over import hand_over
from sharing.releases.request import Request
from tests import mails
from tests.example import DAY, NOON, UPN
from tests.factories.ground import OfficerFactory
from tests.forms import confirm_link, paper, send_opt_out
from tests.letters import codes_and_text, decide_by_code

pytestmark = pytest.mark.django_db
SHARING = {
    "height-weight": ("WIG-PH-HW", "height-weight-feedback", "UPN,Surname,Height\r\n{},Barlow,150\r\n"),
    "fft-consent": ("WIG-FFT", "performance-analysis", "UPN,Sex,Year group\r\n{},F,9\r\n"),
}  # fmt: skip


@pytest.fixture
def all_schemes(db):
    """Schemes of all kinds, and Ella on the roll, which this test's database was made with."""


@pytest.fixture(params=["height-weight", "fft-consent"])
def scheme(request, all_schemes):
    """The scheme, with Ella on the roll."""
    return Scheme.objects.get(code=request.param)


@pytest.fixture
def closed(scheme):
    return scheme.default == "withhold"


@pytest.fixture
def outcome(scheme, officer, second_officer, write):
    """What becomes of Ella's row in a hand-over so many days from now."""

    def _outcome(later=0):
        agreement, purpose, text = SHARING[scheme.code]
        path = write(text.format(UPN), "extract.csv")
        at = days.now() + timedelta(days=later)
        request = Request(path, path.name, agreement, purpose, officer)
        done = hand_over(request, clock=lambda: at, approved_by=second_officer, keep_findings=True)
        if done.file:
            done.file.unlink()
        return [finding.reason.value for finding in done.decision.findings] or ["goes"]

    return _outcome


def test_before_anyone_decides_its_default_holds(scheme, closed, outcome):
    assert outcome() == (["opted-out"] if closed else ["goes"])


def test_the_public_pages_tell_of_it(scheme, closed, client):
    page = " ".join(client.get("/opt-out/").text.split())
    assert scheme.title in page
    assert ("unless you agree. To agree, ask the school" in page) == (
        Scheme.objects.filter(default="withhold").exists()
    )
    assert scheme.recipient.name in client.get("/").text
    assert scheme.title in client.get(f"/sharing/{scheme.recipient.code}/").text
    assert scheme.recipient.code not in [each.recipient.code for each in objectionable_matters(DAY)]


def test_online_every_page_and_form_of_the_receipt(scheme, closed, outcome, client):
    page = send_opt_out(client, scheme.code)
    assert "Opt-out confirmed" in page.text
    assert "Nothing, for this purpose" in page.text
    token = mails.link_in(mails.sent()[-1], "/opt-out/receipt/").rstrip("/")
    pdf = PdfReader(io.BytesIO(b"".join(client.get(f"{token}.pdf"))))
    assert scheme.recipient.name in " ".join(pdf.pages[0].extract_text().split())
    document = client.get(f"{token}.json").json()
    record = document["dpv:hasRecordOfActivity"] if closed else document
    assert record["@type"] == ("dpv:ConsentRecord" if closed else "dpv:RightExerciseRecord")
    assert record["dpv:hasProcess"][0]["dct:title"] == scheme.title
    assert "we will not share anything with" in " ".join(mails.sent()[-1].body.split())
    assert outcome() == ["opted-out"]


def test_a_link_not_used_yet_has_its_status(scheme, client):
    from consent.models import UnconfirmedOptOut
    from tests.forms import fill_in

    fill_in(client, scheme.code)
    assert scheme.title in client.get(confirm_link()).text
    asked = {"reference": UnconfirmedOptOut.objects.get().reference, "email": "ben@example.org"}
    page = client.post("/opt-out/status/", asked).text
    assert scheme.matter.choice_in_words(Choice.OPT_OUT) in page
    assert "has not started yet" in page


def test_a_paper_is_printed_and_keyed_and_looked_at_again(scheme, outcome, officer, client):
    form = client.get(f"/opt-out/form/{scheme.code}.pdf")
    text = PdfReader(io.BytesIO(b"".join(form))).pages[0].extract_text()
    assert scheme.recipient.name in " ".join(text.split())
    client.force_login(officer)
    pupil = Pupil.objects.get()
    assert (
        client.post("/staff/opt-outs/paper/", paper(pupil, scheme=scheme.code)).status_code == 302
    )
    assert outcome() == ["opted-out"]
    assert scheme.title in client.get("/staff/opt-outs/paper/batch/").text


def test_agreeing_on_paper_takes_two_people_all_told_and_seven_days(
    scheme, closed, outcome, officer, client
):
    client.force_login(officer)
    pupil = Pupil.objects.get()
    if not closed:
        client.post("/staff/opt-outs/paper/", paper(pupil, scheme=scheme.code))
    client.post(
        "/staff/opt-outs/paper/",
        paper(pupil, scheme=scheme.code, choice="opt-in", received_on="23/11/2026"),
    )
    assert outcome() == ["opted-out"]
    client.force_login(OfficerFactory(email="third@example.org"))
    look = SecondLook.objects.get(decision__choice="opt-in")
    assert scheme.recipient.name in client.get(f"/staff/opt-outs/second/{look.pk}/").text
    client.post(f"/staff/opt-outs/second/{look.pk}/", {"agrees": "yes", "note": ""})
    assert scheme.recipient.name in client.get("/staff/opt-outs/told/").text
    for telling in Telling.objects.filter(told_at=None):
        client.post(f"/staff/opt-outs/told/{telling.pk}/")
    mails.sent()
    opting_in.settle(at=days.now())
    assert outcome(6) == ["opted-out"]
    assert outcome(7) == ["goes"]


def test_a_letters_code_opts_out_or_agrees(scheme, closed, outcome, officer, client):
    client.force_login(officer)
    assert scheme.title in client.get("/staff/letters/").text
    ((code,), text) = codes_and_text([Pupil.objects.get()], officer, about=scheme.code)
    assert scheme.recipient.name in " ".join(text.split())
    assert ("unless you agree" in " ".join(text.split())) == closed
    client.logout()
    if closed:
        page = decide_by_code(client, code, choice="opt-in")
        assert "Opt-in received" in page.text
        assert scheme.sharing_title in page.text
    else:
        page = decide_by_code(client, code)
        assert "Opt-out confirmed" in page.text
        assert outcome() == ["opted-out"]


def test_turning_the_age_of_self_decision_has_its_letters(scheme, officer):
    pupils = letters.turned_16(Pupil.objects.all(), scheme, DAY)
    assert pupils == []
    send_ = Decision(
        pupil=Pupil.objects.get(), scheme=scheme, choice="opt-out", by="parent", person_name="B",
        person_key="b", channel="online", received_at=NOON, recorded_at=NOON,
    )  # fmt: skip
    send_.save()
    found = letters.turned_16(Pupil.objects.all(), scheme, DAY)
    assert found == (list(Pupil.objects.all()) if scheme.self_age else [])
    if found:
        _, text = codes_and_text(found, officer, kind=LetterKind.TURNING_16, about=scheme.code)
        assert f"Now you are {scheme.self_age}, this is your choice" in " ".join(text.split())


def test_the_pupils_page_and_the_schools_file_have_it(scheme, closed, officer, client):
    send_opt_out(client, scheme.code)
    client.force_login(officer)
    pupil = Pupil.objects.get()
    page = client.get(f"/staff/pupils/{pupil.reference}/").text
    assert scheme.title in page
    assert "Opted out: Ben Barlow opted out" in " ".join(page.split())
    file = client.get(f"/staff/opt-outs/work/{pupil.school.urn}.csv")
    rows = list(csv.DictReader(io.StringIO(b"".join(file).decode("utf-8-sig"))))
    assert [row for row in rows if scheme.title in row.values()]


def test_what_went_too_late_is_called_back(scheme, closed, outcome, officer, client):
    client.force_login(officer)
    assert outcome(-2) == (["opted-out"] if closed else ["goes"])
    late = {"signed_on": "20/11/2026", "received_on": "20/11/2026"}
    client.post("/staff/opt-outs/paper/", paper(Pupil.objects.get(), scheme=scheme.code, **late))
    if closed:  # nothing had gone, since nobody had agreed
        assert not Recall.objects.exists()
        return
    letter = client.get(f"/staff/disclosures/recalls/{Recall.objects.get().pk}.pdf")
    text = PdfReader(io.BytesIO(b"".join(letter))).pages[0].extract_text()
    assert "We had received an opt-out on 20 November 2026" in " ".join(text.split())
