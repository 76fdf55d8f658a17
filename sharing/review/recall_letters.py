"""Addressee and rows of a recall letter, which names no child."""

import json
from dataclasses import dataclass
from uuid import UUID

from django.db.models import F, Func, IntegerField, Value

from consent.models import Pupil
from privacy_portal.ground.log.models import Entry
from privacy_portal.ground.names import folded_name
from sharing.models import AgreementVersion, Disclosure, DisclosureLine, Recall

LATE = b'"disclosure-late"'
# The files that the portal creates, so that it knows the order of their rows.
MADE_HERE = (
    Disclosure.Origin.RELEASE,
    Disclosure.Origin.SCHEDULED,
    Disclosure.Origin.REQUEST,
)


@dataclass(frozen=True, slots=True)
class Addressee:
    """Name and address for the letter; each part but `name` is empty if it is not known."""

    name: str
    contact: str
    address: str
    email: str


def addressee(recall: Recall) -> Addressee:
    """Return the organisation's postal address, and the contact in the newest signed version of the
    agreement with it; 1 query."""
    disclosure = recall.disclosure
    recipient = disclosure.recipient
    assert recipient is not None  # a disclosure that was not refused has one
    signed = AgreementVersion.objects.filter(
        agreement__reference=disclosure.agreement_reference,
        recipient=recipient,
        signed_on__isnull=False,
    )
    named = signed.exclude(contact_name="", contact_email="").order_by("-number").first()
    contact, email = (named.contact_name, named.contact_email) if named else ("", "")
    return Addressee(recipient.name, contact, recipient.address, email)


def people_sent(recall: Recall) -> list[UUID]:
    """Return the random references of the records whose rows shared too much, as logged when the recall
    was drafted: an answer since then about who is the same child must not change the row. 1 query."""
    place = Func(
        Value(LATE), F("body"), function="position", arg_joiner=" IN ", output_field=IntegerField()
    )
    later = Entry.objects.filter(seq__gt=recall.disclosure.entry).annotate(place=place)
    late = later.filter(place__gt=0).order_by("seq").values_list("body", flat=True)
    entries = [json.loads(bytes(entry)) for entry in late.iterator()]
    return [
        UUID(entry["person"])
        for entry in entries
        if entry["event"] == "disclosure-late" and entry["recall"] == recall.pk
    ]


def reference(recall: Recall) -> str:
    """Return the organisation's reference of its request; empty if it contains a name, UPN or date of
    birth from one of the records, as it could identify the child. 3 queries."""
    folded = folded_name(recall.disclosure.request_reference)
    people = [recall.decision.pupil.reference, *people_sent(recall)]
    for pupil in Pupil.objects.filter(reference__in=people).prefetch_related("upns"):
        born = (f"{pupil.born:%Y-%m-%d}", f"{pupil.born:%d/%m/%Y}", f"{pupil.born:%d %B %Y}")
        numbers = (number.upn for number in pupil.upns.all())
        for detail in (pupil.forename, pupil.surname, *born, *numbers):
            if folded_name(detail) and folded_name(detail) in folded:
                return ""
    return recall.disclosure.request_reference


def rows_sent(recall: Recall) -> list[int]:
    """Return the numbers of those rows in the file that was handed over, counting from 1 without the
    headings. Empty if the portal did not create the file. 1 query more for each row.
    """
    disclosure = recall.disclosure
    if disclosure.origin not in MADE_HERE:
        return []
    sent = DisclosureLine.objects.filter(disclosure=disclosure, item_set__isnull=False)
    rows = sent.filter(person__in=people_sent(recall)).order_by("row")
    # Withheld rows are not in the file; the others keep their order.
    return [sent.filter(row__lte=row).count() for row in rows.values_list("row", flat=True)]
