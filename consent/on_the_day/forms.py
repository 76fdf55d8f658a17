"""The form that says which pupils a list is of, and of which day."""

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any, Unpack

from django import forms

from consent.age_rules import school_year
from consent.models import Scheme, School
from privacy_portal.ground.days import in_words
from privacy_portal.ground.ui.day_fields import DayField
from privacy_portal.ground.ui.environment import series, year_group
from privacy_portal.ground.ui.fields import SelectField
from privacy_portal.ground.ui.form_arguments import Data, FormOptions
from privacy_portal.ground.ui.forms import choose


class YearGroupForm(forms.Form):
    """A year group of a school, the scheme and the day."""

    scheme = SelectField("What were the pupils asked about?", missing="Select what it is about")
    school = SelectField("School", missing="Select a school")
    year = SelectField("Year group", missing="Select a year group")
    day = DayField(
        "Date", hint="The day on which they were asked", missing="Enter the date", what="Date"
    )

    def __init__(
        self,
        data: Data = None,
        *,
        schemes: Iterable[Scheme],
        schools: Sequence[School],
        years: Sequence[str],
        today: date,
        **more: Unpack[FormOptions],
    ):
        super().__init__(data, **more)
        self._today = today
        choose(self, "scheme", [(scheme.code, _about(scheme)) for scheme in schemes])
        choose(self, "school", [(school.urn, school.name) for school in schools])
        choose(self, "year", [(year, year_group(year)) for year in years])

    def clean_day(self) -> date:
        """Refuse a day to come, and one of an earlier school year: those pupils were asked anew."""
        on: date = self.cleaned_data["day"]
        if on > self._today:
            raise forms.ValidationError("Date must be today or in the past")
        first, _ = school_year(self._today)
        if on < first:
            raise forms.ValidationError(
                f"Date must be {in_words(first)} or later, in this school year"
            )
        return on

    def chosen(self, name: str, among: Iterable[Any]) -> Any:
        """Return the row of `among` that was chosen: its code or URN is the answer."""
        value = self.cleaned_data[name]
        return next(
            row for row in among if value in (getattr(row, "code", ""), getattr(row, "urn", ""))
        )


def _about(scheme: Scheme) -> str:
    """Return what a scheme is about: its purposes, or else its recipient."""
    return series([row.purpose.label for row in scheme.purposes.all()]) or scheme.recipient.name
