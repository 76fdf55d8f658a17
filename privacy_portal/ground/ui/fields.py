"""Form fields, one for each GOV.UK component: each knows the macro and parameters it is shown with."""

import re
from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Any, ClassVar

from django import forms
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.forms.boundfield import BoundField

from privacy_portal.ground.files.private_files import is_pdf
from privacy_portal.ground.ui.scanning import check_for_viruses

MIB = 1024 * 1024
_BREAKS = re.compile(r"[\t\n\v\f\r\x85\u2028\u2029]+")
_OTHER_BREAKS = re.compile(r"[\v\f\x85\u2028\u2029]")
_UNSEEN = re.compile(r"[\x01-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ufdd0-\ufdef\ufffe\uffff]")
_UNSEEN_IN_LINES = re.compile(_UNSEEN.pattern.replace(r"\x01-\x1f", r"\x01-\x08\x0e-\x1f"))
# What shows as nothing where it stands alone, though within a word of some languages it means something.
_NOTHING = re.compile(
    r"[\s\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u2060-\u206f\u2800\u3164"
    r"\ufe00-\ufe0f\ufeff\uffa0\U000e0000-\U000e0fff]*"
)
MOST_PDF_BYTES = 10 * MIB

Params = dict[str, object]

# What forms say where a field has no words of its own, by Django's code of the error.
ERRORS = {
    "required": "Enter an answer",
    "invalid_choice": "Select an answer from the list",
    "max_value": "{} must be %(limit_value)s or fewer",
    "min_value": "{} must be %(limit_value)s or more",
}
TOO_LONG = "{} must be {:,} characters or fewer"
# A label that is longer, or a question, is not repeated in an error.
LONGEST_NAME = 60


LOOKS = {"width", "inputmode", "rows", "autocomplete", "spellcheck", "language", "hints"}


def _name_in_errors(label: str | None) -> str:
    """Return what errors call the answer to a field: by its label where that is a name."""
    name = (label or "").removesuffix(" (optional)")
    return name if name and "?" not in name and len(name) <= LONGEST_NAME else "Your answer"


class Component(forms.Field):
    """A field that is shown with the GOV.UK macro `macro`.

    `missing` is the error where nothing was answered; a field without one may be left empty, unless
    `required` says otherwise. `errors` are other errors by Django's code. With `heading` the label
    is the main heading of the page. Every other attribute of the class can be given by name too.
    """

    macro: ClassVar[str]
    # Of one line: 3, 5, 10 or 20 characters wide; what a phone's keyboard goes by.
    width = 0
    inputmode = ""
    # Of several lines.
    rows = 3
    autocomplete = ""
    spellcheck = True
    # The `lang` and `dir` of an answer that is not in English.
    language: Mapping[str, str] | None = None
    # Of radios and checkboxes: hints by the value of the answer.
    hints: Mapping[str, str] = MappingProxyType({})

    def __init__(
        self,
        label: str | None = None,
        *,
        hint: str = "",
        missing: str = "",
        required: bool | None = None,
        errors: Mapping[str, str] | None = None,
        heading: bool = False,
        **more: Any,
    ):
        self.heading = heading
        for look in LOOKS & more.keys():
            setattr(self, look, more.pop(look))
        name = _name_in_errors(label)
        words = {code: error.format(name) for code, error in ERRORS.items()}
        words["max_length"] = TOO_LONG.format(name, more.get("max_length") or 0)
        words |= errors or {}
        if missing:
            words["required"] = missing
        required = bool(missing) if required is None else required
        super().__init__(
            label=label, help_text=hint, required=required, error_messages=words, **more
        )

    def params(self, bound: BoundField) -> Params:
        """Return the parameters of the macro."""
        params: Params = {"id": bound.id_for_label or bound.auto_id, "name": bound.html_name}
        if bound.help_text:
            params["hint"] = {"text": str(bound.help_text)}
        if bound.errors:
            params["errorMessage"] = {"text": " ".join(map(str, bound.errors))}
        return params

    def label_params(self, bound: BoundField, kind: str = "govuk-label") -> Params:
        """Return the label of a single input."""
        return {
            "text": str(bound.label),
            "classes": f"{kind}--{'l' if self.heading else 's'}",
            "isPageHeading": self.heading,
        }

    def fieldset_params(self, bound: BoundField) -> Params:
        """Return the legend around several inputs."""
        return {"legend": self.label_params(bound, "govuk-fieldset__legend")}


class Typed(Component):
    """An answer that people type."""

    def params(self, bound: BoundField) -> Params:
        value = bound.value()
        params = super().params(bound)
        params |= {
            "label": self.label_params(bound),
            "value": "" if value is None else str(value),
        }
        if self.autocomplete:
            params["autocomplete"] = self.autocomplete
        if not self.spellcheck:
            params["spellcheck"] = False
        if self.language:
            params["attributes"] = self.language
        return params


class _Input(Typed):
    """An answer on one line."""

    macro = "input"
    type = "text"

    def params(self, bound: BoundField) -> Params:
        params = super().params(bound) | {"type": self.type}
        if self.inputmode:
            params["inputmode"] = self.inputmode
        if self.width:
            params["classes"] = f"govuk-input--width-{self.width}"
        return params


class _Seen(forms.CharField):
    """A text of which what nobody can see or read is dropped: control characters, marks that turn the
    direction of the text round, and non-characters. One that shows as nothing is no answer."""

    lines: ClassVar[bool] = False

    def to_python(self, value: Any) -> Any:
        text = super().to_python(value)
        if not isinstance(text, str):
            return text
        if self.lines:
            text = _UNSEEN_IN_LINES.sub("", _OTHER_BREAKS.sub("\n", text)).strip()
        else:
            text = _UNSEEN.sub("", _BREAKS.sub(" ", text)).strip()
        return self.empty_value if _NOTHING.fullmatch(text) else text


