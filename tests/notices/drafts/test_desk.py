"""The officers' pages about notices, over HTTP."""

import re

import pytest

from notices.drafts import drafting, edit_views, tokens
from notices.drafts.drafting import Editing
from notices.drafts.edit_views import draft_at
from notices.models import DraftEdit, NoticeVersion, Withdrawal
from tests.example import DAY, NOON
from tests.factories.notices import CompleteDraftFactory, DraftFactory, publish
from tests.forms import DRAFT_PAGE, day_fields, seen_in

pytestmark = pytest.mark.django_db


def test_a_draft_is_started_from_the_list_once(policy, client, editor):
    assert "Create new version" in client.get("/staff/notices/").text
    assert client.post("/staff/notices/pupils/start/").url == DRAFT_PAGE
    again = client.post("/staff/notices/pupils/start/", follow=True)
    assert "There is already a draft" in again.text
    assert "Draft of version 4" in client.get(DRAFT_PAGE).text
    assert client.get("/staff/notices/pupils/4/").url == DRAFT_PAGE
    assert client.get("/staff/notices/pupils/5/").status_code == 404


def test_what_is_missing_has_links_that_land_on_the_spot(policy, client, editor):
    draft = DraftFactory(by=editor)
    page = client.get(DRAFT_PAGE)
    assert f'href="{DRAFT_PAGE}sections/add/?element=transfers"' in page.text
    assert f'href="{DRAFT_PAGE}not-applicable/transfers/"' in page.text
    assert f'href="{DRAFT_PAGE}details/#id_effective_from"' in page.text
    add = client.get(f"{DRAFT_PAGE}sections/add/?element=opt_out&scheme=height-weight").text
    assert re.search(r'value="opt_out" selected', add)
    assert re.search(r'value="height-weight" selected', add)
    line = draft.named_recipients.first()
    to_line = f'href="{DRAFT_PAGE}lines/{line.pk}/"'
    assert to_line not in client.get(f"{DRAFT_PAGE}publish/").text
    line.items.all().delete()
    assert to_line in client.get(f"{DRAFT_PAGE}publish/").text


def test_a_section_about_how_to_opt_out_says_of_what_and_no_other_does(policy, client, editor):
    draft = DraftFactory(by=editor)
    address = f"{DRAFT_PAGE}sections/add/"
    words = {"element": "opt_out", "heading": "Weighing", "body": "Tell the school."}
    refused = client.post(address, words)
    assert refused.status_code == 422
    assert "Select the opt-out this section explains" in refused.text
    for element in ("opt_out", "other"):
        sent = {**words, "element": element, "scheme": "height-weight"}
        assert client.post(address, sent).status_code == 302
    explained = [(section.element, section.scheme) for section in draft.sections.all()][-2:]
    assert explained == [("opt_out", "height-weight"), ("other", "")]


def test_a_section_is_previewed_without_being_saved(policy, client, editor):
    draft = DraftFactory(by=editor)
    section = draft.sections.first()
    words = {
        "element": "controller", "heading": "Who", "body": "**Bold** <script>alert(1)</script>",
        "preview": "yes", "seen": "x",
    }  # fmt: skip
    page = client.post(f"{DRAFT_PAGE}sections/{section.pk}/", words)
    assert "<strong>Bold</strong>" in page.text
    assert "<script>alert" not in page.text
    section.refresh_from_db()
    assert section.heading == "Who we are"


def test_who_saves_second_sees_both_texts_and_loses_nothing(policy, client, editor, other_editor):
    draft = DraftFactory(by=editor)
    section = draft.sections.first()
    address = f"{DRAFT_PAGE}sections/{section.pk}/"
    mine = {
        "element": "controller", "heading": "Mine", "body": "My words.",
        "seen": seen_in(client.get(address)),
    }  # fmt: skip
    client.force_login(other_editor)
    theirs = {**mine, "heading": "Theirs", "body": "Their words."}
    assert client.post(address, theirs).status_code == 302
    client.force_login(editor)
    page = client.post(address, mine)
    assert page.status_code == 409
    for text in ("second changed this draft", "My words.", "Their words."):
        assert text in page.text
    section.refresh_from_db()
    assert section.body == "Their words."
    again = client.post(address, {**mine, "seen": seen_in(page)})
    assert again.status_code == 302
    section.refresh_from_db()
    assert section.body == "My words."


