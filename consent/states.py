"""What the status page says of an opt-out: for its sender, who is told nothing of any pupil (C7)."""

from datetime import datetime
from enum import StrEnum

from consent.models import ABOUT, OptOutRequest, RequestStep, StepKind, UnconfirmedOptOut


class State(StrEnum):
    """How far an opt-out is. Whether a pupil was found is no state: it counts either way (C3)."""

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


def find(reference: str, email: str) -> UnconfirmedOptOut | OptOutRequest | None:
    """The opt-out with this reference that this address sent; 2 queries in every case."""
    both = {"reference": reference, "email__iexact": email}
    confirmed = OptOutRequest.objects.select_related(*ABOUT).filter(**both).first()
    waiting = UnconfirmedOptOut.objects.select_related(*ABOUT).filter(**both).first()
    found: UnconfirmedOptOut | OptOutRequest | None = confirmed or waiting
    return found


def read_reference(written: str) -> str:
    """A reference as it is stored, however its letters and hyphens were typed; empty for none."""
    letters = "".join(letter for letter in written.upper() if letter.isalnum())
    letters = letters.replace("O", "0").replace("I", "1").replace("L", "1")
    return f"{letters[:3]}-{letters[3:6]}-{letters[6:]}" if len(letters) == 10 else ""
