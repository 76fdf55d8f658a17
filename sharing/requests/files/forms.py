"""The form of a file on a request: about whom, which information, how it is sent, and when it is deleted."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Unpack

from privacy_portal.ground.ui import fields
from privacy_portal.ground.ui.environment import lower_first
from privacy_portal.ground.ui.form_arguments import Data, FormOptions
from privacy_portal.ground.ui.forms import choose
from sharing.models import Disclosure
from sharing.requests import words
from sharing.requests.decision_forms import KeepingForm
from sharing.requests.files.content import FileRow
from sharing.row_decision_rules import Permission

Means = Disclosure.Means


class FileForm(KeepingForm):
    """What is in a file, of what can be in it now, and how it goes."""

    pupils = fields.CheckboxesField(
        "Who is the file about?", missing="Select who the file is about"
    )
    items = fields.CheckboxesField(
        "Which information is in the file?", missing="Select which information is in the file"
    )
    means = fields.RadiosField(
        "How do you send it?",
        missing="Select how you send it",
        choices=[
            (Means.ZIP, "Encrypted ZIP file"),
            (Means.DOWNLOAD, "CSV file, not encrypted"),
        ],
        hints={
            Means.ZIP: "It opens with a passphrase. Give it to them by phone or letter.",
            Means.DOWNLOAD: "Only if you send it in a way that encrypts it, such as secure email.",
        },
    )
    field_order = ("pupils", "items", "means", "keeping", "destroy_by")

    def __init__(
        self,
        data: Data = None,
        *,
        rows: Sequence[FileRow],
        items: Sequence[str],
        labels: Mapping[str, str],
        today: date,
        **more: Unpack[FormOptions],
    ):
        super().__init__(data, **more)
        self.today = today
        choose(self, "pupils", [(row.reference, row_in_words(row, labels)) for row in rows])
        choose(self, "items", [(code, labels.get(code, code)) for code in items])


def row_in_words(row: FileRow, labels: Mapping[str, str]) -> str:
    """Return a pupil and what goes about them: `Ella Barlow: last name; address`."""
    return f"{name_of(row)}: {lower_first(words.items_in_words(row.items, labels))}"


def goes_in_words(row: FileRow, items: Sequence[str], labels: Mapping[str, str]) -> str:
    """Return what of a file with these items goes about a pupil, and what an officer has to know of that:
    `Only last name. Despite the opt-out`."""
    text = "All columns"
    if len(row.items) < len(items):
        text = f"Only {lower_first(words.items_in_words(row.items, labels))}"
    if row.choice.permission is Permission.WHOLE:
        text += ". This may tell where they are"
    if row.despite:
        text += ". Despite the opt-out"
    return text


def name_of(row: FileRow) -> str:
    """Return the name of a row's pupil, as the decision has it."""
    return f"{row.pupil.pupil.forename} {row.pupil.pupil.surname}"