def test_sections_and_lines_are_moved_and_removed(policy, client, editor):
    draft = DraftFactory(by=editor)
    for kind, rows in (("sections", draft.sections), ("lines", draft.named_recipients)):
        first, second, *rest = rows.all()
        token = tokens.order_token([first, second, *rest])
        client.post(f"{DRAFT_PAGE}{kind}/{second.pk}/move/", {"to": "up", "seen": token})
        assert [row.pk for row in rows.all()][:2] == [second.pk, first.pk]
        stale = client.post(
            f"{DRAFT_PAGE}{kind}/{second.pk}/move/", {"to": "up", "seen": token}, follow=True
        )
        assert "while you were editing it" in stale.text
        page = client.get(f"{DRAFT_PAGE}{kind}/{first.pk}/remove/")
        client.post(f"{DRAFT_PAGE}{kind}/{first.pk}/remove/", {"seen": seen_in(page)})
        assert not rows.filter(pk=first.pk).exists()
        assert client.get(f"{DRAFT_PAGE}{kind}/{first.pk}/").status_code == 404


def test_a_line_is_added_and_changed(policy, client, editor):
    draft = DraftFactory(by=editor)
    words = {
        "recipient": "contactpoint", "purposes": ["functions"], "items": ["pupil.sex"],
        "legal_duty": "A law",
    }  # fmt: skip
    assert client.post(f"{DRAFT_PAGE}lines/add/", {**words, "items": []}).status_code == 422
    client.post(f"{DRAFT_PAGE}lines/add/", words)
    line = draft.named_recipients.order_by("position").last()
    assert (line.recipient.code, line.legal_duty) == ("contactpoint", "A law")
    address = f"{DRAFT_PAGE}lines/{line.pk}/"
    seen = seen_in(client.get(address))
    client.post(address, {**words, "items": ["pupil.sex", "pupil.upn"], "seen": seen})
    assert line.items.count() == 2


def test_day_summary_marks_and_young_summary_are_set(policy, client, editor):
    draft = DraftFactory(by=editor)
    seen = seen_in(client.get(f"{DRAFT_PAGE}details/"))
    day = {"effective_from_0": "4", "effective_from_1": "1", "effective_from_2": "2027"}
    client.post(f"{DRAFT_PAGE}details/", {**day, "summary": "All new.", "seen": seen})
    seen = seen_in(client.get(f"{DRAFT_PAGE}young/"))
    client.post(f"{DRAFT_PAGE}young/", {"text": "Hello.", "seen": seen})
    client.post(f"{DRAFT_PAGE}not-applicable/transfers/", {"reason": "Nothing goes abroad."})
    draft.refresh_from_db()
    assert (draft.effective_from.isoformat(), draft.summary) == ("2027-01-04", "All new.")
    assert draft.young_summary == "Hello."
    assert draft.not_applicable.get().reason == "Nothing goes abroad."
    client.post(f"{DRAFT_PAGE}not-applicable/transfers/", {"reason": ""})
    assert not draft.not_applicable.exists()
    assert client.get(f"{DRAFT_PAGE}not-applicable/nonsense/").status_code == 404
    assert DraftEdit.objects.count() == 5


def test_a_second_person_publishes_what_they_read(policy, client, editor, other_editor):
    CompleteDraftFactory(by=editor, effective_from=DAY)
    page = client.get(f"{DRAFT_PAGE}publish/").text
    assert "Publish version 4</button>" not in page.replace("\n", "")
    assert "someone else must publish this" in page
    refused = client.post(f"{DRAFT_PAGE}publish/", {"seen": "x"}, follow=True)
    assert "someone else must publish this" in refused.text
    client.force_login(other_editor)
    page = client.get(f"{DRAFT_PAGE}publish/")
    done = client.post(f"{DRAFT_PAGE}publish/", {"seen": seen_in(page)}, follow=True)
    assert "Version 4 published" in done.text
    assert "Version 4." in client.get("/notices/pupils/").text
    for address in (DRAFT_PAGE, f"{DRAFT_PAGE}publish/"):
        assert client.get(address).url == "/staff/notices/pupils/4/"
    assert client.get(f"{DRAFT_PAGE}details/").status_code == 404


