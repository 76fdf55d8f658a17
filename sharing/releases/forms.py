"""Forms of the release desk."""

from collections.abc import Mapping, Sequence
from typing import Unpack

from django import forms
from django.core.files.uploadedfile import UploadedFile

from privacy_portal.ground.ui import fields
from privacy_portal.ground.ui.form_arguments import Data, FileOptions, FormOptions
from sharing.agreements.choices import purpose_choices
from sharing.deciding.request_form import RequestedForm
from sharing.models import Override


class ExtractForm(RequestedForm):
    """An extract to check: agreement, purpose, file or pasted rows, and the request."""

    field_order: tuple[str, ...] = (
        "agreement", "purpose", "file", "pasted", "request_reference", "requested_on",
    )  # fmt: skip
    otherwise = "Split it, or release it with the command `disclosure release`."
    purpose = fields.SelectField(
        "Purpose",
        hint="Shown with the agreements that cover it. Any other agreement is refused.",
        missing="Select a purpose",
    )
    file = fields.FileField(
        "Upload an extract",
        hint="CSV or Excel with column headings in the first row, or CTF (XML).",
    )
    pasted = fields.LinesField(
        "Or paste rows from a spreadsheet",
        hint="Include the column headings.",
        rows=5,
        spellcheck=False,
        strip=False,
    )

    def __init__(self, data: Data = None, **more: Unpack[FileOptions]):
        super().__init__(data, **more)
        purpose = self.fields["purpose"]
        assert isinstance(purpose, forms.ChoiceField)
        purpose.choices = purpose_choices()

    def clean_file(self) -> "UploadedFile[bytes] | None":
        return super().clean_file() if self.cleaned_data.get("file") else None

    def clean(self) -> dict[str, object]:
        data = super().clean()
        file, rows = bool(data.get("file")), bool(str(data.get("pasted") or "").strip())
        if self.errors.get("file") or self.errors.get("pasted"):
            return data
        if not file and not rows:
            self.add_error("file", "Select a file or paste rows")
        elif file and rows:
            self.add_error("pasted", "Select a file or paste rows, not both")
        return data


class HeadingsForm(forms.Form):
    """An item for each heading that is not recognised; `proposals` are the last choices."""

    def __init__(
        self,
        data: Data = None,
        *,
        headings: Sequence[str],
        items: Sequence[tuple[str, str]],
        proposals: Mapping[str, str],
        **more: Unpack[FormOptions],
    ):
        super().__init__(data, **more)
        self.headings, self.proposals = headings, proposals
        for place, heading in enumerate(headings):
            before = " This was chosen last time." if heading in proposals else ""
            self.fields[f"heading_{place}"] = fields.SelectField(
                heading.strip(),
                hint=f"Leave out if you are not sure.{before}",
                choices=[("", "Leave out"), *items],
                initial=proposals.get(heading, ""),
            )

    def items_by_heading(self) -> dict[str, str]:
        """Return the code of the item chosen for each heading; empty for one to leave out."""
        return {
            heading: self.cleaned_data[f"heading_{place}"]
            for place, heading in enumerate(self.headings)
        }


class SendBackForm(forms.Form):
    comment = fields.LinesField(
        "What needs to change?", missing="Enter what needs to change", max_length=1000
    )


class OverrideForm(ExtractForm):
    """An extract to be released despite opt-outs."""

    field_order = ("ground", "legal_ground", "reason", *ExtractForm.field_order)
    ground = fields.RadiosField(
        "Grounds for release", missing="Select the grounds", choices=Override.Ground.choices
    )
    legal_ground = fields.TextField(
        "Law or court order",
        hint="For example, Children Act 1989, section 47, or the court and number of the order.",
        missing="Enter the law or court order",
        max_length=500,
    )
    reason = fields.LinesField(
        "Why must it be released despite the opt-out?",
        missing="Enter why it must be released",
        max_length=1000,
    )

    def override(self) -> dict[str, str]:
        """Return the grounds and the reason, by name."""
        return {name: self.cleaned_data[name] for name in ("ground", "legal_ground", "reason")}
