"""An opt-out or objection sent online: stored, confirmed by the link in an email, and matched or queued.

Nothing applies until the sender confirms through the emailed link; it then applies from the time it
was sent (C3). The sender is told the same, whether or not a pupil is found (C7).
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
from consent.models import (
    ABOUT,
    Matter,
    OptOutRequest,
    ReceivedEntry,
    RequestToMatch,
    School,
    UnconfirmedOptOut,
)
from consent.online.links import mail_link
from consent.online.mails import letter
from consent.queries import notice_to_read, scheme_facts
from privacy_portal.ground.codes import hash_of, new_reference, new_token
from privacy_portal.ground.days import day_of, days_later
from privacy_portal.ground.jobs import defer
from privacy_portal.ground.limits.counting import mailbox
from privacy_portal.ground.log import appending as log
from privacy_portal.ground.log.reading import entries_so_far
from privacy_portal.ground.log.texts import texts_of
from privacy_portal.ground.mail.writing import address, write
from privacy_portal.ground.terms import current as terms

REMIND_DAYS_BEFORE = 2
_COLUMNS = [field.name for field in UnconfirmedOptOut._meta.concrete_fields]  # noqa: SLF001
COPIED = [name for name in _COLUMNS if name not in ("id", "expires_at", "held")]


@dataclass(frozen=True, slots=True)
class OnlineAnswers:
    """Hold the answers of a person: with a school of the list, or the name of another.

    `grounds` is why they object; an opt-out needs no reason.
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


def receive(matter: Matter, answers: OnlineAnswers, *, submission: UUID, at: datetime) -> str:
    """Store an opt-out or objection and send the link that confirms it; return its reference.

    Sent a second time, even at the same moment, it is the one of the first time. Raises
    TooYoungError, with nothing stored, when the pupil is too young to choose (C1).
    """
    scheme = matter.scheme
    if scheme and not rules.may_decide(scheme_facts(scheme), answers.by, answers.born, day_of(at)):
        raise TooYoungError
    if earlier := _reference_of(submission):
        return earlier
    token = new_token()
    with transaction.atomic():
        form, new = UnconfirmedOptOut.objects.get_or_create(
            submission=submission,
            defaults={
                **{name: getattr(answers, name) for name in OnlineAnswers.__slots__},
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
                "expires_at": days_later(at, terms.number("confirm_link_days")),
            },
        )
        if new:
            mail_link(form, token, at=at)
    return form.reference


def sent_by(token: str, *, at: datetime) -> UnconfirmedOptOut | OptOutRequest:
    """Return the form of a link, and change nothing. Raises LinkExpiredError."""
    hashed = hash_of(token)
    forms = UnconfirmedOptOut.objects.select_related(*ABOUT)
    if form := forms.filter(token_hash=hashed, expires_at__gt=at).first():
        return form
    return received_by(token)


def received_by(token: str) -> OptOutRequest:
    """Return the confirmed opt-out or objection of a link. Raises LinkExpiredError for any other."""
    confirmed = OptOutRequest.objects.select_related(*ABOUT, "notice__notice", "received_entry")
    request: OptOutRequest | None = confirmed.filter(token_hash=hash_of(token)).first()
    if request is None:
        raise LinkExpiredError
    return request


def confirm(token: str, *, at: datetime) -> OptOutRequest:
    """Confirm a form, and store the job that looks for its pupil.

    From now on it applies: a hand-over that begins before the job is done honours it too (H2).
    Nothing here depends on a pupil, or waits for a lock on one (C7). A second time changes nothing.
    Raises LinkExpiredError.
    """
    hashed = hash_of(token)
    with transaction.atomic():
        forms = UnconfirmedOptOut.objects.select_for_update()
        form = forms.filter(token_hash=hashed, expires_at__gt=at).first()
        if form is None:
            return received_by(token)
        request = OptOutRequest.objects.create(
            **{name: getattr(form, name) for name in COPIED}, confirmed_at=at
        )
        form.delete()
        receipt = address(reverse("opt-out-receipt", args=[token]))
        write([letter(request, "opt-out-received", receipt)], at=at)
        RequestToMatch.objects.create(request=request)
        defer("consent.match_request", {"request": request.pk})
        entry = log.record(
            "opt-out-received",
            at=at,
            by=None,
            request=request.reference,
            received=request.received_at.isoformat(),
            texts=texts_of(request),
        )
        ReceivedEntry.objects.create(request=request, entry=entry)
    return request


def remind(*, at: datetime) -> int:
    """Remind once, 2 days before the link expires, of each form not confirmed; return how many.

    An address buried under forms is reminded of the first ones only.
    """
    soon = days_later(at, REMIND_DAYS_BEFORE)
    forms = UnconfirmedOptOut.objects.filter(expires_at__gt=at, expires_at__lte=soon)
    link = address(reverse("opt-out"))
    letters, number = [], Counter[str]()
    for form in forms.select_related(*ABOUT).order_by("received_at", "pk"):
        number[mailbox(form.email)] += 1
        if number[mailbox(form.email)] <= settings.LINKS_AT_ONCE:
            letters.append(letter(form, "opt-out-reminder", link))
    with transaction.atomic():
        return write(letters, at=at)


def forget_unconfirmed(*, at: datetime) -> int:
    """Delete forms that nobody confirmed, some days after their link expired; return how many."""
    before = days_later(at, -terms.number("unconfirmed_keep_days"))
    deleted, _ = UnconfirmedOptOut.objects.filter(expires_at__lt=before).delete()
    return deleted


def _reference_of(submission: UUID) -> str | None:
    for model in (UnconfirmedOptOut, OptOutRequest):
        references = model.objects.filter(submission=submission).values_list("reference", flat=True)
        if reference := references.first():
            return str(reference)
    return None
