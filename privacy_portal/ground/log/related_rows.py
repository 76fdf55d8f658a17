"""Rows that other rows refer to, each read once: a million decisions are about some thousand pupils."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from django.core.exceptions import FieldDoesNotExist
from django.db.models import ForeignKey, Model, QuerySet

# So many of each kind are kept at most.
MOST = 20_000

# What a query set joins: names of relations, each with what is joined to it.
Joins = Mapping[str, "Joins"]


class RelatedRows:
    """Reads the rows of query sets without joins: what `select_related` names is kept by its primary key, and
    rows share it. So it is for reading only."""

    def __init__(self) -> None:
        self._kept: dict[tuple[str, ...], dict[Any, Model]] = defaultdict(dict)

    def load(self, rows: "QuerySet[Any]") -> list[Any]:
        """Return the rows with all that they are joined to; 1 query, and 1 for each relation with rows that
        are not kept yet."""
        joins = rows.query.select_related
        if not isinstance(joins, dict):
            return list(rows)
        apart = {name: more for name, more in joins.items() if _refers(rows.model, name)}
        joined = [
            path for name in joins.keys() - apart.keys() for path in _paths(name, joins[name])
        ]
        rows = rows.select_related(None)
        loaded = list(rows.select_related(*joined) if joined else rows)
        self._refer(loaded, rows.model, apart, ())
        return loaded

    def _refer(
        self, rows: Sequence[Model], model: type[Model], joins: Joins, path: tuple[str, ...]
    ) -> None:
        for name, more in joins.items():
            field = model._meta.get_field(name)  # noqa: SLF001
            assert isinstance(field, ForeignKey)
            kept = self._rows(
                field.related_model,
                {getattr(row, field.attname) for row in rows} - {None},
                more,
                (*path, name),
            )
            for row in rows:
                number = getattr(row, field.attname)
                field.set_cached_value(row, None if number is None else kept[number])

    def _rows(
        self, model: type[Model], numbers: set[Any], joins: Joins, path: tuple[str, ...]
    ) -> dict[Any, Model]:
        """Return the rows with these primary keys, and others that are kept."""
        kept = self._kept[path]
        if missing := numbers - kept.keys():
            if len(kept) + len(missing) > MOST:
                kept.clear()
                missing = numbers
            added = model._base_manager.in_bulk(list(missing))  # noqa: SLF001
            self._refer(list(added.values()), model, joins, path)
            kept.update(added)
        return kept


def _refers(model: type[Model], name: str) -> bool:
    """Return whether rows of a model have the primary key of what a relation leads to."""
    try:
        field = model._meta.get_field(name)  # noqa: SLF001
    except FieldDoesNotExist:
        return False
    return isinstance(field, ForeignKey) and field.target_field.primary_key


def _paths(name: str, joins: Joins) -> list[str]:
    if not joins:
        return [name]
    return [f"{name}__{path}" for inner, more in joins.items() for path in _paths(inner, more)]
