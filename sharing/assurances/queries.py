"""The assurance of organisations, read from its rows."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from django.db.models import QuerySet

from notices.models import Recipient
from privacy_portal.ground.days import in_words
from sharing.assurances import rules
from sharing.assurances.rules import Standing
from sharing.models import Assurance, AssuranceWithdrawal


@dataclass(frozen=True, slots=True)
class AssuranceReview:
    """The assurance of an organisation on a day: every row, oldest first, and how it stands."""

    rows: Sequence[Assurance]
    on: date

    @property
    def standing(self) -> Standing:
        """Return how it stands."""
        return rules.standing(self._facts, self.on)

    @property
    def stops_signing(self) -> bool:
        """Return whether no agreement with the organisation can be signed."""
        return rules.stops_signing(self.standing)

    @property
    def current(self) -> list[Assurance]:
        """Return what the organisation relies on, soonest end first."""
        numbers = {assurance.number for assurance in rules.current(self._facts)}
        return sorted(
            (row for row in self.rows if row.pk in numbers), key=lambda row: (row.ends, row.pk)
        )

    @property
    def sentences(self) -> list[str]:
        """Return what has ended, in sentences."""
        if self.standing is Standing.NONE_LEFT:
            return ["Every registration or certificate on record has been withdrawn."]
        return [
            f"{row.title} ended on {in_words(row.ends)}."
            for row in self.current
            if row.ends < self.on
        ]

    @property
    def _facts(self) -> list[rules.Assurance]:
        facts = []
        for row in self.rows:
            withdrawal = withdrawal_of(row)
            why = rules.Why(withdrawal.why) if withdrawal else None
            facts.append(rules.Assurance(row.pk, rules.Kind(row.kind), row.name, row.ends, why))
        return facts


def withdrawal_of(row: Assurance) -> AssuranceWithdrawal | None:
    """Return the withdrawal of an assurance, if there is one; no query where it is loaded."""
    return getattr(row, "withdrawal", None)


def assurances() -> QuerySet[Assurance]:
    """Return every assurance with its withdrawal, oldest first; 1 query."""
    return Assurance.objects.select_related("by", "withdrawal__by").order_by("pk")


def reviews_of(recipients: Iterable[int], on: date) -> dict[int, AssuranceReview]:
    """Return the assurance of each organisation, by its id; 1 query."""
    ids = set(recipients)
    by_recipient: dict[int, list[Assurance]] = defaultdict(list)
    for row in assurances().filter(recipient__in=ids):
        by_recipient[row.recipient_id].append(row)
    return {key: AssuranceReview(by_recipient[key], on) for key in ids}


def review_of(recipient_id: int, on: date) -> AssuranceReview:
    """Return the assurance of an organisation; 1 query."""
    return reviews_of([recipient_id], on)[recipient_id]


def all_reviews(on: date) -> dict[Recipient, AssuranceReview]:
    """Return the assurance of every organisation of which some was recorded; 1 query."""
    by_recipient: dict[Recipient, list[Assurance]] = defaultdict(list)
    for row in assurances().select_related("recipient"):
        by_recipient[row.recipient].append(row)
    return {recipient: AssuranceReview(rows, on) for recipient, rows in by_recipient.items()}
