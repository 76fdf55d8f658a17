"""The record of processing activities in words, without queries."""

from collections.abc import Callable, Iterator
from typing import NamedTuple

from sharing.basis_rules import BASES
from sharing.processing_record.rules import Activity, Contact, missing_in_activity

NOT_SAID = "Missing"
OWN = "The council itself"
BY_DUTY = "Gets it by law"
NOBODY = "Does not apply: nobody is named in statistics"


class Field(NamedTuple):
    """A column of the record: its heading, and the text it has of an activity, empty where it is missing."""

    heading: str
    text: Callable[[Activity], str]


def _role(activity: Activity) -> str:
    if not activity.recipient:
        return "Controller"
    return activity.role or BY_DUTY


def basis_in_words(activity: Activity) -> str:
    """Return the lawful basis: its letter with its name, and the words of the agreement or notice."""
    letter = f"Article {activity.basis} {BASES[activity.basis][0]}" if activity.basis else ""
    return ". ".join(filter(None, (letter, activity.basis_words)))


def items_in_words(activity: Activity) -> str:
    """Return the categories of data, special ones marked, after the form or the notice's words."""
    labels = [
        f"{item.label} (special category)" if item.special else item.label
        for item in activity.items
    ]
    return ": ".join(filter(None, (activity.categories, ", ".join(labels))))


def contact_in_words(contact: Contact | None) -> str:
    """Return a contact on one line, or that it is missing."""
    if contact is None:
        return NOT_SAID
    return ", ".join((contact.role, *(contact.ways or (NOT_SAID,))))


def _keeping(activity: Activity) -> str:
    return activity.keeping or (NOBODY if activity.counts else "")


def _condition(activity: Activity) -> str:
    """Return the condition for special categories. What the council does itself is told in words, whose
    lawful basis has the condition too."""
    if not activity.recipient:
        return "See lawful basis"
    return activity.condition or ("" if activity.special else "No special categories")


FIELDS = (
    Field("Reference", lambda activity: activity.reference),
    Field("Activity", lambda activity: activity.title),
    Field("Organisation", lambda activity: activity.recipient or OWN),
    Field("Role", _role),
    Field("Purposes", lambda activity: "; ".join(activity.purposes)),
    Field("Whose data", lambda activity: ", ".join(activity.people)),
    Field("Categories of data", items_in_words),
    Field("Lawful basis", basis_in_words),
    Field("Condition for special categories", _condition),
    Field("Power in law", lambda activity: activity.power or "None named"),
    Field("Sent abroad", lambda activity: activity.transfers),
    Field("Kept for", _keeping),
    Field("Security", lambda activity: activity.security),
    Field("Privacy notice", lambda activity: activity.notice),
    Field("Missing", lambda activity: "; ".join(missing_in_activity(activity)) or "Nothing"),
)
JOINT = Field("Contact of the joint controller", lambda activity: activity.joint_contact)


def cells_of(activity: Activity) -> Iterator[str]:
    """Yield the text of each of FIELDS; what is not said is called missing, never left blank."""
    for field in FIELDS:
        yield field.text(activity) or ("Not shared" if activity.idle else NOT_SAID)


def rows_of(activity: Activity) -> list[tuple[str, str]]:
    """Return headings with texts for a page: those after reference and title, a joint controller's contact too."""
    rows = [
        (field.heading, text)
        for field, text in zip(FIELDS, cells_of(activity), strict=True)
        if field.heading not in ("Reference", "Activity", "Missing")
    ]
    if activity.joint:
        rows.insert(2, (JOINT.heading, JOINT.text(activity) or NOT_SAID))
    return rows
