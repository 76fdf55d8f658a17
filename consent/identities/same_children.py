"""Whether two records are of one child: asked by an import, answered by staff (C6b)."""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet

from consent.identities import merging
from consent.models import Pupil, SameChildAnswer, SameChildQuestion
from consent.queries import lock_pupils, schools_of
from consent.same_child_links import open_pairs
from privacy_portal.ground import locks
from privacy_portal.ground.accounts.models import User
from privacy_portal.ground.errors import NotNowError
from privacy_portal.ground.log import appending as log
from privacy_portal.ground.log.texts import texts_of


def questions_for(user: User) -> QuerySet[SameChildQuestion]:
    """Return the open questions that a member of staff can answer, oldest first: officers all,
    others those between pupils of their own schools; 1 query, and as many as `open_pairs` takes."""
    pairs = open_pairs()
    numbers = list(pairs)
    if not user.sees_every_school:
        records = {pupil for pair in pairs.values() for pupil in pair}
        own = set(
            Pupil.objects.filter(pk__in=records, school__in=schools_of(user).values("pk"))
            .values_list("pk", flat=True)
        )  # fmt: skip
        numbers = [number for number, pair in pairs.items() if own.issuperset(pair)]
    questions = SameChildQuestion.objects.filter(pk__in=numbers)
    return questions.select_related("new__school", "other__school").order_by("at", "pk")


def questions_about(pupil: Pupil) -> QuerySet[SameChildQuestion]:
    """Return the open questions about a record; as many queries as `open_pairs` takes, and 1."""
    numbers = [number for number, pair in open_pairs().items() if pupil.pk in pair]
    return SameChildQuestion.objects.filter(pk__in=numbers).order_by("pk")


def answer(questions: Sequence[int], *, same: bool, reason: str, by: User, at: datetime) -> int:
    """Answer questions: merge the records of each if they are of the same child; return how many
    were answered.

    The newer record is kept, unless its pupil has left and the older one's has not: so its UPN is
    the present one, and the older one's a former one. One transaction: all, or none. Raises
    NotNowError for a question that is answered, is not this member of staff's to answer, or whose
    records one person cannot merge.
    """
    with transaction.atomic():
        locks.take(locks.Area.ROLL)
        rows = list(questions_for(by).filter(pk__in=list(questions)).order_by("pk"))
        if len(rows) != len(set(questions)):
            raise NotNowError("This question has already been answered.")
        return sum(_answer(row, same=same, reason=reason, by=by, at=at) for row in rows)


def _answer(
    question: SameChildQuestion, *, same: bool, reason: str, by: User, at: datetime
) -> bool:
    """Answer a question; return whether it was still open."""
    pair = open_pairs().get(question.pk)
    if pair is None:
        return False  # an answer before this one made the records one
    lock_pupils(pair)
    pupils = Pupil.objects.select_related("school").in_bulk(pair)
    new, other = (pupils[number] for number in pair)
    answered = SameChildAnswer.objects.create(
        question=question, same=same, reason=reason, at=at, by=by
    )
    log.record(
        "same-child-answered",
        at=at,
        by=by,
        question=question.pk,
        same=same,
        person=str(new.reference),
        other=str(other.reference),
        texts=texts_of(answered),
    )
    if same:
        back = new.left_on is not None and other.left_on is None
        duplicate, survivor = (new, other) if back else (other, new)
        merging.merge(duplicate, survivor, reason=reason, by=by, at=at)
    return True
