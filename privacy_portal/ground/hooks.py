"""Hooks: what an app needs to ask of an app above it, which it must not import."""

from collections.abc import Callable
from typing import Any, Generic, ParamSpec, TypeVar

from django.core import checks

P = ParamSpec("P")
R = TypeVar("R")
_hooks: list["Hook[Any, Any]"] = []


class Hook(Generic[P, R]):
    """A function of which the app that calls it knows only the `question` it answers.

    An app above hands it in with `answer_with` when it starts; a system check fails until then.
    """

    def __init__(self, question: str):
        self.question = question
        self.answer: Callable[P, R] | None = None
        _hooks.append(self)

    def answer_with(self, function: Callable[P, R]) -> None:
        """Set the function that answers."""
        self.answer = function

    def __call__(self, *arguments: P.args, **options: P.kwargs) -> R:
        """Ask the question. Raises LookupError where no app answers it."""
        if self.answer is None:
            raise LookupError(f"No app answers: {self.question}")
        return self.answer(*arguments, **options)


@checks.register()
def hooks_are_answered(**_: object) -> list[checks.CheckMessage]:
    """Refuse to start while no app answers a hook."""
    return [
        checks.Error(
            f"No app answers: {hook.question}",
            hint="Hand a function in with `answer_with` in the ready() of the app that knows.",
            id="ground.E001",
        )
        for hook in _hooks
        if hook.answer is None
    ]
