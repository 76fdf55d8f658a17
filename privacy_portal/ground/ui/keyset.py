"""Lists page by page, each of which begins where another ended: no page skips rows or counts the list.

A page of a list of a hundred thousand rows costs what one of a hundred costs where an index has the keys
of its order. Rows that are added meanwhile move no other row to another page.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Generic, TypeVar
from urllib.parse import urlencode

from django.db.models import Expression, F, Func, Model, QuerySet, TextField, Value
from django.db.models.lookups import GreaterThan, LessThan
from django.http import QueryDict

from privacy_portal.ground.ui.pages import PER_PAGE

Row = TypeVar("Row", bound=Model)

AFTER, BEFORE = "after", "before"
# What PostgreSQL can compare with a whole number.
_MOST = 2**63 - 1


@dataclass(frozen=True, slots=True)
class Key:
    """A value that a list is sorted by: a column, or an `expression` that is given this name."""

    name: str
    kind: type[int] | type[str] = int
    expression: Expression | None = None


@dataclass(frozen=True, slots=True)
class Order:
    """An order of a list, all of it up or down: by the first key, then by the next. No value of a key is
    null, and no two rows have the same last one.

    Where no index has the keys, `narrow` returns few of the rows, with at least so many as are asked for that
    come first after a place, in the order or, if told so, in its opposite.
    """

    name: str
    label: str
    keys: tuple[Key, ...]
    descending: bool = False
    narrow: "Callable[[QuerySet[Any], list[Any] | None, int, bool], QuerySet[Any]] | None" = None

    def sort(self, rows: QuerySet[Row], *, reverse: bool = False) -> QuerySet[Row]:
        """Return the rows in this order, or in the opposite one."""
        named = {key.name: key.expression for key in self.keys if key.expression is not None}
        sign = "-" if self.descending is not reverse else ""
        in_order: QuerySet[Row] = rows.annotate(**named).order_by(
            *(f"{sign}{key.name}" for key in self.keys)
        )
        return in_order

    def place_of(self, row: Model) -> str:
        """Return where a row stands, as an address says it."""
        return json.dumps([getattr(row, key.name) for key in self.keys], separators=(",", ":"))

    def read(self, place: str) -> list[Any] | None:
        """Return the values of the keys that an address names; None for what is no place in this order."""
        try:
            values = json.loads(place)
        except (ValueError, RecursionError):
            return None
        if not isinstance(values, list) or len(values) != len(self.keys):
            return None
        pairs = zip(values, self.keys, strict=True)
        return values if all(_fits(value, key) for value, key in pairs) else None


@dataclass(frozen=True, slots=True)
class KeysetPage(Generic[Row]):
    """A page of a list. `previous`, `next`, `first` and `last` are the parameters of the addresses of
    others, each None where this page is that one, or there is none."""

    object_list: list[Row]
    previous: str | None
    next: str | None
    first: str | None
    last: str | None

    @property
    def has_other_pages(self) -> bool:
        """Return whether the list has rows that this page has not."""
        return self.previous is not None or self.next is not None

    def loaded(self, rows: QuerySet[Row]) -> "KeysetPage[Row]":
        """Return the same page with its rows as this query loads them, with all that stands beside them:
        a page is sought in a narrow query, and only its own rows are joined; 1 query."""
        by_key = rows.in_bulk([row.pk for row in self.object_list])
        return replace(self, object_list=[by_key[row.pk] for row in self.object_list])


class Values(Func):
    """The values of several keys, compared one after the other."""

    function = "ROW"
    output_field = TextField()


def keyset_page(
    rows: QuerySet[Row],
    order: Order,
    parameters: Mapping[str, str] | QueryDict,
    size: int = PER_PAGE,
) -> KeysetPage[Row]:
    """Return the page of a list, sorted by `order`, that an address asks for; 1 query, and another where
    the list has become shorter than the address says, each with those that `narrow` takes.

    `after` and `before` in the parameters name the place of a row; an empty `before` is the end of the
    list. What names no place is the first page, and so is any other parameter.
    """
    after = order.read(parameters.get(AFTER, ""))
    before = order.read(parameters.get(BEFORE, ""))
    if after is not None:
        page = _taken(rows, order, size + 1, after)
        if page:
            return _page(page[:size], order, back=True, on=len(page) > size)
        return _last(rows, order, size)
    if before is not None:
        page = _taken(rows, order, size + 1, before, reverse=True)
        if len(page) > size:
            return _page(page[-size:], order, back=True, on=True)
    elif parameters.get(BEFORE) == "":
        return _last(rows, order, size)
    page = _taken(rows, order, size + 1)
    return _page(page[:size], order, back=False, on=len(page) > size)


def batches(rows: QuerySet[Row], order: Order, size: int) -> Iterator[list[Row]]:
    """Yield the rows of a list in its order, at most so many at once; 1 query for each batch, and no cursor
    is kept open between two."""
    batch = _taken(rows, order, size)
    while batch:
        yield batch
        place = order.read(order.place_of(batch[-1]))
        batch = _taken(rows, order, size, place) if place and len(batch) == size else []


def without_place(parameters: QueryDict) -> QueryDict:
    """Return the parameters of an address but for those that say which page of a list it is."""
    others = parameters.copy()
    for name in (AFTER, BEFORE, "page"):
        others.pop(name, None)
    return others


def _fits(value: object, key: Key) -> bool:
    if key.kind is int:
        return type(value) is int and -_MOST <= value <= _MOST
    return isinstance(value, str) and "\x00" not in value and value.isprintable()


def _taken(
    rows: QuerySet[Row],
    order: Order,
    number: int,
    place: list[Any] | None = None,
    *,
    reverse: bool = False,
) -> list[Row]:
    """Return the first so many rows after a place, in the order or, before it, in its opposite; as the list
    has them."""
    if order.narrow:
        rows = order.narrow(rows, place, number, reverse)
    beyond = order.sort(rows, reverse=reverse)
    if place is not None:
        compare = LessThan if order.descending is not reverse else GreaterThan
        keys = Values(*(F(key.name) for key in order.keys))
        beyond = beyond.filter(compare(keys, Values(*map(Value, place))))
    taken = list(beyond[:number])
    return taken[::-1] if reverse else taken


def _last(rows: QuerySet[Row], order: Order, size: int) -> KeysetPage[Row]:
    page = _taken(rows, order, size + 1, reverse=True)
    return _page(page[-size:], order, back=len(page) > size, on=False)


def _page(rows: list[Row], order: Order, *, back: bool, on: bool) -> KeysetPage[Row]:
    return KeysetPage(
        rows,
        previous=urlencode({BEFORE: order.place_of(rows[0])}) if back else None,
        next=urlencode({AFTER: order.place_of(rows[-1])}) if on else None,
        first="" if back else None,
        last=urlencode({BEFORE: ""}) if on else None,
    )
