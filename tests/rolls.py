"""Rolls as schools write them, and importing them."""

import csv
import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from consent.models import RollUpload
from consent.roll.importing import ImportOptions, RollImport, import_roll
from privacy_portal.ground.accounts.models import User
from tests import mails
from tests.commands import Ran, run
from tests.example import NOON, UPN

ROLL_PAGE = "/staff/roll/"
OTHER_SCHOOL = {"School URN": "990002", "School": "Other School"}
ROLL_HEADINGS = (
    "UPN,Former UPNs,Surname,Forename,DOB,Sex,School URN,School,Year group,Address,Postcode,"
    "Parent name,Parent address,Parent email"
)

Writer = Callable[[str, str], Path]


def roll_of(*rows: str, headings: str = ROLL_HEADINGS) -> str:
    """Return a roll with these rows under its headings."""
    return f"{headings}\r\n{''.join(rows)}"


def upload_roll(client: Client, text: str, whole: str = "some", name: str = "roll.csv") -> Any:
    """Upload a roll and run its jobs; return the page of the upload."""
    file = SimpleUploadedFile(name, text.encode())
    page: Any = client.post(ROLL_PAGE, {"file": file, "whole": whole}, follow=True)
    mails.run_jobs()
    return client.get(page.redirect_chain[-1][0]) if page.redirect_chain else page


def accept_roll(client: Client) -> Any:
    """Accept the roll that was uploaded, run its jobs, and return its page."""
    upload = RollUpload.objects.get()
    client.post(f"{ROLL_PAGE}{upload.pk}/import/")
    mails.run_jobs()
    return client.get(f"{ROLL_PAGE}{upload.pk}/")


def import_as(
    write: Writer, user: User, *rows: str, whole: bool = False, name: str = "theirs.csv",
    text: str | None = None,
) -> RollImport:  # fmt: skip
    """Import a roll as the page does for a member of school staff."""
    only = list(user.workplaces.values_list("school__urn", flat=True))
    path = write(text or roll_of(*rows), name)
    options = ImportOptions(only=only, whole=whole, show=True)
    return import_roll(path, name=name, by=user, at=NOON, options=options)


def import_roll_json(write: Writer, *rows: str, headings: str = ROLL_HEADINGS) -> Ran:
    """Import a roll by command, which prints JSON."""
    return run("roll", "import", write(roll_of(*rows, headings=headings), "roll.csv"), "--json")


def pupil_row(**cells: str) -> str:
    """Return one row of a roll: Ella Barlow of Example High School, aged 14, but for `cells`."""
    usual = {
        "UPN": UPN,
        "Surname": "Barlow",
        "Forename": "Ella",
        "DOB": "2012-05-05",
        "Sex": "F",
        "School URN": "990001",
        "School": "Example High School",
        "Year group": "9",
        "Parent name": "Ben Barlow",
    }
    cells = {**usual, **{key.replace("_", " "): value for key, value in cells.items()}}
    out = io.StringIO()
    csv.writer(out).writerow([cells.get(heading, "") for heading in ROLL_HEADINGS.split(",")])
    return out.getvalue()
