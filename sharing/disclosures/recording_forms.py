"""Forms to record afterwards what was shared or received without a release."""

import re
from collections.abc import Sequence
from typing import Unpack
from uuid import uuid4

from django.core.exceptions import ValidationError

from consent import upn
from notices.models import Item, Purpose, Recipient
from privacy_portal.ground.ui import fields
from privacy_portal.ground.ui.day_fields import DayField
from privacy_portal.ground.ui.form_arguments import Cleaned, Data
from privacy_portal.ground.ui.forms import PastForm, PastOptions, choose
from sharing.agreements.choices import agreement_choices
from sharing.models import Disclosure

Means = Disclosure.Means
BY_HAND = [
    (means.value, means.label)
    for means in (Means.PHONE, Means.LETTER, Means.EMAIL, Means.IN_PERSON, Means.DOWNLOAD)
]
MOST_PEOPLE = 1_000
AGREED, NOT_AGREED = "agreed", "not-agreed"
_BETWEEN = re.compile(r"[\n,;]+")


class RecordForm(PastForm):
    """Information that was shared or received, by any method."""

    submission = fields.HiddenIdField(initial=uuid4)
    agreement = fields.SelectField("Agreement")
    recipient = fields.SelectField("Organisation")
    purpose = fields.SelectField("Purpose", missing="Select a purpose")
    means = fields.RadiosField(
        "How was it shared?", missing="Select how it was shared", choices=BY_HAND
    )
    items = fields.CheckboxesField(
        "What information was shared?", missing="Select what information was shared"
    )
    request_reference = fields.TextField("Organisation’s reference (optional)", max_length=200)
    note = fields.LinesField(
        "What happened?",
        hint="Include who asked, who replied and why.",
        missing="Enter what happened",
        max_length=1000,
    )

    field_order: Sequence[str] = (
        "submission", "agreement", "recipient", "purpose", "on", "means", "items", "upns",
        "unnamed", "keeping", "destroy_by", "note", "request_reference",
    )  # fmt: skip

    def __init__(self, data: Data = None, **more: Unpack[PastOptions]):
        super().__init__(data, **more)
        choose(self, "agreement", [("", "No agreement"), *agreement_choices()[1:]])
        recipients = [(recipient.code, recipient.name) for recipient in Recipient.objects.all()]
        choose(self, "recipient", [("", "Same as the agreement"), *recipients])
        purposes = [(purpose.code, purpose.label) for purpose in Purpose.objects.all()]
        choose(self, "purpose", [("", "Select a purpose"), *purposes])
        choose(self, "items", [(item.code, item.label) for item in Item.objects.all()])


class GivenForm(RecordForm):
    """Information that was shared by phone, letter or email."""

    upns = fields.LinesField(
        "Pupils", hint="Enter unique pupil numbers, one on each line.", rows=4, spellcheck=False
    )
    unnamed = fields.NumberField(
        "People whose unique pupil number you do not know (optional)",
        hint="Enter how many. We cannot check the rules for them, so we will open an incident.",
        min_value=0,
        max_value=MOST_PEOPLE,
        width=5,
        errors={"invalid": "Enter a whole number, like 2"},
    )
    keeping = fields.RadiosField(
        "When must they delete it?",
        hint="Only answer this if there is no agreement.",
        choices=[(AGREED, "By an agreed date"), (NOT_AGREED, "No date was agreed")],
    )
    destroy_by = DayField("Agreed date", hint="For example, 31 8 2027", what="Agreed date")

    def clean_upns(self) -> list[str]:
        numbers: dict[str, None] = {}
        faults = []
        for place, line in enumerate(self.cleaned_data["upns"].split("\n"), 1):
            for number in _numbers(line):
                numbers[number] = None
                if not upn.is_valid(number):
                    faults.append(_fault(place, number))
        if faults:
            raise ValidationError(faults)
        return list(numbers)

    def clean(self) -> dict[str, object]:
        data = self.cleaned_data
        if not data.get("agreement") and not data.get("recipient"):
            self.add_error("recipient", "Select an organisation if there was no agreement")
        self._clean_people(data)
        self._clean_destroying(data)
        return data

    def _clean_people(self, data: Cleaned) -> None:
        if "upns" not in data or "unnamed" not in data:
            return
        people = len(data["upns"]) + (data["unnamed"] or 0)
        if people == 0:
            message = (
                "Enter at least one unique pupil number, or how many people there are whose "
                "number you do not know"
            )
            self.add_error("upns", message)
        elif people > MOST_PEOPLE:
            self.add_error("upns", f"You can record up to {MOST_PEOPLE:,} people at a time")

    def _clean_destroying(self, data: Cleaned) -> None:
        if data.get("agreement"):
            data["destroy_by"] = None  # the agreement says when
            return
        keeping, day = data.get("keeping"), data.get("destroy_by")
        if not keeping:
            message = "Select whether a date was agreed, as there was no agreement"
            self.add_error("keeping", message)
        elif keeping == NOT_AGREED:
            data["destroy_by"] = None
        elif "destroy_by" in data and day is None:
            self.add_error("destroy_by", "Enter the agreed date")
        elif day and data.get("on") and day < data["on"]:
            message = "Agreed date must be the same as or after the date it was shared"
            self.add_error("destroy_by", message)


class ReceivedForm(RecordForm):
    """Information that an organisation sent to the council."""

    note = fields.LinesField(
        "What was received?",
        hint="For example, average height and weight by school.",
        missing="Enter what was received",
        max_length=1000,
    )

    def __init__(self, data: Data = None, **more: Unpack[PastOptions]):
        super().__init__(data, **more)
        del self.fields["recipient"]
        self.fields["means"].label = "How was it received?"
        self.fields["items"].label = "What information was received? (optional)"
        self.fields["items"].required = False
        self.fields["agreement"].required = True
        self.fields["agreement"].error_messages["required"] = "Select an agreement"
        choose(self, "agreement", agreement_choices())


def _numbers(line: str) -> list[str]:
    """Return the numbers on a line, in their normal form; a number may contain spaces."""
    numbers = []
    for part in _BETWEEN.split(line):
        whole = upn.normal(part)
        numbers += (
            [whole] if upn.is_valid(whole) else [upn.normal(number) for number in part.split()]
        )
    return numbers


def _fault(line: int, number: str) -> str:
    quoted = number if len(number) <= 20 else f"{number[:20]}…"
    why = (
        "the check letter or a digit is wrong"
        if re.fullmatch(r"[A-Z]\d{11}[\dA-Z]", number)
        else "it must have a letter, 11 digits, and a digit or letter"
    )
    return f"Line {line}: “{quoted}” is not a unique pupil number: {why}"
