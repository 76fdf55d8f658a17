"""Recalls that an amendment covers, so that nobody is asked for the same twice (C8, H6).

A recall whose letter has gone is not repeated in an amendment (`changes.handed`). One whose letter has
not gone counts as sent with the file that asks to delete the same, and as confirmed with it.
"""

from collections.abc import Iterator
from datetime import datetime

from django.db.models import Q

from consent.models import Pupil
from consent.queries import references_of
from privacy_portal.ground.accounts.models import User
from privacy_portal.ground.days import day_of
from sharing import rules
from sharing.amendments.queries import release_of
from sharing.disclosures import lines
from sharing.models import Amendment, Disclosure, DisclosureLine, Recall, RecallStep
from sharing.review import recalling

_ASKED = [
    lines.OUTCOMES.index(outcome) for outcome in (rules.Outcome.REDUCED, rules.Outcome.WITHHELD)
]


def _note(disclosure: Disclosure) -> str:
    return f"With the file of changes in log entry {disclosure.entry}"


def send_recalls(amendment: Amendment, *, at: datetime) -> int:
    """Record as sent the recalls whose letter has not gone and whose deletion the file asks for; return
    how many."""
    release = release_of(amendment)
    if release is None or release.disclosure is None:
        return 0
    disclosure = release.disclosure
    sent = 0
    for recall in _covered(disclosure):
        recalling.record_step(
            recall, RecallStep.Kind.SENT, on=day_of(at), note=_note(disclosure),
            by=disclosure.by, at=at,
        )  # fmt: skip
        sent += 1
    return sent


def confirm_recalls(amendment: Amendment, *, by: User | None, at: datetime) -> None:
    """Record as confirmed the recalls that were sent with the file."""
    release = release_of(amendment)
    if release is None or release.disclosure is None:
        return
    note = _note(release.disclosure)
    covered = recalling.open_recalls().filter(steps__kind=RecallStep.Kind.SENT, steps__note=note)
    for recall in covered:
        recalling.record_step(
            recall, RecallStep.Kind.CONFIRMED, on=day_of(at), note=note, by=by, at=at
        )


def _covered(disclosure: Disclosure) -> Iterator[Recall]:
    """Yield the recalls of earlier disclosures, about pupils of whom the file asks to delete something."""
    asked = DisclosureLine.objects.filter(disclosure=disclosure, outcome__in=_ASKED)
    people = set(asked.values_list("person", flat=True))
    waiting = recalling.open_recalls().filter(
        Q(last=None),
        disclosure__agreement_reference=disclosure.agreement_reference,
        disclosure__purpose=disclosure.purpose,
        disclosure__entry__lt=disclosure.entry,
    )
    for recall in waiting:
        pupil = Pupil.objects.filter(pk=recall.decision.pupil_id)
        standing = {*references_of(pupil), *_survivors(recall)}
        if people & standing:
            yield recall


def _survivors(recall: Recall) -> set[object]:
    """Return the references of records that the pupil's was merged into."""
    merges = recall.decision.pupil.merges_into.in_force().select_related("kept")
    return {merge.kept.reference for merge in merges}
