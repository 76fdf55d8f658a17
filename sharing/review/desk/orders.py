"""The orders that the disclosure log can be read in."""

from collections.abc import Mapping

from django.db.models import CharField, F, Value
from django.db.models.functions import Coalesce, NullIf

from privacy_portal.ground.ui.keyset import Key, Order

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
NEWEST = Order("newest", "Newest first", (_ENTRY,), descending=True)
_EVERY = (
    NEWEST,
    Order("oldest", "Oldest first", (_ENTRY,)),
    Order("organisation", "Organisation, A to Z", (_ORGANISATION, _NEWEST)),
    Order("rows", "Most rows first", (_ROWS, _ENTRY), descending=True),
    Order("result", "Result", (_OUTCOME, _NEWEST)),
)
ORDERS: Mapping[str, Order] = {order.name: order for order in _EVERY}
