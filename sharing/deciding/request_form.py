"""The form of who asks for what under which agreement."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from privacy_portal.ground import days
from privacy_portal.ground.ui.fields import DayField
from privacy_portal.ground.ui.files import FileForm
from sharing.agreements.choices import agreement_choices


class RequestedForm(FileForm):
    """Who asks for what: the agreement, and the recipient's own reference and day."""

    agreement = forms.ChoiceField(
        label="Agreement", error_messages={"required": "Select an agreement"}
    )
    request_reference = forms.CharField(
        label="The organisation’s reference (optional)",
        help_text="If it asked for the data: its reference for the request.",
        required=False,
        max_length=200,
        widget=forms.TextInput(attrs={"data-width": 20, "autocomplete": "off"}),
    )
    requested_on = DayField(
        label="When did it ask? (optional)",
        missing=None,
        what="The day",
        help_text="For example, 4 1 2027",
    )

    aggregate: str | None = None

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        field = self.fields["agreement"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = agreement_choices(self.aggregate)

    def clean_requested_on(self) -> Any:
        on = self.cleaned_data["requested_on"]
        if on and on > days.today():
            raise ValidationError("The day must not be in the future")
        return on
