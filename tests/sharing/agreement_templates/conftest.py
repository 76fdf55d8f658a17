"""Templates of agreements in the policy of the tests, and officers at their pages."""

import json
from typing import Any

import pytest

from tests.commands import run
from tests.sharing.agreement_templates.texts import policy_with_templates


@pytest.fixture
def document() -> dict[str, Any]:
    """The policy of the tests with two templates."""
    return policy_with_templates()


@pytest.fixture
def imports(write: Any) -> Any:
    """Imports a policy document; returns what the command said."""

    def _imports(document: dict[str, Any]) -> Any:
        return run("policy", "import", write(json.dumps(document), "p.json"))

    return _imports


@pytest.fixture
def templates(policy: None, document: Any) -> dict[str, Any]:
    """The templates, which this test's database was made with; returns the document."""
    return document


@pytest.fixture
def desk(client: Any, officer: Any) -> Any:
    client.force_login(officer)
    return client
