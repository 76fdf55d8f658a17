"""Forms of the release desk."""

from collections.abc import Mapping, Sequence
from typing import Unpack

from django import forms
from django.core.files.uploadedfile import UploadedFile

from privacy_portal.ground.ui.fields import (
    FileField,
    LinesField,
    RadiosField,
    SelectField,
    TextField,
)
from privacy_portal.ground.ui.form_arguments import Data, FileOptions, Files, FormOptions
from sharing.agreements.choices import purpose_choices
from sharing.deciding.request_form import RequestedForm
from sharing.models import Override


class ExtractForm(RequestedForm):
    """An extract to check: agreement, purpose, the file or pasted rows, the request."""

    field_order: tuple[str, ...] = (
        "agreement", "purpose", "file", "pasted", "request_reference", "requested_on",
    )  # fmt: skip
    otherwise = "Split it, or release it with the command `disclosure release`."
    purpose = SelectField(
        "Purpose",
        hint="Each names the agreements that cover it. Under any other agreement it is refused.",
        missing="Select a purpose",
    )
    file = FileField(
        "Extract",
        hint="A CSV or Excel file whose first line names the columns, or a CTF file (XML).",
    )
    pasted = LinesField(
        "Or paste the rows",
        hint="With the line that names the columns, as copied from a spreadsheet.",
        rows=5,
        spellcheck=False,
        strip=False,
    )

    def __init__(self, data: Data = None, files: Files = None, **more: Unpack[FileOptions]):
        super().__init__(data, files, **more)
        purpose = self.fields["purpose"]
        assert isinstance(purpose, forms.ChoiceField)
        purpose.choices = purpose_choices()

    def clean_file(self) -> "UploadedFile[bytes] | None":
        return super().clean_file() if self.cleaned_data.get("file") else None

    def clean(self) -> dict[str, object]:
        data = super().clean()
        there = bool(data.get("file")), bool(str(data.get("pasted") or "").strip())
        if self.errors.get("file") or self.errors.get("pasted"):
            return data
        if there == (False, False):
            self.add_error("file", "Choose a file, or paste the rows")
        elif there == (True, True):
            self.add_error("pasted", "Choose a file or paste the rows, not both")
        return data


class HeadingsForm(forms.Form):
    """What stands under each heading that no item has; `proposals` were said before."""

    def __init__(
        self,
        data: Data = None,
        files: Files = None,
        *,
        headings: Sequence[str],
        items: Sequence[tuple[str, str]],
        proposals: Mapping[str, str],
        **more: Unpack[FormOptions],
    ):
        super().__init__(data, files, **more)
        self.headings, self.proposals = headings, proposals
        for place, heading in enumerate(headings):
            before = " You chose this last time." if heading in proposals else ""
            self.fields[f"heading_{place}"] = SelectField(
                heading.strip(),
                hint=f"Leave it out if you are not sure.{before}",
                choices=[("", "Leave it out"), *items],
                initial=proposals.get(heading, ""),
            )

    def chosen(self) -> dict[str, str]:
        """The code of the item chosen for each heading; empty for one to leave out."""
        return {
            heading: self.cleaned_data[f"heading_{place}"]
            for place, heading in enumerate(self.headings)
        }


class ReturnForm(forms.Form):
    comment = LinesField("What is to be mended?", required=True, max_length=1000)


class OverrideForm(ExtractForm):
    """An extract that is to go against opt-outs."""

    field_order = ("ground", "legal_ground", "reason", *ExtractForm.field_order)
    ground = RadiosField(
        "On what ground?", missing="Choose the ground", choices=Override.Ground.choices
    )
    legal_ground = TextField(
        "Which law or order?",
        hint="For example: Children Act 1989, section 47; or the court and number of the order.",
        missing="Write which law or order",
        max_length=500,
    )
    reason = LinesField(
        "Why must it go in spite of the opt-out?", missing="Write it down", max_length=1000
    )

    def override(self) -> dict[str, str]:
        """The ground and the reason, by name."""
        return {name: self.cleaned_data[name] for name in ("ground", "legal_ground", "reason")}
