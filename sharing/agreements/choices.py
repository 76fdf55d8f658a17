"""Agreements and purposes to choose from in forms."""

from collections import defaultdict
from datetime import date

from notices.models import Purpose
from privacy_portal.ground import days
from sharing import rules
from sharing.agreements.facts import agreement_facts
from sharing.models import AgreedPurpose, AgreementVersion


def agreement_choices(form: str | None = None) -> list[tuple[str, str]]:
    """List the signed agreements by reference, or those of one form: first those in force, then the
    others with what they are; 2 queries."""
    today = days.today()
    newest = _newest(form)
    notes = {reference: _why_not(version, today) for reference, version in newest.items()}
    ordered = sorted(newest, key=lambda reference: bool(notes[reference]))
    return [("", "Select an agreement")] + [
        (reference, f"{reference}: {newest[reference].title}{notes[reference]}")
        for reference in ordered
    ]


def purpose_choices() -> list[tuple[str, str]]:
    """List the purposes with the agreements in force that cover them, then those that none covers; 4
    queries."""
    today = days.today()
    covered: dict[str, list[str]] = defaultdict(list)
    in_force = {
        version.pk: reference
        for reference, version in _newest(None).items()
        if not _why_not(version, today)
    }
    for agreed in AgreedPurpose.objects.filter(version__in=in_force).select_related("purpose"):
        covered[agreed.purpose.code].append(in_force[agreed.version_id])
    purposes = sorted(Purpose.objects.all(), key=lambda purpose: purpose.code not in covered)
    return [("", "Select a purpose")] + [
        (
            purpose.code,
            f"{purpose.label} ({', '.join(covered[purpose.code]) or 'no agreement in force'})",
        )
        for purpose in purposes
    ]


def _newest(form: str | None) -> dict[str, AgreementVersion]:
    """Load the version of each signed agreement that applies today, else its newest; 2 queries."""
    by_reference: dict[str, list[AgreementVersion]] = defaultdict(list)
    versions = AgreementVersion.objects.select_related("agreement", "recipient").prefetch_related(
        "suspensions"
    )
    for version in versions.filter(signed_on__isnull=False):
        if form is None or version.form == form:
            by_reference[version.agreement.reference].append(version)
    answers = {}
    for reference, own in by_reference.items():
        facts = {agreement_facts(version, purposes=(), items=()): version for version in own}
        answering = rules.version_for(facts, days.today())
        answers[reference] = facts[answering] if answering else own[-1]
    return answers


def _why_not(version: AgreementVersion, on: date) -> str:
    """Return why a version is not in force on the day, to follow its title; empty where it is."""
    reasons = rules.agreement_reasons(agreement_facts(version, purposes=(), items=()), on)
    if not reasons:
        return ""
    return {
        rules.Reason.NOT_SIGNED: " (not signed yet)",
        rules.Reason.NOT_STARTED: f" (from {days.in_words(version.starts)})",
        rules.Reason.EXPIRED: f" (ended {days.in_words(version.ends)})",
        rules.Reason.TERMINATED: " (terminated)",
        rules.Reason.SUSPENDED: " (suspended)",
    }[reasons[0]]
