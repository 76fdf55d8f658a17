"""Decisions about one record are copied to another, with all that belongs to them (C6).

What the other record already has is not added again. The copy of a decision that waits, or about
which something was decided, is in the same state as the original.
"""

import hashlib
from collections.abc import Iterable, Sequence
from datetime import datetime

from consent.decisions import objecting
from consent.decisions.recording import record
from consent.models import (
    ABOUT,
    Decision,
    MergedDecision,
    Pupil,
    PupilMerge,
    Ruling,
    RulingTold,
    SecondLook,
    Telling,
    Verification,
)
from consent.rules import Choice
from privacy_portal.ground.accounts.models import User
from privacy_portal.ground.log import appending as log
from privacy_portal.ground.log.texts import texts_of
from privacy_portal.ground.names import person_key

_SAME = (
    "scheme", "recipient", "purpose", "choice", "by", "person_name", "person_key", "channel",
    "relation", "received_at", "grounds", "signed_on",
)  # fmt: skip


def to_copy(source: Pupil, target: Pupil, *, at: datetime) -> list[Decision]:
    """Return the decisions about a record that count or may count, and that the other lacks."""
    existing = [decision for decision in _valid(target) if _counts(decision, at)]
    return [
        decision
        for decision in _valid(source)
        if _counts(decision, at) and not any(_stands_for(other, decision) for other in existing)
    ]


def add_copies(
    merged: PupilMerge,
    originals: Sequence[Decision],
    target: Pupil,
    *,
    by: User,
    at: datetime,
    also: Iterable[log.Body] = (),
) -> None:
    """Add the decisions to the record `target`, logged after the entries in `also`.

    Belongs to the transaction of the merge or its undoing, which has locked both records.
    """
    later: list[log.Body] = []

    def with_them(copies: Sequence[Decision]) -> None:
        MergedDecision.objects.bulk_create(
            MergedDecision(merge=merged, original=original, copy=copy)
            for original, copy in zip(originals, copies, strict=True)
        )
        for original, copy in zip(originals, copies, strict=True):
            later.extend(_copy_what_follows(original, copy, by, at))

    record(
        [_copy(original, target, merged, by, at) for original in originals],
        by=by,
        at=at,
        also=also,
        then=with_them,
    )
    if later:
        log.append(later)


def _valid(pupil: Pupil) -> list[Decision]:
    decisions = pupil.decisions.filter(invalidation=None).order_by("pk")
    return list(decisions.select_related("request", *ABOUT, "verification"))


def _counts(decision: Decision, at: datetime) -> bool:
    if decision.choice == Choice.OBJECTION:
        return objecting.state_of(decision, at=at).counts
    return True


def _stands_for(one: Decision, other: Decision) -> bool:
    """Return whether a decision says all that `other` says, so that `other` needs no copy."""
    about = ("scheme_id", "recipient_id", "purpose_id", "choice", "by")
    if any(getattr(one, name) != getattr(other, name) for name in about):
        return False
    if person_key(one.person_key) != person_key(other.person_key):
        return False
    if other.choice == Choice.OPT_IN:
        # The later one waits longer; what was told to contacts names no earlier day than its own.
        both_wait = _waits(one) and _waits(other)
        return both_wait and one.received_at >= other.received_at
    if other.choice == Choice.OBJECTION:
        return one.received_at <= other.received_at and not other.rulings.exists()
    return one.received_at == other.received_at


def _waits(opt_in: Decision) -> bool:
    return opt_in.import_key is None and not hasattr(opt_in, "verification")


def _copy(
    original: Decision, target: Pupil, merged: PupilMerge, by: User, at: datetime
) -> Decision:
    """Return a copy of a decision for the other record; of an imported one, an imported one."""
    key = hashlib.sha256(f"merge/{merged.pk}/{original.pk}".encode()).hexdigest()
    return Decision(
        **{name: getattr(original, name) for name in _SAME},
        pupil=target,
        email=objecting.email_of(original),
        recorded_at=at,
        recorded_by=by,
        import_key=key if original.import_key is not None else None,
    )


def _copy_what_follows(
    original: Decision, copy: Decision, by: User, at: datetime
) -> Iterable[log.Body]:
    """Copy the second check, tellings, entries at the school and rulings; yield their log entries."""
    if look := SecondLook.objects.filter(decision=original).first():
        look.pk, look.decision = None, copy
        look.save(force_insert=True)
    for telling in original.tellings.all():
        telling.pk, telling.decision = None, copy
        telling.save(force_insert=True)
    for done in original.acknowledgements.select_related("school", "by"):
        done.pk, done.decision = None, copy
        done.save(force_insert=True)
        yield log.body(
            "decision-acknowledged",
            at=at,
            by=done.by,
            decision=copy.pk,
            school=done.school.urn,
            invalid=done.invalid,
            texts=texts_of(done),
        )
    if hasattr(original, "verification"):
        Verification.objects.create(decision=copy, at=original.verification.at)
        person = str(copy.pupil.reference)
        yield log.body("decision-verified", at=at, by=by, decision=copy.pk, person=person)
    yield from copy_rulings(original, copy, by=by, at=at)


def copy_rulings(
    original: Decision, copy: Decision, *, by: User, at: datetime
) -> Iterable[log.Body]:
    """Copy rulings about an objection, and that the person was told, where the copy lacks them;
    yield log entries.

    An email that is still to be sent tells of both.
    """
    existing = {(ruling.kind, ruling.at): ruling for ruling in copy.rulings.select_related("told")}
    for ruling in original.rulings.select_related("told"):
        same = existing.get((ruling.kind, ruling.at))
        if same is None:
            same = Ruling.objects.create(
                decision=copy,
                kind=ruling.kind,
                reason=ruling.reason,
                at=ruling.at,
                by=ruling.by,
                mail=ruling.mail,
            )
            yield log.body(
                f"objection-{ruling.kind}", at=at, by=by, decision=copy.pk, texts=texts_of(same)
            )
        telling = getattr(ruling, "told", None)
        if telling and not hasattr(same, "told"):
            told = RulingTold.objects.create(
                ruling=same, at=telling.at, by=telling.by, note=telling.note
            )
            yield log.body("objection-told", at=at, by=by, decision=copy.pk, texts=texts_of(told))


def carry_tellings(source: Decision, target: Decision) -> None:
    """Mark as told about `target` everyone who was told about `source`, which says the same."""
    for telling in source.tellings.exclude(told_at=None):
        same = Telling.objects.filter(
            decision=target,
            told_at=None,
            name=telling.name,
            way=telling.way,
            address=telling.address,
        )
        same.update(told_at=telling.told_at, told_by=telling.told_by)
