"""What the status page says of an opt-out: for its sender, who is told nothing of any pupil (C7)."""

from datetime import datetime
from enum import StrEnum

from django.db.models import Q

from consent.models import ABOUT, OptOutRequest, RequestStep, StepKind, UnconfirmedOptOut


class State(StrEnum):
    """How far an opt-out is. Whether a pupil was found is no state: the page says the same either way (C7)."""

    UNCONFIRMED = "unconfirmed"
    EXPIRED = "expired"
    RECEIVED = "received"
    ASKED = "asked"


def state_of(sent: UnconfirmedOptOut | OptOutRequest, *, at: datetime) -> State:
    """How far an opt-out is; 1 query."""
    if isinstance(sent, UnconfirmedOptOut):
        return State.EXPIRED if sent.expires_at <= at else State.UNCONFIRMED
    last = RequestStep.objects.filter(request=sent).exclude(kind=StepKind.PASSED).last()
    if last and not sent.decisions.filter(recorded_at__gte=last.at).exists():
        return State.ASKED
    return State.RECEIVED


def find(reference: str, *, email: str, selector: str) -> UnconfirmedOptOut | OptOutRequest | None:
    """What has this reference and was sent by this address, or with a letter whose code begins so;
    2 queries in every case."""
    mine = Q(email__iexact=email) & ~Q(email="") | Q(code__selector=selector, email="")
    confirmed = OptOutRequest.objects.select_related(*ABOUT).filter(mine, reference=reference)
    both = {"reference": reference, "email__iexact": email}
    waiting = UnconfirmedOptOut.objects.select_related(*ABOUT).filter(**both)
    found: list[UnconfirmedOptOut | OptOutRequest] = [*confirmed[:1], *waiting[:1]]
    return next(iter(found), None)


def read_reference(written: str) -> str:
    """A reference as it is stored, however its letters and hyphens were typed; empty for none."""
    letters = "".join(letter for letter in written.upper() if letter.isalnum())
    letters = letters.replace("O", "0").replace("I", "1").replace("L", "1")
    return f"{letters[:3]}-{letters[3:6]}-{letters[6:]}" if len(letters) == 10 else ""
