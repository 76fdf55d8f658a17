"""The form of a release that is made from the roll."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from django import forms

from notices.models import Item, Purpose
from privacy_portal.ground.ui.environment import year_group
from privacy_portal.ground.ui.fields import DayField
from privacy_portal.ground.ui.forms import choose
from sharing.agreements.choices import agreement_choices
from sharing.models import ReleaseDefinition
from sharing.releases.from_roll import ON_ROLL, Wanted


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
