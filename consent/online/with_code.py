"""A choice made online with a letter’s code: it applies to the letter’s pupil straight away.

Nothing about the pupil is shown before or after. The choice uses the code up, in the same
transaction.
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.urls import reverse

from consent import rules
from consent.decisions import opting_in
from consent.decisions.linked_decisions import decided_about
from consent.decisions.recording import take
from consent.letters.codes import live_code, opts_in
from consent.matching.matching import decision_from
from consent.models import LetterCode, OptOutRequest, ReceivedEntry
from consent.online.mails import letter
from consent.queries import lock_pupils, notice_to_read
from consent.rules import Choice, DecidedBy
from privacy_portal.ground import locks
from privacy_portal.ground.codes import hash_of, new_reference, new_token
from privacy_portal.ground.days import day_of
from privacy_portal.ground.log import appending as log
from privacy_portal.ground.log.reading import entries_so_far
from privacy_portal.ground.log.texts import texts_of
from privacy_portal.ground.mail.writing import address, write


@dataclass(frozen=True, slots=True)
class CodeAnswers:
    """A choice made with a code. An opt-in is always that of the letter’s addressee."""

    choice: Choice
    by: DecidedBy
    person_name: str
    relation: str
    email: str


class NoOptInError(Exception):
    """This letter's code does not prove an opt-in (C3)."""


def may_opt_in(code: LetterCode) -> bool:
    """Return whether the code can opt in: no opt-out has come since it was printed, about its pupil or a
    record that may be of the same child (C6b); 4 queries, and a few while such a question is open."""
    decided = decided_about(code.scheme, code.pupil)
    return rules.code_opts_in(
        decided.facts, fresh=opts_in(code), issued=code.issued_at, decisions=decided.all
    )


def decide(
    code_id: int, answers: CodeAnswers, *, submission: UUID, at: datetime
) -> tuple[OptOutRequest, str]:
    """Record the choice and use the code up; return the request and the secret of its receipt.

    Raises WrongCodeError if the code is no longer good, NoOptInError, and RefusedError where
    the rules do not take the decision: then nothing is stored, and the code stays good.
    """
    token = new_token()
    with transaction.atomic():
        locks.share(locks.Area.ROLL)
        LetterCode.objects.select_for_update().filter(pk=code_id).first()
        code = live_code(code_id, at=at)
        lock_pupils([code.pupil_id])
        by, name = answers.by, answers.person_name
        if answers.choice is Choice.OPT_IN:
            if not may_opt_in(code):
                raise NoOptInError
            by, name = DecidedBy(code.by), code.to_name
        request = OptOutRequest.objects.create(
            reference=new_reference(),
            submission=submission,
            token_hash=hash_of(token),
            scheme=code.scheme,
            choice=answers.choice.value,
            by=by.value,
            person_name=name,
            relation=answers.relation,
            email=answers.email,
            notice=notice_to_read(day_of(at)),
            received_at=at,
            confirmed_at=at,
            entries_before=entries_so_far(),
            code=code,
        )
        code.used_at = at
        code.save(update_fields=["used_at"])
        decision = decision_from(request, code.pupil, at=at)
        receipt = address(reverse("opt-out-receipt", args=[token]))
        if answers.email:
            write([letter(request, "opt-out-received", receipt)], at=at)
        about = {"request": request.reference, "code": code.pk, "texts": texts_of(request)}
        entry = log.body("code-used", at=at, by=None, **about)

        def tell(_: object) -> None:
            if answers.choice is Choice.OPT_IN:
                opting_in.tell_contacts(decision, at=at)

        number = take(decision, by=None, at=at, also=[entry], then=tell)
        ReceivedEntry.objects.create(request=request, entry=number)
    return request, token
