"""Reads of the agreements in force on a day."""

from collections import defaultdict
from datetime import date

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import OuterRef

from sharing import rules
from sharing.agreements.facts import agreement_facts
from sharing.models import AgreedPurpose, AgreementVersion


def agreements_in_force(on: date) -> list[AgreementVersion]:
    """Load the versions that apply on the day and are in force (A1); 2 queries.

    Each has the labels and the codes of its purposes as lists: `purpose_labels`, `purpose_codes`.
    """
    purposes = AgreedPurpose.objects.filter(version=OuterRef("pk")).order_by("position")
    versions = AgreementVersion.objects.select_related("agreement", "recipient").annotate(
        purpose_labels=ArraySubquery(purposes.values("purpose__label")),
        purpose_codes=ArraySubquery(purposes.values("purpose__code")),
    )
    by_reference: dict[str, list[AgreementVersion]] = defaultdict(list)
    for version in versions.prefetch_related("suspensions"):
        by_reference[version.agreement.reference].append(version)
    answers = []
    for versions_of_one in by_reference.values():
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
