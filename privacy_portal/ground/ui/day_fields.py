"""The form field of a day, in three inputs."""

from datetime import date
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.forms.boundfield import BoundField

from privacy_portal.ground.days import IN_YEARS, YEARS
from privacy_portal.ground.ui.fields import Component, Params

_NAMES = (
    "january", "february", "march", "april", "may", "june", "july", "august", "september",
    "october", "november", "december",
)  # fmt: skip


def month_number(text: str) -> str:
    """Return the number of a month written as `Mar`, `sept.` or `March`; any other text as it
    is."""
    name = text.lower().removesuffix(".")
    if name == "sept":
        return "9"
    for number, month in enumerate(_NAMES, 1):
        if name in (month, month[:3]):
            return str(number)
    return text


class DayWidget(forms.MultiWidget):
    """Day, month and year, each an input of its own."""

    def __init__(self, attrs: dict[str, Any] | None = None):
        super().__init__([forms.TextInput() for _ in range(3)], attrs)

    def decompress(self, value: object) -> list[object]:
        if isinstance(value, date):
            return [value.day, value.month, value.year]
        if isinstance(value, list | tuple):
            return list(value)
        return ["", "", ""]


class DayField(Component, forms.MultiValueField):
    """A day that people write in three parts; the value is a `date`.

    `what` is what errors call the day; with `birthday` a browser may fill in the person's own.
    """

    macro = "day"
    widget = DayWidget

    def __init__(
        self,
        label: str | None = None,
        *,
        missing: str = "",
        what: str = "Date of birth",
        birthday: bool = False,
        required: bool | None = None,
        **more: Any,
    ):
        self.missing, self.what, self.birthday = missing, what, birthday
        parts = [forms.CharField(required=False, max_length=10) for _ in range(3)]
        super().__init__(label, required=False, fields=parts, require_all_fields=False, **more)

    def clean(self, value: Any) -> date | None:
        parts = [str(part or "").strip() for part in (value or ["", "", ""])]
        if not any(parts):
            if self.missing:
                raise ValidationError(self.missing)
            return None
        parts[1] = month_number(parts[1])
        for part, name in zip(parts, ("day", "month", "year"), strict=True):
            if not part:
                raise ValidationError(f"{self.what} must include a {name}")
        in_figures = all(part.isascii() and part.isdigit() for part in parts)
        if not in_figures or len(parts[2]) != 4 or parts[2].startswith("00"):
            raise ValidationError(
                f"{self.what} must be a date like 27 3 2011, with 4 numbers for the year"
            )
        try:
            on = date(int(parts[2]), int(parts[1]), int(parts[0]))
        except (ValueError, OverflowError) as error:
            raise ValidationError(f"{self.what} must be a real date") from error
        if on.year not in YEARS:
            raise ValidationError(f"{self.what} must be in a year {IN_YEARS}")
        return on

    def params(self, bound: BoundField) -> Params:
        items: list[Params] = []
        values = DayWidget().decompress(bound.value())
        for place, (part, value) in enumerate(zip(("Day", "Month", "Year"), values, strict=True)):
            wrong = " govuk-input--error" if bound.errors else ""
            item: Params = {
                "id": f"{bound.auto_id}_{place}",
                "name": f"{bound.html_name}_{place}",
                "label": part,
                "value": value,
                "classes": f"govuk-input--width-{4 if part == 'Year' else 2}{wrong}",
            }
            if self.birthday:
                item["autocomplete"] = f"bday-{part.lower()}"
            items.append(item)
        return super().params(bound) | {
            "id": bound.auto_id,
            "namePrefix": "",
            "fieldset": self.fieldset_params(bound),
            "items": items,
        }
