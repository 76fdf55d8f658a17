"""Many disclosures are signed off at once: all that an officer saw, or none."""

import re

import pytest

from privacy_portal.ground.errors import NotNowError
from privacy_portal.ground.log.appending import append, body
from sharing.disclosures.undoing import undo
from sharing.models import (
    Disclosure,
    Incident,
    IncidentStep,
    Override,
    OverrideStep,
    Recall,
    RecallStep,
    SignOff,
)
from sharing.review import questioning, signing_off
from tests.example import NOON
from tests.factories.consent import DecisionFactory
from tests.factories.sharing import DisclosureFactory
from tests.log_entries import entries, events

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk(pupil, client, officer, second_officer):
    """Three disclosures of a colleague, one of the officer's own; the officer is signed in."""
    for by in (second_officer, second_officer, second_officer, officer):
        DisclosureFactory(by=by)
    client.force_login(officer)
    return client


@pytest.fixture
def others(desk, second_officer):
    """The log entries of the colleague's disclosures."""
    return sorted(Disclosure.objects.filter(by=second_officer).values_list("entry", flat=True))


def hidden(page):
    """What the check page sends along."""
    fields = re.findall(r'type="hidden" name="((?:entry|seen-)[^"]*)" value="([^"]*)"', page)
    sent = {name: value for name, value in fields if name != "entry"}
    return {**sent, "entry": [value for name, value in fields if name == "entry"]}


def ticked(page):
    return [int(entry) for entry in re.findall(r'name="entry" value="(\d+)"\s*checked', page)]


def test_all_on_a_page_are_ticked_without_script(desk, others):
    page = desk.get("/staff/disclosures/?agreement=WIG-CNX").text
    assert ticked(page) == []
    link = re.search(r'href="([^"]*)">Tick all', page)[1].replace("&amp;", "&")
    page = desk.get(link).text
    assert sorted(ticked(page)) == others
    assert "You made this entry" in page
    assert "ticked=" not in re.search(r'href="([^"]*)">Untick all', page)[1]
    assert 'name="filters" value="agreement=WIG-CNX"' in page


def test_what_is_ticked_is_checked_and_signed_off_each_with_an_entry(desk, officer, others):
    asked = {"entry": others, "filters": "agreement=WIG-CNX&unknown=1"}
    page = desk.get("/staff/disclosures/sign-off/", asked).text
    assert "Sign off 3 entries" in page
    done = desk.post(
        "/staff/disclosures/sign-off/",
        {**hidden(page), "note": "Fine.", "filters": asked["filters"]},
    )
    assert (done.status_code, done.url) == (302, "/staff/disclosures/?agreement=WIG-CNX")
    assert {(each.note, each.by) for each in SignOff.objects.all()} == {("Fine.", officer)}
    signed_off = Disclosure.objects.filter(sign_off__isnull=False)
    assert [entry["disclosure"] for entry in entries("disclosure-signed-off")] == [
        disclosure.pk for disclosure in signed_off.order_by("entry")
    ]
    assert events()[-3:] == ["disclosure-signed-off"] * 3


def test_own_entries_and_those_signed_off_are_left_out_with_the_reason(
    desk, officer, second_officer, others
):
    own = Disclosure.objects.get(by=officer).entry
    first = Disclosure.objects.get(entry=others[0])
    signing_off.sign_off(first, note="", by=officer, at=NOON)
    page = desk.get("/staff/disclosures/sign-off/", {"entry": [own, *others]}).text
    assert hidden(page)["entry"] == [str(entry) for entry in others[1:]]
    assert "You made this entry" in page
    assert "already signed off" in page
    page = desk.get("/staff/disclosures/sign-off/", {"entry": [own]}).text
    assert "You cannot sign these off" in page
    assert "<h1" in page
    assert 'name="note"' not in page


def test_where_one_has_changed_nothing_is_signed_off(desk, officer, third_officer, others):
    """It says what has changed, and offers what is left."""
    page = desk.get("/staff/disclosures/sign-off/", {"entry": others}).text
    signing_off.sign_off(
        Disclosure.objects.get(entry=others[1]), note="", by=third_officer, at=NOON
    )
    refused = desk.post("/staff/disclosures/sign-off/", {**hidden(page), "note": ""})
    assert refused.status_code == 409
    assert f"Log entry {others[1]}: {third_officer.name} has signed it off." in refused.text
    assert SignOff.objects.count() == 1
    again = desk.post("/staff/disclosures/sign-off/", {**hidden(refused.text), "note": ""})
    assert again.status_code == 302
    assert SignOff.objects.count() == 3


@pytest.fixture
def third_officer(db):
    from tests.factories.ground import OfficerFactory

    return OfficerFactory(name="Third Officer")


@pytest.mark.parametrize(
    ("seen", "change"),
    [("1-0-0-0", "new question or recall"), ("", "new question"), ("0-0-1-0", "new question")],
)
def test_a_state_that_is_not_as_seen_is_refused(desk, officer, others, seen, change):
    with pytest.raises(signing_off.ChangedMeanwhileError) as refused:
        signing_off.sign_off_all({others[0]: seen}, note="", by=officer, at=NOON)
    assert change in refused.value.changes[0]


