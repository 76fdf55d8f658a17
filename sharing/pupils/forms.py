"""The form of a second officer about a protected pupil's list."""

from django import forms

from privacy_portal.ground.ui.fields import LinesField, RadiosField


class ListAnswerForm(forms.Form):
    """Whether the list may be given out."""

    answer = RadiosField(
        "Can this list be given out?",
        missing="Select yes if this list can be given out",
        choices=[("yes", "Yes"), ("no", "No")],
    )
    note = LinesField(
        "Why not?", hint="Only if you answer no", required=False, max_length=500, rows=3
    )

    def clean(self) -> None:
        if self.cleaned_data.get("answer") == "no" and not self.cleaned_data.get("note"):
            self.add_error("note", "Enter why the list cannot be given out")
