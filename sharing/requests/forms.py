"""Forms of a request for data, one for each of its parts: a part can be filled in later."""

import re
from collections.abc import Mapping
from datetime import datetime, time
from typing import Any, ClassVar, Unpack
from uuid import uuid4

from django import forms
from django.core.exceptions import ValidationError

from notices.models import Item, Purpose, Recipient
from privacy_portal.ground import days
from privacy_portal.ground.ui import fields
from privacy_portal.ground.ui.day_fields import DayField
from privacy_portal.ground.ui.form_arguments import Data, FormOptions
from privacy_portal.ground.ui.forms import choose
from sharing.models import RequestDetails

Part = RequestDetails.Part
_TIME = re.compile(r"(\d{1,2})(?:[:.](\d{2}))?\s*([ap]m)?", re.IGNORECASE | re.ASCII)


class PartForm(forms.Form):
    """A part of a request: `answers` are the columns of its details."""

    part: ClassVar[RequestDetails.Part]
    # The number of the details that the officer saw.
    seen = fields.HiddenField(required=False)

    def answers(self) -> dict[str, Any]:
        """Return the answers by the names of the details' columns."""
        return {name: value for name, value in self.cleaned_data.items() if name not in HIDDEN}


HIDDEN = ("seen", "submission")


class AskerForm(PartForm):
    """Who asks, how and when, and how urgent it is."""

    part = Part.ASKER
    channel = fields.RadiosField(
        "How did they ask?",
        missing="Select how they asked",
        choices=RequestDetails.Channel.choices,
    )
    received_on = DayField(
        "When did we receive it?",
        hint="For example, 4 1 2027",
        missing="Enter the date we received it",
        what="Date we received it",
    )
    received_time = fields.TextField(
        "Time (optional)", hint="For example, 3:40pm", max_length=10, width=5, autocomplete="off"
    )
    recipient = fields.SelectField("Organisation that asks")
    organisation_name = fields.TextField(
        "Name of the organisation, if it is not in the list",
        hint="For example, a police force or another council.",
        max_length=200,
        autocomplete="off",
    )
    asker_name = fields.TextField(
        "Name of the person who asks (optional for now)", max_length=200, autocomplete="off"
    )
    asker_role = fields.TextField("Their role (optional)", max_length=200, autocomplete="off")
    contact = fields.LinesField(
        "How can we reach them? (optional for now)",
        hint="An email address, phone number or postal address.",
        max_length=500,
        rows=2,
    )
    their_reference = fields.TextField(
        "Their reference (optional)", max_length=200, width=20, autocomplete="off"
    )
    urgent = fields.CheckboxField(
        "It is urgent: someone may come to harm, or a court has set a date"
    )
    urgent_why = fields.TextField("Why is it urgent?", max_length=500, autocomplete="off")

    def __init__(self, data: Data = None, **more: Unpack[FormOptions]):
        super().__init__(data, **more)
        known = [(row.code, row.name) for row in Recipient.objects.all()]
        choose(self, "recipient", [("", "Not in this list"), *known])

    def clean_urgent(self) -> bool:
        return bool(self.cleaned_data["urgent"])

    def clean_received_time(self) -> time | None:
        text = self.cleaned_data["received_time"].strip()
        if not text:
            return None
        match = _TIME.fullmatch(text)
        hour, minute = (int(match[1]), int(match[2] or 0)) if match else (99, 0)
        half = (match[3] or "").lower() if match else ""
        if half and not 1 <= hour <= 12:
            hour = 99
        elif half:
            hour = hour % 12 + (12 if half == "pm" else 0)
        if hour > 23 or minute > 59:
            raise ValidationError("Enter a time like 3:40pm or 15:40")
        return time(hour, minute)

    def clean(self) -> dict[str, object]:
        data = self.cleaned_data
        if data.get("recipient") and data.get("organisation_name"):
            self.add_error("organisation_name", "Select an organisation or enter a name, not both")
        elif not data.get("recipient") and not data.get("organisation_name"):
            self.add_error("recipient", "Select the organisation, or enter its name")
        if data.get("urgent") and not data.get("urgent_why"):
            self.add_error("urgent_why", "Enter why it is urgent")
        on = data.get("received_on")
        if on and "received_time" in data and self._received(on, data["received_time"]) is None:
            self.add_error("received_on", "Date and time must be in the past")
        return data

    def _received(self, on: Any, at: time | None) -> datetime | None:
        """Return when it was received; without a time it is the earliest that it can have been."""
        received = datetime.combine(on, at, days.LONDON) if at else days.start_of(on)
        return received if received <= days.now() else None

    def answers(self) -> dict[str, Any]:
        answers = super().answers()
        on, at = answers.pop("received_on"), answers.pop("received_time")
        code = answers.pop("recipient")
        recipient = Recipient.objects.filter(code=code).first() if code else None
        received = self._received(on, at)
        return answers | {"recipient": recipient, "received_at": received}


class NewForm(AskerForm):
    """The first few things known of a request, as while someone is on the phone."""

    submission = fields.HiddenIdField(initial=uuid4)


class CheckForm(PartForm):
    """How it was checked that the asker is who they say."""

    part = Part.CHECK
    asker_check = fields.RadiosField(
        "How did you check who asks?",
        hint="Nothing can be shared before this is done. Never use the number they gave you.",
        missing="Select how you checked",
        choices=RequestDetails.AskerCheck.choices,
    )
    check_note = fields.TextField(
        "Details",
        hint="For example, which number you called and who answered.",
        missing="Enter details of the check",
        max_length=500,
        autocomplete="off",
    )


