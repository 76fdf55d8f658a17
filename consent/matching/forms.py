"""Forms of school staff and officers about opt-outs."""

from typing import Any

from django import forms

from consent.models import Invalidation, School
from privacy_portal.ground.ui.fields import LinesField, RadiosField, SelectField
from privacy_portal.ground.ui.forms import choose

COUNCIL = "council"


class NoteForm(forms.Form):
    """What a colleague should know; the person does not see it."""

    note = LinesField("Note for colleagues (optional)", max_length=500)


class RefuseForm(forms.Form):
    """Why it never was an opt-out of somebody who may decide."""

    note = LinesField(
        "Why is it refused?", hint="For colleagues", missing="Say why it is refused", max_length=500
    )


class PassForm(forms.Form):
    """To whose queue it goes."""

    to = SelectField("Who should look at it?", missing="Choose who should look at it")
    note = LinesField("Note for them (optional)", max_length=500)

    def __init__(self, *args: Any, schools: list[School], council: bool, **kwargs: Any):
        super().__init__(*args, **kwargs)
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
    """Why a decision never was one (C4)."""

    kind = RadiosField(
        "Why was it never a decision?",
        missing="Choose why it was never a decision",
        choices=Invalidation.Kind.choices,
    )
    reason = LinesField(
        "What happened?",
        hint="It is kept with the decision, and colleagues see it",
        missing="Say what happened",
        max_length=500,
    )
