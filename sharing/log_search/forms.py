"""The filters of the log."""

from typing import Any

from django import forms
from django.http import QueryDict

from privacy_portal.ground.accounts.models import User
from privacy_portal.ground.days import end_of, start_of
from privacy_portal.ground.log.searching import NOBODY, Wanted
from privacy_portal.ground.ui.day_fields import DayField
from privacy_portal.ground.ui.fields import SelectField, TextField
from sharing.log_search.words import EVENTS, GROUPS

# Before the name of a group where a whole group is chosen.
GROUP = "group:"


class LogFilter(forms.Form):
    """Filter by event, by who did it, by pupil or member of staff, and by day."""

    event = SelectField("Event", required=False)
    by = SelectField("Done by", required=False)
    pupil = TextField(
        "About a pupil",
        hint="Name, date of birth or UPN",
        required=False,
        max_length=100,
        spellcheck=False,
    )
    person = SelectField("About a member of staff", required=False)
    first = DayField("From", what="From")
    last = DayField("To", what="To")

    def __init__(self, data: QueryDict):
        super().__init__(data)
        staff = [(str(user.reference), user.name) for user in User.objects.order_by("name", "pk")]
        for name, choices in (
            ("event", [("", "All"), *_events()]),
            ("by", [("", "All"), (NOBODY, "No member of staff"), *staff]),
            ("person", [("", "All"), *staff]),
        ):
            field = self.fields[name]
            assert isinstance(field, SelectField)
            field.choices = choices

    def clean(self) -> dict[str, Any]:
        """Refuse days in the wrong order."""
        days = self.cleaned_data.get("first"), self.cleaned_data.get("last")
        if days[0] and days[1] and days[0] > days[1]:
            self.add_error("last", "To must be the same as or after From")
        return self.cleaned_data

    def wanted(self, pupil: tuple[str, ...]) -> Wanted:
        """Return what a filter without errors asks for; `pupil` are the references of its pupil."""
        event, person = self.cleaned_data["event"], self.cleaned_data["person"]
        first, last = self.cleaned_data["first"], self.cleaned_data["last"]
        events = GROUPS[event.removeprefix(GROUP)] if event.startswith(GROUP) else (event,)
        return Wanted(
            events=events if event else (),
            by=self.cleaned_data["by"],
            about=pupil,
            person=person,
            first=start_of(first) if first else None,
            last=end_of(last) if last else None,
        )


def _events() -> list[tuple[str, str]]:
    """Return each group as a whole, followed by its events."""
    return [
        choice
        for group, kinds in GROUPS.items()
        for choice in (
            (f"{GROUP}{group}", f"{group}: all"),
            *((kind, f"{group}: {EVENTS[kind].text}") for kind in kinds),
        )
    ]
