"""A CTF file (the XML in which school systems exchange pupils) is turned into the CSV that an
import reads.

Only what an import needs is taken. Each pupil is written to the CSV on the line on which the
element begins, so that faults name the file's own lines.
"""

import csv
import re
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

from django.conf import settings
from lxml import etree

from consent.decisions.contacts import Contact
from consent.models import School
from consent.roll.ctf_elements import (
    address_of,
    contacts_of,
    former_upns,
    home_language,
    local,
    parent_among,
    plain,
    text,
)
from consent.roll.headings import TEMPLATE
from privacy_portal.ground.faults import BadInputError, Fault, shortened
from privacy_portal.ground.files.encodings import garbled
from privacy_portal.ground.files.workbooks import JOB_SECONDS
from privacy_portal.ground.files.xml_elements import Element

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
# A school that is not known, or not maintained: pupils who go there have left.
LEFT = ("XXXX", "MMMM")
# Far more than pupils have: what is made to hurt is told from what is large.
MOST_CONTACTS, MOST_DEPTH, MOST_BYTES = 100, 256, 20_000_000
_LXML_PLACE = re.compile(r",? line \d+, column \d+$")
_ZONE = re.compile(r"(?<=\d)(?:Z|[+-]\d\d:\d\d)$")
_LINE = re.compile(r"\bline (\d+)\b")


# Contacts beyond the parent of the roll's own columns, by the pupil's UPN as written.
Contacts = dict[str, list[Contact]]


@dataclass(frozen=True, slots=True)
class Header:
    """Header of a CTF: the school whose pupils the file is about.

    `laestab` is the number of the school they are or were at, `name` its name in the file; `left`
    says that they left it, for a school that is not known or not maintained.
    """

    laestab: str
    name: str
    left: bool
    line: int


