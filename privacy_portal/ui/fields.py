"""Form fields that Django lacks: a day in three inputs, radios with hints."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from django import forms
from django.core.exceptions import ValidationError


class DayWidget(forms.MultiWidget):
    """Day, month and year, each an input of its own."""

    def __init__(self, attrs: dict[str, Any] | None = None):
        super().__init__([forms.TextInput() for _ in range(3)], attrs)

    def decompress(self, value: Any) -> list[Any]:
        if isinstance(value, date):
            return [value.day, value.month, value.year]
        if isinstance(value, list | tuple):
            return list(value)
        return ["", "", ""]


class DayField(forms.MultiValueField):
    """A day that people write in three parts; the value is a `date`."""

    widget = DayWidget

    def __init__(self, *, missing: str | None, what: str = "Date of birth", **kwargs: Any):
        """`missing` is what is said when nothing is written (None: it may be left out);
        `what` the day is called."""
        self.missing = missing
        self.what = what
        parts = [forms.CharField(required=False, max_length=10) for _ in range(3)]
        kwargs["required"] = False
        super().__init__(fields=parts, require_all_fields=False, **kwargs)

    def clean(self, value: Any) -> date | None:
        written = [str(part or "").strip() for part in (value or ["", "", ""])]
        if not any(written):
            if self.missing is None:
                return None
            raise ValidationError(self.missing)
        for part, name in zip(written, ("day", "month", "year"), strict=True):
            if not part:
                raise ValidationError(f"{self.what} must include a {name}")
        if not all(part.isascii() and part.isdigit() for part in written) or len(written[2]) != 4:
            raise ValidationError("Write the date in numbers, the year with four, like 27 3 2011")
        try:
            return date(int(written[2]), int(written[1]), int(written[0]))
        except ValueError as error:
            raise ValidationError(f"{self.what} must be a real date, like 27 3 2011") from error


class HintedRadioSelect(forms.RadioSelect):
    """Radios of which some have a hint, by value."""

    def __init__(self, *args: Any, hints: Mapping[str, str], **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.hints = hints


class EmailAddressField(forms.EmailField):
    """An e-mail address, with what is said where it is missing or is none."""

    def __init__(self, **kwargs: Any):
        errors = {
            "required": "Enter your email address",
            "invalid": "Enter an email address like name@example.org",
        }
        widget = forms.EmailInput(attrs={"autocomplete": "email", "spellcheck": "false"})
        super().__init__(label="Email address", error_messages=errors, widget=widget, **kwargs)
