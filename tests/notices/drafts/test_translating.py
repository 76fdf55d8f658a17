"""Translations: published with the version, left out where the English moved on, frozen with it."""

import re

import pytest
from django.db import DatabaseError, transaction

from notices.drafts import drafting, tokens, translating
from notices.drafts.content import content_of, digest_of
from notices.drafts.drafting import Editing, SectionWords
from notices.errors import DraftChangedError
from notices.models import Item, NoticeVersion, Publication, TranslatedSection
from privacy_portal.ground.errors import NotNowError
from tests.example import DAY, NOON
from tests.factories.notices import CompleteDraftFactory, DraftFactory, publish
from tests.forms import DRAFT_PAGE, seen_in
from tests.translations import a_translated_draft, translate, translate_words
from tests.unguarded import policy_unguarded

pytestmark = pytest.mark.django_db


def test_a_complete_translation_is_published_with_its_language_and_direction(
    policy, client, officer, second_officer
):
    publish(a_translated_draft(officer), by=second_officer)
    page = client.get("/notices/pupils/").text
    assert 'href="/notices/pupils/versions/4/ur/"' in page
    assert "اردو" in page
    shown = client.get("/notices/pupils/versions/4/ur/").text
    assert '<div lang="ur" dir="rtl">' in shown
    assert "Słowa." in shown
    assert "If there is any difference" in " ".join(shown.split())
    assert "English version</a> applies" in shown
    assert client.get("/notices/pupils/versions/4/pl/").status_code == 404
    assert client.get("/notices/pupils/versions/3/ur/").status_code == 404


def test_a_translation_that_tells_less_than_the_english_is_not_published(policy, officer):
    draft = a_translated_draft(officer)
    assert len(content_of(draft)["translations"]) == 1
    section = draft.sections.first()
    words = SectionWords(section.element, section.heading, "", "Other words.")
    seen = tokens.section_token(section)
    editing = Editing(officer, NOON)
    drafting.change_section(draft.pk, section.pk, words=words, seen=seen, editing=editing)
    state = translating.states_of(draft)[0]
    assert state.open == 1
    assert [section.stale for section in state.sections][:2] == [True, False]
    assert "translations" not in content_of(draft)
    section.refresh_from_db()
    translate(draft, section, officer)
    assert translating.states_of(draft)[0].open == 0


def test_the_table_is_told_in_the_language_too(policy, client, officer, second_officer):
    draft = a_translated_draft(officer)
    translate_words(draft, officer, Phone="")
    state = translating.states_of(draft)[0]
    assert (state.open, state.words_done) == (1, False)
    assert "translations" not in content_of(draft)
    translate_words(draft, officer)
    draft.refresh_from_db()
    publish(draft, by=second_officer)
    page = client.get("/notices/pupils/versions/4/ur/").text
    for word in ("Who gets what", "What it can get", "Telephone", "How to contact us"):
        assert f"ur: {word}" in page
    assert "ur: Surname, ur: Forename" in page
    assert "Fischer Family Trust" in page, "names stay as they are"
    english = client.get("/notices/pupils/versions/4/").text
    assert "ur: " not in english


def test_a_label_that_reads_otherwise_is_another_word(policy, officer):
    draft = a_translated_draft(officer)
    with policy_unguarded():
        Item.objects.filter(label="Phone").update(label="Telephone number")
    state = translating.states_of(draft)[0]
    assert (state.open, state.words["Telephone number"]) == (1, "")


def test_two_translators_of_the_table_overwrite_nothing(policy, officer, second_officer):
    draft = a_translated_draft(officer)
    seen = tokens.words_token(translating.states_of(draft)[0].translation)
    translate_words(draft, officer, Phone="x")
    with pytest.raises(DraftChangedError):
        translating.translate_words(
            draft.pk, "ur", words={}, seen=seen, editing=Editing(second_officer, NOON)
        )
    assert translating.states_of(draft)[0].words["Phone"] == "x"


def test_a_translation_published_before_has_its_table_in_english(policy, client, officer):
    """Its content has no words of the table."""
    draft = a_translated_draft(officer)
    content = content_of(draft)
    del content["translations"][0]["words"]
    Publication.objects.create(
        version=draft, content=content, digest=digest_of(content), at=NOON, by=None
    )
    NoticeVersion.objects.filter(pk=draft.pk).update(status="published")
    page = client.get("/notices/pupils/versions/4/ur/").text
    assert "Who we share information with" in page
    assert "ur: Who gets what" not in page
    assert client.get("/notices/pupils/versions/4/ur.pdf").status_code == 200


