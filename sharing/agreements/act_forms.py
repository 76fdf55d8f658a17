"""Forms for what befalls a signed agreement: it is suspended, a suspension is lifted, it ends."""

from collections.abc import Sequence
from typing import Unpack

from django import forms

from privacy_portal.ground.days import in_words
from privacy_portal.ground.ui.day_fields import DayField
from privacy_portal.ground.ui.fields import LinesField, RadiosField
from privacy_portal.ground.ui.form_arguments import Data, Files, FormOptions
from privacy_portal.ground.ui.forms import choose
from sharing.basis_rules import BASES
from sharing.models import Suspension

_NOTE = LinesField("Why?", missing="Say why", max_length=500)


class SuspendForm(forms.Form):
    first = DayField("From which day?", missing="Write the first day", what="The day")
    last = DayField(
        "Up to which day? (optional)",
        hint="The last day on which nothing goes. Leave it empty until you lift the suspension.",
        what="The day",
    )
    note = _NOTE

    def clean(self) -> dict[str, object]:
        data = self.cleaned_data
        if data.get("first") and data.get("last") and data["last"] < data["first"]:
            self.add_error("last", "The last day must not be before the first")
        return data


class LiftForm(forms.Form):
    """From which day a suspension is lifted, and which where there are several (`suspensions`)."""

    suspension = RadiosField("Which suspension?", missing="Choose the suspension", coerce=int)
    from_day = DayField(
        "From which day is it in force again?",
        hint="The day on which the suspension begins, if it was a mistake: then it never held.",
        missing="Write the day",
        what="The day",
    )
    note = _NOTE

    def __init__(
        self,
        data: Data = None,
        files: Files = None,
        *,
        suspensions: Sequence[Suspension],
        **more: Unpack[FormOptions],
    ):
        super().__init__(data, files, **more)
        if len(suspensions) < 2:
            del self.fields["suspension"]
        else:
            choose(self, "suspension", [(str(each.pk), _days_of(each)) for each in suspensions])


class TerminateForm(forms.Form):
    on = DayField(
        "From which day is it over?",
        hint="The first day on which nothing may go.",
        missing="Write the day",
        what="The day",
    )
    note = _NOTE


def _days_of(suspension: Suspension) -> str:
    until = f"to {in_words(suspension.last)}" if suspension.last else "until it is lifted"
    return f"From {in_words(suspension.first)} {until}"


class BasisForm(forms.Form):
    """On which letter of Article 6(1) a version rests."""

    code = RadiosField(
        "Which lawful basis is it?",
        missing="Choose the lawful basis",
        choices=[(code, f"Article {code}: {words.lower()}") for code, (words, _) in BASES.items()],
    )
