"""What an organisation would get about one pupil today, field by field, and what it did not."""

from dataclasses import dataclass
from datetime import date

from consent.histories import History
from consent.models import Pupil
from notices.models import Recipient
from sharing import rules
from sharing.lines import REASONS
from sharing.models import AgreementVersion, Disclosure, DisclosureLine
from sharing.policy import load
from sharing.queries import agreements_in_force

OPTED_OUT = REASONS.index(rules.Reason.OPTED_OUT)


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


def effects(pupil: Pupil, history: History, *, on: date) -> list[Effect]:
    """By the same decision as a hand-over's, for the agreements in force with the scheme's
    recipient; at most 18 queries an agreement and purpose."""
    recipient = history.scheme.recipient
    versions = [each for each in agreements_in_force(on) if each.recipient_id == recipient.pk]
    return [
        _effect(pupil, history, version, purpose.purpose.code, purpose.purpose.label, on)
        for version in versions
        for purpose in version.purposes.select_related("purpose")
        if history.facts.applies_to(purpose.purpose.code)
    ]


def _effect(
    pupil: Pupil, history: History, version: AgreementVersion, code: str, label: str, on: date
) -> Effect:
    loaded = load(version.agreement.reference, code, on)
    if refused := rules.request_reasons(loaded.policy):
        return Effect(version, label, refused, [])
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
            opted_out=history.opted_out,
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
    return Effect(version, label, [], fields)


def shortened(pupil: Pupil, recipient: Recipient) -> list[tuple[Disclosure, bool]]:
    """Disclosures that an opt-out of the pupil cut or kept from the organisation, newest first.

    Each with whether something still went; 2 queries. The index of such lines finds them.
    """
    lines = dict(
        DisclosureLine.objects.filter(person=pupil.reference, reason=OPTED_OUT).values_list(
            "disclosure_id", "item_set"
        )
    )
    found = Disclosure.objects.filter(pk__in=list(lines), recipient=recipient)
    found = found.exclude(outcome=rules.Outcome.REFUSED).select_related("purpose")
    return [(each, lines[each.pk] is not None) for each in found.order_by("-entry")]
