"""Forms of the release desk."""

from typing import Any

from django import forms

from notices.models import Purpose
from privacy_portal.ui.files import FileForm
from sharing.models import AgreementVersion


class ExtractForm(FileForm):
    """An extract to check: agreement, purpose, the file, the recipient's own reference."""

    field_order = ("agreement", "purpose", "file", "request_reference")
    otherwise = "Split it, or release it with the command `disclosure release`."
    agreement = forms.ChoiceField(
        label="Agreement", error_messages={"required": "Choose an agreement"}
    )
    purpose = forms.ChoiceField(label="Purpose", error_messages={"required": "Choose a purpose"})
    file = forms.FileField(
        label="Extract",
        help_text="A CSV file whose first line names the columns.",
        error_messages={
            "required": "Choose a CSV file",
            "empty": "The file is empty",
            "invalid": "Choose a CSV file",
        },
    )
    request_reference = forms.CharField(
        label="The organisation’s reference (optional)",
        help_text="If it asked for the data: its reference for the request.",
        required=False,
        max_length=200,
        widget=forms.TextInput(attrs={"data-width": 20, "autocomplete": "off"}),
    )

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        newest: dict[str, AgreementVersion] = {}
        for version in AgreementVersion.objects.select_related("agreement", "recipient"):
            newest[version.agreement.reference] = version
        agreement, purpose = self.fields["agreement"], self.fields["purpose"]
        assert isinstance(agreement, forms.ChoiceField)
        assert isinstance(purpose, forms.ChoiceField)
        agreement.choices = [("", "Choose an agreement")] + [
            (reference, f"{reference}: {version.title}") for reference, version in newest.items()
        ]
        purpose.choices = [("", "Choose a purpose")] + [
            (each.code, each.label) for each in Purpose.objects.all()
        ]