def test_the_summary_for_young_people_must_be_translated_too(policy, officer):
    draft = a_translated_draft(officer)
    editing = Editing(officer, NOON)
    seen = tokens.young_summary_token(draft)
    drafting.change_young_summary(draft.pk, text="In short.", seen=seen, editing=editing)
    draft.refresh_from_db()
    state = translating.states_of(draft)[0]
    assert (state.open, state.young_done) == (1, False)
    seen = tokens.translation_token(state.translation)
    translating.change_title(
        draft.pk, "ur", title="T", young_summary="Krótko.", seen=seen, editing=editing
    )
    assert translating.states_of(draft)[0].open == 0


def test_the_next_draft_begins_with_the_translations(policy, officer, second_officer):
    publish(a_translated_draft(officer), by=second_officer)
    draft = DraftFactory(by=officer)
    state = translating.states_of(draft)[0]
    assert (state.translation.language, state.open) == ("ur", 0)
    old = NoticeVersion.objects.get(notice=draft.notice, number=4)
    assert translating.states_of(old)[0].open == 0


def test_two_translators_overwrite_nothing_of_each_other(policy, officer, second_officer):
    draft = a_translated_draft(officer)
    section = draft.sections.first()
    before = TranslatedSection.objects.get(section=section)
    translate(draft, section, officer, body="Mine.")
    with pytest.raises(DraftChangedError, match="while you were editing it"):
        translating.translate_section(
            draft.pk, "ur", section.pk,
            words=translating.TranslatedWords("x", "Theirs.", tokens.section_token(section)),
            seen=tokens.translated_token(before), editing=Editing(second_officer, NOON),
        )  # fmt: skip
    before.refresh_from_db()
    assert before.body == "Mine."
    with pytest.raises(NotNowError, match="already"):
        translating.add_language(draft.pk, language="ur", title="T", editing=Editing(officer, NOON))


def test_a_published_translation_never_changes(policy, officer, second_officer):
    draft = a_translated_draft(officer)
    publish(draft, by=second_officer)
    with pytest.raises(DatabaseError, match="never changes"), transaction.atomic():
        TranslatedSection.objects.filter(version=draft).update(body="x")
    with pytest.raises(DatabaseError, match="never changes"), transaction.atomic():
        draft.translations.all().delete()


def test_a_draft_is_translated_on_the_pages(policy, client, editor, other_editor):
    draft = CompleteDraftFactory(by=editor, effective_from=DAY)
    wrong = client.post(f"{DRAFT_PAGE}languages/", {"language": "xx", "title": "T"})
    assert wrong.status_code == 422
    there = client.post(f"{DRAFT_PAGE}languages/", {"language": "pl", "title": "Tytuł"})
    assert there.url == f"{DRAFT_PAGE}languages/pl/"
    assert f"{draft.sections.count() + 1} parts to translate" in client.get(there.url).text
    for section in draft.sections.all():
        address = f"{DRAFT_PAGE}languages/pl/{section.pk}/"
        page = client.get(address)
        assert 'lang="pl"' in page.text
        of = re.search(r'name="of" value="(\w*)"', page.text)[1]
        words = {"heading": "Nagłówek", "body": "Słowa.", "seen": seen_in(page), "of": of}
        assert "This is not saved yet" in client.post(address, {**words, "preview": "yes"}).text
        assert client.post(address, words).url == there.url
    seen = seen_in(client.get(f"{DRAFT_PAGE}languages/pl/title/"))
    client.post(f"{DRAFT_PAGE}languages/pl/title/", {"title": "Inny", "text": "", "seen": seen})
    page = client.get(f"{DRAFT_PAGE}languages/pl/words/")
    english = list(translating.states_of(draft)[0].words)
    words = {f"word_{place}": f"pl: {word}" for place, word in enumerate(english)}
    stale = client.post(f"{DRAFT_PAGE}languages/pl/words/", {**words, "seen": "another"})
    assert stale.status_code == 409
    assert "pl: Who gets what" in stale.text, "nothing typed is lost"
    client.post(f"{DRAFT_PAGE}languages/pl/words/", {**words, "seen": seen_in(page)})
    assert "Translation complete" in client.get(there.url).text
    client.force_login(other_editor)
    page = client.get(f"{DRAFT_PAGE}publish/")
    assert "translation is not complete" not in page.text
    client.post(f"{DRAFT_PAGE}publish/", {"seen": seen_in(page)})
    assert "Słowa." in client.get("/notices/pupils/versions/4/pl/").text


def test_publishing_says_which_translation_is_left_out(policy, client, editor, other_editor):
    draft = CompleteDraftFactory(by=editor, effective_from=DAY)
    client.post(f"{DRAFT_PAGE}languages/", {"language": "pl", "title": "Tytuł"})
    client.force_login(other_editor)
    assert "the translation is not complete" in client.get(f"{DRAFT_PAGE}publish/").text
    client.post(f"{DRAFT_PAGE}languages/pl/remove/")
    assert not draft.translations.exists()


