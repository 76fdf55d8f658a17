"""What an organisation would get about one pupil today, field by field, and what it did not."""

from dataclasses import dataclass
from datetime import date, datetime

from consent.decisions.objecting import objecting
from consent.models import Matter, Pupil
from consent.queries import references_of, scheme_facts
from consent.rules import seen_now
from notices.models import Purpose
from sharing import rules
from sharing.agreements.in_force import agreements_in_force
from sharing.deciding.policy import load
from sharing.disclosures.lines import REASONS
from sharing.models import AgreementVersion, Disclosure, DisclosureLine

OPTED_OUT = REASONS.index(rules.Reason.OPTED_OUT)
OBJECTED = REASONS.index(rules.Reason.OBJECTED)


@dataclass(frozen=True, slots=True)
class Field:
    """A kind of information, and why it stays (None: it goes)."""

    label: str
    reason: rules.Reason | None


@dataclass(frozen=True, slots=True)
class Effect:
    """What would go under one agreement for one purpose. `refused` says why nothing would at all."""

    version: AgreementVersion
    purpose: str
    refused: list[rules.Reason]
    fields: list[Field]

    @property
    def goes(self) -> list[Field]:
        return [each for each in self.fields if each.reason is None]

    @property
    def stays(self) -> list[Field]:
        return [each for each in self.fields if each.reason is not None]


def effects(
    pupil: Pupil, matter: Matter, *, opted_out: bool, on: date, at: datetime
) -> list[Effect]:
    """By the same decision as a hand-over's, for the agreements in force with the matter's recipient
    and the purposes it is about; at most 20 queries an agreement and purpose."""
    facts = scheme_facts(matter.scheme) if matter.scheme else None
    found = []
    for version in agreements_in_force(on):
        if version.recipient_id != matter.recipient.pk:
            continue
        for each in version.purposes.select_related("purpose"):
            purpose = each.purpose
            if facts.applies_to(purpose.code) if facts else purpose == matter.purpose:
                objected = pupil.pk in objecting(version.recipient_id, purpose.code, seen_now(at))
                found.append(_effect(pupil, version, purpose, on, opted_out, objected))
    return found


def _effect(
    pupil: Pupil,
    version: AgreementVersion,
    purpose: Purpose,
    on: date,
    opted_out: bool,
    objected: bool,
) -> Effect:
    loaded = load(version.agreement.reference, purpose.code, on)
    if refused := rules.request_reasons(loaded.policy):
        return Effect(version, purpose.label, refused, [])
    items = [each.item for each in version.items.select_related("item")]
    columns = rules.decide_columns(
        loaded.policy, [(item.label, loaded.items.get(item.code)) for item in items]
    )
    row_rules = rules.row_rules(loaded.policy, columns)
    row = rules.decide_row(
        row_rules,
        rules.RowFacts(
            upn_valid=True,
            known=True,
            born=pupil.born,
            school=pupil.school.urn,
            supported_to_25=pupil.supported_to_25,
            opted_out=opted_out,
            objected=objected,
        ),
    )
    emptied = set(row_rules.emptied) if row is rules.REDUCED else set()
    withheld = row.reason if row.outcome is rules.Outcome.WITHHELD else None
    fields = [
        Field(
            column.heading,
            column.reason
            or withheld
            or (rules.Reason.OPTED_OUT if column.heading in emptied else None),
        )
        for column in columns
    ]
    return Effect(version, purpose.label, [], fields)


def shortened(pupil: Pupil, matter: Matter) -> list[tuple[Disclosure, bool]]:
    """Disclosures that an opt-out or objection of the pupil cut or kept back, newest first.

    Each with whether something still went; 3 queries. The index of such lines finds them.
    """
    reason = OPTED_OUT if matter.scheme else OBJECTED
    lines = dict(
        DisclosureLine.objects.filter(
            person__in=list(references_of([pupil])), reason=reason
        ).values_list("disclosure_id", "item_set")
    )
    found = Disclosure.objects.filter(pk__in=list(lines), recipient=matter.recipient, undone=None)
    if matter.purpose:
        found = found.filter(purpose=matter.purpose)
    # What was recorded after the fact was neither cut nor kept back.
    found = found.filter(out_of_line=False).exclude(outcome=rules.Outcome.REFUSED)
    found = found.select_related("purpose")
    return [(each, lines[each.pk] is not None) for each in found.order_by("-entry")]
