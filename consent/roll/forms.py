"""Forms about the roll."""

from typing import Any

from django.core.validators import RegexValidator

from privacy_portal.ground.ui.fields import RadiosField, TextField
from privacy_portal.ground.ui.files import FileForm
from privacy_portal.ground.ui.reading_forms import AskingForm


class RollForm(FileForm):
    """A roll, and whether it has everybody."""

    field_order = ("file", "whole")
    whole = RadiosField(
        "Who is in the file?",
        missing="Say who is in the file",
        choices=[
            ("some", "Some pupils: everybody else stays as they are"),
            ("all", "Every pupil of its schools: who is missing has left"),
        ],
        initial="some",
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
    authority = TextField(
        "Number of the local authority",
        hint="3 digits, for example 359",
        missing="Enter the number",
        validators=[RegexValidator(r"^[0-9]{3}\Z", "The number has 3 digits")],
        width=3,
        inputmode="numeric",
    )

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.fields["file"].label = "Extract of the register (GIAS)"
        self.fields["file"].help_text = "The CSV file as it is downloaded"
