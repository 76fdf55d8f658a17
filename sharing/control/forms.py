"""Forms after a control that failed (K3)."""

from django import forms

from privacy_portal.ground.ui.fields import LinesField, RadiosField


class ResumptionForm(forms.Form):
    """What was wrong, and what was done."""

    reason = LinesField(
        "What was wrong, and what was done about it?",
        hint="A second officer reads this and decides. Do not name a pupil.",
        missing="Enter what was wrong and what was done about it",
        max_length=1000,
        rows=5,
    )


class ResumptionAnswerForm(forms.Form):
    """Whether files may leave again."""

    answer = RadiosField(
        "Can files leave again?",
        missing="Select yes if files can leave again",
        choices=[("yes", "Yes"), ("no", "No")],
    )
    note = LinesField(
        "Why not?", hint="Only if you answer no", required=False, max_length=1000, rows=3
    )

    def clean(self) -> None:
        if self.cleaned_data.get("answer") == "no" and not self.cleaned_data.get("note"):
            self.add_error("note", "Enter why files cannot leave yet")