class InformationForm(PartForm):
    """What is asked for."""

    part = Part.INFORMATION
    items = fields.CheckboxesField("What information do they ask for?")
    words = fields.LinesField(
        "Anything else they ask for (optional)",
        hint="What kind of information it is. Do not enter the information itself.",
        max_length=1000,
    )
    special_category = fields.CheckboxField(
        "It includes special category data, such as health, ethnicity or religion"
    )
    condition = fields.TextField(
        "Condition for special category data",
        hint="For example, Article 9(2)(g) and Schedule 1, paragraph 18 (safeguarding).",
        max_length=500,
        autocomplete="off",
    )

    def __init__(self, data: Data = None, **more: Unpack[FormOptions]):
        super().__init__(data, **more)
        choose(self, "items", [(item.code, item.label) for item in Item.objects.all()])

    def clean_special_category(self) -> bool:
        return bool(self.cleaned_data["special_category"])

    def clean(self) -> dict[str, object]:
        data = self.cleaned_data
        if not data.get("items") and not data.get("words"):
            self.add_error("items", "Select what they ask for, or describe it")
        return data


class PurposeForm(PartForm):
    """What it is needed for, by which legal power, and why so much."""

    part = Part.PURPOSE
    purpose = fields.SelectField("Purpose")
    purpose_words = fields.LinesField(
        "What do they need it for?",
        hint="In their words. Families may see this, unless the law or a court order forbids it.",
        missing="Enter what they need it for",
        max_length=1000,
    )
    power = fields.RadiosField(
        "Legal power", missing="Select the legal power", choices=RequestDetails.Power.choices
    )
    power_words = fields.TextField(
        "Section of the Act, number of the order, or other details",
        hint="You must name the Act if you selected another Act or regulation.",
        max_length=500,
        autocomplete="off",
    )
    necessity = fields.LinesField(
        "Why is this much necessary?",
        hint="Could they do with less, or get it from the family?",
        missing="Enter why this much is necessary",
        max_length=1000,
    )
    dpia = fields.TextField(
        "Data protection impact assessment (optional)",
        hint="Its reference, if there is one.",
        max_length=200,
        width=20,
        autocomplete="off",
    )

    def __init__(self, data: Data = None, **more: Unpack[FormOptions]):
        super().__init__(data, **more)
        known = [(row.code, row.label) for row in Purpose.objects.all()]
        choose(self, "purpose", [("", "None of our purposes"), *known])

    def clean(self) -> dict[str, object]:
        data = self.cleaned_data
        if data.get("power") == RequestDetails.Power.OTHER_ACT and not data.get("power_words"):
            self.add_error("power_words", "Enter the name of the Act and its section")
        return data

    def answers(self) -> dict[str, Any]:
        answers = super().answers()
        code = answers["purpose"]
        purpose = Purpose.objects.filter(code=code).first() if code else None
        return answers | {"purpose": purpose}


class ViewForm(PartForm):
    """What the data protection officer says."""

    part = Part.VIEW
    view = fields.RadiosField(
        "What does the data protection officer say?",
        missing="Select what the data protection officer says",
        choices=RequestDetails.View.choices,
    )
    view_by = fields.TextField("Who gave the view?", max_length=200, autocomplete="off")
    view_on = DayField("Date of the view", hint="For example, 4 1 2027", what="Date of the view")
    view_words = fields.LinesField(
        "Their reasons, or why you do not need their view", max_length=1000
    )

    def clean_view_on(self) -> object:
        on = self.cleaned_data["view_on"]
        if on and on > days.today():
            raise ValidationError("Date must be today or in the past")
        return on

    def clean(self) -> dict[str, object]:
        data = self.cleaned_data
        view = data.get("view")
        if view in (RequestDetails.View.AGREES, RequestDetails.View.DISAGREES):
            if not data.get("view_by"):
                self.add_error("view_by", "Enter who gave the view")
            if "view_on" in data and not data["view_on"]:
                self.add_error("view_on", "Enter the date of the view")
        if view == RequestDetails.View.NOT_NEEDED and not data.get("view_words"):
            self.add_error("view_words", "Enter why you do not need their view")
        return data


class PeopleForm(PartForm):
    """Who it is about, besides the pupils who are found on another part of the page."""

    part = Part.PEOPLE
    others = fields.NumberField(
        "People who are not in our pupil records (optional)",
        hint="Enter how many. We cannot check the rules for them, so a second officer must agree.",
        min_value=0,
        max_value=1000,
        width=5,
        errors={"invalid": "Enter a whole number, like 2"},
    )
    others_words = fields.TextField("Who are they? (optional)", max_length=500, autocomplete="off")

    def clean_others(self) -> int:
        return self.cleaned_data["others"] or 0


FORMS: Mapping[str, type[PartForm]] = {
    form.part: form for form in (AskerForm, CheckForm, InformationForm, PurposeForm, ViewForm)
}


def initial_of(details: RequestDetails, part: str) -> dict[str, object]:
    """Return what the form of a part is filled in with."""
    initial: dict[str, object] = {
        name: getattr(details, name)
        for name in FORMS.get(part, PeopleForm).base_fields
        if hasattr(details, name)
    }
    initial["seen"] = details.number
    if part == Part.ASKER:
        at = details.received_at.astimezone(days.LONDON)
        initial["recipient"] = details.recipient.code if details.recipient else ""
        initial["received_on"] = at.date()
        initial["received_time"] = f"{at:%H:%M}" if at.time() != time.min else ""
    if part == Part.PURPOSE:
        initial["purpose"] = details.purpose.code if details.purpose else ""
    return initial
