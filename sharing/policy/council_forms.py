"""Forms for the council’s details, schools, keeping times and deadlines, and texts of letters."""

import re
from typing import Any

from django.core.exceptions import ValidationError

from consent.policy_format import SchoolPart
from notices.policy_file.format import (
    ContactPart,
    ControllerPart,
)
from notices.policy_file.terms_format import LettersPart, NumbersPart
from privacy_portal.ground.terms.known import MOST_LETTERS, NUMBERS, TEXTS
from privacy_portal.ground.terms.rules import fault_in_text
from privacy_portal.ground.ui import fields
from privacy_portal.ground.ui.day_fields import DayField
from privacy_portal.ground.ui.environment import lower_first
from privacy_portal.ground.ui.forms import choose
from sharing.models import PolicyChange
from sharing.policy.presenters import Names
from sharing.policy.thing_form import NOBODY, ThingForm, Website
from sharing.policy_rules import ThingPart

Kind = PolicyChange.Kind


class CouncilForm(ThingForm):
    """Who the council is and whom to write to."""

    kind = Kind.COUNCIL
    without = frozenset({"code"})
    name = fields.TextField("Name of the council", missing="Enter the name", max_length=200)
    service = fields.TextField("Service", hint="Such as Children’s Services", max_length=200)
    la_number = fields.TextField(
        "Local authority number", hint="3 digits, as the Department for Education has it",
        missing="Enter the local authority number", max_length=3, width=3,
    )  # fmt: skip
    website = Website()
    dpo_role = fields.TextField(
        "Data protection officer: job title", missing="Enter the job title", max_length=200
    )
    dpo_address = fields.TextField("Data protection officer: address", max_length=500)
    dpo_phone = fields.PhoneField("Data protection officer: phone", max_length=50)
    dpo_email = fields.EmailField("Data protection officer: email address")
    enquiries_role = fields.TextField(
        "Enquiries: job title or team", missing="Enter the job title or team", max_length=200
    )
    enquiries_address = fields.TextField("Enquiries: address", max_length=500)
    enquiries_phone = fields.PhoneField("Enquiries: phone", max_length=50)
    enquiries_email = fields.EmailField("Enquiries: email address")

    def initial_of(self, part: ThingPart) -> dict[str, Any]:
        values = super().initial_of(part)
        for who in ("dpo", "enquiries"):
            contact = values.pop(who)
            values |= {f"{who}_{name}": getattr(contact, name) for name in ContactPart.model_fields}
        return values

    def clean_la_number(self) -> str:
        number: str = self.cleaned_data["la_number"]
        if not re.fullmatch(r"[0-9]{3}", number):
            raise ValidationError("Local authority number must be 3 digits, such as 359")
        return number

    def build(self, values: dict[str, Any]) -> ThingPart:
        contacts: dict[str, Any] = {
            who: ContactPart(**{name: values[f"{who}_{name}"] for name in ContactPart.model_fields})
            for who in ("dpo", "enquiries")
        }
        plain: dict[str, Any] = {
            name: values[name] for name in ("name", "service", "la_number", "website")
        }
        return ControllerPart(**plain, **contacts)