def test_an_incomplete_draft_is_not_published_and_says_why(policy, client, editor, other_editor):
    DraftFactory(by=editor)
    client.force_login(other_editor)
    page = client.post(f"{DRAFT_PAGE}publish/", {"seen": "x"})
    assert "The draft is not complete" in page.text
    assert "7 things are missing" in page.text
    assert NoticeVersion.objects.get(number=4).status == "draft"


def test_a_waiting_version_is_withdrawn_with_the_reason(policy, client, editor, other_editor):
    publish(CompleteDraftFactory(by=editor), by=other_editor)
    address = "/staff/notices/pupils/4/"
    assert "You can withdraw this version" in client.get(address).text
    assert client.post(f"{address}withdraw/", {"reason": ""}).status_code == 422
    done = client.post(f"{address}withdraw/", {"reason": "A mistake."}, follow=True)
    assert "Version 4 withdrawn" in done.text
    assert Withdrawal.objects.get().reason == "A mistake."
    assert client.get("/notices/pupils/versions/4/").status_code == 404
    late = client.post("/staff/notices/pupils/3/withdraw/", {"reason": "x"}, follow=True)
    assert "You can only withdraw a version that is not in force yet" in late.text


def test_a_draft_is_deleted_and_who_changed_it_stays_on_record(policy, client, editor):
    DraftFactory(by=editor)
    assert "Draft of version 4 deleted" in client.post(f"{DRAFT_PAGE}discard/", follow=True).text
    assert not NoticeVersion.objects.filter(number=4).exists()
    assert DraftEdit.objects.filter(number=4).count() == 2


def test_the_draft_page_gives_advice_on_plain_language(policy, client, editor):
    draft = DraftFactory(by=editor)
    section = draft.sections.first()
    section.body = f"It is {'very ' * 30}long. It was decided. It was written."
    section.save()
    page = client.get(DRAFT_PAGE).text
    assert "Long sentence (33 words)" in page
    assert "67% of sentences are passive" in page


def test_the_draft_page_takes_a_known_number_of_queries(
    policy, client, editor, django_assert_max_num_queries
):
    DraftFactory(by=editor)
    with django_assert_max_num_queries(30):
        client.get(DRAFT_PAGE)
    with django_assert_max_num_queries(12):
        client.get("/staff/notices/")


def test_publishing_is_offered_only_to_who_may(policy, client, editor, other_editor):
    client.post("/staff/notices/pupils/start/")
    address = "/staff/notices/pupils/4/draft/"
    publish = f'href="{address}publish/"'
    page = client.get(address).text
    assert publish not in page
    assert f"Ask {other_editor.name} to open this page." in " ".join(page.split())
    client.force_login(other_editor)
    page = client.get(address).text
    assert publish in page
    assert "someone else must publish this" not in page


@pytest.mark.parametrize(
    ("part", "words", "said"),
    [
        ("sections", {"element": "controller", "heading": "Mine", "body": "B."}, "This section was removed."),
        ("lines", {"recipient": "connexions", "purposes": ["careers-guidance"], "items": ["pupil.surname"]},
         "This organisation was removed."),
    ],
)  # fmt: skip
def test_what_another_removed_meanwhile_is_said(
    policy, client, editor, other_editor, part, words, said
):
    draft = DraftFactory(by=editor)
    number = (draft.sections if part == "sections" else draft.named_recipients).first().pk
    address = f"{DRAFT_PAGE}{part}/{number}/"
    mine = {**words, "seen": seen_in(client.get(address))}
    removed = client.get(f"{address}remove/")
    client.force_login(other_editor)
    assert client.post(f"{address}remove/", {"seen": seen_in(removed)}).status_code == 302
    client.force_login(editor)
    page = client.post(address, mine)
    assert page.status_code == 409
    assert said in page.text


