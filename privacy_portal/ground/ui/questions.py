"""Public forms that ask one question a page, and keep the answers until they are sent."""

from collections.abc import Mapping
from datetime import date
from typing import Any, Required, Unpack
from uuid import UUID, uuid4

from django import forms
from django.contrib.sessions.backends.base import SessionBase

from privacy_portal.ground.ui.day_fields import DayField
from privacy_portal.ground.ui.form_arguments import Cleaned, Data, FormOptions

# What was answered on each page, by the names of the page and the field.
Answers = Mapping[str, Any]


class QuestionOptions(FormOptions, total=False):
    """What every page of questions takes by name."""

    answers: Required[Answers]


class Question(forms.Form):
    """One page: `values` are what is kept of it until all is sent."""

    @property
    def heading(self) -> str:
        """Return the page's main heading; empty where the one question is the heading."""
        return ""

    @property
    def title(self) -> str:
        """Return the page's title, in the words of its main heading."""
        return self.heading or str(next(iter(self.fields.values())).label)

    def __init__(self, data: Data = None, *, answers: Answers, **more: Unpack[FormOptions]):
        self.answers = answers
        super().__init__(data, **more)
        for name, field in self.fields.items():
            if isinstance(field, DayField) and (text := self.initial.get(name)):
                self.initial[name] = date.fromisoformat(text)

    @classmethod
    def applies(cls, answers: Answers) -> bool:
        """Return whether it is asked at all, after what was answered before."""
        return True

    def values(self) -> Cleaned:
        """Return the cleaned answers as JSON can hold them."""
        return {
            name: value.isoformat() if isinstance(value, date) else value
            for name, value in self.cleaned_data.items()
        }


class Journey:
    """The answers given so far, page by page, in the session of the person who gives them.

    `submission` names them all: whoever presses “Send” twice sends once.
    """

    def __init__(self, session: SessionBase, key: str, questions: Mapping[str, type[Question]]):
        self.session, self.key, self.questions = session, key, questions
        self.answers: Cleaned = session.get(key, {})

    @property
    def submission(self) -> UUID:
        """Return the same for as long as these answers are kept. Raises KeyError before the first."""
        return UUID(self.answers["submission"])

    def names(self) -> list[str]:
        """Return the pages that are asked, in order."""
        return [name for name, question in self.questions.items() if question.applies(self.answers)]

    def open(self) -> str | None:
        """Return the first page without an answer; None when all are answered."""
        return next((name for name in self.names() if name not in self.answers), None)

    def before(self, name: str) -> str | None:
        """Return the page before this one; None for the first."""
        names = self.names()
        at = names.index(name)
        return names[at - 1] if at else None

    def skips(self, name: str) -> bool:
        """Return whether somebody comes to a page before an earlier one is answered."""
        first, names = self.open(), self.names()
        return first is not None and names.index(name) > names.index(first)

    def keep(self, name: str, values: Cleaned) -> None:
        """Keep the answers of a page until they are sent."""
        self.answers = {"submission": str(uuid4()), **self.answers, name: dict(values)}
        self.session[self.key] = self.answers

    def drop(self) -> None:
        """Forget all answers."""
        self.session.pop(self.key, None)
        self.answers = {}
