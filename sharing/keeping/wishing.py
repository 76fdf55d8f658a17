"""A pupil's details are erased before their time because somebody wishes it (Article 17): one officer proposes
it, a second one agrees (R2)."""

from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet

from consent.keeping.entries import answer_body, wish_body
from consent.keeping_rules import SENTENCES
from consent.models import ErasureAnswer, ErasureWish, Pupil
from consent.queries import lock_pupils
from privacy_portal.ground import locks
from privacy_portal.ground.accounts.models import User
from privacy_portal.ground.days import day_of
from privacy_portal.ground.errors import NotNowError
from privacy_portal.ground.log.appending import append
from privacy_portal.ground.log.models import Erasure
from sharing.keeping.due import due_among
from sharing.keeping.erasing import erase_pupil


def wishes_of(pupil: Pupil) -> QuerySet[ErasureWish]:
    """Return the wishes to erase a pupil's details with their answers, oldest first; 1 query."""
    return ErasureWish.objects.filter(pupil=pupil).select_related("pupil", "by", "answer__by")


def check_can_propose(pupil: Pupil, *, at: datetime) -> None:
    """Raise NotNowError, with the reasons, while something speaks against it, or an officer has asked already."""
    (due,) = due_among([pupil], on=day_of(at), wished=True)
    if due.reasons:
        raise NotNowError(" ".join(SENTENCES[reason] for reason in due.reasons))
    if ErasureWish.objects.filter(pupil=pupil, answer=None).exists():
        raise NotNowError("Another officer has already been asked to agree.")


def propose(pupil: Pupil, *, reason: str, by: User, at: datetime) -> ErasureWish:
    """Ask a second officer to erase a pupil's details. Raises NotNowError."""
    with transaction.atomic():
        lock_pupils([pupil.pk])
        check_can_propose(pupil, at=at)
        wish = ErasureWish.objects.create(pupil=pupil, reason=reason, by=by, at=at)
        append([wish_body(wish)])
    return wish


def check_can_answer(wish: ErasureWish, user: User) -> None:
    """Raise NotNowError for whoever proposed it, or once it is answered."""
    if wish.by_id == user.pk:
        raise NotNowError("You asked for this, so another officer must answer.")
    if ErasureAnswer.objects.filter(wish=wish).exists():
        raise NotNowError("This has already been answered.")


def answer(wish: ErasureWish, *, agrees: bool, note: str, by: User, at: datetime) -> None:
    """Answer as the second officer: agreed to, the details are erased at once. The note is why not; with a yes it
    is not stored, since it would be erased in the same moment. Raises NotNowError, also where something speaks
    against it by now."""
    note = "" if agrees else note
    with transaction.atomic():
        # In the order of all locks: the roll before pupils. Two answers at once follow each other.
        locks.share(locks.Area.ROLL)
        lock_pupils([wish.pupil_id])
        check_can_answer(wish, by)
        given = ErasureAnswer.objects.create(wish=wish, agrees=agrees, note=note, by=by, at=at)
        entry = answer_body(given)
        if agrees:
            erase_pupil(wish.pupil_id, rule=Erasure.WISH, by=by, at=at, also=[entry])
        else:
            append([entry])
