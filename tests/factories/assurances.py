"""The assurance of organisations, recorded by the verb that officers use."""

from datetime import timedelta
from typing import Any

from factory.declarations import SubFactory
from factory.django import DjangoModelFactory

from notices.models import Recipient
from sharing.assurances import recording
from sharing.models import Assurance
from tests.example import DAY, NOON
from tests.factories.ground import OfficerFactory


class AssuranceFactory(DjangoModelFactory[Assurance]):
    """Record that FFT has Cyber Essentials for a year from today."""

    class Meta:
        model = Assurance

    recipient = "fft"
    kind = "cyber-essentials"
    name = ""
    reference = "CE-1"
    issuer = "IASME"
    ends = DAY + timedelta(days=365)
    by = SubFactory(OfficerFactory)
    at = NOON

    @classmethod
    def _create(cls, model_class: type[Assurance], *args: Any, **fields: Any) -> Assurance:
        recipient = Recipient.objects.get(code=fields.pop("recipient"))
        return recording.record(recipient, **fields)
