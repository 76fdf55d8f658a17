"""What a record of processing activities must have (UK GDPR Article 30(1)), and what it lacks: pure functions."""

from collections.abc import Iterator
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Item:
    """A category of personal data."""

    code: str
    label: str
    special: bool = False


@dataclass(frozen=True, slots=True)
class Contact:
    """Whom to write to: `ways` are address, phone number and email address, as far as known."""

    role: str
    ways: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Activity:
    """A processing activity: what the council does itself by a notice, or shares by an agreement or a legal
    duty. Texts are empty where nothing says them; `counts` is of those in which nobody is named.

    `recipient` is empty for what the council does itself; `role` is the recipient's. `idle`: a notice names
    the recipient, but no agreement is in force, so that nothing is shared regularly.
    """

    reference: str
    title: str
    recipient: str = ""
    role: str = ""
    joint: bool = False
    joint_contact: str = ""
    purposes: tuple[str, ...] = ()
    people: tuple[str, ...] = ()
    items: tuple[Item, ...] = ()
    categories: str = ""
    counts: bool = False
    idle: bool = False
    notice: str = ""
    basis: str = ""
    basis_words: str = ""
    condition: str = ""
    power: str = ""
    transfers: str = ""
    keeping: str = ""
    security: str = ""

    @property
    def special(self) -> tuple[Item, ...]:
        """Return the special categories of personal data in it."""
        return tuple(item for item in self.items if item.special)


@dataclass(frozen=True, slots=True)
class KeepingTime:
    """How long the portal itself keeps something."""

    what: str
    time: str


@dataclass(frozen=True, slots=True)
class Record:
    """A record of processing activities. `council` is empty before a policy is loaded."""

    council: str = ""
    service: str = ""
    officer: Contact | None = None
    enquiries: Contact | None = None
    activities: tuple[Activity, ...] = ()
    keeping_times: tuple[KeepingTime, ...] = field(default=())


def missing_in_activity(activity: Activity) -> list[str]:
    """Return what Article 30(1) asks for and the policy does not say of an activity, one phrase each; nothing
    of one that is idle."""
    return [] if activity.idle else list(_missing_in(activity))


def _missing_in(activity: Activity) -> Iterator[str]:
    """30(1)(a) to (g), and the lawful basis with its condition, which the ICO asks for too."""
    if activity.joint and not activity.joint_contact:
        yield "how to contact the joint controller"
    if not activity.purposes:
        yield "purposes"
    if not activity.people:
        yield "whose data it is"
    if not (activity.items or activity.categories or activity.counts):
        yield "categories of data"
    if not activity.notice:
        yield "a privacy notice in force"
    if not activity.basis and not activity.basis_words:
        yield "lawful basis"
    elif not activity.basis and activity.recipient:
        yield "lawful basis as a letter of Article 6(1)"
    if activity.special and not activity.condition:
        yield "condition for special categories"
    if not activity.transfers:
        yield "whether data is sent abroad, and how it is kept safe there"
    if not (activity.keeping or activity.counts):
        yield "how long data is kept"
    if not activity.security:
        yield "security measures"


def missing_in_record(record: Record) -> list[str]:
    """Return what Article 30(1)(a) asks for and the policy does not say of the council, and whether there is
    any activity at all, one phrase each."""
    missing = []
    if not record.council:
        missing.append("the council’s name")
    if record.enquiries is None or not record.enquiries.ways:
        missing.append("how to contact the council")
    if record.officer is None:
        missing.append("the data protection officer")
    elif not record.officer.ways:
        missing.append("how to contact the data protection officer")
    if not record.activities:
        missing.append("any processing activity: no privacy notice and no agreement is in force")
    return missing
