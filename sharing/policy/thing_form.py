"""What the forms for things of the policy share: the thing as the policy file has it, and the reason."""

import re
from typing import Any, ClassVar, Unpack

from django import forms
from django.core.exceptions import ValidationError
from django.utils.text import slugify

from privacy_portal.ground.ui import fields
from privacy_portal.ground.ui.form_arguments import Data, FormOptions
from sharing.models import PolicyChange
from sharing.policy.presenters import Names
from sharing.policy_rules import ThingPart

Kind = PolicyChange.Kind
NOBODY = ("", "None")
CODE = re.compile(r"^[a-z0-9][a-z0-9_-]*$")
DOTTED_CODE = re.compile(r"^[a-z0-9][a-z0-9._-]*$")


class Lines(fields.LinesField):
    """Texts, one on each line; the value is a list without empty lines."""

    def clean(self, value: Any) -> Any:
        lines = [" ".join(line.split()) for line in str(super().clean(value)).splitlines()]
        return [line for line in lines if line]

    def prepare_value(self, value: Any) -> Any:
        return "\n".join(value) if isinstance(value, list) else value


class Website(fields.TextField):
    """The address of a website, which pages link to: http or https and nothing else."""

    def __init__(self, label: str = "Website", **more: Any):
        super().__init__(
            label, hint="Starts with https:// or http://. Leave blank if there is none.",
            max_length=200, spellcheck=False, **more,
        )  # fmt: skip

    def clean(self, value: Any) -> Any:
        address: str = super().clean(value)
        if address and not re.fullmatch(r"https?://[^\s/]+\S*", address):
            raise ValidationError("Website must start with https:// or http://")
        return address


class ThingForm(forms.Form):
    """A thing of the policy and why it changes. `code` is only asked of a new one, and made from its name
    where it is left blank."""

    kind: ClassVar[str]
    named_by: ClassVar[str] = "name"
    code = fields.TextField(
        "Code",
        hint="A short name for files and addresses, such as mersey-care. It never changes. Leave blank "
        "and we make one from the name.",
        max_length=100,
        width=20,
        spellcheck=False,
    )
    reason = fields.LinesField(
        "Why does this change?",
        hint="The officer who checks it reads this. Do not name pupils or parents.",
        missing="Enter why this changes",
        max_length=1000,
    )

    def __init__(
        self,
        data: Data = None,
        *,
        part: ThingPart | None,
        names: Names,
        again: ThingPart | None = None,
        reason: str = "",
        **more: Unpack[FormOptions],
    ):
        """Begin with the thing as it is, or with an earlier draft and its reason to draft it `again`."""
        begins = again or part
        initial = {} if begins is None else self.initial_of(begins)
        more["initial"] = {**initial, "reason": reason}
        super().__init__(data, **more)
        if part is not None or "code" in self.without:
            del self.fields["code"]
        self.part, self.names = part, names
        self.choose_from(names)
        # The reason stands last, whatever fields a kind has.
        self.order_fields([*(name for name in self.fields if name != "reason"), "reason"])

    without: ClassVar[frozenset[str]] = frozenset()

    def initial_of(self, part: ThingPart) -> dict[str, Any]:
        """Return what the fields show of a thing."""
        return {name: getattr(part, name) for name in type(part).model_fields}

    def choose_from(self, names: Names) -> None:
        """Set the choices of the fields that refer to other things."""

    def clean_code(self) -> str:
        code: str = self.cleaned_data["code"]
        name = str(self.data.get(self.named_by, ""))
        code = code or slugify(name)[:100].strip("-")
        dotted = self.kind in (Kind.ITEM, Kind.PURPOSE)
        if name and not (DOTTED_CODE if dotted else CODE).match(code):
            raise ValidationError(
                "Code must be lower case letters, numbers and hyphens, such as mersey-care"
                + (", or with full stops, such as pupil.height" if dotted else "")
            )
        return code

    def thing(self) -> ThingPart:
        """Return the thing as the form has it, once it is valid."""
        values = {name: value for name, value in self.cleaned_data.items() if name != "reason"}
        if self.part is not None:
            values["code"] = getattr(self.part, "code", "")
        return self.build(values)

    def build(self, values: dict[str, Any]) -> ThingPart:
        """Return the thing with these values."""
        raise NotImplementedError
