"""The form with which a second officer lets a protected pupil's row go."""

from typing import Unpack

from django import forms

from privacy_portal.ground.ui.fields import CheckboxField, LinesField
from privacy_portal.ground.ui.form_arguments import Data, FormOptions


class PermitForm(forms.Form):
    """Why the row may go, and whether what tells where the pupil is may go too."""

    reason = LinesField(
        "Why must this organisation get this row?",
        hint="Your reason is kept. Do not write an address here.",
        missing="Enter why this organisation must get this row",
        max_length=500,
        rows=3,
    )
    with_locating = CheckboxField(
        "Also send where the pupil is: address, school and contact details", required=False
    )

    def __init__(self, data: Data = None, *, locating: bool, **more: Unpack[FormOptions]):
        super().__init__(data, **more)
        if not locating:
            del self.fields["with_locating"]
