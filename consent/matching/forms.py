"""Forms of school staff and officers about opt-outs."""

from typing import Any

from django import forms

from consent.models import Invalidation, School
from privacy_portal.ground.ui.fields import note_field

COUNCIL = "council"


class NoteForm(forms.Form):
    """What a colleague should know; the person does not see it."""

    note = note_field("Note for colleagues (optional)")


class RefuseForm(forms.Form):
    """Why it never was an opt-out of somebody who may decide."""

    note = note_field(
        "Why is it refused?", missing="Say why it is refused", help_text="For colleagues"
    )


class PassForm(forms.Form):
    """To whose queue it goes."""

    to = forms.ChoiceField(
        label="Who should look at it?", error_messages={"required": "Choose who should look at it"}
    )
    note = note_field("Note for them (optional)")

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
    reason = note_field(
        "What happened?",
        missing="Say what happened",
        help_text="It is kept with the decision, and colleagues see it",
    )
