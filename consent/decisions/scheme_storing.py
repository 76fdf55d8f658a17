"""The schemes' part of a policy, stored from its file into the tables, and dumped back."""

from collections.abc import Sequence
from typing import Any

from django.db.models import QuerySet

from consent.models import BasicItem, Scheme, SchemePurpose
from consent.policy_format import SchemePart
from notices.models import Item, Purpose, Recipient


def store_schemes(parts: Sequence[SchemePart]) -> None:
    """Add and update schemes with their purposes and basic items, in the order given."""
    recipients = Recipient.objects.in_bulk(field_name="code")
    purposes = Purpose.objects.in_bulk(field_name="code")
    items = Item.objects.in_bulk(field_name="code")
    for position, part in enumerate(parts):
        plain = part.model_dump(exclude={"code", "recipient", "purposes", "basic_items"})
        values = {**plain, "recipient": recipients[part.recipient], "position": position}
        # Its own row changes last: while it is as it was, the database knows that it is no new scheme.
        scheme, _ = Scheme.objects.get_or_create(code=part.code, defaults=values)
        _delete(scheme.purposes.exclude(purpose__code__in=part.purposes))
        for place, code in enumerate(part.purposes):
            SchemePurpose.objects.update_or_create(
                scheme=scheme, purpose=purposes[code], defaults={"position": place}
            )
        _delete(scheme.basic_items.exclude(item__code__in=part.basic_items))
        for place, code in enumerate(part.basic_items):
            BasicItem.objects.update_or_create(
                scheme=scheme, item=items[code], defaults={"position": place}
            )
        Scheme.objects.filter(pk=scheme.pk).update(**values)


def _delete(others: QuerySet[Any]) -> None:
    """Delete the others: what stays is not deleted and added again, which the database would refuse of an
    opt-out that people were told of."""
    others.delete()


def dump_schemes() -> list[SchemePart]:
    """Return all schemes as their part of a policy file, in their order."""
    return [
        SchemePart(
            code=scheme.code,
            title=scheme.title,
            recipient=scheme.recipient.code,
            purposes=[row.purpose.code for row in scheme.purposes.all()],
            default=scheme.default,
            kind=scheme.kind,
            min_age=scheme.min_age,
            below_age=scheme.below_age,
            self_age=scheme.self_age,
            basic_items=[row.item.code for row in scheme.basic_items.all()],
            supplied_by=scheme.supplied_by,
            legal_sections=scheme.legal_sections,
            child_may_refuse=scheme.child_may_refuse,
        )
        for scheme in Scheme.objects.select_related("recipient").prefetch_related(
            "purposes__purpose", "basic_items__item"
        )
    ]
