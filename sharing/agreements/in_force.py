"""Reads of the agreements in force on a day."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from itertools import combinations

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import OuterRef

from consent.queries import schemes_by_recipient
from consent.rules import Scheme
from notices.models import Item, Recipient
from notices.rules import Notice
from privacy_portal.ground.annotations import annotated
from sharing import rules
from sharing.agreements.facts import agreement_facts
from sharing.models import AgreedItem, AgreedPurpose, AgreementVersion
from sharing.two_files_rules import Flow, flows_tell


def agreements_in_force(on: date) -> list[AgreementVersion]:
    """Load the versions that apply on the day and are in force (A1); 2 queries.

    Each has the labels and the codes of its purposes, and the codes of its items, as lists:
    `purpose_labels`, `purpose_codes`, `item_codes`.
    """
    purposes = AgreedPurpose.objects.filter(version=OuterRef("pk")).order_by("position")
    items = AgreedItem.objects.filter(version=OuterRef("pk")).order_by("position")
    versions = AgreementVersion.objects.select_related("agreement", "recipient").annotate(
        purpose_labels=ArraySubquery(purposes.values("purpose__label")),
        purpose_codes=ArraySubquery(purposes.values("purpose__code")),
        item_codes=ArraySubquery(items.values("item__code")),
    )
    by_reference: dict[str, list[AgreementVersion]] = defaultdict(list)
    for version in versions.prefetch_related("suspensions"):
        by_reference[version.agreement.reference].append(version)
    return in_force_among(by_reference.values(), on)


def in_force_among(
    agreements: Iterable[Sequence[AgreementVersion]], on: date
) -> list[AgreementVersion]:
    """Return the version that applies on the day, of each agreement of which one is in force, by all its
    versions; no query where suspensions are prefetched."""
    answers = []
    for versions_of_one in agreements:
        facts = {
            agreement_facts(version, purposes=(), items=()): version for version in versions_of_one
        }
        answering = rules.version_for(facts, on)
        if answering and rules.agreement_in_force(answering, on):
            answers.append(facts[answering])
    return answers


def in_force_by_recipient(on: date) -> dict[int, list[AgreementVersion]]:
    """Load the agreements in force on the day, by the id of their recipient; 2 queries."""
    by_recipient: dict[int, list[AgreementVersion]] = defaultdict(list)
    for version in agreements_in_force(on):
        by_recipient[version.recipient_id].append(version)
    return by_recipient


def telling_together(
    in_force: Iterable[AgreementVersion], notices: Mapping[str, Notice]
) -> dict[str, list[Flow]]:
    """Return, for the reference of each agreement in force, the other agreements and purposes whose files
    can tell, together with its own, who opted out (A4); 2 queries. `notices` are those in force."""
    schemes = schemes_by_recipient()
    identifying = frozenset(Item.objects.filter(identifying=True).values_list("code", flat=True))
    groups: dict[str, list[Flow]] = defaultdict(list)
    for version in in_force:
        notice, recipient = notices.get(version.audience), version.recipient
        if notice is None or version.form == rules.Form.AGGREGATE:
            continue
        left_out = identifying if version.form == rules.Form.PSEUDONYMISED else frozenset()
        scheme = schemes.get(recipient.pk)
        groups[_group_of(recipient)] += [
            _flow(version, purpose, notice.items(recipient.code, purpose) - left_out, scheme)
            for purpose in annotated(version, "purpose_codes", list)
            if notice.names(recipient.code, purpose)
        ]
    telling: dict[str, list[Flow]] = defaultdict(list)
    for flows in groups.values():
        for one, other in combinations(flows, 2):
            if flows_tell(one, other):
                telling[one.agreement].append(other)
                telling[other.agreement].append(one)
    return telling


def _group_of(recipient: Recipient) -> str:
    """Return what organisations of one group have in common, and no other has."""
    return f"group {recipient.group.casefold()}" if recipient.group else f"only {recipient.pk}"


def _flow(
    version: AgreementVersion, purpose: str, in_notice: frozenset[str], scheme: Scheme | None
) -> Flow:
    applies = scheme is not None and scheme.applies_to(purpose)
    return Flow(
        agreement=version.agreement.reference,
        purpose=purpose,
        items=in_notice.intersection(annotated(version, "item_codes", list)),
        schools=None if version.all_schools else frozenset(version.schools),
        scheme=scheme.code if scheme and applies else "",
        basic_items=scheme.basic_items if scheme and applies else frozenset(),
    )
