"""The orders that the disclosure log can be read in."""

from collections.abc import Mapping
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import CharField, F, OuterRef, Q, QuerySet, Value
from django.db.models.functions import Coalesce, NullIf
from django.db.models.lookups import GreaterThan, LessThan

from notices.models import Recipient
from privacy_portal.ground.ui.keyset import Key, Order, Values
from sharing.models import Disclosure

_ENTRY = Key("entry")
# Ascending beside a name, and yet the newest first.
_NEWEST = Key("newest", expression=F("entry") * -1)
_ROWS = Key("rows_or_none", expression=Coalesce(F("rows_total"), Value(0)))
_OUTCOME = Key("outcome", str)
_ASKER = "request_decision__details"
_ORGANISATION = Key(
    "organisation_name",
    str,
    Coalesce(
        "recipient__name",
        f"{_ASKER}__recipient__name",
        NullIf(f"{_ASKER}__organisation_name", Value("")),
        Value(""),
        output_field=CharField(),
    ),
)


# Beyond the number of every log entry.
_NO_ENTRY = 2**63 - 1


def _by_organisation(
    rows: QuerySet[Disclosure], place: list[Any] | None, number: int, reverse: bool
) -> QuerySet[Disclosure]:
    """Return the newest rows of each organisation in turn (in reverse: the oldest), until they are enough, and
    all without an organisation on our list, which are few; 1 query, and another after a place.

    An index has the entries of each organisation, but none has names, of which there are few.
    """
    every = Recipient.objects.all()
    parts = [(every, -1 if reverse else _NO_ENTRY)]
    if place is not None:
        name, newest = place
        beyond = every.filter(name__lt=name) if reverse else every.filter(name__gt=name)
        parts = [(every.filter(name=name), -newest), (beyond, parts[0][1])]
    found: list[int] = []
    last = None
    for organisations, entry in parts:
        own = _of_organisation(rows, entry, reverse=reverse).values("pk")[:number]
        groups = organisations.annotate(found=ArraySubquery(own))
        for name, group in groups.order_by("-name" if reverse else "name").values_list(
            "name", "found"
        ):
            if len(found) >= number and name != last:
                break
            found += group or ()
            last = name
    return rows.filter(Q(pk__in=found) | Q(recipient__isnull=True))


def _of_organisation(
    rows: QuerySet[Disclosure], entry: int, *, reverse: bool
) -> QuerySet[Disclosure]:
    """Return the rows of the organisation of an outer query before a log entry, newest first; in reverse those
    after it, oldest first.

    It is looked for as a range, so that PostgreSQL reads the one index that has both in this order: of an
    organisation with few entries it would else read the whole log for more.
    """
    organisation = OuterRef("pk")
    beyond = GreaterThan if reverse else LessThan
    of_it = Q(recipient_id__lte=organisation) if reverse else Q(recipient_id__gte=organisation)
    keys, place = Values(F("recipient_id"), F("entry")), Values(organisation, Value(entry))
    sign = "" if reverse else "-"
    return rows.filter(of_it, beyond(keys, place)).order_by(f"{sign}recipient_id", f"{sign}entry")


NEWEST = Order("newest", "Newest first", (_ENTRY,), descending=True)
_EVERY = (
    NEWEST,
    Order("oldest", "Oldest first", (_ENTRY,)),
    Order(
        "organisation", "Organisation, A to Z", (_ORGANISATION, _NEWEST), narrow=_by_organisation
    ),
    Order("rows", "Most rows first", (_ROWS, _ENTRY), descending=True),
    Order("result", "Result", (_OUTCOME, _NEWEST)),
)
ORDERS: Mapping[str, Order] = {order.name: order for order in _EVERY}
