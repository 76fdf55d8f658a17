"""A CTF that an officer wants to send is turned into the CSV that is checked: a column for
everything in it.

What the policy has headings for is put under them, so that it can be permitted. Every other element
of a pupil is put under its own name, so that it is listed and withheld by name.
"""

import csv
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from django.conf import settings

from consent.roll.ctf import Header, garbled_fault, pupils_in, school_of, without_zone
from consent.roll.ctf_elements import (
    ADDRESS_LINES,
    BS7666,
    FORMS,
    POSTCODE,
    Address,
    OnRecord,
    address_of,
    contacts_of,
    is_phone,
    local,
    parent_among,
)
from privacy_portal.ground.faults import BadInputError, Fault
from privacy_portal.ground.files.workbooks import JOB_SECONDS
from privacy_portal.ground.files.xml_elements import Element

# The headings of elements that are one thing; others stand under their path.
BY_PATH = {
    "UPN": "UPN",
    "Surname": "Surname",
    "Forename": "Forename",
    "DOB": "DOB",
    "Sex": "Sex",
    "Gender": "Gender",
    "Email": "Email",
    "BasicDetails/FormerUPN": "Former UPNs",
    "BasicDetails/NCyearActual": "Year group",
    "BasicDetails/Ethnicity": "Ethnicity",
    "BasicDetails/Languages/Type/Language": "Home language",
}
# These come first, in this order; the rest as the file has them.
FIRST = (
    "UPN", "Surname", "Forename", "DOB", "Sex", "Gender", "School URN", "LAESTAB", "School",
    "Year group", "Ethnicity", "Home language", "Address", "Postcode", "Telephone", "Email",
    "Parent name", "Parent address", "Parent telephone", "Parent email",
)  # fmt: skip
_ADDRESS = {
    *(f"{form}/{name}" for form, names in FORMS for name in names),
    *BS7666,
    *ADDRESS_LINES,
    "County",
    "Country",
}
_NO_SCHEMA = "{http://www.w3.org/2001/XMLSchema-instance}"


@contextmanager
def as_extract(path: Path, name: str, *, seconds: int = JOB_SECONDS) -> Iterator[Path]:
    """Yield a private CSV of the file's pupils and everything it says about them, deleted at the
    end.

    Raises BadInputError, calling the file `name`, for XML that is not a CTF, has a DTD, or takes
    more than `seconds` of processor time to read.
    """
    headings = _headings(path, name, seconds)
    with tempfile.NamedTemporaryFile(
        "w", dir=settings.FILE_UPLOAD_TEMP_DIR, suffix=".csv", encoding="utf-8", newline=""
    ) as out:
        writer = csv.writer(out, lineterminator="\r\n")
        writer.writerow(headings)
        school: dict[str, str] | None = None
        for header, pupil in pupils_in(path, name, seconds=seconds):
            if school is None:
                school = _school(header)
            cells = school | _cells(pupil)
            writer.writerow([cells.get(heading, "") for heading in headings])
        out.flush()
        if fault := garbled_fault(Path(out.name)):
            raise BadInputError([replace(fault, line=None)], name=name)
        yield Path(out.name)


def _headings(path: Path, name: str, seconds: int) -> list[str]:
    headings: dict[str, None] = {}
    for number, (header, pupil) in enumerate(pupils_in(path, name, seconds=seconds)):
        if number == 0:
            headings |= dict.fromkeys(_school(header))
        headings |= dict.fromkeys(_cells(pupil))
        if len(headings) > settings.MAX_COLUMNS:
            message = (
                f"pupils have more than {settings.MAX_COLUMNS} different elements, each of which is a "
                "column. Export fewer of them."
            )
            raise BadInputError([Fault(message, pupil.sourceline)], name=name)
    if not headings:
        raise BadInputError([Fault("the file has no <Pupil>.")], name=name)
    first = [heading for heading in FIRST if heading in headings]
    return first + [heading for heading in headings if heading not in FIRST]


def _school(header: Header) -> dict[str, str]:
    """Return the pupils' school, from the register if it is there, else as the file names it."""
    school = school_of(header)
    cells = {"LAESTAB": header.laestab}
    if school is not None:
        return {"School URN": school.urn, **cells, "School": school.name}
    return {**cells, "School": header.name} if header.name else cells


def _cells(pupil: Element) -> dict[str, str]:
    """Return everything that the file says about a pupil, by heading; repeated values are joined."""
    cells: dict[str, list[str]] = {}
    address = address_of(pupil.find("Address"))
    contacts = contacts_of(pupil)
    parent = parent_among(contacts)
    for heading, value in (("Address", address.lines), ("Postcode", address.postcode)):
        if value:
            cells[heading] = [value]
    if parent is not None:
        for heading, value in (
            ("Parent name", parent.contact.name),
            ("Parent address", parent.contact.address),
            ("Parent email", parent.contact.email),
        ):
            if value:
                cells[heading] = [value]
    for path, value, owner in _leaves(pupil):
        own = parent is not None and owner is parent.element
        under = _heading(path, value, address, parent if own else None)
        if under is not None:
            value = without_zone(value) if under == "DOB" else value
            cells.setdefault(under, []).append(value)
    return {heading: "; ".join(dict.fromkeys(values)) for heading, values in cells.items()}


def _heading(path: str, value: str, address: Address, parent: OnRecord | None) -> str | None:
    """Return the heading of a leaf; None for one whose value is part of a composed cell.

    `parent` is given for a leaf below the parent's own element.
    """
    if path in BY_PATH:
        return BY_PATH[path]
    block, _, rest = path.partition("/")
    if block == "Address" and _stands_in(rest, value, address.whole):
        return None
    if block == "Phones" and is_phone(path.rpartition("/")[2]):
        return "Telephone"
    if parent is not None:
        within = path.removeprefix("Contacts/Contact/")
        if within in ("Surname", "Forename", "Email"):
            return None
        block, _, rest = within.partition("/")
        if block == "Phones" and is_phone(within.rpartition("/")[2]):
            return "Parent telephone"
        if block == "Address" and _stands_in(rest, value, parent.contact.address):
            return None
    return path


def _stands_in(path: str, value: str, composed: str) -> bool:
    """Return whether a leaf below an `Address` is a line of the composed address, or its postcode."""
    is_line = path in _ADDRESS or path.rpartition("/")[2] == POSTCODE
    return is_line and value.casefold() in composed.casefold()


def _leaves(pupil: Element) -> Iterator[tuple[str, str, Element]]:
    """Yield each text and attribute below a pupil: its path, value, and contact it belongs to."""
    stack: list[tuple[str, Element, Element | None]] = [("", pupil, None)]
    while stack:
        path, element, owner = stack.pop()
        value = " ".join((element.text or "").split())
        tails = " ".join(" ".join((child.tail or "").split()) for child in element)
        value = " ".join(filter(None, (value, tails.strip())))
        if path and (value or not len(element)):
            yield path, value, owner
        for attribute, text in element.attrib.items():
            if not attribute.startswith(_NO_SCHEMA):
                name = f"@{local(attribute)}"
                yield f"{path}/{name}" if path else name, " ".join(text.split()), owner
        for child in reversed(element):
            if isinstance(child.tag, str):
                below = f"{path}/{child.tag}" if path else child.tag
                stack.append((below, child, child if below == "Contacts/Contact" else owner))
