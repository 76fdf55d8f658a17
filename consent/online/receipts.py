"""The receipt of an opt-out sent online, on screen, as PDF and as JSON.

It says nothing about the pupil except the first name that the person typed (C7).
"""

from dataclasses import dataclass
from datetime import date, datetime

from django.urls import reverse

from consent.models import OptOutRequest, Submission
from consent.online.proofs import has_proof
from consent.rules import OBJECTION_ENDS_DAYS, OPT_IN_DAYS, Choice, DecidedBy, objection_due
from consent.scheme_words import law_in_words, supply_in_words
from notices.models import Controller, Item, Purpose
from notices.queries import controller, table_of
from privacy_portal.ground.days import day_of, days_later
from privacy_portal.ground.mail.writing import address
from privacy_portal.ground.ui.environment import lower_first


@dataclass(frozen=True, slots=True)
class Receipt:
    """State what was decided, under which notice, what is still shared, and how to change it.

    `notice_address` is of the version in force when it was received; `shared_after_opt_in` is by the
    notice that the person could read.
    """

    request: OptOutRequest
    notice: str
    notice_address: str
    purposes: list[Purpose]
    still_shared: list[Item]
    shared_after_opt_in: list[Item]
    controller: Controller | None

    @property
    def council(self) -> str:
        """Return the name of the council; empty before a policy is loaded."""
        return self.controller.name if self.controller else ""

    @property
    def heading(self) -> str:
        """Return the heading of the page: an opt-in is received, anything else confirmed."""
        state = "received" if self.request.choice == Choice.OPT_IN else "confirmed"
        return f"{self.request.choice.capitalize()} {state}"

    @property
    def has_proof(self) -> bool:
        """Return whether the number of its log entry is known, so that there is a proof of it."""
        return has_proof(self.request)

    @property
    def purpose_words(self) -> str:
        """List the purposes as they stand inside a sentence."""
        return ", ".join(lower_first(purpose.label) for purpose in self.purposes)

    @property
    def own_choice_age(self) -> int | None:
        """Return the age from which only the pupil's own choice applies, if a parent made this (C2)."""
        return own_choice_age(self.request)

    @property
    def opt_in_counts_from(self) -> datetime:
        """Return the earliest time from which an opt-in applies (C3)."""
        return days_later(self.request.received_at, OPT_IN_DAYS)

    @property
    def starts(self) -> str:
        """Say whether the choice has started."""
        return starts(self.request)

    @property
    def supply(self) -> str:
        """Say who supplies what is still shared, and whether one can object; empty for an objection."""
        scheme = self.request.matter.scheme
        return supply_in_words(scheme, basics=True) if scheme and self.still_shared else ""

    @property
    def law(self) -> str:
        """Say under which sections of the law the choice counts, if any are named."""
        scheme = self.request.matter.scheme
        return law_in_words(scheme) if scheme else ""

    @property
    def due_on(self) -> date:
        """Return the day by which an officer decides about an objection (C10)."""
        return objection_due(day_of(self.request.received_at))

    @property
    def ends_days(self) -> int:
        """Return after how many days from telling the person an objection may end (C10)."""
        return OBJECTION_ENDS_DAYS


def receipt_of(request: OptOutRequest) -> Receipt:
    """Return the receipt of an opt-out (read with scheme, recipient and notice); 5 queries."""
    version, scheme = request.notice, request.scheme
    place = [version.notice.slug, version.number] if version else []
    purposes = [request.purpose] if request.purpose else []
    if scheme:
        purposes = [row.purpose for row in scheme.purposes.select_related("purpose")]
    basics = scheme.basic_items.select_related("item") if scheme else []
    return Receipt(
        request=request,
        notice=f"{version.notice.title}, version {version.number}" if version else "",
        notice_address=address(reverse("notice-version", args=place)) if version else "",
        purposes=purposes,
        still_shared=[row.item for row in basics],
        shared_after_opt_in=items_after_opt_in(request),
        controller=controller(),
    )


def starts(sent: Submission) -> str:
    """Say whether a choice has started, in words true whether or not the pupil was found (C7).

    A letter's code says who the pupil is, so an opt-out made with one starts straight away.
    """
    if sent.choice == Choice.OPT_IN:
        return "It will start after 7 days, once we have told everyone we need to tell."
    if sent.by_code:
        return f"Your {sent.choice} has started. It applies from the time we received it."
    return (
        f"We have your {sent.choice}. It starts as soon as we have found the pupil in our records. "
        "It then applies from the time you sent it. If we cannot find the pupil, we will write to you."
    )


def own_choice_age(sent: Submission) -> int | None:
    """Return the age from which only the pupil's own choice applies.

    None where the pupil made this one, or where only parents may.
    """
    return sent.scheme.self_age if sent.scheme and sent.by == DecidedBy.PARENT else None


def items_after_opt_in(sent: Submission) -> list[Item]:
    """List what may be shared after an opt-in: what the notice that the person could read names for
    the organisation and the scheme's purposes; nothing for any other choice. At most 4 queries."""
    scheme, version = sent.scheme, sent.notice
    if sent.choice != Choice.OPT_IN or scheme is None or version is None:
        return []
    purposes = set(scheme.purposes.values_list("purpose__code", flat=True))
    items: dict[int, Item] = {}
    for line in table_of(version).filter(recipient=scheme.recipient_id):
        if not purposes or purposes & {named.purpose.code for named in line.purposes.all()}:
            items |= {named.item.pk: named.item for named in line.items.all()}
    return list(items.values())
