"""A CTF file (the XML in which schools' systems exchange pupils) as the CSV that a roll is read from.

Of the many things it holds only what a roll needs is taken. Each pupil stands in the CSV on the
line on which the element begins, so that faults name the file's own lines.
"""

import csv
import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

from django.conf import settings
from lxml import etree

from consent.ctf_elements import (
    Contact,
    address_of,
    contacts_of,
    former_upns,
    home_language,
    local,
    parent_among,
    plain,
    text,
)
from consent.models import School
from privacy_portal.faults import BadInputError, Fault

__all__ = [
    "Contact",
    "Contacts",
    "Header",
    "RollFile",
    "as_roll",
    "is_xml",
    "pupils_in",
    "school_of",
]

HEADINGS = (
    "UPN", "Former UPNs", "Surname", "Forename", "DOB", "Sex", "School URN", "School",
    "Year group", "Home language", "Address", "Postcode", "Parent name", "Parent address",
    "Parent email",
)  # fmt: skip
# What a pupil's columns are read from: a file that has none of it says nothing about them.
SAID_BY = {
    "sex": ("Sex", "Gender"),
    "year_group": ("BasicDetails/NCyearActual",),
    "home_language": ("BasicDetails/Languages",),
    "address": ("Address",),
    "postcode": ("Address",),
    "parent_name": ("Contacts",),
    "parent_address": ("Contacts",),
    "parent_email": ("Contacts/Contact/Email",),
}
_MARKS = (b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")
_BLANK = b" \t\r\n\0"
# An authority's own number stands where a school's would, in a file for or from it.
AUTHORITY = "LLLL"
_LINE = re.compile(r"\bline (\d+)\b")


# Contacts beyond the parent of the roll's own columns, by the pupil's UPN as written.
Contacts = dict[str, list[Contact]]


@dataclass(frozen=True, slots=True)
class Header:
    """What a file says of itself: whose pupils it has.

    `laestab` is the number of the school they are or were at, `name` its name in the file; `left`
    says that the file is of pupils who have left it, for a school that is not known or not
    maintained.
    """

    laestab: str
    name: str
    left: bool
    line: int


@dataclass(slots=True)
class RollFile:
    """A file as the CSV at `path` that a roll is read from.

    `contacts` are those beyond the parent; `said` the columns of a pupil that the file says
    anything about, None for those that it has headings of; `left` that its pupils have left;
    `warnings` what a workbook hides, a sentence each.
    """

    path: Path
    contacts: Contacts = field(default_factory=dict)
    said: frozenset[str] | None = None
    left: bool = False
    warnings: list[str] = field(default_factory=list)
    # Where several pupils begin on one line of the file, lines of the CSV are none of its own.
    packed: bool = False
    upns: list[str] = field(default_factory=list)
    lines: list[int] = field(default_factory=list)

    def placed(self, faults: list[Fault]) -> list[Fault]:
        """Faults of the CSV in its order, with the places of the file that it was made from."""
        ordered = sorted(faults, key=lambda fault: fault.line or 0)
        return [self._placed(each) for each in ordered] if self.packed else ordered

    def _placed(self, fault: Fault) -> Fault:
        numbers = {line: number for number, line in enumerate(self.lines, 1)}
        number = numbers.get(fault.line or 0)
        message = _LINE.sub(lambda match: f"pupil {numbers.get(int(match[1]), '?')}", fault.message)
        if number is None:
            return Fault(message, None, fault.column)
        upn = self.upns[number - 1]
        who = f"pupil {number} of the file (UPN {upn[:20]})" if upn else f"pupil {number}"
        return Fault(f"{who}: {message}", None, fault.column)


def is_xml(path: Path) -> bool:
    """Whether the file begins as XML does, in UTF-8, UTF-16 or another encoding."""
    with path.open("rb") as file:
        start = file.read(64)
    for mark in _MARKS:
        start = start.removeprefix(mark)
    return start.lstrip(_BLANK).startswith(b"<")


@contextmanager
def as_roll(path: Path, name: str) -> Iterator[RollFile]:
    """A private CSV of the file's pupils, until the end, and what else is to be known of it.

    Raises BadInputError, calling the file `name`, for XML that is no CTF, has a DTD, or comes
    from a school that the portal does not know.
    """
    with tempfile.NamedTemporaryFile(
        "w", dir=settings.FILE_UPLOAD_TEMP_DIR, suffix=".csv", encoding="utf-8", newline=""
    ) as out:
        roll = RollFile(Path(out.name))
        _write(path, name, out, roll)
        out.flush()
        yield roll


def pupils_in(path: Path, name: str) -> Iterator[tuple[Header, Any]]:
    """Each `Pupil` element of a CTF, without namespaces, with the header; gone when the next comes.

    No entity is resolved and nothing is fetched. Raises BadInputError, calling the file `name`,
    for XML that is no CTF or has a DTD.
    """
    try:
        with path.open("rb") as file:
            yield from _pupils(file, name)
    except etree.XMLSyntaxError as error:
        line, character = error.position
        where = f" (at its character {character:,})" if line == 1 and character > 1 else ""
        message = f"this is no whole XML file{where}: {error.msg}."
        raise BadInputError([Fault(message, error.lineno)], name=name) from error


def _pupils(file: BinaryIO, name: str) -> Iterator[tuple[Header, Any]]:
    header = None
    events = etree.iterparse(
        file, events=("end",), tag=("{*}Header", "{*}Pupil"), resolve_entities=False,
        load_dtd=False, no_network=True, huge_tree=False, remove_comments=True, remove_pis=True,
    )  # fmt: skip
    for _, element in events:
        if element.getroottree().docinfo.doctype:
            raise _fault("the file has a DOCTYPE, which a CTF has not. Export it again.", 1, name)
        above = [local(each.tag) for each in element.iterancestors()]
        if local(element.tag) == "Header":
            if len(above) == 1 and header is None:
                header = _header(plain(element), name)
            continue
        if "Pupil" in above:
            continue
        if header is None:
            raise _fault("a CTF has a <Header> before its pupils; this file has none.", 1, name)
        if not above or above[0].casefold() != "ctfpupildata":
            where = f"under <{above[0]}>" if above else "at the top"
            message = f"a <Pupil> stands {where}; a CTF has its pupils under <CTFpupilData>."
            raise _fault(message, element.sourceline, name)
        yield header, plain(element)
        element.clear()
        while element.getprevious() is not None:
            del element.getparent()[0]
    if header is None:
        raise _fault("this XML is no CTF: it has no <Header>.", 1, name)


def _header(element: Any, name: str) -> Header:
    """Says whose pupils a file has: those of the school it goes to; in a file for the authority, of the
    one it comes from; in one for no school of the kind, who have left the one it comes from."""
    source, to = element.find("SourceSchool"), element.find("DestSchool")
    from_number, to_number = _number(source), _number(to)
    at, left = source, bool(to_number)
    if to_number.isdigit():
        at, left = to, False
    elif to_number[:3].isdigit() and to_number[3:] == AUTHORITY:
        left = False
    number = to_number if at is to else from_number
    if not number.isdigit():
        raise _fault("the file names no school that its pupils are at.", element.sourceline, name)
    return Header(number, text(at, "SchoolName"), left, element.sourceline or 1)


def _number(school: Any) -> str:
    """`3594001`; not all digits where it is no school."""
    return "" if school is None else (text(school, "LEA") + text(school, "Estab")).upper()


def school_of(header: Header) -> School | None:
    """The school of the header's number, as the register has it; 1 query."""
    return School.objects.filter(laestab=header.laestab).first()


def _write(path: Path, name: str, out: Any, roll: RollFile) -> None:
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(HEADINGS)
    line, school = 1, None
    said: set[str] = set()
    for header, pupil in pupils_in(path, name):
        if school is None:
            roll.left, school = header.left, school_of(header)
        if school is None:
            message = (
                f"no school with the LAESTAB {header.laestab} is known. "
                "Import the register of schools (GIAS) first."
            )
            raise _fault(message, header.line, name)
        begins = pupil.sourceline or 0
        roll.packed = roll.packed or begins <= line
        out.write("\r\n" * (begins - line - 1))
        line = max(begins, line + 1)
        cells, contacts = _pupil(pupil)
        roll.lines.append(line)
        roll.upns.append(cells[0])
        writer.writerow([*cells[:6], school.urn, school.name, *cells[6:]])
        said |= {
            column
            for column, places in SAID_BY.items()
            if column not in said and any(pupil.find(place) is not None for place in places)
        }
        if contacts is not None:
            roll.contacts[cells[0]] = contacts
    roll.said = frozenset(said)


def _pupil(pupil: Any) -> tuple[list[str], list[Contact] | None]:
    """The cells of a pupil but for the school's, and contacts beyond the parent; None where the
    file says nothing of contacts."""
    address = address_of(pupil.find("Address"))
    contacts = contacts_of(pupil)
    parent = parent_among(contacts)
    named = parent.contact if parent else Contact("", "", "")
    cells = [
        text(pupil, "UPN"),
        " ".join(former_upns(pupil)),
        text(pupil, "Surname"),
        text(pupil, "Forename"),
        text(pupil, "DOB"),
        text(pupil, "Sex") or text(pupil, "Gender"),
        text(pupil, "BasicDetails/NCyearActual"),
        home_language(pupil),
        address.lines,
        address.postcode,
        named.name,
        named.address,
        named.email,
    ]
    if pupil.find("Contacts") is None:
        return cells, None
    return cells, [each.contact for each in contacts if each is not parent]


def _fault(message: str, line: int | None, name: str) -> BadInputError:
    return BadInputError([Fault(message, line)], name=name)
