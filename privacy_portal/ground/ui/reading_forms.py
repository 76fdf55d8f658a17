"""The question how a file is to be read: which sheet of a workbook, which encoding of a text."""

from collections.abc import Mapping
from typing import Any, Unpack

from django import forms

from privacy_portal.ground.faults import BadInputError
from privacy_portal.ground.files.reading import EncodingChoiceError, Reading
from privacy_portal.ground.files.workbooks import SheetChoiceError
from privacy_portal.ground.ui.fields import HiddenField, RadiosField
from privacy_portal.ground.ui.files import FileForm
from privacy_portal.ground.ui.form_arguments import Data, FileOptions, FormOptions


class ReadingForm(forms.Form):
    """Ask what the file leaves open; `question` is as it was stored."""

    def __init__(
        self, data: Data = None, *, question: Mapping[str, Any], **more: Unpack[FormOptions]
    ):
        super().__init__(data, **more)
        self.fields.update(_questions(question))

    def answered(self) -> dict[str, str]:
        """Return what was chosen, by the names of `Reading`."""
        return dict(self.cleaned_data)


class AskingForm(FileForm):
    """A file that is stored only once it is understood.

    What it leaves open is asked beside it, with the same file again; answers go along unseen.
    """

    def __init__(self, data: Data = None, **more: Unpack[FileOptions]):
        super().__init__(data, **more)
        for name in (name for name in ANSWERS if self.data.get(name)):
            self.fields[name] = HiddenField(max_length=100)

    def reading(self) -> Reading:
        """Return how the file is to be read, as far as it was answered."""
        return Reading(**{name: self.cleaned_data.get(name, "") for name in ANSWERS})

    def ask(self, question: SheetChoiceError | EncodingChoiceError) -> None:
        """Ask which sheet or encoding is meant, with the file once more."""
        for name, field in _questions(question.as_json()).items():
            self.fields[name] = field
            self.add_error(name, f"{field.error_messages['required']}, and the same file again")
        # Beside the file that is to be chosen again.
        others = [name for name in self.fields if name not in ANSWERS]
        at = others.index("file") + 1
        self.order_fields([*others[:at], *ANSWERS, *others[at:]])

    def refuse(self, error: BadInputError) -> None:
        """Show what is wrong with the file, and forget the answers: the next may be another."""
        for name in ANSWERS:
            self.fields.pop(name, None)
        for sentence in error.sentences():
            self.add_error("file", sentence)


ANSWERS = ("sheet", "encoding")


def _questions(question: Mapping[str, Any]) -> dict[str, RadiosField]:
    """Return the fields that ask what a file leaves open."""
    fields = {}
    if "sheets" in question:
        fields["sheet"] = RadiosField(
            "Which sheet is meant?",
            hint="The other sheets are not read.",
            missing="Select a sheet",
            choices=[
                (name, f"{name} (hidden in the workbook)" if hidden else name)
                for name, hidden in question["sheets"]
            ],
        )
    if "encodings" in question:
        fields["encoding"] = RadiosField(
            "Which of these are right?",
            hint="This is how some of the names in the file would read.",
            missing="Select how the names read",
            choices=[
                (code, f"{', '.join(sample)} ({label})")
                for code, label, sample in question["encodings"]
            ],
        )
    return fields
