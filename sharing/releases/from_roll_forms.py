"""The form of a release that is made from the roll."""

from collections.abc import Sequence
from datetime import date
from typing import Unpack

from django import forms

from notices.models import Item, Purpose
from privacy_portal.ground.ui.day_fields import DayField
from privacy_portal.ground.ui.environment import year_group
from privacy_portal.ground.ui.fields import (
    CheckboxesField,
    NumberField,
    RadiosField,
    SelectField,
    TextField,
)
from privacy_portal.ground.ui.form_arguments import Data, Files, FormOptions
from privacy_portal.ground.ui.forms import choose
from sharing.agreements.choices import agreement_choices
from sharing.models import ReleaseDefinition
from sharing.releases.from_roll import ON_ROLL, Wanted


class DefinitionForm(forms.Form):
    """A release that is made from the roll."""

    name = TextField("Name", missing="Write a name", max_length=200)
    agreement = SelectField("Agreement", missing="Choose an agreement")
    purpose = SelectField("Purpose", missing="Choose a purpose")
    items = CheckboxesField(
        "Columns",
        hint="What the roll has. The unique pupil number is always written, and stays if the agreement does not cover it.",
        missing="Choose at least one column",
    )
    schools = CheckboxesField("Only these schools", hint="Choose none for all schools.")
    year_groups = CheckboxesField("Only these year groups", hint="Choose none for all.")
    youngest = NumberField("From which age? (optional)", min_value=0, max_value=30, width=3)
    oldest = NumberField(
        "To which age? (optional)", hint="This age included.", min_value=0, max_value=30, width=3
    )
    every = RadiosField("How often?", choices=ReleaseDefinition.Every.choices, required=True)
    next_on = DayField(
        "On which day for the first time?",
        hint="Early in the morning of that day. Leave it empty where it is made by hand only.",
        what="The day",
    )

    def __init__(
        self,
        data: Data = None,
        files: Files = None,
        *,
        schools: Sequence[tuple[str, str]],
        year_groups: Sequence[str],
        today: date,
        **more: Unpack[FormOptions],
    ):
        super().__init__(data, files, **more)
        self.today = today
        choose(self, "agreement", agreement_choices())
        purposes = [(each.code, each.label) for each in Purpose.objects.all()]
        choose(self, "purpose", [("", "Choose a purpose"), *purposes])
        items = Item.objects.filter(code__in=list(ON_ROLL))
        choose(self, "items", [(each.code, each.label) for each in items])
        choose(self, "schools", schools)
        choose(self, "year_groups", [(each, year_group(each)) for each in year_groups])

    def clean(self) -> dict[str, object]:
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
