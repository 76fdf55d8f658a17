"""A CTF file (the XML in which schools' systems exchange pupils) as the CSV that a roll is read from.

Of the many things it holds only what a roll needs is taken. Each pupil stands in the CSV on the
line on which the element begins, so that faults name the file's own lines.
"""

import csv
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from django.conf import settings
from lxml import etree

from consent.models import School
from privacy_portal.faults import BadInputError, Fault

HEADINGS = (
    "UPN", "Former UPNs", "Surname", "Forename", "DOB", "Sex", "School URN", "School",
    "Year group", "Home language", "Address", "Postcode", "Parent name", "Parent address",
    "Parent email",
)  # fmt: skip
MARK = b"<"
YES = {"true", "1", "y", "yes"}
# An authority's own number stands where a school's would, in a file for or from it.
AUTHORITY = "LLLL"


@dataclass(frozen=True, slots=True)
class Contact:
    """A person with parental responsibility, as the file names them."""

    name: str
    email: str
    address: str


# Contacts beyond the first, by the pupil's UPN as written.
Contacts = dict[str, list[Contact]]


def is_xml(path: Path) -> bool:
    """Whether the file begins as XML does."""
    with path.open("rb") as file:
        return file.read(64).lstrip(b"\xef\xbb\xbf \t\r\n").startswith(MARK)


@contextmanager
def as_roll(path: Path, name: str) -> Iterator[tuple[Path, Contacts]]:
    """A private CSV of the file's pupils, until the end, and their further contacts.

    Raises BadInputError, calling the file `name`, for XML that is no CTF, has a DTD, or comes
    from a school that the portal does not know.
    """
    contacts: Contacts = {}
    with tempfile.NamedTemporaryFile(
        "w", dir=settings.FILE_UPLOAD_TEMP_DIR, suffix=".csv", encoding="utf-8", newline=""
    ) as out:
        try:
            with path.open("rb") as file:
                _write(file, name, out, contacts)
        except etree.XMLSyntaxError as error:
            message = f"this is no whole XML file: {error.msg}."
            raise BadInputError([Fault(message, error.lineno)], name=name) from error
        out.flush()
        yield Path(out.name), contacts


def _write(file: BinaryIO, name: str, out: Any, contacts: Contacts) -> None:
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(HEADINGS)
    line, school = 1, None
    # No entity is resolved and nothing is fetched; a file with a DTD is refused.
    events = etree.iterparse(
        file, events=("end",), tag=("Header", "Pupil"), resolve_entities=False,
        load_dtd=False, no_network=True, huge_tree=False, remove_comments=True, remove_pis=True,
    )  # fmt: skip
    for _, element in events:
        if element.getroottree().docinfo.doctype:
            raise _fault("the file has a DOCTYPE, which a CTF has not. Export it again.", 1, name)
        if element.tag == "Header":
            school = _school(element, name)
            continue
        if school is None:
            raise _fault("a CTF has a <Header> before its pupils; this file has none.", 1, name)
        begins = element.sourceline or 0
        out.write("\r\n" * (begins - line - 1))
        line = max(begins, line + 1)
        written, further = _pupil(element)
        writer.writerow([*written[:6], school.urn, school.name, *written[6:]])
        if further:
            contacts[written[0]] = further
        element.clear()
        while element.getprevious() is not None:
            del element.getparent()[0]
    if school is None:
        raise _fault("this XML is no CTF: it has no <Header>.", 1, name)


def _school(header: Any, name: str) -> School:
    """The school whose pupils these are: the one they go to, or, in a file for the authority, the
    one they come from."""
    source, to = _number(header.find("SourceSchool")), _number(header.find("DestSchool"))
    for number in (to, source):
        if number.isdigit():
            found = School.objects.filter(laestab=number).first()
            if found is None:
                message = (
                    f"no school with the LAESTAB {number} is known. "
                    "Import the register of schools (GIAS) first."
                )
                raise _fault(message, header.sourceline, name)
            return found
    raise _fault("the file names no school that its pupils are at.", header.sourceline, name)


def _number(school: Any) -> str:
    """`3594001`; not all digits where it is no school."""
    return "" if school is None else _text(school, "LEA") + _text(school, "Estab")


def _pupil(pupil: Any) -> tuple[list[str], list[Contact]]:
    """The cells of a pupil but for the school's, and contacts beyond the first."""
    basics = pupil.find("BasicDetails")
    former = [] if basics is None else [each.text or "" for each in basics.iter("FormerUPN")]
    address, postcode = _address(pupil.find("Address"))
    contacts = _contacts(pupil, ", ".join(part for part in (address, postcode) if part))
    first = contacts[0] if contacts else Contact("", "", "")
    cells = [
        _text(pupil, "UPN"),
        " ".join(former),
        _text(pupil, "Surname"),
        _text(pupil, "Forename"),
        _text(pupil, "DOB"),
        _text(pupil, "Sex") or _text(pupil, "Gender"),
        "" if basics is None else _text(basics, "NCyearActual"),
        "" if basics is None else _text(basics, "Languages/Type/Language"),
        address,
        postcode,
        first.name,
        first.address,
        first.email,
    ]
    return cells, contacts[1:]


def _contacts(pupil: Any, home: str) -> list[Contact]:
    """Those with parental responsibility, in the file's order; nobody else is on record."""
    found: list[tuple[int, int, Contact]] = []
    for each in pupil.iterfind("Contacts/Contact"):
        if _text(each, "Responsibility").casefold() not in YES:
            continue
        name = " ".join(part for part in (_text(each, "Forename"), _text(each, "Surname")) if part)
        street, postcode = _address(each.find("Address"))
        own = ", ".join(part for part in (street, postcode) if part)
        order = _text(each, "Order")
        contact = Contact(name, _text(each, "Email"), own or home)
        found.append((int(order) if order.isdigit() else 99, len(found), contact))
    return [contact for _, _, contact in sorted(found)]


def _address(element: Any) -> tuple[str, str]:
    """An address in one line, whichever of its forms it has, and the postcode."""
    if element is None:
        return "", ""
    parts, postcode = [], ""
    for leaf in element.iter():
        text = " ".join((leaf.text or "").split())
        if len(leaf) or not text:
            continue
        if leaf.tag.casefold() == "postcode":
            postcode = text
        elif leaf.tag not in ("UniquePropertyReferenceNumber", "UPRN", "Country"):
            parts.append(text)
    return ", ".join(parts), postcode


def _text(parent: Any, tag: str) -> str:
    return " ".join((parent.findtext(tag) or "").split())


def _fault(message: str, line: int | None, name: str) -> BadInputError:
    return BadInputError([Fault(message, line)], name=name)
