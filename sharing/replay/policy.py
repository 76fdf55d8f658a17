"""The policy as it was known when a disclosure was decided: agreement, notice, scheme, organisation and
information, put back from what was done to them since."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from consent import rules as consent_rules
from consent.models import Scheme
from consent.queries import scheme_facts, scheme_of
from notices.models import NoticeVersion, VersionStatus
from notices.queries import as_rules_need, notices_with_versions
from notices.rules import Notice, Version, in_force
from privacy_portal.ground.days import read_day
from sharing import rules
from sharing.agreements.facts import agreement_facts
from sharing.agreements.rules import ONE_DAY
from sharing.deciding.policy import Loaded, load
from sharing.models import AgreementEvent, AgreementVersion, Disclosure, PolicyAnswer, PolicyChange
from sharing.replay.knowledge import Knowledge

Kind = AgreementEvent.Kind


@dataclass(frozen=True, slots=True)
class Columns:
    """What was recorded of the whole request: its reasons, and each column as the rules need it."""

    reasons: list[rules.Reason]
    columns: tuple[rules.Column, ...]


def recorded(disclosure: Disclosure) -> Columns:
    """Return what was recorded of the whole request, without the reason that follows from its rows."""
    reasons = [rules.Reason(reason) for reason in disclosure.reasons]
    return Columns(
        [reason for reason in reasons if reason is not rules.Reason.NOTHING_PERMITTED],
        tuple(
            rules.Column(
                column["heading"],
                column["item"],
                rules.Reason(column["reason"]) if column["reason"] else None,
            )
            for column in disclosure.columns
        ),
    )


def decided_columns(disclosure: Disclosure, loaded: Loaded) -> Columns:
    """Decide again on the whole request and its columns (D): on what each heading stood for then."""
    reasons = rules.request_reasons(loaded.policy)
    if reasons:
        return Columns(reasons, ())
    headings = [
        (column["heading"], loaded.items.get(column["item"]) if column["item"] else None)
        for column in disclosure.columns
    ]
    return Columns([], rules.decide_columns(loaded.policy, headings))


def policy_now(disclosure: Disclosure) -> Loaded:
    """Load the policy for the day of a disclosure as it is known now; at most 17 queries."""
    return load(disclosure.agreement_reference, _purpose(disclosure), disclosure.on)


def policy_then(disclosure: Disclosure, known: Knowledge) -> Loaded:
    """Load the policy for the day of a disclosure as it was known then; at most 30 queries.

    What a policy file brought since is not told apart from what was there: see `imported_since`.
    """
    present, on = policy_now(disclosure), disclosure.on
    before = _values_before(known)
    items = {
        code: _item_before(item, before.get((PolicyChange.Kind.ITEM, code)))
        for code, item in present.items.items()
    }
    events = list(
        AgreementEvent.objects.filter(agreement__reference=disclosure.agreement_reference)
    )
    versions = {
        version.number: version
        for version in AgreementVersion.objects.filter(
            agreement__reference=disclosure.agreement_reference
        )
        .select_related("agreement", "recipient")
        .prefetch_related("purposes__purpose", "items__item", "suspensions")
        if _existed(version, events, known)
    }
    facts = rules.version_for(
        (_agreement_before(version, events, known) for version in versions.values()), on
    )
    if facts is None:
        policy = rules.Policy(None, None, None, None, present.policy.purpose, on)
        return replace(present, policy=policy, version=None, scheme=None, items=items)
    version = versions[facts.version]
    scheme = scheme_of(version.recipient_id)
    scheme_then = _scheme_before(scheme, before) if scheme else None
    recipient = version.recipient
    policy = rules.Policy(
        agreement=facts,
        recipient=_recipient_before(
            rules.Recipient(recipient.code, recipient.opened, recipient.closed),
            before.get((PolicyChange.Kind.ORGANISATION, recipient.code)),
        ),
        notice=_notice_then(version.audience, on, known),
        scheme=scheme_then,
        purpose=present.policy.purpose,
        on=on,
    )
    return Loaded(policy, version, scheme if scheme_then else None, present.headings, items)


def _purpose(disclosure: Disclosure) -> str:
    return disclosure.purpose.code if disclosure.purpose else ""


def _events_of(
    version: AgreementVersion, events: Iterable[AgreementEvent], kind: Kind
) -> list[AgreementEvent]:
    return [event for event in events if event.number == version.number and event.kind == kind]


def _known_event(event: AgreementEvent, known: Knowledge) -> bool:
    return known.had(f"agreement-{event.kind}", None, event.at)


def _existed(version: AgreementVersion, events: Iterable[AgreementEvent], known: Knowledge) -> bool:
    """Return whether a version was there; one that a policy file brought has no event of its own."""
    drafted = _events_of(version, events, Kind.DRAFTED)
    return not drafted or _known_event(drafted[-1], known)


def _agreement_before(
    version: AgreementVersion, events: list[AgreementEvent], known: Knowledge
) -> rules.Agreement:
    """Return a version without what was done to it since: signing, suspending, lifting, terminating."""

    def since(kind: Kind) -> list[AgreementEvent]:
        return [
            event for event in _events_of(version, events, kind) if not _known_event(event, known)
        ]

    facts = agreement_facts(version)
    suspended_since = {event.on for event in since(Kind.SUSPENDED)}
    # A lifted suspension ends the day before it was lifted, or before it began.
    lifted_since = {event.on for event in since(Kind.LIFTED)}
    suspensions = []
    for suspension in facts.suspensions:
        if suspension.first in suspended_since:
            continue
        lifted = suspension.last is not None and any(
            max(day, suspension.first) - suspension.last == ONE_DAY for day in lifted_since
        )
        suspensions.append(rules.Suspension(suspension.first, None) if lifted else suspension)
    return replace(
        facts,
        signed_on=None if since(Kind.SIGNED) else facts.signed_on,
        terminated_on=None if since(Kind.TERMINATED) else facts.terminated_on,
        suspensions=tuple(suspensions),
    )


def _values_before(known: Knowledge) -> Mapping[tuple[str, str], Any]:
    """Return what was there before the first change since, of each thing of the policy that officers
    changed since; None where there was no such thing; 1 query."""
    since = (
        answer
        for answer in PolicyAnswer.objects.filter(kind=PolicyAnswer.Kind.IN_FORCE)
        .select_related("change")
        .order_by("at", "pk")
        if not known.had("policy-in-force", answer.change_id, answer.at)
    )
    before: dict[tuple[str, str], Any] = {}
    for answer in since:
        before.setdefault((answer.change.kind, answer.change.code), answer.change.before)
    return before


def _item_before(item: rules.Item, before: Mapping[str, Any] | None) -> rules.Item:
    if before is None:
        return item
    return rules.Item(
        item.code,
        before["identifying"],
        before["special_category"],
        before.get("locating", False),
    )


def _recipient_before(
    recipient: rules.Recipient, before: Mapping[str, Any] | None
) -> rules.Recipient:
    if before is None:
        return recipient
    opened, closed = (
        read_day(before[name]) if before[name] else None for name in ("opened", "closed")
    )
    return rules.Recipient(recipient.code, opened, closed)


def _scheme_before(
    scheme: Scheme, before: Mapping[tuple[str, str], Any]
) -> consent_rules.Scheme | None:
    """Return a scheme as it was; None where it was not there yet."""
    key = (PolicyChange.Kind.SCHEME, scheme.code)
    if key not in before:
        return scheme_facts(scheme)
    values = before[key]
    if values is None:
        return None
    return consent_rules.Scheme(
        code=scheme.code,
        purposes=frozenset(values["purposes"]),
        default=consent_rules.Default(values["default"]),
        min_age=values["min_age"],
        below_age=values["below_age"],
        self_age=values["self_age"],
        basic_items=frozenset(values["basic_items"]),
        child_may_refuse=values.get("child_may_refuse", False),
    )


def _notice_then(audience: str, on: date, known: Knowledge) -> Notice | None:
    """Return the notice that was in force on the day, by what was published and withdrawn then (N2); 5
    queries."""
    for notice in notices_with_versions().filter(audience=audience):
        versions = {
            version.number: version
            for version in notice.versions.select_related("publication", "withdrawal")
        }
        facts = (
            Version(number, _was_published(version, known), version.effective_from)
            for number, version in versions.items()
        )
        if current := in_force(facts, on):
            return as_rules_need({notice: versions[current.number]})[audience]
    return None


def _was_published(version: NoticeVersion, known: Knowledge) -> bool:
    if version.status == VersionStatus.DRAFT:
        return False
    publication = version.publication
    # What a policy file brought stands as its words came: since when is not kept.
    by_import = publication.by_id is None
    if not by_import and not known.had("notice-published", None, publication.at):
        return False
    withdrawal = getattr(version, "withdrawal", None)
    return withdrawal is None or not known.had("notice-withdrawn", None, withdrawal.at)
