"""Reads of disclosures; each says how many queries it takes."""

from django.db.models import Count, Exists, OuterRef, Q, QuerySet

from consent.same_child_links import open_links
from sharing import rules
from sharing.disclosures import lines
from sharing.models import (
    CountsRelease,
    Disclosure,
    DisclosureLine,
    DisclosureQuestion,
    RowPermission,
    UnsignedDisclosure,
)


def not_signed_off() -> QuerySet[Disclosure]:
    """Load the disclosures that no other officer has signed off yet."""
    return Disclosure.objects.filter(unsigned__isnull=False)


def unsigned() -> QuerySet[UnsignedDisclosure]:
    """Return the same as rows of their own list, which are quickly counted; 1 query."""
    return UnsignedDisclosure.objects.all()


def disclosures() -> QuerySet[Disclosure]:
    """Load everything handed over or refused, newest first, each with whether a question about it is open
    (`has_open_question`); 1 query."""
    open_questions = DisclosureQuestion.objects.filter(
        disclosure=OuterRef("pk"), answer__isnull=True
    )
    return Disclosure.objects.annotate(has_open_question=Exists(open_questions)).select_related(
        "agreement_version__agreement", "recipient", "purpose", "by", "approved_by",
        "sign_off__by", "undone", "sampled", "override__by", "incident",
        "request_decision__details__recipient", "request_decision__details__purpose",
    ).order_by("-entry")  # fmt: skip


def reason_counts(of: Disclosure) -> list[tuple[rules.Outcome, rules.Reason, int]]:
    """Count the rows of a disclosure by outcome and reason, most first; 1 query."""
    counts = (
        DisclosureLine.objects.filter(disclosure=of, reason__isnull=False)
        .values_list("outcome", "reason")
        .annotate(count=Count("row"))
        .order_by("-count")
    )
    return [(lines.OUTCOMES[out], lines.REASONS[why], count) for out, why, count in counts]


def people_in(of: Disclosure) -> tuple[int, int]:
    """Count the pupils on the roll, and the other people, that a record by hand is about; 1 query.

    A pupil who was written with two numbers is one.
    """
    people = DisclosureLine.objects.filter(disclosure=of).aggregate(
        on_roll=Count("person", distinct=True), others=Count("row", filter=Q(person=None))
    )
    return people["on_roll"], people["others"]


def late_pupils(of: Disclosure) -> int:
    """Count the pupils for whom more was released than an earlier opt-out allowed (C8); records that
    may be of one child count once (C6b). 1 query, and where there are several 1 more, and a few while such a
    question is open."""
    late = of.recalls.filter(decision__invalidation=None, disclosure__undone=None)
    pupils = set(late.values_list("decision__pupil", flat=True))
    if len(pupils) < 2:
        return len(pupils)
    groups = open_links().groups
    return len({min(groups.get(pupil, {pupil})) for pupil in pupils})


def tables_of(disclosure: Disclosure) -> CountsRelease | None:
    """Load the tables of counts that a disclosure is of, if it is of any; at most 1 query."""
    if disclosure.origin != Disclosure.Origin.STATISTICS:
        return None
    return CountsRelease.objects.filter(disclosure=disclosure).first()


def row_permissions(disclosure: Disclosure) -> QuerySet[RowPermission]:
    """Return what a second officer let go of protected pupils in a release that was handed over (P3), the
    latest of each pupil; 1 query."""
    permissions = RowPermission.objects.filter(release__disclosure=disclosure)
    return permissions.select_related("by").order_by("pupil", "-pk").distinct("pupil")
