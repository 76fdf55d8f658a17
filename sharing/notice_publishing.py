"""Publishing a notice with what only this floor knows: agreements and schemes (rule N3)."""

from datetime import date, datetime

from django.db import transaction

from consent.queries import scheme_facts, schemes
from notices import publishing, rules
from notices.models import NoticeVersion, Publication
from privacy_portal import locks
from privacy_portal.accounts.models import User
from privacy_portal.days import day_of
from sharing.queries import agreements_in_force


def surroundings(audience: str, on: date) -> rules.Surroundings:
    """The scheme of each recipient, and who has an agreement for this audience in force on the day.

    8 queries, and 2 for each scheme.
    """
    offered = {}
    for scheme in schemes():
        facts = scheme_facts(scheme)
        offered[scheme.recipient.code] = rules.OfferedScheme(
            scheme.code, scheme.title, facts.purposes
        )
    agreed = frozenset(
        version.recipient.code
        for version in agreements_in_force(on)
        if version.audience == audience
    )
    return rules.Surroundings(offered, agreed)


def missing_in(version: NoticeVersion, today: date) -> list[rules.Missing]:
    """What keeps a draft from being published, for its editors to mend."""
    around = surroundings(version.notice.audience, version.effective_from or today)
    return rules.missing(publishing.draft_facts(version), around, today)


def publish(version_id: int, *, seen: str, by: User, at: datetime) -> Publication:
    """Publishes a draft; raises what `notices.publishing.publish` raises."""
    with transaction.atomic():
        locks.take(locks.Held.POLICY)
        version = (
            NoticeVersion.objects.select_for_update(of=("self",))
            .select_related("notice")
            .get(pk=version_id)
        )
        on = version.effective_from or day_of(at)
        around = surroundings(version.notice.audience, on)
        return publishing.publish(version, around=around, seen=seen, by=by, at=at)
