"""Forms about amendments."""

from django import forms

from privacy_portal.ground.ui.fields import LinesField, TextField


class AcknowledgeForm(forms.Form):
    """What an organisation says when it confirms the changes."""

    who = TextField(
        "Who made the changes? (optional)",
        hint="For example, a team or a job title.",
        max_length=200,
    )


class ByHandForm(forms.Form):
    """A confirmation that came in another way."""

    note = LinesField(
        "How did they confirm it, and who?",
        hint="For example, by phone, the data manager.",
        missing="Enter how they confirmed it, and who",
        max_length=400,
    )
