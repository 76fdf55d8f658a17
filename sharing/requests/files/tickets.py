"""What an officer saw of a file before they download it, sealed, so that exactly that leaves or nothing.

Nothing of it is stored here: it lies in the page, with the passphrase, which is seen nowhere else.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from uuid import UUID, uuid4

from django.core import signing

from privacy_portal.ground.accounts.models import User
from privacy_portal.ground.errors import NotNowError
from sharing.models import DataRequest
from sharing.requests.files.content import FileRow

LASTS = timedelta(hours=1)
_SALT = "sharing.request-file"


@dataclass(frozen=True, slots=True)
class Ticket:
    """A file that an officer saw: by which decision (its id), with which items, and in `rows` for each
    pupil, by random reference, those that go. `submission` is of this one download."""

    decision: int
    items: Sequence[str]
    rows: Mapping[str, Sequence[str]]
    means: str
    passphrase: str
    destroy_by: date | None
    submission: UUID


def ticket_for(
    decision: int,
    items: Sequence[str],
    rows: Sequence[FileRow],
    *,
    means: str,
    passphrase: str,
    destroy_by: date | None,
) -> Ticket:
    """Return the ticket of a file with these rows."""
    seen = {row.reference: list(row.items) for row in rows}
    return Ticket(decision, list(items), seen, means, passphrase, destroy_by, uuid4())


def sealed(ticket: Ticket, *, request: DataRequest, user: User) -> str:
    """Return a ticket as text for the page, for this officer alone."""
    day = ticket.destroy_by.isoformat() if ticket.destroy_by else None
    content = asdict(ticket) | {"destroy_by": day, "submission": ticket.submission.hex}
    return signing.dumps([request.pk, user.pk, content], salt=_SALT, compress=True)


def opened(text: str, *, request: DataRequest, user: User) -> Ticket:
    """Return the ticket in a text. Raises NotNowError where it is not this officer's, or too old."""
    try:
        number, officer, content = signing.loads(text, salt=_SALT, max_age=LASTS)
    except signing.BadSignature as error:  # too old is one, too
        raise NotNowError(_AGAIN) from error
    if (number, officer) != (request.pk, user.pk):
        raise NotNowError(_AGAIN)
    day = content.pop("destroy_by")
    submission = UUID(content.pop("submission"))
    return Ticket(
        **content, destroy_by=date.fromisoformat(day) if day else None, submission=submission
    )


_AGAIN = (
    "It is too long since you checked what is in the file. Nothing was released. Check it again."
)
