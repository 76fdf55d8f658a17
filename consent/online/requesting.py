"""An opt-out or objection sent online: kept, confirmed by the link in a mail, and counted or queued.

It is one of somebody only once the button behind the link was pressed; it counts from when it
was sent (C3). Whoever sends one is told the same, whether or not a pupil is found (C7).
"""

from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.urls import reverse

from consent import rules
from consent.errors import LinkExpiredError, TooYoungError
from consent.models import ABOUT, Matter, OptOutRequest, RequestToMatch, School, UnconfirmedOptOut
from consent.online.links import mail_link
from consent.online.mails import letter
from consent.queries import notice_to_read, scheme_facts
from privacy_portal.ground.codes import hash_of, new_reference, new_token
from privacy_portal.ground.days import day_of, days_later
from privacy_portal.ground.jobs import defer
from privacy_portal.ground.limits.counting import mailbox
from privacy_portal.ground.log import appending as log
from privacy_portal.ground.log.reading import entries_so_far
from privacy_portal.ground.mail.writing import address, write

REMIND_DAYS_BEFORE = 2
_KEPT = [field.name for field in UnconfirmedOptOut._meta.concrete_fields]  # noqa: SLF001
COPIED = [name for name in _KEPT if name not in ("id", "expires_at", "held")]


@dataclass(frozen=True, slots=True)
class Answers:
    """What a person filled in: either a school of the list or the name of another.

    `grounds` is why they object; of an opt-out nobody asks.
    """

    by: rules.DecidedBy
    surname: str
    forename: str
    born: date
    school: School | None
    other_school: str
    person_name: str
    relation: str
    email: str
    phone: str
    grounds: str = ""


def receive(matter: Matter, answers: Answers, *, submission: UUID, at: datetime) -> str:
    """Keeps an opt-out or objection and sends the link that confirms it; returns its reference.

    Sent a second time, also at the same moment, it is the one of the first time. Raises
    TooYoungError, with nothing stored, when a pupil decides who may not yet (C1).
    """
    scheme = matter.scheme
    if scheme and not rules.may_decide(scheme_facts(scheme), answers.by, answers.born, day_of(at)):
        raise TooYoungError
    if known := _known(submission):
        return known
    token = new_token()
    with transaction.atomic():
        kept, new = UnconfirmedOptOut.objects.get_or_create(
            submission=submission,
            defaults={
                **{name: getattr(answers, name) for name in Answers.__slots__},
                "by": answers.by.value,
                "reference": new_reference(),
                "token_hash": hash_of(token),
                "scheme": scheme,
                "recipient": None if scheme else matter.recipient,
                "purpose": matter.purpose,
                "choice": matter.saying_no.value,
                "notice": notice_to_read(day_of(at)),
                "received_at": at,
                "entries_before": entries_so_far(),
                "expires_at": days_later(at, settings.CONFIRM_LINK_DAYS),
            },
        )
        if new:
            mail_link(kept, token, at=at)
    return kept.reference


def sent_by(token: str, *, at: datetime) -> UnconfirmedOptOut | OptOutRequest:
    """What a link stands for; looking changes nothing. Raises LinkExpiredError."""
    hashed = hash_of(token)
    waiting = UnconfirmedOptOut.objects.select_related(*ABOUT)
    if kept := waiting.filter(token_hash=hashed, expires_at__gt=at).first():
        return kept
    return received_by(token)


def received_by(token: str) -> OptOutRequest:
    """The confirmed opt-out of a link. Raises LinkExpiredError for any other."""
    confirmed = OptOutRequest.objects.select_related(*ABOUT, "notice__notice")
    found: OptOutRequest | None = confirmed.filter(token_hash=hash_of(token)).first()
    if found is None:
        raise LinkExpiredError
    return found


def confirm(token: str, *, at: datetime) -> OptOutRequest:
    """Makes it an opt-out, whose pupil a job looks for that is stored with it.

    From now on it counts: a hand-over that begins before the job is done honours it too (H2).
    Nothing here depends on any pupil, nor waits for who holds one (C7). A second time changes
    nothing. Raises LinkExpiredError.
    """

    hashed = hash_of(token)
    with transaction.atomic():
        waiting = UnconfirmedOptOut.objects.select_for_update()
        kept = waiting.filter(token_hash=hashed, expires_at__gt=at).first()
        if kept is None:
            return received_by(token)
        request = OptOutRequest.objects.create(
            **{name: getattr(kept, name) for name in COPIED}, confirmed_at=at
        )
        kept.delete()
        receipt = address(reverse("opt-out-receipt", args=[token]))
        write([letter(request, "opt-out-received", receipt)], at=at)
        RequestToMatch.objects.create(request=request)
        defer("consent.match_request", {"request": request.pk})
        received = request.received_at.isoformat()
        log.record("opt-out-received", at=at, by=None, request=request.reference, received=received)
    return request


def remind(*, at: datetime) -> int:
    """Reminds once, two days before a link expires, who has not pressed the button; how many.

    An address that somebody buried under forms is reminded of the first ones only.
    """
    soon = days_later(at, REMIND_DAYS_BEFORE)
    waiting = UnconfirmedOptOut.objects.filter(expires_at__gt=at, expires_at__lte=soon)
    link = address(reverse("opt-out"))
    letters, number = [], Counter[str]()
    for kept in waiting.select_related(*ABOUT).order_by("received_at", "pk"):
        number[mailbox(kept.email)] += 1
        if number[mailbox(kept.email)] <= settings.LINKS_AT_ONCE:
            letters.append(letter(kept, "opt-out-reminder", link))
    with transaction.atomic():
        return write(letters, at=at)


def forget_unconfirmed(*, at: datetime) -> int:
    """Deletes what nobody confirmed, some days after its link expired; returns how many."""
    before = days_later(at, -settings.UNCONFIRMED_KEEP_DAYS)
    deleted, _ = UnconfirmedOptOut.objects.filter(expires_at__lt=before).delete()
    return deleted


def _known(submission: UUID) -> str | None:
    """The reference of what was sent already with the same answers."""
    for model in (UnconfirmedOptOut, OptOutRequest):
        if kept := model.objects.filter(submission=submission).values_list("reference").first():
            return str(kept[0])
    return None
