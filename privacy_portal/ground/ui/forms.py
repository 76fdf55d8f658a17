"""Forms and fields that several apps share."""

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Required, Unpack

from django import forms
from django.core.exceptions import ValidationError

from privacy_portal.ground.ui.day_fields import DayField
from privacy_portal.ground.ui.form_arguments import Data, FormOptions


def choose(form: forms.Form, name: str, choices: Sequence[tuple[str, str]]) -> None:
    """Set the choices of a field, as pairs of value and text."""
    field = form.fields[name]
    assert isinstance(field, forms.ChoiceField)
    field.choices = list(choices)


def ids(texts: Iterable[str]) -> list[int]:
    """Return the ids of rows among texts that were sent, passing over what can be none."""
    return [int(text) for text in texts if text.isascii() and text.isdigit() and len(text) < 19]


class PastOptions(FormOptions, total=False):
    """What a form about the past takes by name."""

    today: Required[date]
    earliest: date | None


class PastForm(forms.Form):
    """The day of something that has happened: from `earliest` to `today`."""

    on = DayField("Date", missing="Enter the date", what="The date")

    def __init__(
        self,
        data: Data = None,
        *,
        today: date,
        earliest: date | None = None,
        **more: Unpack[FormOptions],
    ):
        super().__init__(data, **more)
        self.today, self.earliest = today, earliest

    def clean_on(self) -> date:
        on: date = self.cleaned_data["on"]
        if on > self.today:
            raise ValidationError("Date must be today or in the past")
        if self.earliest and on < self.earliest:
            raise ValidationError("Date must be the same as or after the disclosure")
        return on
