"""The types of what a form is made with."""

from collections.abc import Mapping, MutableMapping
from typing import Any, TypeAlias, TypedDict

from django.core.files.uploadedfile import UploadedFile
from django.utils.datastructures import MultiValueDict

Data: TypeAlias = Mapping[str, Any] | None
# What is in a form once it is cleaned, by the names of its fields.
Cleaned: TypeAlias = dict[str, Any]
Files: TypeAlias = "MultiValueDict[str, UploadedFile[bytes]] | None"


class FormOptions(TypedDict, total=False):
    """What every form takes by name."""

    files: Files
    initial: MutableMapping[str, Any] | None


class FileOptions(FormOptions, total=False):
    """What a form with a file takes by name: `too_large` if the upload was cut off for its size."""

    too_large: bool
