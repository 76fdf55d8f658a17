"""Reads of drafted changes to the policy; each says how many queries it takes."""

from django.db.models import Exists, OuterRef, Q, QuerySet

from consent.models import School
from notices.models import Item, Purpose, Recipient
from privacy_portal.ground.accounts.models import User
from sharing.models import PolicyAnswer, PolicyChange
from sharing.policy.presenters import Names

# A longer one is no number of a row.
LONGEST_NUMBER = 19


def changes() -> QuerySet[PolicyChange]:
    """Load every change with its answer and who made both, newest first; 1 query."""
    return PolicyChange.objects.select_related("by", "answer__by")


def open_changes() -> QuerySet[PolicyChange]:
    """Load the changes that nobody has answered, oldest first; 1 query."""
    return changes().filter(answer=None).order_by("pk")


def open_change(kind: str, code: str) -> PolicyChange | None:
    """Load the open change to a thing; 1 query."""
    return open_changes().filter(kind=kind, code=code).first()


def changes_to_check(user: User) -> QuerySet[PolicyChange]:
    """Load the changes that wait for an approving officer who did not draft them; 1 query."""
    return open_changes().exclude(by=user)


def changes_sent_back(user: User) -> QuerySet[PolicyChange]:
    """Load what was sent back to whoever drafted it, until somebody drafts a change to the same thing
    again; 1 query."""
    sent_back = changes().filter(by=user, answer__kind=PolicyAnswer.Kind.SENT_BACK)
    return sent_back.exclude(Exists(_later()))


def earlier_draft(number: str, kind: str, code: str) -> PolicyChange | None:
    """Load a draft that was sent back or withdrawn, so that it is drafted again: of this thing, or one that
    adds another of the kind where there is no code yet; None for any other number, and once a later
    change to the same thing was drafted; 1 query."""
    if not (number.isascii() and number.isdigit() and len(number) < LONGEST_NUMBER):
        return None
    again = [PolicyAnswer.Kind.SENT_BACK, PolicyAnswer.Kind.WITHDRAWN]
    answered = changes().filter(pk=int(number), kind=kind, answer__kind__in=again)
    change = answered.exclude(Exists(_later())).first()
    fits = change is not None and (change.code == code if code else change.before is None)
    return change if fits else None


def _later() -> QuerySet[PolicyChange]:
    """Return what was drafted about the same thing after a change."""
    return PolicyChange.objects.filter(
        kind=OuterRef("kind"), code=OuterRef("code"), pk__gt=OuterRef("pk")
    )


def history_of(kind: str, code: str) -> QuerySet[PolicyChange]:
    """Load every change to a thing, newest first, whatever became of it; 1 query."""
    return changes().filter(kind=kind, code=code)


def drafted_about(organisation: str) -> QuerySet[PolicyChange]:
    """Load the open changes to an organisation and to its registrations and certificates; 1 query."""
    certificates = Q(kind=PolicyChange.Kind.ASSURANCE, code__startswith=f"{organisation}.")
    itself = Q(kind=PolicyChange.Kind.ORGANISATION, code=organisation)
    return open_changes().filter(certificates | itself)


def matching(user: User, *, status: str, kind: str) -> QuerySet[PolicyChange]:
    """Load the changes of a status and kind, empty for all; 1 query. A status is `open`, an answer, or
    what is the user's to do: `to-check` or `to-correct`."""
    matching = changes()
    if status == "to-check":
        matching = changes_to_check(user)
    elif status == "to-correct":
        matching = changes_sent_back(user)
    elif status == "open":
        matching = matching.filter(answer=None)
    elif status:
        matching = matching.filter(answer__kind=status)
    return matching.filter(kind=kind) if kind else matching


def codes_with_open_change(kind: str) -> set[str]:
    """Return the codes of the things of a kind to which a change is open; 1 query."""
    open_changes = PolicyChange.objects.filter(Q(kind=kind), answer=None)
    return set(open_changes.values_list("code", flat=True))


def names(audience: str = "") -> Names:
    """Load what things are called by their codes, information and purposes for one audience if it is
    said; 4 queries."""
    items, purposes = Item.objects.all(), Purpose.objects.all()
    if audience:
        items, purposes = items.filter(audience=audience), purposes.filter(audience=audience)
    return Names(
        items=dict(items.values_list("code", "label")),
        purposes=dict(purposes.values_list("code", "label")),
        schools=dict(School.objects.values_list("urn", "name")),
        organisations=dict(Recipient.objects.values_list("code", "name")),
    )
