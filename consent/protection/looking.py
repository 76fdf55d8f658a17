"""A look at where a protected pupil lives, by an officer who says why (P2)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet
from django.urls import reverse

from consent.models import Home, ProtectedLook, Pupil, RollContact, WaitingMove
from notices.queries import contact_of_council
from privacy_portal.ground.accounts.models import User
from privacy_portal.ground.log import appending as log
from privacy_portal.ground.log.texts import texts_of
from privacy_portal.ground.mail.writing import Letter, address, write


@dataclass(frozen=True, slots=True)
class Details:
    """What is hidden of a protected pupil: the school's name, home, further contacts, and the moves to
    other schools that wait for an answer."""

    school: str
    home: Home
    contacts: Sequence[RollContact]
    moves: Sequence[WaitingMove]


def is_hidden(pupil: Pupil) -> bool:
    """Return whether something of the pupil is shown only to who says why: they are protected, or
    another school's file that waits says so; at most 1 query."""
    return pupil.protected or _moves_of(pupil).filter(row__protected=True).exists()


def look(pupil: Pupil, *, reason: str, by: User, at: datetime) -> Details:
    """Record the look and its reason, tell who leads on protected records, and return the details of
    one pupil."""
    with transaction.atomic():
        made = ProtectedLook.objects.create(pupil=pupil, reason=reason, at=at, by=by)
        log.record(
            "protected-details-opened",
            at=at,
            by=by,
            person=str(pupil.reference),
            look=made.pk,
            texts=texts_of(made),
        )
        write(
            [
                Letter(
                    key=f"protected-opened/{made.pk}/{to}",
                    to=to,
                    template="consent/protected-opened",
                    context={
                        "by": by,
                        "at": at,
                        "reason": reason,
                        "link": address(reverse("staff-protection", args=[pupil.reference])),
                    },
                )
                for to in _who_is_told(by)
            ],
            at=at,
        )
    return Details(
        pupil.school.name, pupil.home, list(pupil.roll_contacts.all()), list(_moves_of(pupil))
    )


def _moves_of(pupil: Pupil) -> QuerySet[WaitingMove]:
    moves = WaitingMove.objects.filter(pupil=pupil, state=WaitingMove.State.WAITING)
    return moves.select_related("to_school").order_by("pk")


def _who_is_told(by: User) -> list[str]:
    """Return the email addresses of who leads on protected records; without anyone, of the others
    who have the role, and without those of the council's data protection officer."""
    officers = User.objects.protected_records_officers().exclude(pk=by.pk)
    heads = officers.filter(heads_protected_records=True)
    told = list(heads.values_list("email", flat=True)) or list(
        officers.values_list("email", flat=True)
    )
    if told:
        return told
    contact = contact_of_council()
    return [contact.email] if contact is not None and contact.email else []
