"""Rolls as schools write them, for tests of what reads a roll."""

import csv
import io

from tests.example import UPN

HEADINGS = (
    "UPN,Former UPNs,Surname,Forename,DOB,Sex,School URN,School,Year group,Address,Postcode,"
    "Parent name,Parent address,Parent email"
)


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
    row = {**usual, **{key.replace("_", " "): cell for key, cell in cells.items()}}
    out = io.StringIO()
    csv.writer(out).writerow([row.get(heading, "") for heading in HEADINGS.split(",")])
    return out.getvalue()


def roll_of(*rows: str, headings: str = HEADINGS) -> str:
    """Return a roll with these rows under its headings."""
    return f"{headings}\r\n{''.join(rows)}"
