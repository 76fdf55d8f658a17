"""Receiving an opt-out sent online: stored as received before it is acknowledged."""

from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction

from consent import rules
from consent.errors import TooYoungError
from consent.matching import match
from consent.models import OptOutRequest, Scheme, School
from consent.queries import scheme_facts
from privacy_portal import locks
from privacy_portal.codes import new_reference
from privacy_portal.days import day_of
from privacy_portal.log.appending import append, body


@dataclass(frozen=True, slots=True)
class Answers:
    """What a person filled in: either a school of the list or the name of another."""

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
    address: str


def receive_opt_out(scheme: Scheme, answers: Answers, *, at: datetime) -> OptOutRequest:
    """Stores an opt-out as received, and as a decision if exactly one pupil fits.

    The caller tells the person the same either way (C7). Raises TooYoungError, with
    nothing stored, when a pupil decides who may not yet (C1).
    """
    if not rules.may_decide(scheme_facts(scheme), answers.by, answers.born, day_of(at)):
        raise TooYoungError
    with transaction.atomic():
        locks.share(locks.Held.ROLL)
        request = OptOutRequest.objects.create(
            reference=new_reference(),
            scheme=scheme,
            by=answers.by.value,
            person_name=answers.person_name,
            relation=answers.relation,
            email=answers.email,
            phone=answers.phone,
            address=answers.address,
            surname=answers.surname,
            forename=answers.forename,
            born=answers.born,
            school=answers.school,
            other_school=answers.other_school,
            received_at=at,
        )
        received = body("opt-out-received", at=at, by=None, request=request.reference)
        if not match(request, at=at, also=[received]):
            append([received])
    return request
