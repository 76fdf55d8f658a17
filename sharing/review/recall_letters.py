"""What a recall letter says: to whom it goes, and which rows it is about without naming a child."""

import json
from dataclasses import dataclass
from uuid import UUID

from django.db.models import F, Func, IntegerField, Value

from consent.models import Pupil
from privacy_portal.ground.log.models import Entry
from privacy_portal.ground.names import folded_name
from sharing.models import AgreementVersion, Disclosure, DisclosureLine, Recall

LATE = b'"disclosure-late"'
# Of these the portal made the file, and knows the order of its rows.
MADE_HERE = (Disclosure.Origin.RELEASE, Disclosure.Origin.SCHEDULED)


@dataclass(frozen=True, slots=True)
class Addressee:
    """Whom the letter goes to; each part but `name` is empty where nobody has said it."""

    name: str
    contact: str
    address: str
    email: str


def addressee(recall: Recall) -> Addressee:
    """The organisation's postal address, and the contact that the newest signed version of the
    agreement with it names; 1 query."""
    disclosure = recall.disclosure
    recipient = disclosure.recipient
    assert recipient is not None  # a disclosure that was not refused has one
    signed = AgreementVersion.objects.filter(
        agreement__reference=disclosure.agreement_reference,
        recipient=recipient,
        signed_on__isnull=False,
    )
    named = signed.exclude(contact_name="", contact_email="").order_by("-number").first()
    return Addressee(
        recipient.name,
        named.contact_name if named else "",
        recipient.address,
        named.contact_email if named else "",
    )


def people_sent(recall: Recall) -> list[UUID]:
    """The random references of the records whose rows went too far, as logged when the recall was
    found. The log, not today's open questions: an answer since must not change the row. 1 query."""
    place = Func(
        Value(LATE),
        F("body"),
        function="position",
        arg_joiner=" IN ",
        output_field=IntegerField(),
    )
    later = Entry.objects.filter(seq__gt=recall.disclosure.entry).annotate(place=place)
    late = later.filter(place__gt=0).order_by("seq").values_list("body", flat=True)
    entries = [json.loads(bytes(each)) for each in late.iterator()]
    return [
        UUID(each["person"])
        for each in entries
        if each["event"] == "disclosure-late" and each["recall"] == recall.pk
    ]


def reference(recall: Recall) -> str:
    """The recipient's reference of its request; empty where it has a name, a UPN or a date of birth
    of one of the records in it, since somebody may write the child's there. 3 queries."""
    written = folded_name(recall.disclosure.request_reference)
    people = [recall.decision.pupil.reference, *people_sent(recall)]
    for pupil in Pupil.objects.filter(reference__in=people).prefetch_related("upns"):
        born = (f"{pupil.born:%Y-%m-%d}", f"{pupil.born:%d/%m/%Y}", f"{pupil.born:%d %B %Y}")
        numbers = (each.upn for each in pupil.upns.all())
        for each in (pupil.forename, pupil.surname, *born, *numbers):
            if folded_name(each) and folded_name(each) in written:
                return ""
    return recall.disclosure.request_reference


def rows_sent(recall: Recall) -> list[int]:
    """The places of those rows in the file that was handed over, its first pupil's row being 1.

    Empty where the portal did not make the file, so that nobody here can say. 1 query more for
    each row.
    """
    disclosure = recall.disclosure
    if disclosure.origin not in MADE_HERE:
        return []
    went = DisclosureLine.objects.filter(disclosure=disclosure, item_set__isnull=False)
    rows = went.filter(person__in=people_sent(recall)).order_by("row")
    # Rows that were withheld are not in the file, and the others stand in their order.
    return [went.filter(row__lte=row).count() for row in rows.values_list("row", flat=True)]
