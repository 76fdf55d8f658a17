"""What we would share about one pupil today, and what an opt-out or objection has stopped."""

from dataclasses import dataclass
from datetime import date, datetime

from consent.decisions.objecting import objecting
from consent.models import Matter, Pupil
from consent.queries import references_of, scheme_facts
from consent.rules import seen_now
from notices.models import Purpose
from privacy_portal.ground.row_security import beyond_own_schools
from sharing import row_decision_rules, rules
from sharing.agreements.in_force import agreements_in_force
from sharing.deciding.policy import load
from sharing.disclosures.lines import REASONS
from sharing.models import AgreementVersion, Disclosure, DisclosureLine

OPTED_OUT = REASONS.index(rules.Reason.OPTED_OUT)
OBJECTED = REASONS.index(rules.Reason.OBJECTED)


@dataclass(frozen=True, slots=True)
class Detail:
    """A kind of information, and the reason to withhold it (None: it would be shared)."""

    label: str
    reason: rules.Reason | None


@dataclass(frozen=True, slots=True)
class SharingToday:
    """What we would share under one agreement for one purpose; `refused` holds the reasons to refuse it
    all."""

    version: AgreementVersion
    purpose: str
    refused: list[rules.Reason]
    details: list[Detail]

    @property
    def shared(self) -> list[Detail]:
        """Return the details that would be shared."""
        return [detail for detail in self.details if detail.reason is None]

    @property
    def withheld(self) -> list[Detail]:
        """Return the details that would be withheld."""
        return [detail for detail in self.details if detail.reason is not None]


@dataclass(frozen=True, slots=True)
class LimitedDisclosure:
    """A disclosure that an opt-out or objection limited: to basic details only, or to nothing."""

    disclosure: Disclosure
    basic_only: bool


def sharing_today(
    pupil: Pupil, matter: Matter, *, opted_out: bool, on: date, at: datetime
) -> list[SharingToday]:
    """Return what we would share today under the agreements in force with the matter's recipient, for
    the purposes it is about, by the rules of a hand-over; at most 20 queries for each agreement and
    purpose."""
    facts = scheme_facts(matter.scheme) if matter.scheme else None
    results = []
    for version in agreements_in_force(on):
        if version.recipient_id != matter.recipient.pk:
            continue
        for agreed in version.purposes.select_related("purpose"):
            purpose = agreed.purpose
            if facts.applies_to(purpose.code) if facts else purpose == matter.purpose:
                objected = pupil.pk in objecting(version.recipient_id, purpose.code, seen_now(at))
                results.append(_sharing_today(pupil, version, purpose, on, opted_out, objected))
    return results


def _sharing_today(
    pupil: Pupil,
    version: AgreementVersion,
    purpose: Purpose,
    on: date,
    opted_out: bool,
    objected: bool,
) -> SharingToday:
    loaded = load(version.agreement.reference, purpose.code, on)
    if refused := rules.request_reasons(loaded.policy):
        return SharingToday(version, purpose.label, refused, [])
    items = [agreed.item for agreed in version.items.select_related("item")]
    columns = rules.decide_columns(
        loaded.policy, [(item.label, loaded.items.get(item.code)) for item in items]
    )
    row_rules = row_decision_rules.row_rules(loaded.policy, columns, loaded.items)
    row = row_decision_rules.decide_row(
        row_rules,
        row_decision_rules.RowFacts(
            upn_valid=True,
            on_roll=True,
            born=pupil.born,
            school=pupil.school.urn,
            supported_to_25=pupil.supported_to_25,
            opted_out=opted_out,
            objected=objected,
            died=pupil.died_on is not None,
            protected=pupil.protected,
        ),
    )
    emptied = set(row_rules.emptied_by(row))
    withheld = row.reason if row.outcome is rules.Outcome.WITHHELD else None
    details = [
        Detail(
            column.heading,
            column.reason
            or withheld
            or (rules.Reason.OPTED_OUT if column.heading in emptied else None),
        )
        for column in columns
    ]
    return SharingToday(version, purpose.label, [], details)


@beyond_own_schools()
def limited_disclosures(pupil: Pupil, matter: Matter) -> list[LimitedDisclosure]:
    """Return the disclosures that an opt-out or objection of the pupil limited, newest first; 3
    queries, by the index of such lines."""
    reason = OPTED_OUT if matter.scheme else OBJECTED
    lines = dict(
        DisclosureLine.objects.filter(
            person__in=list(references_of([pupil])), reason=reason
        ).values_list("disclosure_id", "item_set")
    )
    disclosures = Disclosure.objects.filter(
        pk__in=list(lines), recipient=matter.recipient, undone=None
    )
    if matter.purpose:
        disclosures = disclosures.filter(purpose=matter.purpose)
    # What was recorded afterwards was shared in full.
    disclosures = disclosures.filter(out_of_line=False).exclude(outcome=rules.Outcome.REFUSED)
    return [
        LimitedDisclosure(disclosure, basic_only=lines[disclosure.pk] is not None)
        for disclosure in disclosures.select_related("purpose").order_by("-entry")
    ]
