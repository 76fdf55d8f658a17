"""Form of a file from pupil records."""

from collections.abc import Sequence
from datetime import date
from typing import Unpack

from django import forms

from notices.models import Item, Purpose
from privacy_portal.ground.ui import fields
from privacy_portal.ground.ui.day_fields import DayField
from privacy_portal.ground.ui.environment import year_group
from privacy_portal.ground.ui.form_arguments import Cleaned, Data, FormOptions
from privacy_portal.ground.ui.forms import choose
from sharing.agreements.choices import agreement_choices
from sharing.changes.on_roll import ON_ROLL
from sharing.models import ReleaseDefinition


class DefinitionForm(forms.Form):
    """A file that is created from pupil records, now or on a schedule."""

    name = fields.TextField("Name", missing="Enter a name", max_length=200)
    agreement = fields.SelectField("Agreement", missing="Select an agreement")
    purpose = fields.SelectField("Purpose", missing="Select a purpose")
    items = fields.CheckboxesField(
        "Columns",
        hint="The unique pupil number is always included, but withheld if the agreement does not cover it.",
        missing="Select at least one column",
    )
    schools = fields.CheckboxesField("Schools", hint="Leave blank for all schools.")
    year_groups = fields.CheckboxesField("Year groups", hint="Leave blank for all year groups.")
    youngest = fields.NumberField("Youngest age (optional)", min_value=0, max_value=30, width=3)
    oldest = fields.NumberField(
        "Oldest age (optional)",
        hint="Including pupils of this age.",
        min_value=0,
        max_value=30,
        width=3,
    )
    every = fields.RadiosField(
        "How often?", missing="Select how often", choices=ReleaseDefinition.Every.choices
    )
    next_on = DayField(
        "First run (optional)",
        hint="We create the file early that morning. Leave blank if there is no schedule.",
        what="First run",
    )

    def __init__(
        self,
        data: Data = None,
        *,
        schools: Sequence[tuple[str, str]],
        year_groups: Sequence[str],
        today: date,
        **more: Unpack[FormOptions],
    ):
        super().__init__(data, **more)
        self.today = today
        choose(self, "agreement", agreement_choices())
        purposes = [(purpose.code, purpose.label) for purpose in Purpose.objects.all()]
        choose(self, "purpose", [("", "Select a purpose"), *purposes])
        items = Item.objects.filter(code__in=list(ON_ROLL))
        choose(self, "items", [(item.code, item.label) for item in items])
        choose(self, "schools", schools)
        choose(self, "year_groups", [(group, year_group(group)) for group in year_groups])

    def clean(self) -> dict[str, object]:
        data = self.cleaned_data
        youngest, oldest = data.get("youngest"), data.get("oldest")
        if youngest is not None and oldest is not None and oldest < youngest:
            self.add_error("oldest", "Oldest age must be the same as or more than the youngest age")
        scheduled = data.get("every") not in (None, ReleaseDefinition.Every.NEVER)
        if scheduled and not data.get("next_on"):
            self.add_error("next_on", "Enter the date of the first run")
        elif scheduled and data["next_on"] < self.today:
            self.add_error("next_on", "First run must be today or in the future")
        return data

    def terms(self) -> Cleaned:
        """Return the definition in the form, by the names of its columns."""
        data: Cleaned = dict(self.cleaned_data)
        if data["every"] == ReleaseDefinition.Every.NEVER:
            data["next_on"] = None
        return data
