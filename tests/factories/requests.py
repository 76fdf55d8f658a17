"""Requests for data, recorded and decided by the verbs that officers use."""

import csv
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any
from uuid import uuid4

from factory.declarations import SubFactory
from factory.django import DjangoModelFactory

from consent.models import Pupil
from consent.rules import seen_now
from notices.models import Recipient
from privacy_portal.ground.accounts.models import User
from privacy_portal.ground.days import day_of
from sharing.models import DataRequest, RequestDecision, RequestDetails
from sharing.requests import deciding, queries, receiving
from sharing.requests.files import content, handing_over, tickets
from sharing.requests.files.tickets import Ticket
from tests.example import NOON
from tests.factories.ground import OfficerFactory

Part = RequestDetails.Part
# What is known of a complete request: a detective asks for a name and a telephone number.
KNOWN: Mapping[str, Any] = {
    "channel": "phone",
    "received_at": NOON,
    "organisation_name": "Example Police",
    "asker_name": "Pat Constable",
    "asker_role": "Detective",
    "contact": "pat@example.org",
    "asker_check": "called",
    "check_note": "We called the station.",
    "items": ["pupil.surname", "pupil.phone"],
    "purpose_words": "To find a missing child.",
    "power": "crime",
    "necessity": "Less would not find the child.",
    "view": "not-needed",
    "view_words": "It is a routine request.",
}


class DataRequestFactory(DjangoModelFactory[DataRequest]):
    """Record all that has to be known of a request of the police about `pupils`, by phone at noon.

    `known` changes what is known, by names of `RequestDetails`; a `recipient` can be its code.
    """

    class Meta:
        model = DataRequest

    pupils: Sequence[Pupil] = ()
    known: Mapping[str, Any] = {}
    by = SubFactory(OfficerFactory)
    at = NOON

    @classmethod
    def _create(cls, model_class: type[DataRequest], *args: Any, **fields: Any) -> DataRequest:
        by, at = fields["by"], fields["at"]
        known = {**KNOWN, **fields["known"]}
        if isinstance(known.get("recipient"), str):
            known["recipient"] = Recipient.objects.get(code=known["recipient"])
            known["organisation_name"] = ""
        request = receiving.receive(known, submission=uuid4(), by=by, at=at)
        if fields["pupils"]:
            receiving.change(
                request, Part.PEOPLE, {}, pupils=fields["pupils"], seen=1, by=by, at=at
            )
        return request


def decided(
    request: DataRequest,
    *,
    by: User,
    at: datetime = NOON,
    share: bool = True,
    choice: str = "share",
    **more: Any,
) -> RequestDecision:
    """Decide on a request: of each pupil goes what the choice lets, of all that is asked for."""
    details = queries.details_of(request.pk)
    assert details is not None
    pupils = queries.pupils_of(details)
    chosen = {
        "reasons": "It is needed, and lawful.",
        "choices": {pupil.pk: choice for pupil in pupils},
        "items": details.items if share else [],
        "others": details.others if share else 0,
        **more,
    }
    return deciding.decide(
        request, deciding.Chosen(share=share, **chosen), seen=details.number, by=by, at=at
    )


def ticket_of(
    request: DataRequest,
    *,
    items: Sequence[str] | None = None,
    pupils: Sequence[Pupil] | None = None,
    means: str = "download",
    passphrase: str = "",
    destroy_by: date | None = None,
    at: datetime = NOON,
) -> Ticket:
    """Return the ticket of a file on a request, as an officer sees it: of all that can go unless some
    `items` or `pupils` are chosen."""
    row = queries.standing_decision(request)
    assert row is not None
    chosen = content.items_in_records(row.decision) if items is None else items
    rows = [
        each
        for each in content.offered(row.decision, chosen, on=day_of(at), seen=seen_now(at))
        if each.items and (pupils is None or each.pupil.pupil in pupils)
    ]
    return tickets.ticket_for(
        row.decision.pk, chosen, rows, means=means, passphrase=passphrase, destroy_by=destroy_by
    )


def handed_over(
    request: DataRequest, *, by: User, ticket: Ticket | None = None, at: datetime = NOON
) -> tuple[handing_over.FileHandOver, list[list[str]]]:
    """Hand over a file on a request; return what was logged, and the cells of the file, which is gone."""
    done = handing_over.hand_over(request, ticket or ticket_of(request), by=by, clock=lambda: at)
    with done.file.open(encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file))
    done.file.unlink()
    return done, rows
