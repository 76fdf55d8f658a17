"""Forms to import pupils and schools."""

from typing import Unpack

from django.core.validators import RegexValidator

from privacy_portal.ground.ui.fields import RadiosField, TextField
from privacy_portal.ground.ui.files import FileForm
from privacy_portal.ground.ui.form_arguments import Data, FileOptions, Files
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

    def __init__(self, data: Data = None, files: Files = None, **more: Unpack[FileOptions]):
        super().__init__(data, files, **more)
        self.fields["file"].label = "File of pupils"
        self.fields[
            "file"
        ].help_text = (
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

    def __init__(self, data: Data = None, files: Files = None, **more: Unpack[FileOptions]):
        super().__init__(data, files, **more)
        self.fields["file"].label = "GIAS file"
        self.fields["file"].help_text = "The CSV file you downloaded from GIAS"
