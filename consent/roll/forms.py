"""Forms about the roll."""

from typing import Any

from django import forms

from privacy_portal.ground.ui.files import FileForm
from privacy_portal.ground.ui.reading_forms import AskingForm


class RollForm(FileForm):
    """A roll, and whether it has everybody."""

    field_order = ("file", "whole")
    whole = forms.ChoiceField(
        label="Who is in the file?",
        choices=[
            ("some", "Some pupils: everybody else stays as they are"),
            ("all", "Every pupil of its schools: who is missing has left"),
        ],
        initial="some",
        widget=forms.RadioSelect,
        error_messages={"required": "Say who is in the file"},
    )

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.fields["file"].label = "Roll"
        self.fields[
            "file"
        ].help_text = "A CSV or Excel file whose first line names the columns, or a CTF file (XML)"


class SchoolsForm(AskingForm):
    """An extract of the national register, and whose schools are meant."""

    field_order = ("file", "authority")
    authority = forms.RegexField(
        r"^[0-9]{3}$",
        label="Number of the local authority",
        help_text="3 digits, for example 359",
        error_messages={"required": "Enter the number", "invalid": "The number has 3 digits"},
        widget=forms.TextInput(attrs={"data-width": 3, "inputmode": "numeric"}),
    )

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.fields["file"].label = "Extract of the register (GIAS)"
        self.fields["file"].help_text = "The CSV file as it is downloaded"
