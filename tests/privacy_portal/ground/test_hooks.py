"""What an app asks of one above it, and jobs that are named: what is missing is found at the start."""

import pytest

from privacy_portal.ground import hooks
from privacy_portal.ground.jobs import defer


@pytest.fixture
def hook(monkeypatch):
    """A hook beside those of the portal, for one test."""
    monkeypatch.setattr(hooks, "_hooks", [*hooks._hooks])
    return hooks.Hook[[], int]("which pupils are on the moon")


def test_every_hook_of_the_portal_has_its_function():
    assert hooks.hooks_are_answered() == []


def test_a_hook_without_a_function_fails_the_check(hook):
    [error] = hooks.hooks_are_answered()
    assert error.id == "ground.E001"
    assert "which pupils are on the moon" in error.msg
    with pytest.raises(LookupError, match="on the moon"):
        hook()


def test_a_hook_gives_the_answer_of_its_function(hook):
    hook.answer_with(lambda: 2)
    assert hooks.hooks_are_answered() == []
    assert hook() == 2


def test_a_name_that_no_task_has_is_refused():
    with pytest.raises(KeyError, match="moon"):
        defer("consent.match_moon", {"request": 1})
