"""Forms about incidents, overrides, what becomes of a disclosure, and releases from the roll."""

from django import forms

from privacy_portal.ground.ui.fields import DayField, PdfField
from privacy_portal.ground.ui.forms import PastForm, note_field
from sharing.models import IncidentStep


class LookForm(forms.Form):
    note = forms.CharField(
        label="Note",
        required=False,
        max_length=1000,
        widget=forms.Textarea(attrs={"data-rows": 2}),
    )


class StepForm(PastForm):
    """What was done about an incident."""

    kind = forms.ChoiceField(
        label="What was done?",
        choices=IncidentStep.Kind.choices,
        widget=forms.RadioSelect,
        error_messages={"required": "Choose what was done"},
    )
    note = note_field(
        "What exactly, and why?",
        "For an assessment: who could be harmed, how, and how likely it is.",
        2000,
    )
    field_order = ("kind", "on", "note")


class DestroyedForm(PastForm):
    """That data is destroyed, with the certificate."""

    note = note_field(
        "How was it confirmed, and by whom?", "For example: letter of the data manager", 500
    )
    certificate = PdfField(label="The certificate (optional)", missing=None)


class RestrictForm(forms.Form):
    """That a disclosure is held back from families' lists for a time."""

    until = DayField(
        label="Up to which day is it held back?",
        help_text="Today or earlier ends a restriction.",
        missing="Write the day",
        what="The day",
    )
    ground = note_field("Which law or order says so?", most=500)


class SignOffForm(forms.Form):
    note = forms.CharField(
        label="Note (optional)",
        required=False,
        max_length=500,
        widget=forms.Textarea(attrs={"data-rows": 2}),
    )
