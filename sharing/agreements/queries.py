"""Agreements as officers review them: how each stands, when it was in force, what to warn of."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from django.contrib.postgres.expressions import ArraySubquery
from django.db import connection
from django.db.models import Exists, OuterRef, QuerySet

from consent.queries import schools
from notices.queries import item_labels, notices_in_force, purpose_labels
from privacy_portal.ground.annotations import annotated
from sharing import rules
from sharing.agreements import rules as agreement_rules
from sharing.agreements.facts import agreement_facts
from sharing.agreements.rules import ONE_DAY, Span, Standing, Warned
from sharing.agreements.terms import Words
from sharing.models import AgreedItem, AgreedPurpose, Agreement, AgreementEvent, AgreementVersion

_USE = """
SELECT agreement_reference, max("on"), array_remove(array_agg(DISTINCT item), NULL)
FROM sharing_disclosure
LEFT JOIN LATERAL jsonb_array_elements_text(item_sets -> 0) item ON "on" > %s
WHERE outcome <> 'refused' GROUP BY agreement_reference
"""


@dataclass(frozen=True, slots=True)
class Version:
    """A version with its facts and how it stands on the day asked for."""

    row: AgreementVersion
    facts: rules.Agreement
    standing: Standing

    @property
    def gaps(self) -> Sequence[agreement_rules.Missing]:
        """The points of the ICO's list that it does not tell (A3); no query."""
        return _gaps(self.row, self.facts)

    @property
    def spans(self) -> list[Span]:
        """When it is in force by its own terms, and when suspended."""
        return agreement_rules.spans(self.facts)


@dataclass(frozen=True, slots=True)
class Reviewed:
    """An agreement with its versions, newest first; `current` answers on the day."""

    agreement: Agreement
    versions: Sequence[Version]
    current: Version

    @property
    def standing(self) -> Standing:
        """How the agreement as a whole stands."""
        return self.current.standing

    @property
    def open_draft(self) -> Version | None:
        """The version that is being written, beside one that answers."""
        drafts = (each for each in self.versions if each.row.signed_on is None)
        return next((each for each in drafts if each is not self.current), None)

    @property
    def renewed(self) -> bool:
        """Whether another signed version holds the day after the current one's end."""
        after = self.current.facts.ends + ONE_DAY
        return any(
            rules.dates_hold(each.facts, after)
            for each in self.versions
            if each is not self.current and each.facts.terminated_on is None
        )


def reviewed(
    on: date, *, agreement_id: int | None = None, among: QuerySet[AgreementVersion] | None = None
) -> list[Reviewed]:
    """Every agreement that has a version, by reference; or the one asked for, or those that have a
    version `among` these. 2 queries."""
    by_agreement: dict[int, list[AgreementVersion]] = defaultdict(list)
    purposes = AgreedPurpose.objects.filter(version=OuterRef("pk")).order_by("position")
    items = AgreedItem.objects.filter(version=OuterRef("pk")).order_by("position")
    rows = AgreementVersion.objects.select_related(
        "agreement", "recipient", "signing__by"
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
    return [_reviewed(of, on) for of in by_agreement.values()]


def _reviewed(rows: Sequence[AgreementVersion], on: date) -> Reviewed:
    facts = [
        agreement_facts(
            row,
            purposes=annotated(row, "purpose_codes", list),
            items=annotated(row, "item_codes", list),
        )
        for row in rows
    ]
    versions = []
    for row, of in zip(rows, facts, strict=True):
        complete = row.signed_on is not None or not _gaps(row, of)
        standing = agreement_rules.standing(of, facts, on, complete=complete)
        versions.append(Version(row, of, standing))
    signed = [each.facts for each in versions if each.row.signed_on is not None]
    answering = rules.version_for(signed or facts, on)
    current = next(each for each in versions if each.facts == answering)
    return Reviewed(rows[0].agreement, versions, current)


def _gaps(row: AgreementVersion, facts: rules.Agreement) -> list[agreement_rules.Missing]:
    terms = {
        field.attname: getattr(row, field.attname)
        for field in AgreementVersion._meta.concrete_fields  # noqa: SLF001
    }
    terms |= {"purposes": facts.purposes, "items": facts.items}
    return agreement_rules.missing(terms, special=annotated(row, "special", bool))


def use_of_agreements(on: date) -> dict[str, agreement_rules.Use]:
    """What went under each agreement, by its reference; 1 query."""
    since = on - timedelta(days=agreement_rules.UNUSED_DAYS)
    with connection.cursor() as cursor:
        cursor.execute(_USE, [since])
        return {
            reference: agreement_rules.Use(last, frozenset(items or ()))
            for reference, last, items in cursor.fetchall()
        }


def warned(on: date, agreements: Iterable[Reviewed]) -> list[tuple[Reviewed, list[Warned]]]:
    """What to warn of in each agreement that is in force, suspended or about to start; 4 queries.

    Agreements without a warning are left out.
    """
    notices = notices_in_force(on)
    use = use_of_agreements(on)
    found = []
    for each in agreements:
        if each.standing not in (Standing.IN_FORCE, Standing.SUSPENDED, Standing.SIGNED):
            continue
        current = each.current
        row = current.row
        warnings = agreement_rules.warnings(
            current.facts,
            recipient=rules.Recipient(
                row.recipient.code, row.recipient.opened, row.recipient.closed
            ),
            notice=notices.get(row.audience),
            use=use.get(each.agreement.reference, agreement_rules.Use(None)),
            review_on=row.review_on,
            gaps=current.gaps,
            renewed=each.renewed,
            on=on,
        )
        if warnings:
            found.append((each, warnings))
    return found


def words(agreements: Iterable[Reviewed], *, with_schools: bool) -> Words:
    """The labels of what these agreements know by code; 2 queries, 3 with the schools."""
    names: Mapping[str, str] = {}
    if with_schools:
        names = {school.urn: school.name for school in schools()}
    parties = [version.row.recipient for of in agreements for version in of.versions]
    return Words(
        {party.code: party.name for party in parties}, purpose_labels(), item_labels(), names
    )


def events_of(agreement: Agreement) -> QuerySet[AgreementEvent]:
    """What was done to an agreement, newest first; 1 query."""
    return agreement.events.select_related("by").order_by("-pk")
