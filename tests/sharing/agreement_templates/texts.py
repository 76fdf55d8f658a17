"""What the templates of the tests say, and agreements that are made from them."""

import copy
import json
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from sharing.models import AgreementVersion
from tests.commands import run
from tests.databases import as_in_a_test
from tests.example import DAY, NOON, POLICY
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


def policy_with_templates() -> dict[str, Any]:
    """Return the policy of the tests with two templates."""
    return {**json.loads(POLICY.read_text()), "templates": copy.deepcopy(TEMPLATES)}


def made() -> None:
    """Store that policy for good."""
    with TemporaryDirectory() as folder, as_in_a_test(NOON - timedelta(minutes=5)):
        path = Path(folder) / "p.json"
        path.write_text(json.dumps(policy_with_templates()))
        assert run("policy", "import", path).code == 0


def start(client: Any, code: str = "general", **changes: object) -> Any:
    """Creates an agreement from a template; returns the answer of the page."""
    address = f"/staff/agreements/templates/{code}/new/"
    seen = client.get(address).text.split('name="seen" value="')[1].split('"')[0]
    return client.post(address, {"seen": seen, **START, **changes})


def version_of(reference: str = "NEW-1", number: int = 1) -> AgreementVersion:
    return AgreementVersion.objects.get(agreement__reference=reference, number=number)
