"""Loading what a decision needs to know: agreement, notice in force, recipient, scheme."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from consent.models import Scheme
from consent.queries import scheme_facts, scheme_of
from notices.queries import items_by_heading, notice_in_force
from sharing import rules
from sharing.agreements.facts import agreement_facts
from sharing.models import AgreementVersion


@dataclass(frozen=True, slots=True)
class Loaded:
    """A policy as the rules need it, with the rows of the database it came from.

    `headings` maps a folded heading to its item, `items` a code to its item.
    """

    policy: rules.Policy
    version: AgreementVersion | None
    scheme: Scheme | None
    headings: Mapping[str, rules.Item]
    items: Mapping[str, rules.Item]

    @property
    def basic_items(self) -> frozenset[str]:
        """Return the codes of the items that stay in a reduced row."""
        return self.policy.scheme.basic_items if self.policy.scheme else frozenset()


def load(reference: str, purpose: str, on: date) -> Loaded:
    """Load all that a decision on this agreement, purpose and day depends on; at most 16 queries."""
    by_heading = items_by_heading()
    items = {
        item.code: rules.Item(item.code, item.identifying, item.special_category, item.locating)
        for item in by_heading.values()
    }
    headings = {folded: items[item.code] for folded, item in by_heading.items()}
    versions = {
        version.number: version
        for version in AgreementVersion.objects.filter(agreement__reference=reference)
        .select_related("agreement", "recipient")
        .prefetch_related("purposes__purpose", "items__item", "suspensions")
    }
    facts = rules.version_for((agreement_facts(version) for version in versions.values()), on)
    if facts is None:
        policy = rules.Policy(None, None, None, None, purpose, on)
        return Loaded(policy, None, None, headings, items)
    version = versions[facts.version]
    scheme = scheme_of(version.recipient_id)
    policy = rules.Policy(
        agreement=facts,
        recipient=rules.Recipient(
            version.recipient.code, version.recipient.opened, version.recipient.closed
        ),
        notice=notice_in_force(version.audience, on),
        scheme=scheme_facts(scheme) if scheme else None,
        purpose=purpose,
        on=on,
    )
    return Loaded(policy, version, scheme, headings, items)


def version_on(reference: str, on: date) -> AgreementVersion | None:
    """Return the version of an agreement that applies on the day; 5 queries."""
    return load(reference, "", on).version
