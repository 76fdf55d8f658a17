"""Forms about incidents, overrides, what becomes of a disclosure, and releases from the roll."""

from django import forms

from privacy_portal.ground.ui.day_fields import DayField
from privacy_portal.ground.ui.fields import LinesField, PdfField, RadiosField
from privacy_portal.ground.ui.forms import PastForm
from sharing.models import IncidentStep


class LookForm(forms.Form):
    note = LinesField("Note", max_length=1000, rows=2)


class StepForm(PastForm):
    """What was done about an incident."""

    kind = RadiosField(
        "What was done?", missing="Choose what was done", choices=IncidentStep.Kind.choices
    )
    note = LinesField(
        "What exactly, and why?",
        hint="For an assessment: who could be harmed, how, and how likely it is.",
        missing="Write it down",
        max_length=2000,
    )
    field_order = ("kind", "on", "note")


class DestroyedForm(PastForm):
    """That data is destroyed, with the certificate."""

    note = LinesField(
        "How was it confirmed, and by whom?",
        hint="For example: letter of the data manager",
        missing="Write it down",
        max_length=500,
    )
    certificate = PdfField("The certificate (optional)")


class RestrictForm(forms.Form):
    """That a disclosure is held back from families' lists for a time."""

    until = DayField(
        "Up to which day is it held back?",
        hint="Today or earlier ends a restriction.",
        missing="Write the day",
        what="The day",
    )
    ground = LinesField("Which law or order says so?", missing="Write it down", max_length=500)


class SignOffForm(forms.Form):
    note = LinesField("Note (optional)", max_length=500, rows=2)
