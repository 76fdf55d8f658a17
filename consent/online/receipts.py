"""The receipt of an opt-out sent online, on screen, as PDF and as JSON. It tells of the pupil
nothing but the first name that the person typed (C7)."""

from dataclasses import dataclass
from datetime import date, datetime

from django.urls import reverse

from consent.models import Matter, OptOutRequest
from consent.rules import OBJECTION_ENDS_DAYS, OPT_IN_DAYS, Choice, DecidedBy, objection_due
from notices.models import Controller, Item, Purpose
from notices.queries import controller, table_of
from privacy_portal.ground.days import day_of, days_later
from privacy_portal.ground.mail.writing import address

OPT_IN_STARTS = "It starts after 7 days, once we have told everyone we need to tell."


@dataclass(frozen=True, slots=True)
class Receipt:
    """What was decided, what could be read before, what still goes, and how to change it.

    `counts_from` is when it was received; `notice_address` is of the version then in force.
    """

    reference: str
    matter: Matter
    choice: Choice
    by: DecidedBy
    counts_from: datetime
    confirmed_at: datetime | None
    notice: str
    notice_address: str
    purposes: list[Purpose]
    still_goes: list[Item]
    controller: Controller | None
    by_email: bool
    by_code: bool
    # What is shared after an opt-in, by the notice that could be read.
    now_goes: list[Item]
    # As the person typed it, who is the only one to see it again; empty with a letter's code.
    forename: str

    @property
    def chosen(self) -> str:
        """What was decided, in words."""
        return self.matter.chosen(self.choice)

    @property
    def own_choice_age(self) -> int | None:
        """From which age the pupil's own choice alone applies, where a parent made this one (C2)."""
        return own_choice_age(self.matter, self.by)

    @property
    def opt_in_counts_from(self) -> datetime:
        """When an opt-in counts at the earliest (C3)."""
        return days_later(self.counts_from, OPT_IN_DAYS)

    @property
    def starts(self) -> str:
        """Whether what was decided has started, in words."""
        return starts(self.choice, by_code=self.by_code)

    @property
    def due_on(self) -> date:
        """The day by which an officer decides about an objection (C10)."""
        return objection_due(day_of(self.counts_from))

    @property
    def ends_days(self) -> int:
        """How many days after the person is told an objection ends at the earliest (C10)."""
        return OBJECTION_ENDS_DAYS


def receipt_of(request: OptOutRequest) -> Receipt:
    """The receipt of an opt-out (read with scheme, recipient and notice); 5 queries."""
    version = request.notice
    where = ""
    if version:
        where = address(reverse("notice-version", args=[version.notice.slug, version.number]))
    matter = request.matter
    purposes = [matter.purpose] if matter.purpose else []
    basics = []
    if matter.scheme:
        purposes = [each.purpose for each in matter.scheme.purposes.select_related("purpose")]
        basics = [each.item for each in matter.scheme.basic_items.select_related("item")]
    return Receipt(
        reference=request.reference,
        matter=matter,
        choice=Choice(request.choice),
        by=DecidedBy(request.by),
        counts_from=request.received_at,
        confirmed_at=request.confirmed_at,
        notice=f"{version.notice.title}, version {version.number}" if version else "",
        notice_address=where,
        purposes=purposes,
        still_goes=basics,
        controller=controller(),
        by_email=request.email != "",
        by_code=request.code_id is not None,
        now_goes=shared_by(request) if request.choice == Choice.OPT_IN else [],
        forename=request.forename,
    )


def starts(choice: Choice, *, by_code: bool) -> str:
    """Whether an opt-out or objection has started, in words that are true, and the same, whether or
    not its pupil was found (C7). A letter's code says who the pupil is, so that one starts at once."""
    if by_code:
        return f"Your {choice} has started. It applies from the time we received it."
    return (
        f"We have your {choice}. It starts as soon as we have found the pupil in our records. "
        "It then applies from the time you sent it. If we cannot find the pupil, we will write to you."
    )


def own_choice_age(matter: Matter, by: DecidedBy) -> int | None:
    """From which age the pupil's own choice alone applies; None where it was the pupil who chose, or
    only parents may."""
    return matter.scheme.self_age if matter.scheme and by is DecidedBy.PARENT else None


def shared_by(request: OptOutRequest) -> list[Item]:
    """What the organisation gets once somebody agreed: all that the notice they could read names for
    it, for the scheme's purposes; at most 4 queries."""
    scheme, version = request.scheme, request.notice
    if scheme is None or version is None:
        return []
    only = set(scheme.purposes.values_list("purpose__code", flat=True))
    named = table_of(version).filter(recipient=scheme.recipient_id)
    items: dict[int, Item] = {}
    for line in named:
        if not only or only & {each.purpose.code for each in line.purposes.all()}:
            items |= {each.item.pk: each.item for each in line.items.all()}
    return list(items.values())
