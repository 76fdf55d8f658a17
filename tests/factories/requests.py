"""Requests for data, recorded and decided by the verbs that officers use."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import uuid4

from factory.declarations import SubFactory
from factory.django import DjangoModelFactory

from consent.models import Pupil
from notices.models import Recipient
from privacy_portal.ground.accounts.models import User
from sharing.models import DataRequest, RequestDecision, RequestDetails
from sharing.requests import deciding, queries, receiving
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
