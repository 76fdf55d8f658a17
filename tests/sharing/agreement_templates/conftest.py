"""Templates of agreements in the policy of the tests, and officers at their pages."""

import copy
import json
from typing import Any

import pytest

from tests.commands import run
from tests.example import POLICY
from tests.sharing.agreement_templates.texts import TEMPLATES


@pytest.fixture
def document() -> dict[str, Any]:
    """The policy of the tests with two templates."""
    return {**json.loads(POLICY.read_text()), "templates": copy.deepcopy(TEMPLATES)}


@pytest.fixture
def imports(write: Any) -> Any:
    """Imports a policy document; returns what the command said."""

    def _imports(document: dict[str, Any]) -> Any:
        return run("policy", "import", write(json.dumps(document), "p.json"))

    return _imports


@pytest.fixture
def templates(policy: None, document: Any, imports: Any) -> dict[str, Any]:
    """The templates, imported; returns the document."""
    assert imports(document).code == 0
    return document


@pytest.fixture
def desk(client: Any, officer: Any) -> Any:
    client.force_login(officer)
    return client
