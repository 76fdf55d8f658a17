"""The elements of a CTF that say who a pupil is, where they live and who is on record for them.

Namespaces and prefixes mean nothing here: `plain` removes them before anything is looked up.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from operator import itemgetter
from typing import NamedTuple

from consent.decisions.contacts import Contact
from privacy_portal.ground.files.xml_elements import Element

BS7666 = ("SAON", "PAON", "Street", "Locality", "Town", "AdministrativeArea", "PostTown")
ADDRESS_LINES = tuple(f"AddressLine{number}" for number in range(1, 6))
# Of these forms an address has one; only what they name, and the county, is a line of it.
FORMS = (("BS7666Address", BS7666), ("AddressLines", ADDRESS_LINES))
POSTCODE = "PostCode"
AT_HOME = {"uk", "gb", "gbr", "united kingdom", "great britain", "england", "eng"}
YES = {"true", "1", "t", "y", "yes"}
NO = {"false", "0", "f", "n", "no"}
PHONE = re.compile(r"(tele)?phone(no|number)?|mobile(no|number)?", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Address:
    """An address in one line, with its postcode apart; `as_pupil` says whether it is the pupil's,
    None where the file does not say."""

    lines: str = ""
    postcode: str = ""
    as_pupil: bool | None = None

    @property
    def whole(self) -> str:
        """Return the address with its postcode, as on an envelope."""
        return ", ".join(part for part in (self.lines, self.postcode) if part)


def plain(element: Element) -> Element:
    """Rename the element and all in it to their local names, and return it."""
    for child in element.iter():
        if isinstance(child.tag, str) and child.tag.startswith("{"):
            child.tag = local(child.tag)
    return element


def local(tag: str) -> str:
    """Return a tag without its namespace."""
    return tag.rpartition("}")[2]


def text(parent: Element, path: str) -> str:
    """Return the text at the path with single spaces, or an empty text."""
    return " ".join((parent.findtext(path) or "").split())


def address_of(element: Element) -> Address:
    """Return the address in an `Address` element, from its named lines alone; None if there is
    none.

    Map references, flags and reference numbers are left out, and the country unless it is abroad.
    """
    if element is None:
        return Address()
    said = text(element, "AddressAsPupil").casefold()
    as_pupil = True if said in YES else False if said in NO else None
    lines: list[str] = []
    for form, names in FORMS:
        holder = element.find(form)
        lines = _lines(element if holder is None else holder, names)
        if lines:
            break
    country = text(element, "Country")
    more = [text(element, "County"), "" if country.casefold() in AT_HOME else country]
    postcode = text(element, POSTCODE) or text(element, f".//{POSTCODE}")
    return Address(", ".join(_once([*lines, *more])), postcode, as_pupil)


class OnRecord(NamedTuple):
    """A contact and its element. `placed` is false for one at another, unknown address."""

    element: Element
    contact: Contact
    placed: bool


def contacts_of(pupil: Element) -> list[OnRecord]:
    """Return everyone on record for a pupil, in the order of the file."""
    home = address_of(pupil.find("Address")).whole
    people: list[tuple[int, OnRecord]] = []
    for element in pupil.iterfind("Contacts/Contact"):
        address = _address_of_contact(element)
        where = home if address.as_pupil else address.whole
        contact = Contact(
            name=" ".join(filter(None, (text(element, "Forename"), text(element, "Surname")))),
            email=text(element, "Email"),
            address=where,
            responsible=text(element, "Responsibility").casefold() in YES,
        )
        if contact.name or contact.email or address.whole:
            placed = bool(where) or address.as_pupil is None
            people.append((_order(element), OnRecord(element, contact, placed)))
    return [contact for _, contact in sorted(people, key=itemgetter(0))]


def parent_among(contacts: Iterable[OnRecord]) -> OnRecord | None:
    """Return whom an import takes as the parent: the first with parental responsibility.

    Leaves out someone who lives at another, unknown address: letters would go to the pupil's home.
    """
    return next(
        (contact for contact in contacts if contact.placed and contact.contact.responsible), None
    )


def former_upns(pupil: Element) -> list[str]:
    """Return the former UPNs of a pupil, wherever they are in the element."""
    return [" ".join("".join(number.itertext()).split()) for number in pupil.iter("FormerUPN")]


def home_language(pupil: Element) -> str:
    """Return the language spoken at home (type H), or else the first."""
    types = list(pupil.iterfind("BasicDetails/Languages/Type"))
    at_home = [language for language in types if text(language, "LanguageType").upper() == "H"]
    return next((text(language, "Language") for language in [*at_home, *types]), "")


def is_phone(tag: str) -> bool:
    """Return whether an element under `Phones` holds the number itself."""
    return PHONE.fullmatch(tag) is not None


def _address_of_contact(element: Element) -> Address:
    address = address_of(element.find("Address"))
    said = text(element, "AddressAsPupil").casefold()
    if address.as_pupil is None and said in YES | NO:
        return Address(address.lines, address.postcode, said in YES)
    return address


def _lines(holder: Element, names: tuple[str, ...]) -> list[str]:
    return [line for name in names if (line := text(holder, name))]


def _once(lines: list[str]) -> Iterator[str]:
    """Return each line that is not blank, leaving out words given before, such as a town that is
    its own post town. Numbers are repeated: flat 2 may be in house 2."""
    seen: set[str] = set()
    for line in lines:
        if line and (line.casefold() not in seen or any(map(str.isdigit, line))):
            seen.add(line.casefold())
            yield line


def _order(contact: Element) -> int:
    order = text(contact, "Order")
    return int(order) if order.isascii() and order.isdigit() else 99