@dataclass(slots=True)
class RollFile:
    """A file as the CSV at `path` that an import reads.

    `contacts` are those beyond the parent; `said` the columns of a pupil that the file has anything
    for, None for all those it has headings of; `left` says that its pupils have left; `warnings`
    what a workbook hides, a sentence each.
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
        """Return faults of the CSV in its order, with the places of the file that it was made from."""
        ordered = sorted(faults, key=lambda fault: fault.line or 0)
        return [self._placed(fault) for fault in ordered] if self.packed else ordered

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
    """Return whether the file begins as XML does, in UTF-8, UTF-16 or another encoding."""
    with path.open("rb") as file:
        start = file.read(64)
    for mark in _MARKS:
        start = start.removeprefix(mark)
    return start.lstrip(_BLANK).startswith(b"<")


@contextmanager
def as_roll(path: Path, name: str) -> Iterator[RollFile]:
    """Yield a private CSV of the file's pupils, deleted at the end, with its contacts and warnings.

    Raises BadInputError, calling the file `name`, for XML that is not a CTF, has a DTD, or comes
    from a school that the portal does not have.
    """
    with tempfile.NamedTemporaryFile(
        "w", dir=settings.FILE_UPLOAD_TEMP_DIR, suffix=".csv", encoding="utf-8", newline=""
    ) as out:
        roll = RollFile(Path(out.name))
        _write(path, name, out, roll)
        out.flush()
        if not roll.lines:
            raise _fault("the file has no <Pupil>.", None, name)
        if fault := garbled_fault(roll.path):
            raise BadInputError(roll.placed([fault]), name=name)
        yield roll


def garbled_fault(path: Path) -> Fault | None:
    """Return the fault of a name that was saved in one encoding and opened in another, if any."""
    if not (cell := garbled(path)):
        return None
    message = (
        f"{shortened(cell.content, 60)!r} was saved in one encoding and opened in another. "
        "Export the file again. Do not save it in a text editor."
    )
    return Fault(message, cell.line, cell.heading)


def pupils_in(
    path: Path, name: str, *, seconds: int = JOB_SECONDS
) -> Iterator[tuple[Header, Element]]:
    """Yield each `Pupil` of a CTF, without namespaces, with the header; the next clears it.

    No entity is resolved and nothing is fetched. Raises BadInputError, calling the file `name`, for
    XML that is no CTF, has a DTD, takes over `seconds` of processor time, or has a huge pupil.
    """
    try:
        with path.open("rb") as file:
            yield from _pupils(_Bounded(file, name), name, seconds)
    except etree.XMLSyntaxError as error:
        raise BadInputError([_syntax_fault(error)], name=name) from error


def _syntax_fault(error: etree.XMLSyntaxError) -> Fault:
    """Return a fault that says why the XML cannot be read, and what to do."""
    line, character = error.position
    said = str(error.msg or "")
    if "Excessive depth" in said:
        message = f"elements are nested more than {MOST_DEPTH} deep. This is not allowed in a CTF."
    elif "XML_PARSE_HUGE" in said or "Resource limit" in said:
        message = "it contains a text longer than 10MB. This is not allowed in a CTF."
    elif "encoding" in said.casefold() or "Blank needed" in said:
        message = (
            "the file is not in the encoding that its first line names, or that encoding does not "
            "exist. Export the file again. Do not save it in a text editor."
        )
    elif "declaration allowed only at the start" in said:
        message = (
            "there is a second “<?xml”, or something before the first. Upload each CTF as a separate "
            "file, as it was exported."
        )
    elif not line:
        message = (
            "it has no element, or an entity (like &uuml;) that XML does not know. Export it again."
        )
    else:
        where = f" (at its character {character:,})" if line == 1 and character > 1 else ""
        said = _LXML_PLACE.sub("", said).strip()
        message = f"this XML file is not complete{where}: {said}. Export it again."
    return Fault(message, line or None)


class _Bounded:
    """A file that is read only as far as its pupils are of a usual size, since a pupil is kept in
    memory as elements, some 10 times as large."""

    def __init__(self, file: BinaryIO, name: str):
        self._file, self._name = file, name
        self._since_pupil = 0

    def read(self, size: int) -> bytes:
        """Return the next bytes. Raises BadInputError where a single pupil has too many."""
        data = self._file.read(size)
        self._since_pupil += len(data)
        if self._since_pupil > MOST_BYTES:
            message = f"a single pupil, or something else in it, takes more than {MOST_BYTES:,} bytes. This is not allowed in a CTF."
            raise BadInputError([Fault(message)], name=self._name)
        return data

    def at_pupil(self) -> None:
        """Note that another pupil is complete."""
        self._since_pupil = 0


def _pupils(file: _Bounded, name: str, seconds: int) -> Iterator[tuple[Header, Element]]:
    header = None
    # Of this thread alone: others that are busy meanwhile are not to blame on the file.
    end = time.thread_time() + seconds
    events = etree.iterparse(
        file, events=("end",), tag=("{*}Header", "{*}Pupil"), resolve_entities=False,
        load_dtd=False, no_network=True, huge_tree=False, remove_comments=True, remove_pis=True,
    )  # fmt: skip
    for _, element in events:
        if element.getroottree().docinfo.doctype:
            raise _fault(
                "the file has a DOCTYPE, which is not allowed in a CTF. Export it again.", 1, name
            )
        if time.thread_time() > end:
            message = (
                f"the file takes longer than {seconds} seconds to read. Split it into smaller ones."
            )
            raise _fault(message, element.sourceline, name)
        above = [local(ancestor.tag) for ancestor in element.iterancestors()]
        if local(element.tag) == "Header":
            if len(above) != 1 and above[:1] != ["CTfile"]:
                continue
            if header is not None:
                message = (
                    "there is a second <Header>. Upload each CTF as a separate file, because its header says whose "
                    "pupils they are."
                )
                raise _fault(message, element.sourceline, name)
            header = _header(plain(element), name)
            continue
        if "Pupil" in above:
            continue
        if header is None:
            raise _fault(
                "this XML file is not a CTF. It has no <Header> before its pupils.", 1, name
            )
        if not above or above[0].casefold() != "ctfpupildata":
            where = f"under <{above[0]}>" if above else "at the top"
            message = f"there is a <Pupil> {where}. In a CTF, pupils are under <CTFpupilData>."
            raise _fault(message, element.sourceline, name)
        file.at_pupil()
        if (count := sum(1 for _ in element.iterfind("{*}Contacts/{*}Contact"))) > MOST_CONTACTS:
            message = f"a pupil has {count:,} contacts. The maximum is {MOST_CONTACTS}."
            raise _fault(message, element.sourceline, name)
        yield header, plain(element)
        element.clear()
        while element.getprevious() is not None:
            del element.getparent()[0]
    if header is None:
        raise _fault("this XML file is not a CTF. It has no <Header> below <CTfile>.", 1, name)


def _header(element: Element, name: str) -> Header:
    """Return whose pupils a file has: those of the school it goes to; in a file for the authority,
    of the one it comes from; in one for no such school, those who have left the one it comes from.
    """
    source, to = element.find("SourceSchool"), element.find("DestSchool")
    from_number, to_number = _number(source), _number(to)
    at, left = source, bool(to_number)
    if to_number.isdigit():
        at, left = to, False
    elif to_number[:3].isdigit() and to_number[3:] == AUTHORITY:
        left = False
    number = to_number if at is to else from_number
    if not number.isdigit():
        raise _fault("the file does not name a school for its pupils.", element.sourceline, name)
    if left and to_number[3:] not in LEFT:
        message = (
            f"the file goes to {to_number[:20]!r}, which is not a school (LEA and Estab in digits), "
            "an authority (LLLL) or the code for pupils who have left (XXXX, MMMM)."
        )
        raise _fault(message, element.sourceline, name)
    return Header(number, text(at, "SchoolName"), left, element.sourceline or 1)


def _number(school: Element) -> str:
    """Return the number of a school, `3594001`; not all digits where it is not a school."""
    return "" if school is None else (text(school, "LEA") + text(school, "Estab")).upper()


def school_of(header: Header) -> School | None:
    """Return the school with the header's number; 1 query."""
    return School.objects.filter(laestab=header.laestab).first()


