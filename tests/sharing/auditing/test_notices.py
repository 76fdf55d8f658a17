"""A published notice reads in each of its rows as it was published, or the log check finds it (N1, L5)."""

import json

import pytest

from notices import verifying
from notices.drafts import publishing, translating
from notices.drafts.content import content_of
from notices.drafts.drafting import Editing
from notices.drafts.tokens import section_token, translated_token, words_token
from notices.drafts.translating import TranslatedWords
from notices.models import NoticeVersion
from privacy_portal.ground.log.verifying import LogBrokenError
from sharing.auditing.verifying import verify_log
from tests.commands import run
from tests.example import NOON, POLICY
from tests.factories.ground import EditorFactory
from tests.factories.notices import CompleteDraftFactory, WithdrawnFactory, publish
from tests.tampering import past_the_guards

LANGUAGE = "pl"


def fault():
    with pytest.raises(LogBrokenError) as caught:
        verify_log(lambda size: None)
    return str(caught.value)


@pytest.fixture
def version(policy):
    """A published version with a translation, with what it leaves out, and with a law."""
    editing = Editing(EditorFactory.create(), NOON)
    draft = CompleteDraftFactory()
    translation = translating.add_language(draft.pk, language=LANGUAGE, title="x", editing=editing)
    for section in draft.sections.all():
        words = TranslatedWords("x", "x", section_token(section))
        translating.translate_section(
            draft.pk,
            LANGUAGE,
            section.pk,
            words=words,
            seen=translated_token(None),
            editing=editing,
        )
    words = dict.fromkeys(translating.words_of(draft), "x")
    seen = words_token(translation)
    translating.translate_words(draft.pk, LANGUAGE, words=words, seen=seen, editing=editing)
    version = publish(NoticeVersion.objects.get(pk=draft.pk), by=EditorFactory.create()).version
    assert content_of(version)["translations"]
    assert verify_log(lambda size: None).size
    return version


OF_TRANSLATION = "translation_id IN (SELECT id FROM notices_translation WHERE version_id = %s)"


@pytest.mark.parametrize(
    ("sql", "said"),
    [
        ("UPDATE notices_noticeversion SET effective_from = effective_from - 1 WHERE id = %s", "effective_from"),
        ("UPDATE notices_noticeversion SET status = 'draft' WHERE id = %s", "status"),
        ("UPDATE notices_noticeversion SET status = 'withdrawn' WHERE id = %s", "status"),
        ("UPDATE notices_noticeversion SET summary = 'other' WHERE id = %s", "content"),
        ("UPDATE notices_noticeversion SET young_summary = 'other' WHERE id = %s", "content"),
        *(
            (f"UPDATE notices_section SET {column} = 'other' WHERE version_id = %s", "content")
            for column in ("element", "heading", "scheme", "body")
        ),
        ("UPDATE notices_section SET position = 99 - position WHERE version_id = %s", "content"),
        ("UPDATE notices_notapplicable SET reason = 'other' WHERE version_id = %s", "content"),
        ("DELETE FROM notices_notapplicable WHERE version_id = %s", "content"),
        ("UPDATE notices_namedrecipient SET legal_duty = 'other' WHERE version_id = %s", "content"),
        ("UPDATE notices_namedrecipient SET position = 99 - position WHERE version_id = %s", "content"),
        ("UPDATE notices_translation SET title = 'other' WHERE version_id = %s", "content"),
        ("UPDATE notices_translation SET young_summary = 'other' WHERE version_id = %s", "content"),
        ("UPDATE notices_translation SET words = '{{}}' WHERE version_id = %s", "content"),
        (f"UPDATE notices_translatedsection SET body = 'other' WHERE {OF_TRANSLATION}", "content"),
        (f"UPDATE notices_translatedsection SET heading = 'y' WHERE {OF_TRANSLATION}", "content"),
        (f"DELETE FROM notices_translatedsection WHERE {OF_TRANSLATION}", "content"),
    ],
)  # fmt: skip
def test_what_reads_otherwise_than_was_published_is_found(version, sql, said):
    past_the_guards(sql.replace("{{}}", "{}"), version.pk)
    found = fault()
    assert "its published version of a notice differs from what was logged in" in found
    assert said in found


def test_a_withdrawn_version_is_withdrawn(policy):
    version = WithdrawnFactory()
    assert verify_log(lambda size: None).size
    past_the_guards(
        "UPDATE notices_noticeversion SET status = 'published' WHERE id = %s", version.pk
    )
    assert "differs from what was logged in" in fault()
    assert "status" in fault()


def test_a_draft_that_only_its_row_calls_published_is_found(policy):
    draft = CompleteDraftFactory()
    past_the_guards("UPDATE notices_noticeversion SET status = 'published' WHERE id = %s", draft.pk)
    assert fault() == f"notice version {draft} is stored as published, but was never published"


def test_a_withdrawn_version_of_a_policy_file_has_an_entry(policy, write):
    document = json.loads(POLICY.read_text())
    version = {**document["notices"][0]["versions"][-1], "number": 9, "status": "withdrawn"}
    document["notices"][0]["versions"].append(version)
    assert run("policy", "import", write(json.dumps(document), "policy.json")).code == 0
    assert verify_log(lambda size: None).size
    past_the_guards("UPDATE notices_noticeversion SET status = 'published' WHERE number = 9")
    assert "status" in fault()


def test_a_label_that_reads_otherwise_later_changes_no_published_word(version):
    past_the_guards("UPDATE notices_item SET label = label || '!'")
    assert verifying.words_fault() is None
    assert publishing.digest_of(content_of(version)) != version.publication.digest