class SchoolForm(ThingForm):
    """A school, when it opened and closed, and who took over its pupils."""

    kind = Kind.SCHOOL
    without = frozenset({"code"})
    urn = fields.TextField(
        "URN", hint="6 digits, as Get Information about Schools has it. It never changes.",
        missing="Enter the URN", max_length=6, width=10, spellcheck=False,
    )  # fmt: skip
    name = fields.TextField("Name", missing="Enter the name", max_length=200)
    laestab = fields.TextField(
        "LAESTAB", hint="7 digits: the number of the authority and of the school. Leave blank if it has none.",
        max_length=7, width=10, spellcheck=False,
    )  # fmt: skip
    opened = DayField(
        "First day it was open", hint="Leave blank if you do not know", what="First day"
    )
    closed = DayField(
        "Day it closes", hint="The first day on which it is closed. Leave blank if it stays open.",
        what="Day it closes",
    )  # fmt: skip
    successor = fields.SelectField("School that takes over its pupils", required=False)
    pupil_referral_unit = fields.CheckboxField("It is a pupil referral unit", required=False)

    def choose_from(self, names: Names) -> None:
        own = getattr(self.part, "urn", None)
        if own is not None:
            del self.fields["urn"]
        others = [(urn, f"{name} ({urn})") for urn, name in names.schools.items() if urn != own]
        choose(self, "successor", [NOBODY, *others])

    def clean_urn(self) -> str:
        return _digits(self.cleaned_data["urn"], 6, "URN")

    def clean_laestab(self) -> str:
        laestab: str = self.cleaned_data["laestab"]
        return _digits(laestab, 7, "LAESTAB") if laestab else ""

    def clean(self) -> dict[str, Any]:
        data = self.cleaned_data
        opened, closed = data.get("opened"), data.get("closed")
        if opened and closed and opened >= closed:
            self.add_error("closed", "Day it closes must be after the first day it was open")
        return data

    def build(self, values: dict[str, Any]) -> ThingPart:
        values.pop("code", None)
        if self.part is not None:
            values["urn"] = getattr(self.part, "urn", "")
        for name in ("laestab", "successor"):
            values[name] = values[name] or None
        return SchoolPart(**values)


class NumbersForm(ThingForm):
    """Keeping times and deadlines, each within its limits."""

    kind = Kind.NUMBERS
    without = frozenset({"code"})

    def initial_of(self, part: ThingPart) -> dict[str, Any]:
        assert isinstance(part, NumbersPart)
        return dict(part.numbers)

    def choose_from(self, names: Names) -> None:
        for name, known in NUMBERS.items():
            label = f"{known.label} ({known.unit})"
            error = f"“{label}” must be a number from {known.least} to {known.most}"
            self.fields[name] = fields.NumberField(
                label,
                hint=f"From {known.least} to {known.most}, usually {known.usual}. {known.why}",
                missing=error, errors=dict.fromkeys(["invalid", "min_value", "max_value"], error),
                min_value=known.least, max_value=known.most, width=3,
            )  # fmt: skip

    def build(self, values: dict[str, Any]) -> ThingPart:
        return NumbersPart(numbers={name: values[name] for name in NUMBERS})


class LettersForm(ThingForm):
    """Texts of letters, each with the words that families need."""

    kind = Kind.LETTERS
    without = frozenset({"code"})

    def initial_of(self, part: ThingPart) -> dict[str, Any]:
        assert isinstance(part, LettersPart)
        return dict(part.texts)

    def choose_from(self, names: Names) -> None:
        for name, known in TEXTS.items():
            needed = f" It must have: {', '.join(known.needed)}." if known.needed else ""
            hint = f"{known.about.rstrip('.')}.{needed}"
            if known.may_be_empty:
                hint += " Leave blank for none."
            self.fields[name] = fields.LinesField(
                known.label, hint=hint,
                missing="" if known.may_be_empty else f"Enter a text for “{known.label}”",
                max_length=MOST_LETTERS, rows=4,
            )  # fmt: skip

    def clean(self) -> dict[str, Any]:
        data = self.cleaned_data
        for name in TEXTS:
            if name in data:
                data[name] = " ".join(data[name].split())
                if data[name] and (fault := fault_in_text(name, data[name])):
                    self.add_error(name, f"“{TEXTS[name].label}”: {lower_first(fault)}")
        return data

    def build(self, values: dict[str, Any]) -> ThingPart:
        return LettersPart(texts={name: values[name] for name in TEXTS})


def _digits(text: str, length: int, what: str) -> str:
    if not (text.isascii() and text.isdigit() and len(text) == length):
        raise ValidationError(f"{what} must be {length} digits")
    return text
