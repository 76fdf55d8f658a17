"""Form fields of a request under an agreement."""

from typing import Unpack

from django.core.exceptions import ValidationError

from privacy_portal.ground import days
from privacy_portal.ground.ui.day_fields import DayField
from privacy_portal.ground.ui.fields import SelectField, TextField
from privacy_portal.ground.ui.files import FileForm
from privacy_portal.ground.ui.form_arguments import Data, FileOptions
from privacy_portal.ground.ui.forms import choose
from sharing.agreements.choices import agreement_choices


class RequestedForm(FileForm):
    """A request: its agreement, and the organisation's own reference and date."""

    agreement = SelectField("Agreement", missing="Select an agreement")
    request_reference = TextField(
        "Organisation’s reference (optional)",
        hint="The reference on its request, if there is one.",
        max_length=200,
        width=20,
        autocomplete="off",
    )
    requested_on = DayField(
        "Date of request (optional)", hint="For example, 4 1 2027", what="Date of request"
    )

    aggregate: str | None = None

    def __init__(self, data: Data = None, **more: Unpack[FileOptions]):
        super().__init__(data, **more)
        choose(self, "agreement", agreement_choices(self.aggregate))

    def clean_requested_on(self) -> object:
        on = self.cleaned_data["requested_on"]
        if on and on > days.today():
            raise ValidationError("Date must be today or in the past")
        return on
