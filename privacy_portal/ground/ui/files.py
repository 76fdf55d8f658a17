"""Forms with a file of any length that the portal takes."""

from typing import Unpack

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile

from privacy_portal.ground.ui.fields import FileField
from privacy_portal.ground.ui.form_arguments import Data, FormOptions

MIB = 1024 * 1024


class FileForm(forms.Form):
    """A file to upload. `otherwise` says what to do with one that is too large."""

    otherwise = "Split it into smaller files"

    file = FileField(missing="Select a file")

    def __init__(self, data: Data = None, *, too_large: bool = False, **more: Unpack[FormOptions]):
        """Build the form; `too_large` if the upload was cut off for its size."""
        super().__init__(data, **more)
        self.too_large = too_large

    def clean_file(self) -> "UploadedFile[bytes] | None":
        upload: UploadedFile[bytes] = self.cleaned_data["file"]
        if upload.size is not None and upload.size > settings.UPLOAD_MAX_BYTES:
            raise ValidationError(self._too_large())
        return upload

    def clean(self) -> dict[str, object]:
        if self.too_large:
            self.errors.pop("file", None)
            self.add_error("file", self._too_large())
        return self.cleaned_data

    def _too_large(self) -> str:
        return (
            f"The selected file must be smaller than {settings.UPLOAD_MAX_BYTES // MIB}MB. "
            f"{self.otherwise}"
        )
