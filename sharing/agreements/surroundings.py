"""What a notice must tell of schemes and agreements (N3), for `notices.drafts.surroundings`."""

from datetime import date

from consent.queries import scheme_facts, schemes
from notices import rules
from sharing.agreements.in_force import agreements_in_force


def surroundings(audience: str, on: date) -> rules.Surroundings:
    """Load the scheme of each recipient, and who has an agreement for the audience in force that day.

    8 queries, and 2 for each scheme.
    """
    offered = {}
    for scheme in schemes():
        facts = scheme_facts(scheme)
        offered[scheme.recipient.code] = rules.OfferedScheme(
            scheme.code, scheme.title, facts.purposes
        )
    agreed = frozenset(
        version.recipient.code
        for version in agreements_in_force(on)
        if version.audience == audience
    )
    return rules.Surroundings(offered, agreed)
