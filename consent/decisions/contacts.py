"""Everyone on record for a pupil: who must be told before an opt-in counts (C3)."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date

from consent.age_rules import attained
from consent.models import Pupil
from consent.rules import DecidedBy
from privacy_portal.ground.names import person_key

# In place of a name that nobody gave.
UNNAMED = "Parent or carer"


@dataclass(frozen=True, slots=True)
class Contact:
    """A person on record, and how to reach them; a postal address includes its postcode.

    `own` marks the pupil, since a parent may have the same name. `responsible` is false for someone
    whom the school's system names without parental responsibility: a carer without it is on record
    too, and may decide like a parent (Education Act 1996 s.576).
    """

    name: str
    email: str
    address: str
    own: bool = False
    responsible: bool = True


def contacts_of(pupil: Pupil, *, self_age: int | None, on: date) -> list[Contact]:
    """Return everyone on record for a pupil: the parents in pupil records, everyone who decided
    before, and the pupil once they have attained `self_age` (None: no such age); 2 queries.

    A person known by name or by email address is returned once; the pupil separately from a parent.
    Nobody about a protected pupil (P4), or one who has died (P6).
    """
    if pupil.hears_nothing:
        return []
    contacts: list[Contact] = []
    home = ", ".join(filter(None, (pupil.address, pupil.postcode)))
    if pupil.parent_name or pupil.parent_email or pupil.parent_address:
        name = pupil.parent_name or UNNAMED
        contacts.append(Contact(name, pupil.parent_email, pupil.parent_address or home))
    contacts += [
        Contact(
            contact.name or UNNAMED, contact.email, contact.address, responsible=contact.responsible
        )
        for contact in pupil.roll_contacts.all()
    ]
    decisions = pupil.decisions.filter(invalidation=None).select_related("request")
    for decision in decisions.order_by("pk"):
        if decision.by == DecidedBy.PARENT:
            sent = decision.request
            email = decision.email or (sent.email if sent else "")
            contacts.append(Contact(decision.person_name, email, sent.address if sent else ""))
    if self_age is not None and attained(self_age, pupil.born, on):
        contacts.append(Contact(f"{pupil.forename} {pupil.surname}", "", home, own=True))
    return _once(contacts)


def contacts_to_tell(pupils: Iterable[Pupil], *, self_age: int | None, on: date) -> list[Contact]:
    """Return everyone on record for these pupils, who are or may be one child; 2 queries a record."""
    return _once(
        [contact for pupil in pupils for contact in contacts_of(pupil, self_age=self_age, on=on)]
    )


def _once(contacts: list[Contact]) -> list[Contact]:
    unique: list[Contact] = []
    for contact in contacts:
        same = next((other for other in unique if _same(contact, other)), None)
        if same is None:
            unique.append(contact)
        elif not same.email and contact.email:
            unique[unique.index(same)] = replace(same, email=contact.email)
    return unique


def _same(one: Contact, other: Contact) -> bool:
    if one.own != other.own:
        return False
    by_mail = one.email != "" and one.email.casefold() == other.email.casefold()
    if one.name == other.name == UNNAMED:
        return by_mail or (one.email, one.address) == (other.email, other.address)
    return by_mail or person_key(one.name) == person_key(other.name)
