"""Publish a version, and withdraw one that is not in force yet (rules N1 to N4)."""

from datetime import date, datetime

from django.db import transaction

from notices import rules
from notices.drafts.content import content_of, digest_of
from notices.drafts.drafting import last_edit
from notices.drafts.surroundings import surroundings
from notices.errors import DraftChangedError, NotCompleteError
from notices.models import NoticeVersion, Publication, VersionStatus, Withdrawal
from notices.queries import rule_facts, table_of
from notices.subscriptions.telling import Event
from privacy_portal.ground import locks
from privacy_portal.ground.accounts.models import User
from privacy_portal.ground.days import day_of
from privacy_portal.ground.errors import NotNowError
from privacy_portal.ground.jobs import defer
from privacy_portal.ground.log import appending as log
from privacy_portal.ground.log.texts import texts_of


def draft_facts(version: NoticeVersion) -> rules.Draft:
    """Return a draft as rule N3 reads it; 5 queries."""
    return rules.Draft(
        effective_from=version.effective_from,
        summary=version.summary,
        sections=tuple(
            rules.DraftSection(section.element, section.scheme, not section.body.strip())
            for section in version.sections.all()
        ),
        not_applicable={mark.element: mark.reason for mark in version.not_applicable.all()},
        lines=tuple(
            rules.DraftLine(
                key=line.pk,
                recipient=line.recipient.code,
                name=line.recipient.name,
                purposes=frozenset(named.purpose.code for named in line.purposes.all()),
                items=frozenset(named.item.code for named in line.items.all()),
                legal_duty=line.legal_duty,
            )
            for line in table_of(version)
        ),
    )


def missing_in(version: NoticeVersion, today: date) -> list[rules.Missing]:
    """List what keeps a draft from being published (N3)."""
    around = surroundings(version.notice.audience, version.effective_from or today)
    return rules.missing(draft_facts(version), around, today)


def publish(version_id: int, *, seen: str, by: User, at: datetime) -> Publication:
    """Publish a draft with the words the publisher saw: `seen` is the digest of those words.

    Raises DraftChangedError if they are others now, NotNowError where N4 forbids it,
    NotCompleteError where N3 does.
    """
    with transaction.atomic():
        locks.take(locks.Area.POLICY)
        version = (
            NoticeVersion.objects.select_for_update(of=("self",))
            .select_related("notice")
            .get(pk=version_id)
        )
        if version.status != VersionStatus.DRAFT:
            raise DraftChangedError("This version is no longer a draft.")
        edit = last_edit(version.notice_id, version.number)
        editor = edit.by if edit else None
        if not rules.may_publish(editor.pk if editor else None, by.pk):
            raise NotNowError("You made the last change, so someone else must publish this.")
        if lacking := missing_in(version, day_of(at)):
            raise NotCompleteError(lacking)
        if digest_of(content_of(version)) != seen:
            raise DraftChangedError("This draft has changed since you opened it. Check it again.")
        publication = record_publication(version, by=by, last_editor=editor, at=at)
        version.status = VersionStatus.PUBLISHED
        version.save(update_fields=["status"])
        defer("notices.tell", {"version": version.pk, "event": Event.PUBLISHED})
        log.append([published_entry(publication, at=at, by=by)])
        return publication


def record_publication(
    version: NoticeVersion, *, by: User | None, last_editor: User | None, at: datetime
) -> Publication:
    """Store the words of a version as they read now."""
    content = content_of(version)
    return Publication.objects.create(
        version=version,
        content=content,
        digest=digest_of(content),
        at=at,
        by=by,
        last_editor=last_editor,
    )


def published_entry(publication: Publication, *, at: datetime, by: User | None) -> log.Body:
    """Return the log's body for a publication: the digest of its words and its date, and that it was
    withdrawn where a policy file says so."""
    content = publication.content
    withdrawn = publication.version.status == VersionStatus.WITHDRAWN
    return log.body(
        "notice-published",
        at=at,
        by=by,
        notice=content["notice"],
        number=content["number"],
        effective_from=content["effective_from"],
        content=publication.digest,
        texts=texts_of(publication),
        **({"status": VersionStatus.WITHDRAWN.value} if withdrawn else {}),
    )


def withdraw(version_id: int, *, reason: str, by: User, at: datetime) -> Withdrawal:
    """Withdraw a published version that is not in force yet (N2).

    Raises NotNowError if it is or has been in force, or is not published.
    """
    with transaction.atomic():
        locks.take(locks.Area.POLICY)
        version = NoticeVersion.objects.select_for_update().get(pk=version_id)
        if not rules.may_withdraw(rule_facts(version), day_of(at)):
            raise NotNowError("You can only withdraw a version that is not in force yet.")
        version.status = VersionStatus.WITHDRAWN
        version.save(update_fields=["status"])
        withdrawal = Withdrawal.objects.create(version=version, reason=reason, by=by, at=at)
        defer("notices.tell", {"version": version.pk, "event": Event.WITHDRAWN})
        about = {"notice": version.notice.slug, "number": version.number}
        log.record("notice-withdrawn", at=at, by=by, **about, texts=texts_of(withdrawal))
    return withdrawal


def can_withdraw(version: NoticeVersion, today: date) -> bool:
    """Return whether a version can be withdrawn, for a page; `withdraw` checks again."""
    return rules.may_withdraw(rule_facts(version), today)
