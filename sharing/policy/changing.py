"""Changes to the policy: one officer drafts, another puts in force or sends back (docs/decisions/43)."""

import hashlib
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from django.db import transaction

from privacy_portal.ground import locks
from privacy_portal.ground.accounts.models import User
from privacy_portal.ground.days import day_of
from privacy_portal.ground.errors import NotNowError
from privacy_portal.ground.log import appending as log
from privacy_portal.ground.log.canonical import canonical
from privacy_portal.ground.log.texts import texts_of
from sharing.models import PolicyAnswer, PolicyChange
from sharing.policy import things
from sharing.policy.queries import open_change
from sharing.policy_file.content import content_entry
from sharing.policy_rules import Refusal, ThingPart

Kind = PolicyChange.Kind
Answer = PolicyAnswer.Kind


class RefusedChangeError(NotNowError):
    """A change that the rules refuse; `refusals` says why, each for its field."""

    def __init__(self, refusals: list[Refusal]):
        self.refusals = refusals
        super().__init__(" ".join(f"{refusal.sentence.rstrip('.')}." for refusal in refusals))


def check_can_draft(kind: str, code: str) -> None:
    """Raise NotNowError, with the reason, while a change to the same thing is open or the council has no
    details yet; at most 2 queries."""
    if kind != Kind.COUNCIL and things.thing(Kind.COUNCIL, things.COUNCIL) is None:
        raise NotNowError("Enter the council’s details first. Everything else belongs to them.")
    if code and (change := open_change(kind, code)):
        raise NotNowError(
            f"{change.by.name} drafted a change to this on {change.at:%-d %B %Y}. It must be put in "
            "force, sent back or withdrawn before you can draft another."
        )


def check_can_answer(change: PolicyChange, by: User) -> None:
    """Raise NotNowError, with the reason, unless this officer may put the change in force or send it back;
    1 query."""
    _check_open(change)
    if change.by_id == by.pk:
        raise NotNowError("You drafted this, so another approving officer must check it.")


def draft(
    kind: str, code: str, wanted: ThingPart | None, *, reason: str, by: User, at: datetime
) -> PolicyChange:
    """Draft a change to one thing, `wanted` None to take it away. Raises NotNowError while another is open,
    or nothing would change; RefusedChangeError where it could not be put in force."""
    with _thing_locked(kind, code):
        check_can_draft(kind, code)
        before = things.thing(kind, code)
        if wanted == before:
            raise NotNowError("You have not changed anything.")
        _check(kind, code, before, wanted, at)
        change = PolicyChange.objects.create(
            kind=kind, code=code, wanted=things.as_json(wanted), before=things.as_json(before),
            reason=reason, by=by, at=at,
        )  # fmt: skip
        log.record("policy-drafted", at=at, by=by, **logged(change), texts=texts_of(change))
    return change


def put_in_force(change_id: int, *, by: User, at: datetime) -> PolicyAnswer:
    """Put another officer's draft in force. All is checked again against what is there by then: raises
    NotNowError if the thing is another than when it was drafted, or the change is open no more;
    RefusedChangeError where a notice or an agreement names by now what it would change."""
    change = PolicyChange.objects.select_related("by").get(pk=change_id)
    with transaction.atomic():
        locks.take(locks.Area.POLICY)
        if change.kind == Kind.SCHOOL:
            locks.take(locks.Area.ROLL)
        locks.take_one(locks.Row.POLICY_CHANGE, _number(change.kind, change.code))
        check_can_answer(change, by)
        before = things.thing(change.kind, change.code)
        if before != things.from_json(change.kind, change.before):
            raise NotNowError(
                "This has changed since the draft was made, by a policy file. Send it back, so that it "
                "is drafted from what is there now."
            )
        wanted = things.from_json(change.kind, change.wanted)
        _check(change.kind, change.code, before, wanted, at)
        answer = PolicyAnswer.objects.create(change=change, kind=Answer.IN_FORCE, by=by, at=at)
        things.store(change, at=at)
        entry = log.body("policy-in-force", at=at, by=by, **logged(change), texts=texts_of(answer))
        log.append([entry, content_entry(at=at, by=by)])
    return answer


def send_back(change_id: int, *, note: str, by: User, at: datetime) -> PolicyAnswer:
    """Send another officer's draft back, with what is wrong. Raises NotNowError."""
    change = PolicyChange.objects.get(pk=change_id)
    with _thing_locked(change.kind, change.code):
        check_can_answer(change, by)
        return _answer(change, Answer.SENT_BACK, note=note, by=by, at=at)


def withdraw(change_id: int, *, by: User, at: datetime) -> PolicyAnswer:
    """Withdraw a draft that nobody has answered. Any officer may: whoever drafted it may be gone. Raises
    NotNowError."""
    change = PolicyChange.objects.get(pk=change_id)
    with _thing_locked(change.kind, change.code):
        _check_open(change)
        return _answer(change, Answer.WITHDRAWN, by=by, at=at)


def logged(change: PolicyChange) -> dict[str, object]:
    """Return what an entry of the log says of a change: which thing, and the SHA-256 of its values before
    and after."""
    values = {"before": change.before, "wanted": change.wanted}
    return {
        "change": change.pk,
        "kind": change.kind,
        "code": change.code,
        "values": hashlib.sha256(canonical(values)).hexdigest(),
    }


def _check(
    kind: str, code: str, before: ThingPart | None, wanted: ThingPart | None, at: datetime
) -> None:
    if refusals := things.refused(kind, code, before, wanted, day_of(at)):
        raise RefusedChangeError(refusals)


def _check_open(change: PolicyChange) -> None:
    answer = PolicyAnswer.objects.filter(change=change).select_related("by").first()
    if answer is not None:
        done = answer.get_kind_display().lower()
        raise NotNowError(
            f"{answer.by.name} has already {done} this change.".replace(
                "already put in force this change", "already put this change in force"
            )
        )


def _answer(
    change: PolicyChange, kind: PolicyAnswer.Kind, *, note: str = "", by: User, at: datetime
) -> PolicyAnswer:
    answer = PolicyAnswer.objects.create(change=change, kind=kind, note=note, by=by, at=at)
    log.record(f"policy-{kind.value}", at=at, by=by, **logged(change), texts=texts_of(answer))
    return answer


@contextmanager
def _thing_locked(kind: str, code: str) -> Iterator[None]:
    """Keep others from drafting or answering a change to the same thing until the transaction ends."""
    with transaction.atomic():
        locks.share(locks.Area.POLICY)
        locks.take_one(locks.Row.POLICY_CHANGE, _number(kind, code))
        yield


def _number(kind: str, code: str) -> int:
    return zlib.crc32(f"{kind} {code}".encode())
