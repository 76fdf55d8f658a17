"""Public forms that ask one question a page, and keep the answers until they are sent."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from django import forms
from django.contrib.sessions.backends.base import SessionBase


class Question(forms.Form):
    """One page: `values` are what is kept of it until all is sent."""

    title = ""

    @property
    def heading(self) -> str:
        """The page's main heading; empty where the one question is the heading."""
        return ""

    def __init__(self, *args: Any, answers: Mapping[str, Any], **kwargs: Any):
        self.answers = answers
        super().__init__(*args, **kwargs)

    @classmethod
    def applies(cls, answers: Mapping[str, Any]) -> bool:
        """Whether it is asked at all, after what was answered before."""
        return True

    def values(self) -> dict[str, Any]:
        """The cleaned answers as JSON can hold them."""
        return {
            name: value.isoformat() if isinstance(value, date) else value
            for name, value in self.cleaned_data.items()
        }


class Asked:
    """The answers given so far, page by page, in the session of the person who gives them."""

    def __init__(self, session: SessionBase, key: str, questions: Mapping[str, type[Question]]):
        self.session, self.key, self.questions = session, key, questions
        self.answers: dict[str, Any] = session.get(key, {})

    def names(self) -> list[str]:
        """The pages that are asked, in order."""
        return [name for name, each in self.questions.items() if each.applies(self.answers)]

    def open(self) -> str | None:
        """The first page without an answer; None when all are answered."""
        return next((name for name in self.names() if name not in self.answers), None)

    def before(self, name: str) -> str | None:
        """The page before this one; None for the first."""
        names = self.names()
        at = names.index(name)
        return names[at - 1] if at else None

    def skips(self, name: str) -> bool:
        """Whether somebody comes to a page before an earlier one is answered."""
        first, names = self.open(), self.names()
        return first is not None and names.index(name) > names.index(first)

    def keep(self, name: str, values: Mapping[str, Any]) -> None:
        """Keeps the answers of a page until they are sent."""
        self.answers = {**self.answers, name: dict(values)}
        self.session[self.key] = self.answers

    def initial(self, name: str) -> dict[str, Any]:
        """What was answered on a page before, days as days."""
        known = dict(self.answers.get(name, {}))
        return {
            field: date.fromisoformat(value) if value and field == "born" else value
            for field, value in known.items()
        }

    def drop(self) -> None:
        """Forgets all answers."""
        self.session.pop(self.key, None)
        self.answers = {}
