"""Questions about a disclosure, and their answers: nobody signs it off while one is open."""

from datetime import datetime

from django.db import IntegrityError, transaction
from django.db.models import OuterRef, Q, QuerySet, Subquery
from django.urls import reverse

from privacy_portal.ground import locks
from privacy_portal.ground.accounts.models import User
from privacy_portal.ground.errors import NotNowError
from privacy_portal.ground.log.appending import append
from privacy_portal.ground.mail.writing import Letter, address, write
from sharing.disclosures import review_entries
from sharing.models import Disclosure, DisclosureAnswer, DisclosureQuestion


def questions_about(disclosure: Disclosure) -> QuerySet[DisclosureQuestion]:
    """Return the questions about a disclosure with their answers, the first one first; 1 query."""
    asked = DisclosureQuestion.objects.filter(disclosure=disclosure)
    return asked.select_related("by", "answer__by").order_by("pk")


def asked() -> Q:
    """Return what the disclosures fulfil about which a question is open."""
    unanswered = DisclosureQuestion.objects.filter(answer__isnull=True)
    return Q(pk__in=unanswered.values("disclosure"))


def to_answer(user: User | None = None) -> QuerySet[Disclosure]:
    """Return the disclosures about which a question is open, each with when the first such was `asked_at`;
    of one officer, those they shared."""
    first = DisclosureQuestion.objects.filter(disclosure=OuterRef("pk"), answer__isnull=True)
    rows = Disclosure.objects.filter(asked())
    rows = rows if user is None else rows.filter(by=user)
    return rows.annotate(asked_at=Subquery(first.order_by("at").values("at")[:1]))


def check_can_ask(disclosure: Disclosure, user: User) -> None:
    """Raise NotNowError, with the reason, unless the user may ask about it."""
    if disclosure.by_id == user.pk:
        raise NotNowError("You made this entry, so another officer asks about it.")


def ask(disclosure: Disclosure, *, words: str, by: User, at: datetime) -> DisclosureQuestion:
    """Ask the officer who shared it, who is told by email. Raise NotNowError if the user may not ask."""
    check_can_ask(disclosure, by)
    with transaction.atomic():
        locks.take_one(locks.Row.DISCLOSURE, disclosure.pk)
        question = DisclosureQuestion.objects.create(
            disclosure=disclosure, words=words, by=by, at=at
        )
        _tell(question, "asked", disclosure.by, at=at)
        append([review_entries.asked(question)])
    return question


def answer(question: DisclosureQuestion, *, words: str, by: User, at: datetime) -> DisclosureAnswer:
    """Answer a question; whoever asked is told by email. Raise NotNowError if it has an answer.

    Any officer may answer: the one who shared it may be away, and who asked may have found out. The page
    says who did.
    """
    try:
        with transaction.atomic():
            locks.take_one(locks.Row.DISCLOSURE, question.disclosure_id)
            given = DisclosureAnswer.objects.create(question=question, words=words, by=by, at=at)
            if by.pk != question.by_id:
                _tell(question, "answered", question.by, at=at)
            append([review_entries.answered(given)])
    except IntegrityError as error:
        raise NotNowError("This question already has an answer.") from error
    return given


def _tell(question: DisclosureQuestion, what: str, person: User, *, at: datetime) -> None:
    """Queue an email that a question was asked or answered, to somebody who still signs in; it says of
    neither what is in it nor about whom."""
    if not person.is_active:
        return
    entry = question.disclosure.entry
    letter = Letter(
        key=f"disclosure-question/{question.pk}/{what}",
        to=person.email,
        template=f"sharing/question-{what}",
        context={"entry": entry, "link": address(reverse("staff-disclosure", args=[entry]))},
    )
    write([letter], at=at)
