"""What the disclosure log can be filtered by: every organisation, agreement, purpose, school and officer."""

from collections.abc import Mapping
from typing import Any

from django.db.models import CharField, OuterRef, QuerySet, Subquery, Value
from django.db.models.expressions import Combinable
from django.db.models.functions import Cast, Concat

from consent.models import School
from notices.models import Purpose, Recipient
from privacy_portal.ground.accounts.models import User
from sharing.models import Agreement, AgreementVersion

Choices = list[tuple[str, str]]


def filter_choices() -> Mapping[str, Choices]:
    """Load the values with their names, by the name of the filter, sorted by their names; 1 query."""
    signed = AgreementVersion.objects.filter(agreement=OuterRef("pk"), signed_on__isnull=False)
    title = Subquery(signed.order_by("-number").values("title")[:1])
    agreements = Agreement.objects.annotate(title=title).filter(title__isnull=False)
    lists = {
        "recipient": _pairs(Recipient.objects.all(), "code", "name"),
        "agreement": _pairs(agreements, "reference", Concat("reference", Value(": "), "title")),
        "purpose": _pairs(Purpose.objects.all(), "code", "label"),
        "school": _pairs(School.objects.all(), "urn", "name"),
        "officer": _pairs(User.objects.officers(), Cast("pk", CharField()), "name"),
    }
    first, *others = (
        rows.annotate(of_filter=Value(name)).values_list("of_filter", "sent", "read")
        for name, rows in lists.items()
    )
    choices: dict[str, Choices] = {name: [] for name in lists}
    for name, value, text in first.union(*others, all=True):
        choices[name].append((value, text))
    for pairs in choices.values():
        pairs.sort(key=lambda pair: (pair[1].casefold(), pair[0]))
    return choices


def _pairs(rows: QuerySet[Any], value: Combinable | str, text: Combinable | str) -> QuerySet[Any]:
    """Return rows with what is sent and what is read of each, as texts."""
    pairs: QuerySet[Any] = rows.order_by().annotate(
        sent=Cast(value, CharField()), read=Cast(text, CharField())
    )
    return pairs
