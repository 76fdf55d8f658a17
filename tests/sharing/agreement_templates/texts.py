"""What the templates of the tests say, and agreements that are made from them."""

from datetime import timedelta
from typing import Any

from sharing.models import AgreementVersion
from tests.example import DAY
from tests.forms import day_fields

GENERAL: dict[str, Any] = {
    "code": "general",
    "title": "General",
    "about": "For most agreements.",
    "variables": [{"name": "contact for rights", "label": "Who answers people?"}],
    "terms": {
        "title": "Sharing with {organisation}",
        "audience": "pupil",
        "kind": "controller-to-controller",
        "form": "named",
        "items": ["pupil.upn", "pupil.sex"],
        "lawful_basis": "UK GDPR Article 6(1)(e), public task",
        "roles": "{council} and {organisation} are controllers.",
        "access": "Only for {purpose}.",
        "retention_months": 6,
        "rights": "{contact for rights} answers by {review date}.",
    },
}
COUNTS: dict[str, Any] = {
    "code": "counts",
    "title": "Counts",
    "terms": {
        "title": "Counts", "audience": "pupil", "kind": "joint-controllers", "form": "aggregate",
        "threshold": 10, "statistics_profile": "round-to-5",
    },
}  # fmt: skip
TEMPLATES = [GENERAL, COUNTS]
START = {
    "reference": "NEW-1",
    "recipient": "fft",
    "purposes": ["performance-analysis"],
    **day_fields("starts", DAY),
    **day_fields("ends", DAY + timedelta(days=365)),
    **day_fields("review_on", DAY + timedelta(days=300)),
    "variable_0": "The data manager",
}


def start(client: Any, code: str = "general", **changes: object) -> Any:
    """Creates an agreement from a template; returns the answer of the page."""
    address = f"/staff/agreements/templates/{code}/new/"
    seen = client.get(address).text.split('name="seen" value="')[1].split('"')[0]
    return client.post(address, {"seen": seen, **START, **changes})


def version_of(reference: str = "NEW-1", number: int = 1) -> AgreementVersion:
    return AgreementVersion.objects.get(agreement__reference=reference, number=number)
