"""Hooks: what an app needs to ask of an app above it, which it must not import."""

from typing import Any, Generic, TypeVar

from django.core import checks

F = TypeVar("F")
_hooks: list["Hook[Any]"] = []


class Hook(Generic[F]):
    """A function that an app above hands in with `come_from` when it starts.

    `question` says what it answers. A system check fails while nothing is handed in.
    """

    def __init__(self, question: str):
        self.question = question
        self.function: F | None = None
        _hooks.append(self)

    def come_from(self, function: F) -> None:
        """Set the function that answers."""
        self.function = function

    @property
    def ask(self) -> F:
        """Return the function that answers. Raises LookupError where no app handed one in."""
        if self.function is None:
            raise LookupError(f"No app answers: {self.question}")
        return self.function


@checks.register()
def hooks_are_answered(**_: object) -> list[checks.CheckMessage]:
    """Refuse to start while a hook has no function."""
    return [
        checks.Error(
            f"No app answers: {hook.question}",
            hint="Hand a function in with `come_from` in the ready() of the app that knows.",
            id="ground.E001",
        )
        for hook in _hooks
        if hook.function is None
    ]