class TextField(_Input, _Seen):
    """A line of text. Line breaks and tabs in it become spaces."""


class NumberField(_Input, forms.IntegerField):
    """A whole number, typed as text, as GOV.UK advises."""

    widget = forms.TextInput
    inputmode = "numeric"


class PhoneField(_Input, _Seen):
    """A phone number, in any form."""

    type = "tel"
    width = 20
    autocomplete = "tel"


class EmailField(_Input, forms.EmailField):
    """The email address of somebody else than the person who types it."""

    type = "email"

    def __init__(self, label: str | None = None, **more: Any):
        invalid = "Enter an email address in the correct format, like name@example.com"
        super().__init__(label, errors={"invalid": invalid, "max_length": invalid}, **more)


class EmailAddressField(EmailField):
    """The email address of the person who types it."""

    def __init__(self, label: str = "Email address", *, required: bool = True, **more: Any):
        super().__init__(
            label,
            missing="Enter your email address",
            required=required,
            autocomplete="email",
            spellcheck=False,
            **more,
        )


class LinesField(Typed, _Seen):
    """A text of several lines."""

    lines = True
    macro = "textarea"
    widget = forms.Textarea

    def params(self, bound: BoundField) -> Params:
        return super().params(bound) | {"rows": self.rows}


class _Hidden(Component):
    macro = "hidden"
    widget = forms.HiddenInput

    def params(self, bound: BoundField) -> Params:
        return super().params(bound) | {"value": bound.value() or ""}


class HiddenField(_Hidden, forms.CharField):
    """A value that the page sends along unseen."""


class HiddenIdField(_Hidden, forms.UUIDField):
    """A UUID that the page sends along unseen."""


def _choices(bound: BoundField) -> Iterable[tuple[object, object]]:
    widget = bound.field.widget
    return widget.choices if isinstance(widget, forms.widgets.ChoiceWidget) else []


class Menu(Component):
    """One of several answers, from a menu."""

    macro = "select"

    def params(self, bound: BoundField) -> Params:
        value = str(bound.value() or "")
        return super().params(bound) | {
            "label": self.label_params(bound),
            "items": [
                {"value": key, "text": str(text), "selected": value == str(key)}
                for key, text in _choices(bound)
            ],
        }


class SelectField(Menu, forms.ChoiceField):
    """One of several answers, from a menu, by its value."""


class RadiosField(Component, forms.TypedChoiceField):
    """One of several answers."""

    macro = "radios"
    widget = forms.RadioSelect

    def params(self, bound: BoundField) -> Params:
        value = str(bound.value() or "")
        items: list[Params] = []
        for key, text in _choices(bound):
            item: Params = {"value": key, "text": str(text), "checked": value == str(key)}
            if hint := self.hints.get(str(key)):
                item["hint"] = {"text": hint}
            items.append(item)
        return super().params(bound) | {
            "idPrefix": bound.auto_id,
            "fieldset": self.fieldset_params(bound),
            "items": items,
        }


class CheckboxesField(Component, forms.MultipleChoiceField):
    """Any number of several answers."""

    macro = "checkboxes"
    widget = forms.CheckboxSelectMultiple

    def params(self, bound: BoundField) -> Params:
        selection = {str(value) for value in bound.value() or []}
        items: list[Params] = []
        for key, text in _choices(bound):
            item: Params = {"value": key, "text": str(text), "checked": str(key) in selection}
            if hint := self.hints.get(str(key)):
                item["hint"] = {"text": hint}
            items.append(item)
        return super().params(bound) | {
            "idPrefix": bound.auto_id,
            "fieldset": self.fieldset_params(bound),
            "classes": "govuk-checkboxes--small",
            "items": items,
        }


class CheckboxField(Component, forms.BooleanField):
    """A sentence to tick."""

    macro = "checkboxes"

    def params(self, bound: BoundField) -> Params:
        params = super().params(bound)
        item = {"value": "on", "text": str(bound.label), "checked": bool(bound.value())}
        return params | {"idPrefix": params["id"], "items": [item]}


class FileField(Component, forms.FileField):
    """A file to upload; one with a virus is refused."""

    macro = "file"

    def __init__(self, label: str | None = None, *, wrong_kind: str = "Select a file", **more: Any):
        errors = {"empty": "The selected file is empty", "invalid": wrong_kind}
        super().__init__(label, errors=errors, **more)

    def params(self, bound: BoundField) -> Params:
        return super().params(bound) | {"label": self.label_params(bound)}

    def clean(self, data: Any, initial: Any = None) -> Any:
        upload = super().clean(data, initial)
        if isinstance(upload, UploadedFile):
            check_for_viruses(upload)
        return upload


class PdfField(FileField):
    """A PDF to upload; the value is its bytes, or None where it may be left out and is."""

    def __init__(self, label: str | None = None, **more: Any):
        hint = f"Must be a PDF smaller than {MOST_PDF_BYTES // MIB}MB"
        super().__init__(label, hint=hint, wrong_kind="Select a PDF", **more)

    def clean(self, data: Any, initial: Any = None) -> Any:
        upload = super().clean(data, initial)
        if not upload:
            return None
        if (upload.size or 0) > MOST_PDF_BYTES:
            raise ValidationError(
                f"The selected file must be smaller than {MOST_PDF_BYTES // MIB}MB. "
                "Try scanning it in black and white"
            )
        content: bytes = upload.read()
        if not is_pdf(content):
            raise ValidationError("The selected file must be a PDF")
        return content
