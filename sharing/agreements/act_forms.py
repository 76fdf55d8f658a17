"""Forms to suspend or terminate a signed agreement, lift a suspension or confirm the lawful basis."""

from collections.abc import Sequence
from typing import Unpack

from django import forms

from privacy_portal.ground.days import in_words
from privacy_portal.ground.ui.day_fields import DayField
from privacy_portal.ground.ui.fields import LinesField, RadiosField
from privacy_portal.ground.ui.form_arguments import Data, FormOptions
from privacy_portal.ground.ui.forms import choose
from sharing.basis_rules import BASES
from sharing.models import Suspension

_NOTE = LinesField("Reason", missing="Enter a reason", max_length=500)


class SuspendForm(forms.Form):
    first = DayField("Start date", missing="Enter the start date", what="Start date")
    last = DayField(
        "End date (optional)", hint="Leave blank if you do not know yet.", what="End date"
    )
    note = _NOTE

    def clean(self) -> dict[str, object]:
        data = self.cleaned_data
        if data.get("first") and data.get("last") and data["last"] < data["first"]:
            self.add_error("last", "End date must be the same as or after the start date")
        return data


class LiftForm(forms.Form):
    """The day a suspension ends, and which suspension if there are several (`suspensions`)."""

    suspension = RadiosField("Suspension", missing="Select a suspension", coerce=int)
    from_day = DayField(
        "Date the suspension ends",
        hint="If the suspension was a mistake, enter its start date.",
        missing="Enter the date the suspension ends",
        what="Date the suspension ends",
    )
    note = _NOTE

    def __init__(
        self, data: Data = None, *, suspensions: Sequence[Suspension], **more: Unpack[FormOptions]
    ):
        super().__init__(data, **more)
        if len(suspensions) < 2:
            del self.fields["suspension"]
        else:
            choose(
                self,
                "suspension",
                [(str(suspension.pk), _days_of(suspension)) for suspension in suspensions],
            )


class TerminateForm(forms.Form):
    on = DayField(
        "Date of termination",
        hint="You cannot share anything from this date.",
        missing="Enter the date of termination",
        what="Date of termination",
    )
    note = _NOTE


def _days_of(suspension: Suspension) -> str:
    until = f"to {in_words(suspension.last)}" if suspension.last else "until it is lifted"
    return f"From {in_words(suspension.first)} {until}"


class BasisForm(forms.Form):
    """The lawful basis of a version, in Article 6(1)."""

    code = RadiosField(
        "Lawful basis",
        missing="Select the lawful basis",
        choices=[(code, f"Article {code}: {words.lower()}") for code, (words, _) in BASES.items()],
    )
