"""Forms about holds, and about wishes to erase a pupil's details (R2)."""

from django import forms

from privacy_portal.ground.ui.fields import LinesField, RadiosField


class HoldForm(forms.Form):
    """Why a pupil's details are held."""

    reason = LinesField(
        "Why must these details be kept?",
        hint="For example, an inquiry or a claim in court. Other officers read this.",
        missing="Enter why these details must be kept",
        max_length=500,
    )


class HoldEndForm(forms.Form):
    """Why a hold can end."""

    reason = LinesField(
        "Why can the hold end?",
        hint="For example, the claim is settled",
        missing="Enter why the hold can end",
        max_length=500,
    )


class WishForm(forms.Form):
    """Why a pupil's details are to be erased before their time."""

    reason = LinesField(
        "Why should these details be erased now?",
        hint="For example, who asked for it and how you checked who they are",
        missing="Enter why these details should be erased now",
        max_length=500,
    )


class WishAnswerForm(forms.Form):
    """A second officer's answer to a wish."""

    answer = RadiosField(
        "Should these details be erased?",
        missing="Select yes if these details should be erased",
        choices=[("yes", "Yes, erase them now"), ("no", "No, keep them")],
    )
    note = LinesField(
        "Why not?", hint="Only if you answer no", required=False, max_length=500, rows=3
    )

    def clean(self) -> None:
        answer, note = self.cleaned_data.get("answer"), self.cleaned_data.get("note")
        if answer == "no" and not note:
            self.add_error("note", "Enter why these details should be kept")
        if answer == "yes" and note:
            self.add_error(
                "note", "Leave this empty if you answer yes: it would be erased with the details"
            )
