"""Editors and publishers at the same moment, over real connections with real commits."""

from collections import Counter
from functools import partial

import pytest

from notices.drafts import drafting, publishing, tokens
from notices.drafts.content import content_of, digest_of
from notices.drafts.drafting import Editing, SectionWords
from notices.errors import DraftChangedError
from notices.models import DraftEdit, NoticeVersion, Publication, Withdrawal
from privacy_portal.ground.errors import NotNowError
from tests.example import DAY, NOON
from tests.factories.ground import OfficerFactory
from tests.factories.notices import CompleteDraftFactory
from tests.log_entries import events
from tests.races import all_at_once

ROUNDS, SOAK_ROUNDS = 10, 150


@pytest.fixture
def people(committed):
    return [OfficerFactory(email=f"{name}@example.org") for name in ("one", "two", "three")]


def write(draft, section, seen, body, by):
    words = SectionWords(section.element, section.heading, section.scheme, body)
    drafting.change_section(draft.pk, section.pk, words=words, seen=seen, editing=Editing(by, NOON))
    return body


def test_of_two_who_save_the_same_section_one_is_told(people, soak):
    draft = CompleteDraftFactory(by=people[0])
    section = draft.sections.first()
    for number in range(SOAK_ROUNDS if soak else ROUNDS):
        section.refresh_from_db()
        seen = tokens.section_token(section)
        before = DraftEdit.objects.count()
        done = all_at_once(
            *(
                partial(write, draft, section, seen, f"{number} by {by.name}", by)
                for by in people[:2]
            )
        )
        saved = [each for each in done if isinstance(each, str)]
        section.refresh_from_db()
        assert saved == [section.body]
        assert DraftEdit.objects.count() == before + 1


def test_nothing_is_published_that_its_publisher_did_not_read(people):
    """An edit races the publication: either it comes first and the publisher is told, or it is
    refused; the words published are those that were read."""
    for number in range(ROUNDS):
        draft = CompleteDraftFactory(by=people[0], effective_from=DAY)
        section = draft.sections.first()
        seen, read = tokens.section_token(section), digest_of(content_of(draft))
        edited, published = all_at_once(
            partial(write, draft, section, seen, f"changed {number}", people[1]),
            partial(publishing.publish, draft.pk, seen=read, by=people[2], at=NOON),
        )
        draft.refresh_from_db()
        if isinstance(published, Publication):
            assert isinstance(edited, DraftChangedError)
            assert (draft.status, published.digest) == ("published", read)
        else:
            assert edited == f"changed {number}"
            assert draft.status == "draft"
            drafting.discard_draft(draft.pk, editing=Editing(people[0], NOON))
    assert not NoticeVersion.objects.filter(status="draft").exists()


def test_of_many_who_publish_or_withdraw_one_does_and_the_others_are_told(people):
    before = Publication.objects.count()
    draft = CompleteDraftFactory(by=people[0])
    read = digest_of(content_of(draft))
    publications = all_at_once(
        *(partial(publishing.publish, draft.pk, seen=read, by=by, at=NOON) for by in people[1:] * 3)
    )
    assert Counter(map(str, publications))["This version is no longer a draft."] == 5
    assert Publication.objects.count() == before + 1
    withdrawals = all_at_once(
        *(partial(publishing.withdraw, draft.pk, reason="x", by=by, at=NOON) for by in people)
    )
    assert Counter(type(outcome) for outcome in withdrawals) == {Withdrawal: 1, NotNowError: 2}
    assert events().count("notice-published") == before + 1
    assert events().count("notice-withdrawn") == 1