def _write(path: Path, name: str, out: Any, roll: RollFile) -> None:
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(heading for heading in TEMPLATE if heading != "Supported to 25")
    line, school = 1, None
    columns_said: set[str] = set()
    for header, pupil in pupils_in(path, name):
        if school is None:
            roll.left, school = header.left, school_of(header)
        if school is None:
            message = (
                f"we do not have a school with LAESTAB {header.laestab}. "
                "Import schools from GIAS first."
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
        columns_said |= {
            column
            for column, places in SAID_BY.items()
            if column not in columns_said and any(pupil.find(place) is not None for place in places)
        }
        if contacts is not None:
            roll.contacts[cells[0]] = contacts
    roll.said = frozenset(columns_said)


def _pupil(pupil: Element) -> tuple[list[str], list[Contact] | None]:
    """Return the cells of a pupil without the school's, and contacts beyond the parent; None where
    the file has no contacts."""
    address = address_of(pupil.find("Address"))
    contacts = contacts_of(pupil)
    parent = parent_among(contacts)
    named = parent.contact if parent else Contact("", "", "")
    cells = [
        text(pupil, "UPN"),
        " ".join(former_upns(pupil)),
        text(pupil, "Surname"),
        text(pupil, "Forename"),
        without_zone(text(pupil, "DOB")),
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
    return cells, [contact.contact for contact in contacts if contact is not parent]


def without_zone(day: str) -> str:
    """Return a date without the time zone that XML may give it: `2012-05-31Z`."""
    return _ZONE.sub("", day)


def _fault(message: str, line: int | None, name: str) -> BadInputError:
    return BadInputError([Fault(message, line)], name=name)