def test_who_saves_a_line_second_sees_what_it_says_now(policy, client, editor, other_editor):
    draft = DraftFactory(by=editor)
    line = draft.named_recipients.get(recipient__code="connexions")
    address = f"{DRAFT_PAGE}lines/{line.pk}/"
    mine = {
        "recipient": "connexions", "purposes": ["careers-guidance"], "items": ["pupil.upn"],
        "seen": seen_in(client.get(address)),
    }  # fmt: skip
    client.force_login(other_editor)
    theirs = {**mine, "items": ["pupil.surname", "pupil.sex"]}
    assert client.post(address, theirs).status_code == 302
    client.force_login(editor)
    page = client.post(address, mine)
    assert page.status_code == 409
    current = page.text.split("Current text")[1].split("<form")[0]
    labels = [named.item.label for named in line.items.all()]
    for text in ("Connexions", line.purposes.get().purpose.label, ", ".join(labels)):
        assert text in current
    assert client.post(address, {**mine, "seen": seen_in(page)}).status_code == 302
    assert line.items.get().item.code == "pupil.upn"


@pytest.mark.parametrize(
    ("page", "words"),
    [
        ("sections/add", {"element": "other", "heading": "Mine", "body": "My words."}),
        ("details", {**day_fields("effective_from", DAY), "summary": "My words."}),
        ("young", {"text": "My words."}),
    ],
)
def test_what_was_typed_is_shown_again_when_the_draft_was_deleted_meanwhile(
    policy, client, editor, other_editor, monkeypatch, page, words
):
    DraftFactory(by=editor)
    address = f"{DRAFT_PAGE}{page}/"
    seen = seen_in(client.get(address))

    def deleted_once_found(slug, number):
        draft = draft_at(slug, number)
        drafting.discard_draft(draft.pk, editing=Editing(other_editor, NOON))
        return draft

    monkeypatch.setattr(edit_views, "draft_at", deleted_once_found)
    conflict = client.post(address, {**words, "seen": seen})
    assert conflict.status_code == 409
    assert "This draft has been deleted." in conflict.text
    assert "My words." in conflict.text
    assert not NoticeVersion.objects.filter(number=4).exists()


@pytest.mark.parametrize(
    ("page", "mine", "theirs"),
    [
        ("details", {"summary": "Mine"}, {"summary": "Theirs"}),
        ("young", {"text": "Mine"}, {"text": "Theirs"}),
    ],
)
def test_day_and_summaries_are_not_overwritten(
    policy, client, editor, other_editor, page, mine, theirs
):
    DraftFactory(by=editor)
    address = f"{DRAFT_PAGE}{page}/"
    day = day_fields("effective_from", DAY)
    mine = {**mine, **day, "seen": seen_in(client.get(address))}
    client.force_login(other_editor)
    theirs = {**theirs, **day, "seen": seen_in(client.get(address))}
    assert client.post(address, theirs).status_code == 302
    client.force_login(editor)
    conflict = client.post(address, mine)
    assert conflict.status_code == 409
    assert "Theirs" in conflict.text
    assert "Mine" in conflict.text


def test_a_translation_of_a_section_that_was_removed_keeps_what_was_typed(policy, client, editor):
    draft = DraftFactory(by=editor)
    client.post(f"{DRAFT_PAGE}languages/", {"language": "pl", "title": "Tytuł"})
    section = draft.sections.first()
    address = f"{DRAFT_PAGE}languages/pl/{section.pk}/"
    page = client.get(address)
    of = re.search(r'name="of" value="(\w+)"', page.text)[1]
    mine = {"heading": "Kto", "body": "Moje słowa.", "of": of, "seen": seen_in(page)}
    removed = client.get(f"{DRAFT_PAGE}sections/{section.pk}/remove/")
    client.post(f"{DRAFT_PAGE}sections/{section.pk}/remove/", {"seen": seen_in(removed)})
    conflict = client.post(address, mine)
    assert conflict.status_code == 409
    assert "Moje słowa." in conflict.text
    assert client.get(address).status_code == 404
