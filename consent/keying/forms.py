"""Forms to record a paper form or phone call on one page, made for speed, and to check it."""

from datetime import date
from typing import Any, Unpack

from django import forms
from django.core.exceptions import ValidationError

from consent.day_rules import MISDATED, Misdated, misdated
from consent.errors import DoubtfulError
from consent.keying import scans
from consent.models import Decision, Matter, Pupil
from consent.rules import Choice, DecidedBy
from privacy_portal.ground.days import IN_YEARS, YEARS, read_day, start_of
from privacy_portal.ground.names import person_key
from privacy_portal.ground.ui.fields import (
    EmailAddressField,
    FileField,
    HiddenIdField,
    LinesField,
    RadiosField,
    SelectField,
    TextField,
)
from privacy_portal.ground.ui.form_arguments import Cleaned, Data, FormOptions
from privacy_portal.ground.ui.forms import choose

# The columns of a decision that a form has under the same names.
COPIED = ("by", "grounds", "relation", "email", "channel", "signed_on", "submission")


class QuickDayField(TextField):
    """A date in one box, typed as 5/11/2026 or 2026-11-05; the value is a `date`."""

    def __init__(self, label: str, **more: Any):
        super().__init__(
            label, max_length=20, width=10, inputmode="text", autocomplete="off", **more
        )

    def clean(self, value: object) -> date | None:
        text = super().clean(value)
        if not text:
            return None
        day = read_day(".".join(text.split()) if " " in text else text)
        if day is None:
            raise ValidationError("Enter a date like 5/11/2026")
        if day.year not in YEARS:
            raise ValidationError(f"Enter a date with a year {IN_YEARS}")
        return day


class KeyingForm(forms.Form):
    """Who chose what about which pupil, when it was signed and when it was received."""

    submission = HiddenIdField(required=True)
    q = TextField(
        "Pupil",
        hint="Enter part of the name. Add the date of birth to narrow it down",
        missing="Enter the pupil’s name",
        max_length=100,
        autocomplete="off",
        spellcheck=False,
    )
    pupil = forms.CharField(required=False)
    all_the_same = forms.CharField(required=False, max_length=200)
    scheme = SelectField(
        "What is the form or call about?", missing="Select what the form or call is about"
    )
    choice = RadiosField(
        "What does the person want?",
        missing="Select what the person wants",
        choices=[(Choice.OPT_OUT.value, "Opt out or object"), (Choice.OPT_IN.value, "Opt back in")],
    )
    by = RadiosField(
        "Who made the choice?",
        missing="Select who made the choice",
        choices=[
            (DecidedBy.PARENT.value, "A parent or carer"),
            (DecidedBy.PUPIL.value, "The pupil"),
        ],
    )
    person_name = TextField(
        "Name of the person who made the choice",
        hint="As written on the form. Leave blank if it was the pupil",
        max_length=200,
        autocomplete="off",
        spellcheck=False,
    )
    relation = TextField(
        "Relationship to the pupil (optional)", max_length=100, width=20, autocomplete="off"
    )
    email = EmailAddressField(
        "Email address of the person who made the choice (optional)", required=False
    )
    channel = RadiosField(
        "How did you receive it?",
        missing="Select how you received it",
        choices=[
            (Decision.Channel.PAPER.value, "On paper"),
            (Decision.Channel.PHONE.value, "By phone"),
        ],
    )
    signed_on = QuickDayField("Date signed", hint="The date on the form")
    received_on = QuickDayField(
        "Date received",
        hint="When the school or council received it. It applies from this date",
        missing="Enter the date it was received",
    )
    grounds = LinesField(
        "Reasons for objecting (optional)",
        hint="As written on the form. Leave blank for an opt-out",
        max_length=2000,
        rows=2,
    )
    scan = FileField(
        "Scan (optional)", hint="PDF, JPG or PNG, smaller than 10MB", allow_empty_file=True
    )

    doubt: DoubtfulError | None = None

    def __init__(
        self, data: Data = None, *, matters: list[Matter], today: date, **more: Unpack[FormOptions]
    ):
        super().__init__(data, **more)
        self.matters = {matter.key: matter for matter in matters}
        self.today = today
        topics = [(matter.key, matter.title) for matter in matters]
        # The first of several is not chosen for them: a choice about another would be missed.
        choose(self, "scheme", topics if len(topics) == 1 else [("", "Select"), *topics])

    def clean_scan(self) -> scans.CheckedScan | None:
        upload = self.cleaned_data["scan"]
        if not upload:
            return None
        try:
            return scans.check(upload)
        except scans.BadScanError as error:
            raise ValidationError(str(error)) from error

    def clean(self) -> dict[str, object]:
        data = self.cleaned_data
        if data.get("by") == DecidedBy.PARENT and not data.get("person_name"):
            self.add_error("person_name", "Enter the name of the parent or carer")
        self._clean_matter(data)
        self._clean_channel(data)
        self._clean_days(data)
        return data

    def _clean_matter(self, data: Cleaned) -> None:
        matter = self.matters.get(data.get("scheme", ""))
        if matter is None:
            return
        if matter.scheme is None and data.get("choice") == Choice.OPT_IN:
            message = "You cannot withdraw an objection here. Ask a council officer"
            self.add_error("choice", message)
        if matter.scheme is not None and data.get("grounds"):
            self.add_error("grounds", "Leave this blank. An opt-out does not need a reason")

    def _clean_channel(self, data: Cleaned) -> None:
        phone = data.get("channel") == Decision.Channel.PHONE
        if phone and data.get("choice") == Choice.OPT_IN:
            self.add_error(
                "channel",
                "You cannot record an opt-in from a phone call. The person must fill in a paper form",
            )
        if phone:
            data["signed_on"] = None
        elif "signed_on" in data and data["signed_on"] is None:
            self.add_error("signed_on", "Enter the date the form was signed")

    def _clean_days(self, data: Cleaned) -> None:
        signed, received = data.get("signed_on"), data.get("received_on")
        if not received:
            return
        for why in misdated(received, signed, self.today):
            late = why is Misdated.RECEIVED_LATER
            self.add_error("received_on" if late else "signed_on", MISDATED[why])

    def decision(self, pupil: Pupil) -> Decision:
        """Return the decision about the pupil, not stored yet, once the form is valid."""
        data = self.cleaned_data
        matter = self.matters[data["scheme"]]
        choice = Choice.OPT_IN if data["choice"] == Choice.OPT_IN else matter.saying_no
        name = data["person_name"] or f"{pupil.forename} {pupil.surname}"
        return Decision(
            pupil=pupil,
            scheme=matter.scheme,
            recipient=None if matter.scheme else matter.recipient,
            purpose=matter.purpose,
            choice=choice.value,
            person_name=name,
            person_key=person_key(name),
            received_at=start_of(data["received_on"]),
            **{column: data[column] for column in COPIED},
        )


class LookForm(forms.Form):
    """Whether a second member of staff finds that the record matches the paper form or phone call."""

    agrees = RadiosField(
        "Does the record match the paper form or phone call?",
        missing="Select yes if the record matches the paper form or phone call",
        choices=[("yes", "Yes"), ("no", "No")],
    )
    note = LinesField(
        "What is different?", hint="A council officer will correct it", max_length=500
    )

    def clean(self) -> dict[str, object]:
        data = self.cleaned_data
        if data.get("agrees") == "no" and not data.get("note"):
            self.add_error("note", "Enter what is different")
        return data
