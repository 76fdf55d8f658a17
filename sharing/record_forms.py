"""Forms about incidents, overrides, what becomes of a disclosure, and releases from the roll."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from notices.models import Item, Purpose
from privacy_portal.ui.environment import year_group
from privacy_portal.ui.fields import DayField, PdfField
from sharing.defining import ON_ROLL, Wanted
from sharing.forms import ExtractForm, agreement_choices
from sharing.models import IncidentStep, Override, ReleaseDefinition


def choose(form: forms.Form, name: str, choices: Sequence[tuple[str, str]]) -> None:
    """Gives a field of choices its choices."""
    field = form.fields[name]
    assert isinstance(field, forms.ChoiceField)
    field.choices = list(choices)


def note_field(
    label: str, hint: str = "", most: int = 1000, *, missing: str = "Write it down"
) -> forms.CharField:
    return forms.CharField(
        label=label,
        help_text=hint,
        max_length=most,
        error_messages={"required": missing},
        widget=forms.Textarea(attrs={"data-rows": 3}),
    )


class PastForm(forms.Form):
    """The day of something that has happened: from `earliest` to `today`."""

    on = DayField(label="Date", missing="Enter the date", what="The date")

    def __init__(self, *args: Any, today: date, earliest: date | None = None, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.today, self.earliest = today, earliest

    def clean_on(self) -> date:
        on: date = self.cleaned_data["on"]
        if on > self.today:
            raise ValidationError("Date must be today or in the past")
        if self.earliest and on < self.earliest:
            raise ValidationError("Date must be the same as or after the disclosure")
        return on


class OverrideForm(ExtractForm):
    """An extract that is to go against opt-outs."""

    field_order = ("ground", "legal_ground", "reason", *ExtractForm.field_order)
    ground = forms.ChoiceField(
        label="On what ground?",
        choices=Override.Ground.choices,
        widget=forms.RadioSelect,
        error_messages={"required": "Choose the ground"},
    )
    legal_ground = forms.CharField(
        label="Which law or order?",
        help_text="For example: Children Act 1989, section 47; or the court and number of the order.",
        max_length=500,
        error_messages={"required": "Write which law or order"},
    )
    reason = note_field("Why must it go in spite of the opt-out?")

    def override(self) -> dict[str, str]:
        """The ground and the reason, by name."""
        return {name: self.cleaned_data[name] for name in ("ground", "legal_ground", "reason")}


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


class DefinitionForm(forms.Form):
    """A release that is made from the roll."""

    name = forms.CharField(
        label="Name", max_length=200, error_messages={"required": "Write a name"}
    )
    agreement = forms.ChoiceField(
        label="Agreement", error_messages={"required": "Choose an agreement"}
    )
    purpose = forms.ChoiceField(label="Purpose", error_messages={"required": "Choose a purpose"})
    items = forms.MultipleChoiceField(
        label="Columns",
        help_text="What the roll has. The unique pupil number is always written, and stays if the agreement does not cover it.",
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": "Choose at least one column"},
    )
    schools = forms.MultipleChoiceField(
        label="Only these schools",
        help_text="Choose none for all schools.",
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    year_groups = forms.MultipleChoiceField(
        label="Only these year groups",
        help_text="Choose none for all.",
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    youngest = forms.IntegerField(
        label="From which age? (optional)",
        required=False,
        min_value=0,
        max_value=30,
        widget=forms.TextInput(attrs={"data-width": 3, "inputmode": "numeric"}),
    )
    oldest = forms.IntegerField(
        label="To which age? (optional)",
        help_text="This age included.",
        required=False,
        min_value=0,
        max_value=30,
        widget=forms.TextInput(attrs={"data-width": 3, "inputmode": "numeric"}),
    )
    every = forms.ChoiceField(
        label="How often?", choices=ReleaseDefinition.Every.choices, widget=forms.RadioSelect
    )
    next_on = DayField(
        label="On which day for the first time?",
        help_text="Early in the morning of that day. Leave it empty where it is made by hand only.",
        missing=None,
        what="The day",
    )

    def __init__(
        self,
        *args: Any,
        schools: Sequence[tuple[str, str]],
        year_groups: Sequence[str],
        today: date,
        **kwargs: Any,
    ):
        super().__init__(*args, **kwargs)
        self.today = today
        choose(self, "agreement", agreement_choices())
        purposes = [(each.code, each.label) for each in Purpose.objects.all()]
        choose(self, "purpose", [("", "Choose a purpose"), *purposes])
        items = Item.objects.filter(code__in=list(ON_ROLL))
        choose(self, "items", [(each.code, each.label) for each in items])
        choose(self, "schools", schools)
        choose(self, "year_groups", [(each, year_group(each)) for each in year_groups])

    def clean(self) -> dict[str, Any]:
        data = self.cleaned_data
        youngest, oldest = data.get("youngest"), data.get("oldest")
        if youngest is not None and oldest is not None and oldest < youngest:
            self.add_error("oldest", "The highest age must not be below the lowest")
        scheduled = data.get("every") not in (None, ReleaseDefinition.Every.NEVER)
        if scheduled and not data.get("next_on"):
            self.add_error("next_on", "Write the first day")
        elif scheduled and data["next_on"] < self.today:
            self.add_error("next_on", "The first day must not be in the past")
        return data

    def wanted(self) -> Wanted:
        """What was written."""
        data = dict(self.cleaned_data)
        if data["every"] == ReleaseDefinition.Every.NEVER:
            data["next_on"] = None
        return Wanted(**data)
