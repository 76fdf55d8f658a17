"""Forms to import pupils and schools, and to confirm that a pupil has moved."""

from typing import Unpack

from django import forms
from django.core.validators import RegexValidator

from consent.identity_rules import WORDS
from privacy_portal.ground.ui.fields import CheckboxField, LinesField, RadiosField, TextField
from privacy_portal.ground.ui.files import FileForm
from privacy_portal.ground.ui.form_arguments import Data, FileOptions, FormOptions
from privacy_portal.ground.ui.reading_forms import AskingForm


class RollForm(FileForm):
    """A file of pupils, and whether it has every pupil of its schools."""

    field_order = ("file", "whole")
    whole = RadiosField(
        "Which pupils are in the file?",
        missing="Select which pupils are in the file",
        choices=[
            ("some", "Some pupils. Leave everyone else unchanged"),
            ("all", "All pupils at the school. Mark anyone missing as left"),
        ],
        initial="some",
    )

    def __init__(self, data: Data = None, **more: Unpack[FileOptions]):
        super().__init__(data, **more)
        file = self.fields["file"]
        file.label = "File of pupils"
        file.help_text = (
            "Upload a CSV or Excel file with column headings in the first row, or a CTF file (XML)"
        )


class SchoolsForm(AskingForm):
    """A file of the national register, and the local authority whose schools to import."""

    field_order = ("file", "authority")
    authority = TextField(
        "Local authority number",
        hint="3 digits. For example, 359",
        missing="Enter the local authority number",
        validators=[RegexValidator(r"^[0-9]{3}\Z", "Local authority number must be 3 digits")],
        width=3,
        inputmode="numeric",
    )

    def __init__(self, data: Data = None, **more: Unpack[FileOptions]):
        super().__init__(data, **more)
        self.fields["file"].label = "GIAS file"
        self.fields["file"].help_text = "The CSV file you downloaded from GIAS"


class MoveForm(forms.Form):
    """Whether a pupil has moved to the school that imported them."""

    answer = RadiosField(
        "Is the pupil at that school now?",
        missing="Select yes if the pupil has moved",
        choices=[("yes", "Yes, the pupil has moved"), ("no", "No, the pupil has not moved")],
    )
    same_child = CheckboxField("I am sure that this is the same child")
    note = LinesField("Why not? (optional)", hint="Staff can see this", max_length=500, rows=2)

    def __init__(self, data: Data = None, *, may_be_another: bool, **more: Unpack[FormOptions]):
        super().__init__(data, **more)
        self.may_be_another = may_be_another
        if not may_be_another:
            del self.fields["same_child"]

    def clean(self) -> dict[str, object]:
        if (
            self.may_be_another
            and self.cleaned_data.get("answer") == "yes"
            and not self.cleaned_data.get("same_child")
        ):
            parts = ", ".join(WORDS.values())
            self.add_error(
                "same_child", f"Tick the box if you are sure: 2 or more of {parts} are different"
            )
        return self.cleaned_data
