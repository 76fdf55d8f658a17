"""Versions of notices: drafts, complete ones, and published ones."""

from datetime import date
from typing import Any
from uuid import uuid4

from factory.declarations import LazyFunction, SubFactory
from factory.django import DjangoModelFactory

from notices.drafts import drafting, publishing, tokens
from notices.drafts.content import content_of, digest_of
from notices.drafts.drafting import (
    Editing,
    SectionWords,
)
from notices.models import Notice, NoticeVersion, Publication, Report
from notices.reports import reporting
from tests.example import DAY, NOON
from tests.factories.ground import EditorFactory

# Far ahead: the database has a clock of its own, which tests do not move.
ANY_DAY = date(2099, 1, 4)
# After this day no agreement of the example is in force.
LAST_AGREED = date(2027, 8, 31)


class DraftFactory(DjangoModelFactory[NoticeVersion]):
    """Begin the next version of a notice, with the words of the one in force."""

    class Meta:
        model = NoticeVersion

    slug = "pupils"
    by = SubFactory(EditorFactory)

    @classmethod
    def _create(cls, model_class: type[NoticeVersion], *args: Any, **fields: Any) -> NoticeVersion:
        notice = Notice.objects.get(slug=fields["slug"])
        return drafting.start_draft(notice, editing=Editing(fields["by"], NOON))


class CompleteDraftFactory(DraftFactory):
    """Begin the next version of the pupils' notice and add what was missing, to apply from a day."""

    effective_from = ANY_DAY

    @classmethod
    def _create(cls, model_class: type[NoticeVersion], *args: Any, **fields: Any) -> NoticeVersion:
        draft = super()._create(model_class, *args, **fields)
        editing, day = Editing(fields["by"], NOON), fields["effective_from"]
        for element in ("legitimate_interests", "transfers", "statutory", "automated_decisions"):
            drafting.mark_not_applicable(draft.pk, element=element, reason="None.", editing=editing)
        words = SectionWords("opt_out", "Height and weight", "height-weight", "Tell the school.")
        drafting.add_section(draft.pk, words=words, editing=editing)
        seen = tokens.details_token(draft)
        drafting.change_details(
            draft.pk, effective_from=day, summary="Complete.", seen=seen, editing=editing
        )
        if day > LAST_AGREED:
            draft.named_recipients.update(legal_duty="Some Act, section 1")
        draft.refresh_from_db()
        return draft


class PublishedFactory(CompleteDraftFactory):
    """Publish the next version of the pupils' notice, which applies from today."""

    effective_from = DAY

    @classmethod
    def _create(cls, model_class: type[NoticeVersion], *args: Any, **fields: Any) -> NoticeVersion:
        draft = super()._create(model_class, *args, **fields)
        return publish(draft, by=EditorFactory.create()).version


class WithdrawnFactory(CompleteDraftFactory):
    """Publish a version that waits for its day, and withdraw it."""

    @classmethod
    def _create(cls, model_class: type[NoticeVersion], *args: Any, **fields: Any) -> NoticeVersion:
        draft = super()._create(model_class, *args, **fields)
        publish(draft, by=EditorFactory.create())
        publishing.withdraw(draft.pk, reason="A mistake.", by=fields["by"], at=NOON)
        draft.refresh_from_db()
        return draft


class ReportFactory(DjangoModelFactory[Report]):
    """Report a mistake in what is held about Ella Barlow, as her father does."""

    class Meta:
        model = Report

    kind = "mistake"
    concerns = "child"
    person = "Ella Barlow"
    born = date(2012, 5, 5)
    school = ""
    what = "Her address is wrong."
    wanted = "1 New Street"
    name = "Ben Barlow"
    email = "ben@example.org"
    phone = ""
    at = NOON
    submission = LazyFunction(uuid4)

    @classmethod
    def _create(cls, model_class: type[Report], *args: Any, **fields: Any) -> Report:
        sent = {name: fields.pop(name) for name in ("at", "submission")}
        return reporting.receive(reporting.ReportAnswers(**fields), **sent)


def publish(draft: NoticeVersion, *, by: Any, at: Any = NOON) -> Publication:
    """Publish a draft as it stands."""
    return publishing.publish(draft.pk, seen=digest_of(content_of(draft)), by=by, at=at)
