"""The form to check tables of statistics: from a file, or counted from pupil records."""

from typing import Unpack

from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile

from consent.queries import schools
from privacy_portal.ground import days
from privacy_portal.ground.files.reading import EncodingChoiceError
from privacy_portal.ground.files.workbooks import SheetChoiceError
from privacy_portal.ground.ui.day_fields import DayField
from privacy_portal.ground.ui.fields import FileField, RadiosField, SelectField, TextField
from privacy_portal.ground.ui.form_arguments import Data, FileOptions
from privacy_portal.ground.ui.forms import choose
from privacy_portal.ground.ui.reading_forms import AskingForm
from sharing.deciding.request_form import RequestedForm
from sharing.statistics.roll import DIMENSIONS

BY = [("", "Select"), *DIMENSIONS.items()]
# No sheet can be called that.
ALL_SHEETS = "*all*"


class CountsForm(AskingForm, RequestedForm):
    """A table of statistics to check: from a file, or counted from pupil records."""

    field_order = (
        "agreement", "file", "rows_by", "columns_by", "school", "counted", "counted_on",
        "counted_group", "contributors", "request_reference", "requested_on",
    )  # fmt: skip
    aggregate = "aggregate"
    file = FileField(
        "Upload a table",
        hint="CSV or Excel with labels in the first row and column. It can include totals and subtotals.",
    )
    rows_by = SelectField("Or count pupil records: rows", choices=BY)
    columns_by = SelectField("Columns", choices=BY)
    school = SelectField("School")
    counted = TextField(
        "What the table counts (optional)",
        hint="For example, pupils with free school meals. Use the same words each time: tables of the same "
        "pupils are protected together. If you leave this empty, we compare it with every table.",
        max_length=200,
        autocomplete="off",
    )
    counted_on = DayField(
        "Date of the numbers (optional)",
        hint="If you leave this empty, we use today’s date.",
        what="Date of the numbers",
    )
    counted_group = TextField(
        "Whose numbers these are (optional)",
        hint="For example, all pupils, or Year 6.",
        max_length=200,
        autocomplete="off",
    )
    contributors = SelectField(
        "Schools or others who know their own numbers",
        hint="Needed only where the agreement protects numbers against them.",
        choices=[
            ("", "Select"),
            ("rows", "In the rows"),
            ("columns", "In the columns"),
            ("nobody", "Not in this table"),
        ],
    )

    def __init__(self, data: Data = None, **more: Unpack[FileOptions]):
        super().__init__(data, **more)
        choose(
            self,
            "school",
            [("", "All schools"), *((school.urn, school.name) for school in schools())],
        )

    def ask(self, question: SheetChoiceError | EncodingChoiceError) -> None:
        """Ask what the file leaves open; all sheets may be meant."""
        super().ask(question)
        sheet = self.fields.get("sheet")
        if isinstance(question, SheetChoiceError) and isinstance(sheet, RadiosField):
            sheet.choices = [
                *(
                    (name, f"{name} (hidden in the workbook)" if hidden else name)
                    for name, hidden in question.sheets
                ),
                (ALL_SHEETS, "All sheets that are not hidden"),
            ]
            sheet.help_text = (
                "Tables of several sheets are protected together and leave in one file."
            )

    def clean_counted_on(self) -> object:
        on = self.cleaned_data["counted_on"]
        if on and on > days.today():
            raise ValidationError("Date of the numbers must be today or in the past")
        return on

    def clean_file(self) -> "UploadedFile[bytes] | None":
        return super().clean_file() if self.cleaned_data.get("file") else None

    def clean(self) -> dict[str, object]:
        data = super().clean()
        if self.errors.get("file"):
            return data
        rows_by, columns_by = data.get("rows_by"), data.get("columns_by")
        if data.get("file"):
            if rows_by or columns_by:
                self.add_error("rows_by", "Select a file or count pupil records, not both")
        elif not rows_by and not columns_by:
            self.add_error("file", "Select a file, or rows and columns to count")
        elif not rows_by or not columns_by:
            missing = "rows_by" if not rows_by else "columns_by"
            self.add_error(missing, "Select both rows and columns")
        elif rows_by == columns_by:
            self.add_error("columns_by", "Rows and columns must be different")
        return data
