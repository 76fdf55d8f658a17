"""Forms of school staff and officers about opt-outs."""

from typing import Any

from django import forms

from consent.models import Invalidation, School

COUNCIL = "council"


def _note(label: str, missing: str = "", **more: Any) -> forms.CharField:
    return forms.CharField(
        label=label,
        max_length=500,
        required=bool(missing),
        error_messages={"required": missing},
        widget=forms.Textarea(attrs={"data-rows": 3}),
        **more,
    )


class NoteForm(forms.Form):
    """What a colleague should know; the person does not see it."""

    note = _note("Note for colleagues (optional)")


class RefuseForm(forms.Form):
    """Why it never was an opt-out of somebody who may decide."""

    note = _note("Why is it refused?", "Say why it is refused", help_text="For colleagues")


class PassForm(forms.Form):
    """To whose queue it goes."""

    to = forms.ChoiceField(
        label="Who should look at it?", error_messages={"required": "Choose who should look at it"}
    )
    note = _note("Note for them (optional)")

    def __init__(self, *args: Any, schools: list[School], council: bool, **kwargs: Any):
        super().__init__(*args, **kwargs)
        field = self.fields["to"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [
            ("", "Choose"),
            *([(COUNCIL, "The council")] if council else []),
            *[(school.urn, school.name) for school in schools],
        ]


class InvalidForm(forms.Form):
    """Why a decision never was one (C4)."""

    kind = forms.ChoiceField(
        label="Why was it never a decision?",
        choices=Invalidation.Kind.choices,
        error_messages={"required": "Choose why it was never a decision"},
        widget=forms.RadioSelect,
    )
    reason = _note(
        "What happened?",
        "Say what happened",
        help_text="It is kept with the decision, and colleagues see it",
    )
