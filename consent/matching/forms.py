"""Forms for online opt-outs that are not matched, and for invalid decisions."""

from typing import Unpack

from django import forms

from consent.models import Invalidation, School
from privacy_portal.ground.ui.fields import LinesField, RadiosField, SelectField
from privacy_portal.ground.ui.form_arguments import Data, FormOptions
from privacy_portal.ground.ui.forms import choose

COUNCIL = "council"


class StaffNoteForm(forms.Form):
    """A note that only staff see."""

    note = LinesField("Note for colleagues (optional)", max_length=500)


class RefuseForm(forms.Form):
    """Why an opt-out is rejected."""

    note = LinesField(
        "Why are you rejecting it?",
        hint="Only staff will see this",
        missing="Enter why you are rejecting it",
        max_length=500,
    )


class PassForm(forms.Form):
    """The school, or the council, to pass an opt-out to."""

    to = SelectField("Who should deal with it?", missing="Select who should deal with it")
    note = LinesField("Note (optional)", max_length=500)

    def __init__(
        self,
        data: Data = None,
        *,
        schools: list[School],
        council: bool,
        **more: Unpack[FormOptions],
    ):
        super().__init__(data, **more)
        choose(
            self,
            "to",
            [
                ("", "Choose"),
                *([(COUNCIL, "The council")] if council else []),
                *[(school.urn, school.name) for school in schools],
            ],
        )


class InvalidForm(forms.Form):
    """Why a decision is invalid (C4)."""

    kind = RadiosField(
        "Why is it invalid?", missing="Select why it is invalid", choices=Invalidation.Kind.choices
    )
    reason = LinesField(
        "What happened?", hint="Staff can see this", missing="Enter what happened", max_length=500
    )
