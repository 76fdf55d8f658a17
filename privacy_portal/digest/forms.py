"""The form of the setting of the daily email."""

from django import forms

from privacy_portal.ground.ui.fields import RadiosField


class SettingForm(forms.Form):
    """Ask whether somebody wants the daily email of their tasks."""

    wanted = RadiosField(
        "Do you want an email about your tasks each morning?",
        heading=True,
        choices=[("yes", "Yes"), ("no", "No")],
        missing="Select yes if you want an email each morning",
    )
