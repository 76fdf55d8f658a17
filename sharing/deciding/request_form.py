"""The form of who asks for what under which agreement."""

from typing import Unpack

from django.core.exceptions import ValidationError

from privacy_portal.ground import days
from privacy_portal.ground.ui.day_fields import DayField
from privacy_portal.ground.ui.fields import SelectField, TextField
from privacy_portal.ground.ui.files import FileForm
from privacy_portal.ground.ui.form_arguments import Data, FileOptions, Files
from privacy_portal.ground.ui.forms import choose
from sharing.agreements.choices import agreement_choices


class RequestedForm(FileForm):
    """Who asks for what: the agreement, and the recipient's own reference and day."""

    agreement = SelectField("Agreement", missing="Select an agreement")
    request_reference = TextField(
        "The organisation’s reference (optional)",
        hint="If it asked for the data: its reference for the request.",
        max_length=200,
        width=20,
        autocomplete="off",
    )
    requested_on = DayField(
        "When did it ask? (optional)", hint="For example, 4 1 2027", what="The day"
    )

    aggregate: str | None = None

    def __init__(self, data: Data = None, files: Files = None, **more: Unpack[FileOptions]):
        super().__init__(data, files, **more)
        choose(self, "agreement", agreement_choices(self.aggregate))

    def clean_requested_on(self) -> object:
        on = self.cleaned_data["requested_on"]
        if on and on > days.today():
            raise ValidationError("The day must not be in the future")
        return on
