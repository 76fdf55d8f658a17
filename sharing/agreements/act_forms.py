"""Forms for what befalls a signed agreement: it is suspended, a suspension is lifted, it ends."""

from collections.abc import Sequence
from typing import Any

from django import forms

from privacy_portal.ground.days import in_words
from privacy_portal.ground.ui.fields import DayField
from sharing.basis_rules import BASES
from sharing.models import Suspension

_NOTE = forms.CharField(
    label="Why?",
    max_length=500,
    error_messages={"required": "Say why"},
    widget=forms.Textarea(attrs={"data-rows": 3}),
)


class SuspendForm(forms.Form):
    first = DayField(label="From which day?", missing="Write the first day", what="The day")
    last = DayField(
        label="Up to which day? (optional)",
        help_text="The last day on which nothing goes. Leave it empty until you lift the suspension.",
        missing=None,
        what="The day",
    )
    note = _NOTE

    def clean(self) -> dict[str, Any]:
        data = self.cleaned_data
        if data.get("first") and data.get("last") and data["last"] < data["first"]:
            self.add_error("last", "The last day must not be before the first")
        return data


class LiftForm(forms.Form):
    """From which day a suspension is lifted, and which where there are several (`suspensions`)."""

    suspension = forms.TypedChoiceField(
        label="Which suspension?",
        coerce=int,
        widget=forms.RadioSelect,
        error_messages={"required": "Choose the suspension"},
    )
    from_day = DayField(
        label="From which day is it in force again?",
        help_text="The day on which the suspension begins, if it was a mistake: then it never held.",
        missing="Write the day",
        what="The day",
    )
    note = _NOTE

    def __init__(self, *args: Any, suspensions: Sequence[Suspension], **kwargs: Any):
        super().__init__(*args, **kwargs)
        if len(suspensions) < 2:
            del self.fields["suspension"]
        else:
            self.fields["suspension"].choices = [  # type: ignore[attr-defined]
                (each.pk, _days_of(each)) for each in suspensions
            ]


class TerminateForm(forms.Form):
    on = DayField(
        label="From which day is it over?",
        help_text="The first day on which nothing may go.",
        missing="Write the day",
        what="The day",
    )
    note = _NOTE


def _days_of(suspension: Suspension) -> str:
    until = f"to {in_words(suspension.last)}" if suspension.last else "until it is lifted"
    return f"From {in_words(suspension.first)} {until}"


class BasisForm(forms.Form):
    """On which letter of Article 6(1) a version rests."""

    code = forms.ChoiceField(
        label="Which lawful basis is it?",
        choices=[(code, f"Article {code}: {words.lower()}") for code, (words, _) in BASES.items()],
        widget=forms.RadioSelect,
        error_messages={"required": "Choose the lawful basis"},
    )
