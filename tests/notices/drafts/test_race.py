"""Editors and publishers at the same moment, over real connections with real commits."""

import threading
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import pytest
from django.db import connections

from notices.drafts import drafting, publishing, tokens
from notices.drafts.content import content_of, digest_of
from notices.drafts.drafting import Editing, SectionWords
from notices.errors import DraftChangedError
from notices.models import DraftEdit, NoticeVersion, Publication
from privacy_portal.ground.accounts.models import Role
from privacy_portal.ground.errors import NotNowError
from tests.conftest import DAY, NOON, make_user
from tests.notices.drafts.test_publishing import a_complete_draft

ROUNDS, SOAK_ROUNDS = 10, 150


@pytest.fixture
def people(committed):
    return [make_user(f"{name}@example.org", Role.OFFICER) for name in ("one", "two", "three")]


def at_once(*works):
    """Runs all at the same moment, each with a connection of its own; what each gave or raised."""
    start = threading.Barrier(len(works))

    def run(work):
        try:
            start.wait(10)
            return work()
        except (DraftChangedError, NotNowError) as error:
            return error
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(works)) as pool:
        return list(pool.map(run, works))


def write(draft, section, seen, body, by):
    words = SectionWords(section.element, section.heading, section.scheme, body)
    drafting.change_section(draft.pk, section.pk, words=words, seen=seen, editing=Editing(by, NOON))
    return body


def test_of_two_who_save_the_same_section_one_is_told(people, soak):
    draft = a_complete_draft(people[0])
    section = draft.sections.first()
    for number in range(SOAK_ROUNDS if soak else ROUNDS):
        section.refresh_from_db()
        seen = tokens.section_token(section)
        before = DraftEdit.objects.count()
        done = at_once(
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
        draft = a_complete_draft(people[0], day=DAY)
        section = draft.sections.first()
        seen, read = tokens.section_token(section), digest_of(content_of(draft))
        edited, published = at_once(
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
