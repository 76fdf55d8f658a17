"""What the rules know of the pupils whom a request is about, and of the items that are wanted."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from consent.decisions.objecting import objecting
from consent.protection_lookup import protected_pupils
from consent.queries import opted_out_among, opted_out_by_default, scheme_facts, scheme_of
from consent.rules import Seen
from notices.models import Item
from sharing import request_rules as rules
from sharing.models import DecidedPupil, RequestDetails
from sharing.requests import elsewhere
from sharing.row_decision_rules import RowRules
from sharing.rules import Item as ItemFacts


@dataclass(frozen=True, slots=True)
class Loaded:
    """The rules for rows of a request and what counts of each pupil, by id; `maybe_listed`: the organisation
    may be one of the policy under another name."""

    row_rules: RowRules
    standings: dict[int, rules.Standing]
    special_items: frozenset[str]
    maybe_listed: bool = False

    def options(self, pupil: int, items: Sequence[str], *, words: bool) -> list[rules.Option]:
        """Return what an officer may choose for a pupil."""
        return rules.options(self.row_rules, self.standings[pupil], items, words=words)

    def chosen(
        self, pupil: int, choice: rules.Choice, items: Sequence[str], *, words: bool
    ) -> rules.Option:
        """Return what goes about a pupil with what an officer chose."""
        return rules.chosen(self.row_rules, self.standings[pupil], choice, items, words=words)

    def option(self, pupil: int, choice: rules.Choice, items: Sequence[str]) -> rules.Option:
        """Return what goes about a pupil with a choice."""
        return rules.option(self.row_rules, self.standings[pupil], choice, items)

    def knows_more(self, pupil: int, decided: DecidedPupil) -> bool:
        """Return whether an opt-out or objection is in force of which the officers who decided about a
        pupil, whose record this now is, did not know."""
        return not self.standings[pupil].elsewhere <= set(decided.elsewhere)


def load(
    details: RequestDetails, pupils: Sequence[int], items: Sequence[str], *, on: date, seen: Seen
) -> Loaded:
    """Load what counts of these pupils (by id) on a day for a request for these items; about 10
    queries, a few while it is asked whether records are of the same child, and those of
    `elsewhere.in_force` where the policy does not have the organisation."""
    facts = {
        item.code: ItemFacts(item.code, item.identifying, item.special_category, item.locating)
        for item in Item.objects.filter(code__in=items)
    }
    known = [facts[code] for code in items if code in facts]
    recipient = details.recipient_id
    purpose = details.purpose.code if details.purpose else None
    scheme = scheme_of(recipient) if recipient is not None else None
    about = scheme_facts(scheme) if scheme is not None else None
    if about is not None and purpose is not None and not about.applies_to(purpose):
        scheme = about = None
    opted_out: dict[int, bool] = {}
    default = False
    if scheme is not None and about is not None:
        opted_out = opted_out_among(scheme, about, list(pupils), seen)
        default = opted_out_by_default(about)
    objected = _objecting(recipient, purpose, pupils, seen)
    anywhere = elsewhere.in_force(pupils, seen) if recipient is None else {}
    apart = protected_pupils(on, now=seen.is_now)
    return Loaded(
        rules.row_rules_for(known, basic=about.basic_items if about else None),
        {
            pupil: rules.Standing(
                opted_out=opted_out.get(pupil, default),
                objected=pupil in objected,
                died=pupil in apart.died,
                protected=pupil in apart.protected,
                elsewhere=anywhere.get(pupil, frozenset()),
            )
            for pupil in pupils
        },
        frozenset(item.code for item in known if item.special_category),
        maybe_listed=bool(elsewhere.listed_like(details)),
    )


def special_items() -> frozenset[str]:
    """Return the codes of all items of a special category; 1 query."""
    items = Item.objects.filter(special_category=True)
    return frozenset(items.values_list("code", flat=True))


def _objecting(
    recipient: int | None, purpose: str | None, pupils: Sequence[int], seen: Seen
) -> frozenset[int]:
    """Return the pupils for whom an objection counts; where the purpose is in words only, one for any
    purpose of the organisation counts."""
    if recipient is None:
        return frozenset()
    if purpose is not None:
        return objecting(recipient, purpose, seen)
    return elsewhere.objections_among(pupils, seen, recipient).get(recipient, frozenset())
