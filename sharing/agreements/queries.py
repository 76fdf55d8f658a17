"""Agreements as officers review them: status, dates in force and warnings."""

import json
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from django.contrib.postgres.expressions import ArraySubquery
from django.db import connection
from django.db.models import Exists, OuterRef, QuerySet

from consent.queries import schools
from notices.queries import labels, notices_in_force
from privacy_portal.ground.annotations import annotated
from sharing import rules
from sharing.agreements import rules as agreement_rules
from sharing.agreements.facts import agreement_facts
from sharing.agreements.in_force import agreements_in_force, in_force_among, telling_together
from sharing.agreements.rules import ONE_DAY, AgreementWarning, Section, Span, Standing
from sharing.agreements.terms import SECTIONS, Words
from sharing.assurances.queries import reviews_of
from sharing.models import AgreedItem, AgreedPurpose, Agreement, AgreementEvent, AgreementVersion

# Every set of items that was shared under each agreement, once, and when last: the index `disclosure_use` is
# skipped from one to the next, however many disclosures there are.
_USE_SQL = """
WITH RECURSIVE used AS (
    (
        SELECT agreement_reference, {hash} AS items FROM sharing_disclosure WHERE {counts}
        ORDER BY 1, 2 LIMIT 1
    )
    UNION ALL
    SELECT following.* FROM used CROSS JOIN LATERAL (
        SELECT agreement_reference, {hash} FROM sharing_disclosure
        WHERE {counts} AND (agreement_reference, {hash}) > (used.agreement_reference, used.items)
        ORDER BY 1, 2 LIMIT 1
    ) AS following
)
SELECT used.agreement_reference, newest."on", newest.item_sets -> 0 FROM used CROSS JOIN LATERAL (
    SELECT "on", item_sets FROM sharing_disclosure
    WHERE {counts} AND agreement_reference = used.agreement_reference AND {hash} = used.items
    ORDER BY "on" DESC LIMIT 1
) AS newest
"""
_USE = _USE_SQL.format(
    hash="COALESCE(hashtextextended((item_sets -> 0)::text, 0), 0)",
    counts="outcome <> 'refused' AND agreement_reference <> ''",
)


@dataclass(frozen=True, slots=True)
class Version:
    """A version with its facts and its status on a day."""

    row: AgreementVersion
    facts: rules.Agreement
    standing: Standing

    @property
    def gaps(self) -> Sequence[agreement_rules.Missing]:
        """Return what the ICO's checklist asks for, or of a draft A3, and it lacks; no query."""
        return _gaps(self.row, self.facts)

    @property
    def spans(self) -> list[Span]:
        """Return when it is in force by its own terms, and when suspended."""
        return agreement_rules.spans(self.facts)

    @property
    def ended_on_first_day(self) -> date | None:
        """Return its first day, if it was terminated from that very day."""
        return agreement_rules.ended_on_first_day(self.facts)


@dataclass(frozen=True, slots=True)
class AgreementReview:
    """An agreement with its versions, newest first; `current` is the one that applies on the day."""

    agreement: Agreement
    versions: Sequence[Version]
    current: Version

    @property
    def standing(self) -> Standing:
        """Return the status of the agreement as a whole."""
        return self.current.standing

    @property
    def open_draft(self) -> Version | None:
        """Return the draft of the next version, if there is one."""
        drafts = (version for version in self.versions if version.row.signed_on is None)
        return next((draft for draft in drafts if draft is not self.current), None)

    @property
    def ended_on_first_day(self) -> date | None:
        """Return the first day of the newest version that was terminated from that very day."""
        days = (version.ended_on_first_day for version in self.versions)
        return next((day for day in days if day), None)

    @property
    def renewed(self) -> bool:
        """Return whether another signed version holds the day after the current one's end."""
        ends = self.current.facts.ends
        if ends == date.max:
            return False
        return any(
            rules.dates_hold(version.facts, ends + ONE_DAY)
            for version in self.versions
            if version is not self.current and version.facts.terminated_on is None
        )


def agreement_reviews(
    on: date, *, agreement_id: int | None = None, among: QuerySet[AgreementVersion] | None = None
) -> list[AgreementReview]:
    """Return every agreement that has a version, by reference; or the one with the id, or those that
    have a version `among` these. 2 queries."""
    by_agreement: dict[int, list[AgreementVersion]] = defaultdict(list)
    purposes = AgreedPurpose.objects.filter(version=OuterRef("pk")).order_by("position")
    items = AgreedItem.objects.filter(version=OuterRef("pk")).order_by("position")
    rows = AgreementVersion.objects.select_related(
        "agreement", "recipient", "signing__by", "template_use__template_version__template"
    ).annotate(
        purpose_codes=ArraySubquery(purposes.values("purpose__code")),
        item_codes=ArraySubquery(items.values("item__code")),
        special=Exists(items.filter(item__special_category=True)),
    )
    if agreement_id is not None:
        rows = rows.filter(agreement=agreement_id)
    if among is not None:
        rows = rows.filter(agreement__in=among.values("agreement"))
    for row in rows.prefetch_related("suspensions").order_by("agreement__reference", "-number"):
        by_agreement[row.agreement_id].append(row)
    return [_review(versions, on) for versions in by_agreement.values()]


def _review(rows: Sequence[AgreementVersion], on: date) -> AgreementReview:
    facts = [
        agreement_facts(
            row,
            purposes=annotated(row, "purpose_codes", list),
            items=annotated(row, "item_codes", list),
        )
        for row in rows
    ]
    versions = []
    for row, own in zip(rows, facts, strict=True):
        complete = row.signed_on is not None or not _gaps(row, own)
        standing = agreement_rules.standing(own, facts, on, complete=complete)
        versions.append(Version(row, own, standing))
    signed = [version.facts for version in versions if version.row.signed_on is not None]
    applicable = rules.version_for(signed or facts, on)
    current = next(version for version in versions if version.facts == applicable)
    return AgreementReview(rows[0].agreement, versions, current)


