"""Rows that other rows refer to, each read once: a million decisions are about some thousand pupils."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from django.db import DEFAULT_DB_ALIAS, connection
from django.db.models import Field, ForeignKey, ForeignObject, Model, OneToOneRel, QuerySet
from django.db.models.base import ModelState
from django.db.models.lookups import BuiltinLookup, FieldGetDbPrepValueIterableMixin
from psycopg.types.datetime import TimestamptzLoader

# So many of each kind are kept at most.
MOST = 20_000

# What a query set joins: names of relations, each with what is joined to it.
Joins = Mapping[str, "Joins"]


@ForeignObject.register_lookup
@Field.register_lookup
class Among(FieldGetDbPrepValueIterableMixin, BuiltinLookup):
    """`=ANY` of one array, where `in` is as many parameters as values, each compiled and sent by itself."""

    lookup_name = "among"

    def get_rhs_op(self, connection: object, rhs: str) -> str:
        """Return the operator with the array."""
        return f"= ANY({rhs})"

    def process_rhs(self, compiler: object, connection: object) -> tuple[str, Any]:
        """Return the placeholder of the array, and the array."""
        field = self.lhs.output_field
        values = [field.get_db_prep_value(value, connection, prepared=True) for value in self.rhs]
        return "%s", (values,)


class RelatedRows:
    """Reads the rows of query sets without joins: what `select_related` names is kept by its primary key, and
    rows share it. So it is for reading only."""

    def __init__(self) -> None:
        self._kept: dict[tuple[str, ...], dict[Any, Model]] = defaultdict(dict)

    def load(self, rows: "QuerySet[Any]") -> list[Any]:
        """Return the rows with all that they are joined to; 1 query, and 1 for each relation with rows that
        are not kept yet. A row that refers to none is left out, as a join leaves it out."""
        joins = rows.query.select_related
        loaded = _read(rows.select_related(None))
        self._join(loaded, rows.model, joins if isinstance(joins, dict) else {}, ())
        return loaded

    def _join(
        self, rows: list[Model], model: type[Model], joins: Joins, path: tuple[str, ...]
    ) -> None:
        for name, more in joins.items():
            relation = model._meta.get_field(name)  # noqa: SLF001
            if isinstance(relation, OneToOneRel):
                self._add_referring(rows, relation, more, (*path, name))
            else:
                assert isinstance(relation, ForeignKey)
                self._add_referred(rows, relation, more, (*path, name))

    def _add_referred(
        self, rows: list[Model], field: ForeignKey[Any], joins: Joins, path: tuple[str, ...]
    ) -> None:
        """Add the rows that rows refer to, and take out those that refer to none that is there."""
        numbers = {row.__dict__[field.attname] for row in rows} - {None}
        kept: Mapping[Any, Model | None] = self._rows(field.related_model, numbers, joins, path)
        if not numbers <= kept.keys():
            rows[:] = [row for row in rows if row.__dict__[field.attname] in {None, *kept}]
        for row in rows:
            number = row.__dict__[field.attname]
            row._state.fields_cache[field.cache_name] = kept[number] if number is not None else None  # noqa: SLF001

    def _add_referring(
        self, rows: list[Model], relation: OneToOneRel, joins: Joins, path: tuple[str, ...]
    ) -> None:
        """Add the one row that refers to a row, where there is one."""
        field = relation.field
        numbers = [row.pk for row in rows]
        referring = _read(
            relation.related_model._base_manager.filter(**{f"{field.name}__among": numbers})  # noqa: SLF001
        )
        self._join(referring, relation.related_model, joins, path)
        by_number = {row.__dict__[field.attname]: row for row in referring}
        for row, number in zip(rows, numbers, strict=True):
            row._state.fields_cache[relation.cache_name] = by_number.get(number)  # noqa: SLF001

    def _rows(
        self, model: type[Model], numbers: set[Any], joins: Joins, path: tuple[str, ...]
    ) -> dict[Any, Model]:
        """Return the rows with these primary keys, and others that are kept."""
        kept = self._kept[path]
        if missing := numbers - kept.keys():
            if len(kept) + len(missing) > MOST:
                kept.clear()
                missing = numbers
            added = _read(model._base_manager.filter(pk__among=list(missing)))  # noqa: SLF001
            self._join(added, model, joins, path)
            kept.update((row.pk, row) for row in added)
        return kept


def _read(rows: "QuerySet[Any]") -> list[Any]:
    """Return the rows of a query set that joins nothing, made without what Django does for each for the sake
    of its signals and of deferred fields, and with moments read by psycopg alone; 1 query."""
    model = rows.model
    names = [field.attname for field in model._meta.concrete_fields] + list(rows.query.annotations)  # noqa: SLF001
    compiler = rows.values_list(*names).query.get_compiler(DEFAULT_DB_ALIAS)
    sql, parameters = compiler.as_sql()
    connection.ensure_connection()
    with connection.connection.cursor() as cursor:
        cursor.adapters.register_loader("timestamptz", TimestamptzLoader)
        stored = cursor.execute(sql, parameters).fetchall()
    if converters := compiler.get_converters([column for column, _, _ in compiler.select]):
        stored = compiler.apply_converters(stored, converters)
    return [_made(model, names, values) for values in stored]


def _made(model: type[Model], names: Sequence[str], values: Sequence[Any]) -> Model:
    row, state = model.__new__(model), ModelState()
    state.adding, state.db, state.fields_cache = False, DEFAULT_DB_ALIAS, {}
    row.__dict__ = {"_state": state, **dict(zip(names, values, strict=True))}
    return row
