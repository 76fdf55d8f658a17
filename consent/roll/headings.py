"""The columns of a file of pupils, and the names that school systems give them."""

import re
from typing import NamedTuple

from privacy_portal.ground.faults import BadInputError, Fault
from privacy_portal.ground.files.tables import Table
from privacy_portal.ground.names import folded_heading
from privacy_portal.ground.ui.environment import series

REQUIRED = ("UPN", "Surname", "Forename", "DOB", "School URN", "School")
OPTIONAL = {
    "Former UPNs": "former",
    "Sex": "sex",
    "Year group": "year_group",
    "Address": "address",
    "Postcode": "postcode",
    "Parent name": "parent_name",
    "Parent address": "parent_address",
    "Parent email": "parent_email",
    "Home language": "home_language",
    "Supported to 25": "supported_to_25",
}
# What a roll says of a pupil that is no column of their record: rows of their own hold it (P1).
MARKS = ("Protected", "Died on")
# Every column, in the order of a file that one starts from.
TEMPLATE = (
    "UPN", "Former UPNs", "Surname", "Forename", "DOB", "Sex", "School URN", "School",
    "Year group", "Home language", "Address", "Postcode", "Parent name", "Parent address",
    "Parent email", "Supported to 25", "Protected", "Died on",
)  # fmt: skip
# What school systems call them. A preferred surname or a chosen name is not the legal one that a
# pupil is compared by, and all forenames are more than the first: such columns are not used.
SYNONYMS = {
    "UPN": ("Unique pupil number", "Pupil UPN", "UPN number"),
    "Former UPNs": (
        "Former UPN", "Previous UPN", "Previous UPNs", "Former unique pupil number",
        "Former unique pupil numbers",
    ),
    "Surname": (
        "Legal surname", "Last name", "Legal last name", "Family name", "Legal family name",
        "Pupil surname", "Surname (legal)", "Surname legal",
    ),
    "Forename": (
        "Legal forename", "First name", "Legal first name", "Given name", "Legal given name",
        "Pupil forename", "Forename (legal)", "Forename legal",
    ),
    "DOB": ("Date of birth", "Birth date", "Pupil date of birth", "Pupil DOB"),
    "School URN": (
        "URN", "Establishment URN", "URN of school", "Unique reference number",
        "School unique reference number",
    ),
    "School": ("School name", "Establishment", "Establishment name", "Name of school"),
    "Sex": ("Gender", "Legal sex", "Legal gender"),
    "Year group": (
        "Year", "NC year", "NCY", "NC year group", "NC year actual", "National curriculum year",
        "National curriculum year group", "Curriculum year",
    ),
    "Address": ("Home address", "Pupil address", "Full address"),
    "Postcode": ("Home postcode", "Pupil postcode"),
    "Parent name": ("Parent/carer name", "Parent or carer name", "Contact name"),
    "Parent address": ("Parent/carer address", "Parent or carer address", "Contact address"),
    "Parent email": (
        "Parent/carer email", "Parent or carer email", "Contact email", "Parent email address",
        "Parent/carer email address", "Parent or carer email address", "Contact email address",
    ),
    "Home language": ("Language at home", "Language spoken at home", "Home language name"),
    # Ages 20 to 24 depend on special educational needs, with or without a plan (Education and Skills
    # Act 2008 s.78, Education Act 1996 s.579).
    "Supported to 25": (
        "Supported up to 25", "Supported until 25", "SEN", "SEN status", "SEN provision",
        "Special educational needs",
    ),
    "Protected": (
        "Protected pupil", "Protected record", "Address protected", "Protected address",
        "Must not be found",
    ),
    "Died on": ("Date of death", "Deceased on", "Died", "Date died"),
}  # fmt: skip
# By these a heading is told from a title above it.
HEADINGS = [
    folded_heading(heading)
    for name in (*REQUIRED, *OPTIONAL, *MARKS)
    for heading in (name, *SYNONYMS.get(name, ()))
]
_NOT_SAID = re.compile(r"[\W_]+")


class RollColumns(NamedTuple):
    """The columns of a file of pupils.

    `places` and `headings` give, by a column's name here, its place and what the file calls it;
    `ignored` are the headings of columns that are not used.
    """

    places: dict[str, int]
    headings: dict[str, str]
    ignored: list[str]

    @property
    def renamed(self) -> dict[str, str]:
        """Return a column's name here by what the file calls it, where these differ."""
        return {
            heading: name
            for name, heading in self.headings.items()
            if _folded(heading) != _folded(name)
        }

    def as_written(self, fault: Fault) -> Fault:
        """Return the fault with its column called as in the file."""
        if not isinstance(fault.column, str):
            return fault
        return Fault(fault.message, fault.line, self.headings.get(fault.column, fault.column))


def roll_columns(table: Table) -> RollColumns:
    """Return the columns of a table of pupils, whatever the case, spaces and points of headings.

    Raises BadInputError for a required column that is missing, and for two with one meaning.
    """
    places: dict[str, int] = {}
    headings: dict[str, str] = {}
    ignored: list[str] = []
    faults: list[Fault] = []
    for place, cell in enumerate(table.headings):
        heading = " ".join(cell.split())
        name = _NAMES.get(_folded(heading))
        if name is None:
            ignored.append(heading or f"column {place + 1}, which has no heading")
        elif name in places:
            message = (
                f"means the same as {headings[name]!r} in column {places[name] + 1}. "
                "Remove one of them."
            )
            faults.append(Fault(message, table.heading_line, heading))
        else:
            places[name], headings[name] = place, heading
    faults += [
        Fault(
            f"the column {name!r} is missing. It may also be called "
            f"{series([f'‘{other}’' for other in SYNONYMS[name][:3]], 'or')}.",
            table.heading_line,
        )
        for name in REQUIRED
        if name not in places
    ]
    if faults:
        raise BadInputError(faults, name=table.name)
    return RollColumns(places, headings, ignored)


def _folded(heading: str) -> str:
    """Return the letters and digits of a heading: `D.O.B.` and `School_URN` are recognised."""
    return _NOT_SAID.sub("", heading.casefold())


_NAMES = {
    _folded(name): column
    for column in (*REQUIRED, *OPTIONAL, *MARKS)
    for name in (column, *SYNONYMS[column])
}
