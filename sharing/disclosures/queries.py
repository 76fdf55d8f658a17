"""Reads of disclosures; each says how many queries it takes."""

from django.db.models import Count, Q, QuerySet

from consent.linking import open_links
from sharing import rules
from sharing.disclosures import lines
from sharing.models import CountsRelease, Disclosure, DisclosureLine


def not_signed_off() -> QuerySet[Disclosure]:
    """What no other officer has signed off yet."""
    return Disclosure.objects.filter(sign_off__isnull=True)


def disclosures() -> QuerySet[Disclosure]:
    """Everything handed over or refused, newest first; 1 query."""
    return Disclosure.objects.select_related(
        "agreement_version__agreement", "recipient", "purpose", "by", "approved_by",
        "sign_off__by", "undone", "override__by", "incident",
    ).order_by("-entry")  # fmt: skip


def disclosure(entry: int) -> Disclosure | None:
    """The disclosure with this number in the log; 1 query."""
    return disclosures().filter(entry=entry).first()


def reason_counts(of: Disclosure) -> list[tuple[rules.Outcome, rules.Reason, int]]:
    """How many rows of a disclosure met each outcome and reason, most first; 1 query."""
    counted = (
        DisclosureLine.objects.filter(disclosure=of, reason__isnull=False)
        .values_list("outcome", "reason")
        .annotate(count=Count("row"))
        .order_by("-count")
    )
    return [(lines.OUTCOMES[out], lines.REASONS[why], count) for out, why, count in counted]


def people_in(of: Disclosure) -> tuple[int, int]:
    """About how many on the roll something recorded by hand is, and about how many others; 1 query.

    A pupil who was written with two numbers is one.
    """
    found = DisclosureLine.objects.filter(disclosure=of).aggregate(
        on_roll=Count("person", distinct=True), others=Count("row", filter=Q(person=None))
    )
    return found["on_roll"], found["others"]


def late_pupils(of: Disclosure) -> int:
    """Of how many pupils more went than an opt-out received before allowed (C8), records that may be
    of one child being one (C6b); 2 queries, and a few while such a question is open."""
    late = of.recalls.filter(decision__invalidation=None, disclosure__undone=None)
    pupils = set(late.values_list("decision__pupil", flat=True))
    groups = open_links().groups
    return len({min(groups.get(each, {each})) for each in pupils})


def table_of(shown: Disclosure) -> CountsRelease | None:
    """The table of counts that a disclosure gave; 1 query where it is one."""
    if shown.origin != Disclosure.Origin.STATISTICS:
        return None
    return CountsRelease.objects.filter(disclosure=shown).first()