def _gaps(row: AgreementVersion, facts: rules.Agreement) -> list[agreement_rules.Missing]:
    terms = {
        field.attname: getattr(row, field.attname)
        for field in AgreementVersion._meta.concrete_fields  # noqa: SLF001
    }
    terms |= {"purposes": facts.purposes, "items": facts.items}
    rule = agreement_rules.missing if row.signed_on else agreement_rules.missing_to_sign
    return rule(terms, special=annotated(row, "special", bool))


def use_of_agreements(on: date) -> dict[str, agreement_rules.Use]:
    """Return what was shared under each agreement, by its reference; 1 query."""
    since = on - timedelta(days=agreement_rules.UNUSED_DAYS)
    last: dict[str, date] = {}
    items: dict[str, set[str]] = defaultdict(set)
    with connection.cursor() as cursor:
        cursor.execute(_USE)
        for reference, shared_on, codes in cursor.fetchall():
            last[reference] = max(shared_on, last.get(reference, shared_on))
            if shared_on > since:
                items[reference] |= set(json.loads(codes or "[]"))
    return {
        reference: agreement_rules.Use(shared_on, frozenset(items[reference]))
        for reference, shared_on in last.items()
    }


def all_with_warnings(on: date) -> list[tuple[AgreementReview, list[AgreementWarning]]]:
    """Return all agreements that are in force, suspended or about to start and have warnings, with
    them; 9 queries."""
    agreements = agreement_reviews(on)
    versions = [[version.row for version in agreement.versions] for agreement in agreements]
    return _with_warnings(on, agreements, in_force_among(versions, on))


def with_warnings(
    on: date, agreements: Iterable[AgreementReview]
) -> list[tuple[AgreementReview, list[AgreementWarning]]]:
    """Return which of these agreements are in force, suspended or about to start and have warnings, with
    them; 9 queries."""
    return _with_warnings(on, list(agreements), agreements_in_force(on))


def _with_warnings(
    on: date, agreements: Sequence[AgreementReview], in_force: Sequence[AgreementVersion]
) -> list[tuple[AgreementReview, list[AgreementWarning]]]:
    """Return which of these agreements have warnings, some of which come of all those `in_force`; 7
    queries."""
    parties = {agreement.current.row.recipient_id for agreement in agreements}
    assurances = reviews_of(parties, on)
    notices = notices_in_force(on)
    telling = telling_together(in_force, notices)
    use = use_of_agreements(on)
    warned = []
    for agreement in agreements:
        if agreement.standing not in (Standing.IN_FORCE, Standing.SUSPENDED, Standing.SIGNED):
            continue
        current = agreement.current
        row = current.row
        warnings = agreement_rules.warnings(
            current.facts,
            recipient=rules.Recipient(
                row.recipient.code, row.recipient.opened, row.recipient.closed
            ),
            notice=notices.get(row.audience),
            use=use.get(agreement.agreement.reference, agreement_rules.Use(None)),
            review_on=row.review_on,
            gaps=current.gaps,
            renewed=agreement.renewed,
            on=on,
            ended=assurances[row.recipient_id].sentences,
            telling=telling.get(agreement.agreement.reference, ()),
        )
        if warnings:
            warned.append((agreement, warnings))
    return warned


def warnings_before_signing(draft: Version, on: date) -> list[AgreementWarning]:
    """Return what of a draft the notice in force does not name; 3 queries."""
    notice = notices_in_force(on).get(draft.row.audience)
    return agreement_rules.against_notice(draft.facts, notice)


def ended_by_closing(recipient: str, closed: date, on: date) -> list[AgreementReview]:
    """Return the agreements with an organisation, by its code, that are in force, suspended or about to
    start, and of which a signed version outlasts the day on which it closes; 2 queries."""
    among = AgreementVersion.objects.filter(recipient__code=recipient)
    return [
        agreement
        for agreement in agreement_reviews(on, among=among)
        if agreement.standing in (Standing.IN_FORCE, Standing.SUSPENDED, Standing.SIGNED)
        and any(
            version.row.signed_on is not None
            and version.row.recipient.code == recipient
            and agreement_rules.outlasts(version.facts, closed)
            for version in agreement.versions
        )
    ]


def words(agreements: Iterable[AgreementReview], *, with_schools: bool) -> Words:
    """Return the labels of the codes in these agreements; 1 query, 2 with the schools."""
    names = {school.urn: school.name for school in schools()} if with_schools else {}
    parties = [version.row.recipient for agreement in agreements for version in agreement.versions]
    codes = labels()
    return Words({party.code: party.name for party in parties}, codes.purposes, codes.items, names)


def changed_since(version: AgreementVersion, on: date) -> list[str]:
    """Return the sections of a draft that were changed after a day, by their headings in the order of
    reading; 1 query."""
    changes = AgreementEvent.objects.filter(
        agreement=version.agreement_id,
        number=version.number,
        kind=AgreementEvent.Kind.CHANGED,
        on__gt=on,
    )
    headings = set(changes.values_list("note", flat=True))
    return [
        heading
        for section, heading in SECTIONS.items()
        if heading in headings and section is not Section.ASSESSMENT
    ]


def events_of(agreement: Agreement) -> QuerySet[AgreementEvent]:
    """Return the history of an agreement, newest first; 1 query."""
    return agreement.events.select_related("by").order_by("-pk")