def test_what_was_undone_since_is_refused(desk, officer, others):
    undo(Disclosure.objects.get(entry=others[0]), why="The connection broke.", at=NOON)
    with pytest.raises(signing_off.ChangedMeanwhileError) as refused:
        signing_off.sign_off_all({others[0]: "0-0-0-0"}, note="", by=officer, at=NOON)
    assert "not sent after all" in refused.value.changes[0]
    with pytest.raises(NotNowError):
        signing_off.sign_off_all(
            {Disclosure.objects.get(by=officer).entry: ""}, note="", by=officer, at=NOON
        )
    assert not SignOff.objects.exists()


def test_nothing_ticked_leads_back_to_the_list(desk):
    for sent in ({}, {"entry": ["x", "99999", "-1"]}):
        page = desk.get("/staff/disclosures/sign-off/", sent, follow=True)
        assert page.redirect_chain == [("/staff/disclosures/", 302)]
        assert "Select at least one entry to sign off." in page.text


@pytest.mark.parametrize("entry", ["", "x", "0", "-1", "9" * 18, "9" * 20, "٣", None])
def test_nothing_that_can_be_signed_off_is_no_success(desk, entry):
    sent = {"note": "", "filters": "agreement=WIG-CNX"} | (
        {} if entry is None else {"entry": entry}
    )
    for ask in (desk.post, desk.get):
        page = ask("/staff/disclosures/sign-off/", sent, follow=True)
        assert page.redirect_chain == [("/staff/disclosures/?agreement=WIG-CNX", 302)]
        assert "Select at least one entry to sign off." in page.text
        assert "0 entries signed off" not in page.text
    assert not SignOff.objects.exists()


def rows_of(page):
    """The text of each row of the table of a page, by the log entry that it leads to."""
    rows = re.findall(r"<tr.*?</tr>", page, re.DOTALL)
    entry = re.compile(r'href="/staff/disclosures/(\d+)/"')
    return {int(entry.search(row)[1]): row for row in rows if entry.search(row)}


def make_recall(disclosure, pupil, *, confirmed):
    recall = Recall.objects.create(
        disclosure=disclosure, decision=DecisionFactory(pupil=pupil), found_at=NOON
    )
    for kind in (RecallStep.Kind.SENT, RecallStep.Kind.CONFIRMED) if confirmed else ():
        RecallStep.objects.create(
            recall=recall, kind=kind, on=NOON.date(), at=NOON, note="By email."
        )


def open_incident(disclosure, officer, *, closed):
    incident = Incident.objects.create(disclosure=disclosure, opened_at=NOON, by=officer)
    if closed:
        IncidentStep.objects.create(
            incident=incident, kind=IncidentStep.Kind.CLOSED, note="Over.", on=NOON.date(), at=NOON,
            by=officer,
        )  # fmt: skip


@pytest.mark.parametrize(
    ("over", "expected"),
    [
        (False, ("Open recall", "Open incident", "Open question")),
        (True, ("Recall, closed", "Incident, closed", "Question, answered")),
    ],
)
def test_nobody_signs_off_without_reading_of_a_recall_an_incident_or_a_question(
    desk, pupil, officer, second_officer, others, over, expected
):
    recalled, incident, asked = Disclosure.objects.filter(entry__in=others).order_by("entry")
    make_recall(recalled, pupil, confirmed=over)
    open_incident(incident, second_officer, closed=over)
    question = questioning.ask(asked, words="Why?", by=officer, at=NOON)
    if over:
        questioning.answer(question, words="So.", by=second_officer, at=NOON)
    for page in (
        desk.get("/staff/disclosures/").text,
        desk.get("/staff/disclosures/sign-off/", {"entry": others}).text,
    ):
        rows = rows_of(page.replace("<li>", "<tr>").replace("</li>", "</tr>"))
        for entry, words in zip(others, expected, strict=True):
            assert [text for text in expected if text in rows[entry]] == [words]


@pytest.mark.parametrize("direction", ["sent", "received"])
def test_what_was_not_allowed_or_not_sent_says_so_before_it_is_signed_off(
    desk, second_officer, direction
):
    refused = Disclosure.objects.create(
        id=9000, by=second_officer, on=NOON.date(), at=NOON, lines_root=b"", outcome="refused",
        entry=append([body("test", at=NOON, by=None)]), origin="release", direction=direction,
        out_of_line=True,
    )  # fmt: skip
    unsent = DisclosureFactory(by=second_officer)
    undo(unsent, why="The connection broke.", at=NOON)
    asked = {"entry": [refused.entry, unsent.entry]}
    for address, sent in (("/staff/disclosures/", {}), ("/staff/disclosures/sign-off/", asked)):
        rows = rows_of(desk.get(address, sent).text)
        assert re.search(r">\s*Not allowed\s*</strong>", rows[refused.entry])
        tags = re.findall(r'class="govuk-tag[^>]*>\s*(.*?)\s*</strong>', rows[unsent.entry])
        assert tags == ["Not sent"]


def test_a_challenge_of_a_release_despite_an_opt_out_is_said(desk, officer, second_officer, others):
    disclosure = Disclosure.objects.get(entry=others[0])
    override = Override.objects.create(
        disclosure=disclosure, ground="safeguarding", legal_ground="Law", reason="Risk", at=NOON,
        by=second_officer,
    )  # fmt: skip
    for address in ("/staff/disclosures/", f"/staff/disclosures/sign-off/?entry={others[0]}"):
        assert "Challenged by" not in desk.get(address).text
    OverrideStep.objects.create(override=override, kind="contested", at=NOON, by=officer)
    for address in ("/staff/disclosures/", f"/staff/disclosures/sign-off/?entry={others[0]}"):
        assert "Challenged by" in rows_of(desk.get(address).text)[others[0]]
