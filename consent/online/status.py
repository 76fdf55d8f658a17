"""The progress of a form, for its sender: it says nothing about any pupil (C7)."""

from datetime import datetime
from enum import StrEnum

from django.db.models import Q

from consent.models import ABOUT, OptOutRequest, RequestStep, StepKind, UnconfirmedOptOut


class State(StrEnum):
    """Name the states of a form. A match with a pupil is none: the page says the same either way (C7)."""

    UNCONFIRMED = "unconfirmed"
    EXPIRED = "expired"
    RECEIVED = "received"
    ASKED = "asked"


def state_of(sent: UnconfirmedOptOut | OptOutRequest, *, at: datetime) -> State:
    """Return the state of a form; 1 query."""
    if isinstance(sent, UnconfirmedOptOut):
        return State.EXPIRED if sent.expires_at <= at else State.UNCONFIRMED
    last = RequestStep.objects.filter(request=sent).exclude(kind=StepKind.PASSED).last()
    if last and not sent.decisions.filter(recorded_at__gte=last.at).exists():
        return State.ASKED
    return State.RECEIVED


def find(reference: str, *, email: str, selector: str) -> UnconfirmedOptOut | OptOutRequest | None:
    """Return the form with this reference, sent from this address or with a letter whose code begins so;
    2 queries in every case."""
    sender = Q(email__iexact=email) & ~Q(email="") | Q(code__selector=selector, email="")
    confirmed = OptOutRequest.objects.select_related(*ABOUT).filter(sender, reference=reference)
    unconfirmed = UnconfirmedOptOut.objects.select_related(*ABOUT).filter(
        reference=reference, email__iexact=email
    )
    forms: list[UnconfirmedOptOut | OptOutRequest] = [*confirmed[:1], *unconfirmed[:1]]
    return next(iter(forms), None)


def read_reference(text: str) -> str:
    """Return a reference as it is stored, however it was typed; empty for none."""
    letters = "".join(letter for letter in text.upper() if letter.isalnum())
    letters = letters.replace("O", "0").replace("I", "1").replace("L", "1")
    return f"{letters[:3]}-{letters[3:6]}-{letters[6:]}" if len(letters) == 10 else ""