def test_who_saves_a_translated_title_second_sees_what_it_is_now(
    policy, client, editor, other_editor
):
    draft = CompleteDraftFactory(by=editor)
    client.post(f"{DRAFT_PAGE}languages/", {"language": "pl", "title": "Tytuł"})
    address = f"{DRAFT_PAGE}languages/pl/title/"
    mine = {"title": "Mój", "text": "Krótko.", "seen": seen_in(client.get(address))}
    client.force_login(other_editor)
    theirs = {**mine, "title": "Inny", "text": "Inne słowa."}
    assert client.post(address, theirs).status_code == 302
    client.force_login(editor)
    conflict = client.post(address, mine)
    assert conflict.status_code == 409
    for text in ("Inny", "Inne słowa.", "Mój", "Krótko."):
        assert text in conflict.text
    assert client.post(address, {**mine, "seen": seen_in(conflict)}).status_code == 302
    translation = draft.translations.get()
    assert (translation.title, translation.young_summary) == ("Mój", "Krótko.")


def test_who_saves_a_translated_section_second_sees_what_it_is_now(policy, client, editor):
    draft = CompleteDraftFactory(by=editor)
    client.post(f"{DRAFT_PAGE}languages/", {"language": "pl", "title": "Tytuł"})
    address = f"{DRAFT_PAGE}languages/pl/{draft.sections.first().pk}/"
    page = client.get(address)
    of = re.search(r'name="of" value="(\w*)"', page.text)[1]
    mine = {"heading": "Mój", "body": "Moje słowa.", "seen": seen_in(page), "of": of}
    theirs = {**mine, "heading": "Inny", "body": "Inne słowa."}
    assert client.post(address, theirs).status_code == 302
    conflict = client.post(address, mine)
    assert conflict.status_code == 409
    for text in ("Inny", "Inne słowa.", "Mój", "Moje słowa."):
        assert text in conflict.text
    assert client.post(address, {**mine, "seen": seen_in(conflict)}).status_code == 302
    assert TranslatedSection.objects.get().body == "Moje słowa."


@pytest.mark.parametrize("part", ["title", "words", "section"])
def test_what_was_typed_is_kept_when_the_translation_was_removed(
    policy, client, editor, other_editor, part
):
    draft = CompleteDraftFactory(by=editor)
    client.post(f"{DRAFT_PAGE}languages/", {"language": "pl", "title": "Tytuł"})
    last = draft.sections.first().pk if part == "section" else part
    address = f"{DRAFT_PAGE}languages/pl/{last}/"
    page = client.get(address)
    typed = {
        "title": {"title": "Mój", "text": "Krótko."},
        "words": {"word_0": "Mój"},
        "section": {"heading": "Mój", "body": "Krótko.", "of": "x"},
    }[part] | {"seen": seen_in(page)}
    client.force_login(other_editor)
    client.post(f"{DRAFT_PAGE}languages/pl/remove/")
    client.force_login(editor)
    for _ in range(2):  # pressing again saves nothing either
        conflict = client.post(address, typed)
        assert conflict.status_code == 409
        assert "was removed" in conflict.text
        assert "Mój" in conflict.text
        typed["seen"] = seen_in(conflict)
    assert not draft.translations.exists()
    assert client.get(address).status_code == 404


def test_a_translation_is_removed_once_that_is_confirmed(policy, client, editor):
    draft = CompleteDraftFactory(by=editor)
    client.post(f"{DRAFT_PAGE}languages/", {"language": "pl", "title": "Tytuł"})
    remove = f"{DRAFT_PAGE}languages/pl/remove/"
    assert "Are you sure you want to remove “Polish translation”?" in client.get(remove).text
    assert draft.translations.exists()
    assert "Polish translation removed" in client.post(remove, follow=True).text
    assert not draft.translations.exists()
    for address in (remove, f"{DRAFT_PAGE}languages/pl/"):
        assert client.get(address).status_code == 404


def test_a_language_that_another_added_a_moment_ago_is_not_added_again(
    policy, client, editor, other_editor, monkeypatch
):
    draft = CompleteDraftFactory(by=editor)
    add = translating.add_language

    def add_second(version_id, **words):
        theirs = {**words, "title": "Theirs", "editing": Editing(other_editor, NOON)}
        add(version_id, **theirs)
        return add(version_id, **words)

    monkeypatch.setattr(translating, "add_language", add_second)
    words = {"language": "pl", "title": "Mine"}
    page = client.post(f"{DRAFT_PAGE}languages/", words, follow=True)
    assert page.redirect_chain == [(f"{DRAFT_PAGE}languages/pl/", 302)]
    assert "The draft already has a translation into Polish." in page.text
    assert draft.translations.get().title == "Theirs"
