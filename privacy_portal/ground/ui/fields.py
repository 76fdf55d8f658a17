"""Form fields that Django lacks: a day in three inputs, radios with hints."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from privacy_portal.ground.files.private_files import is_pdf

MIB = 1024 * 1024
MOST_PDF_BYTES = 10 * MIB


_NAMES = (
    "january", "february", "march", "april", "may", "june", "july", "august", "september",
    "october", "november", "december",
)  # fmt: skip


def month_number(written: str) -> str:
    """The number of a month that is written as a name, like `Mar`, `sept.` or `March`; anything else
    as it is."""
    name = written.lower().removesuffix(".")
    if name == "sept":
        return "9"
    for number, whole in enumerate(_NAMES, 1):
        if name in (whole, whole[:3]):
            return str(number)
    return written


def note_field(
    label: str, *, missing: str = "", help_text: str = "", most: int = 500, rows: int = 3
) -> forms.CharField:
    """Asks for a few sentences, which are needed if there are words for `missing` ones."""
    return forms.CharField(
        label=label,
        help_text=help_text,
        max_length=most,
        required=bool(missing),
        error_messages={"required": missing},
        widget=forms.Textarea(attrs={"data-rows": rows}),
    )


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
        written[1] = month_number(written[1])
        for part, name in zip(written, ("day", "month", "year"), strict=True):
            if not part:
                raise ValidationError(f"{self.what} must include a {name}")
        if not all(part.isascii() and part.isdigit() for part in written) or len(written[2]) != 4:
            raise ValidationError("Enter the date like 27 3 2011, with 4 numbers for the year")
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
            "max_length": "Enter an email address like name@example.org",
        }
        widget = forms.EmailInput(attrs={"autocomplete": "email", "spellcheck": "false"})
        super().__init__(label="Email address", error_messages=errors, widget=widget, **kwargs)


class PdfField(forms.FileField):
    """A PDF to upload; the value is its bytes, or None where it may be left out and is."""

    def __init__(self, *, missing: str | None, **kwargs: Any):
        """`missing` is what is said where none is chosen (None: it may be left out)."""
        errors = {
            "required": missing or "",
            "empty": "The file is empty",
            "invalid": "Choose a PDF",
        }
        super().__init__(
            help_text=f"A PDF of at most {MOST_PDF_BYTES // MIB} MB.",
            required=missing is not None,
            error_messages=errors,
            **kwargs,
        )

    def clean(self, data: Any, initial: Any = None) -> Any:
        upload = super().clean(data, initial)
        if not upload:
            return None
        if (upload.size or 0) > MOST_PDF_BYTES:
            raise ValidationError(
                f"The PDF must be smaller than {MOST_PDF_BYTES // MIB} MB. Scan it in black and white."
            )
        content: bytes = upload.read()
        if not is_pdf(content):
            raise ValidationError("The file must be a whole PDF")
        return content
