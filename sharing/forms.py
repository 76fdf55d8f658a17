"""Forms of the release desk."""

from typing import Any

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile

from notices.models import Purpose
from sharing.models import AgreementVersion

MIB = 1024 * 1024


class ExtractForm(forms.Form):
    """An extract to check: agreement, purpose, the file, the recipient's own reference."""

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

    def __init__(self, *args: Any, too_large: bool = False, **kwargs: Any):
        """`too_large`: the upload was cut off for its size."""
        super().__init__(*args, **kwargs)
        self.too_large = too_large
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

    def clean_file(self) -> "UploadedFile[bytes]":
        upload: UploadedFile[bytes] = self.cleaned_data["file"]
        if upload.size is not None and upload.size > settings.UPLOAD_MAX_BYTES:
            raise ValidationError(self._too_large())
        return upload

    def clean(self) -> dict[str, Any]:
        if self.too_large:
            self.errors.pop("file", None)
            self.add_error("file", self._too_large())
        return self.cleaned_data

    def _too_large(self) -> str:
        return (
            f"The file is larger than {settings.UPLOAD_MAX_BYTES // MIB} MB. "
            "Split it, or release it with the command `disclosure release`."
        )
