"""Forms and fields that several apps share."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from privacy_portal.ground.ui.fields import DayField


def choose(form: forms.Form, name: str, choices: Sequence[tuple[str, str]]) -> None:
    """Gives a field of choices its choices."""
    field = form.fields[name]
    assert isinstance(field, forms.ChoiceField)
    field.choices = list(choices)


def note_field(
    label: str, hint: str = "", most: int = 1000, *, missing: str = "Write it down"
) -> forms.CharField:
    return forms.CharField(
        label=label,
        help_text=hint,
        max_length=most,
        error_messages={"required": missing},
        widget=forms.Textarea(attrs={"data-rows": 3}),
    )


class PastForm(forms.Form):
    """The day of something that has happened: from `earliest` to `today`."""

    on = DayField(label="Date", missing="Enter the date", what="The date")

    def __init__(self, *args: Any, today: date, earliest: date | None = None, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.today, self.earliest = today, earliest

    def clean_on(self) -> date:
        on: date = self.cleaned_data["on"]
        if on > self.today:
            raise ValidationError("Date must be today or in the past")
        if self.earliest and on < self.earliest:
            raise ValidationError("Date must be the same as or after the disclosure")
        return on
