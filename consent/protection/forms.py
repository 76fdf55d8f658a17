"""Forms to protect a pupil, to end that, to record a death, and to say why one looks."""

from datetime import date
from typing import Unpack

from django import forms

from consent.models import ProtectionReason
from consent.protection.recording import FAULTS
from consent.protection_rules import day_fault
from privacy_portal.ground.ui.day_fields import DayField
from privacy_portal.ground.ui.fields import LinesField, RadiosField
from privacy_portal.ground.ui.form_arguments import Data, FormOptions


class _DayOf(forms.Form):
    """A form with a day that may be neither after `today` nor before the pupil was `born`."""

    day_field = ""

    def __init__(self, data: Data = None, *, born: date, today: date, **more: Unpack[FormOptions]):
        super().__init__(data, **more)
        self.born, self.today = born, today

    def clean(self) -> None:
        day = self.cleaned_data.get(self.day_field)
        if day and (fault := day_fault(day, self.born, self.today)):
            self.add_error(self.day_field, FAULTS[fault].rstrip("."))


class ProtectForm(_DayOf):
    """Why a pupil is protected, and since when."""

    day_field = "since"

    reason = RadiosField(
        "Why must this pupil not be found?",
        missing="Select why this pupil must not be found",
        choices=ProtectionReason.choices,
    )
    since = DayField(
        "Since when? (optional)",
        hint="For example, 4 1 2026. Leave it blank if you do not know.",
        what="Date",
    )


class EndForm(forms.Form):
    """Why protection can end."""

    reason = LinesField(
        "Why can the protection end?",
        hint="For example, the court order has ended. Do not write an address here.",
        missing="Enter why the protection can end",
        max_length=500,
    )


class AnswerForm(forms.Form):
    """A second officer's answer to a proposal to end protection."""

    answer = RadiosField(
        "Should the protection end?",
        missing="Select yes if the protection should end",
        choices=[("yes", "Yes, end it"), ("no", "No, keep it")],
    )
    note = LinesField(
        "Why not?", hint="Only if you answer no", required=False, max_length=500, rows=3
    )

    def clean(self) -> None:
        if self.cleaned_data.get("answer") == "no" and not self.cleaned_data.get("note"):
            self.add_error("note", "Enter why the protection should stay")


class DeathForm(_DayOf):
    """The day on which a pupil died."""

    day_field = "died_on"

    died_on = DayField(
        "Date of death",
        hint="For example, 4 1 2026",
        what="Date",
        missing="Enter the date of death",
    )


class WithdrawForm(forms.Form):
    """Why a death was recorded by mistake."""

    reason = LinesField(
        "Why was it a mistake?", missing="Enter why it was a mistake", max_length=500, rows=3
    )


class LookForm(forms.Form):
    """Why an officer must see where a protected pupil lives."""

    reason = LinesField(
        "Why do you need to see these details?",
        hint="Your reason is kept. The officer who leads on protected records is told.",
        missing="Enter why you need to see these details",
        max_length=500,
        rows=3,
    )
