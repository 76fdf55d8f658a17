"""Rows that other rows refer to, each read once: a million decisions are about some thousand pupils."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from typing import Any, cast

import orjson
from django.core.exceptions import ValidationError
from django.db import DEFAULT_DB_ALIAS, connection
from django.db.models import (
    Field,
    ForeignKey,
    ForeignObject,
    IntegerField,
    JSONField,
    Model,
    OneToOneRel,
    QuerySet,
)
from django.db.models.base import ModelState
from django.db.models.lookups import BuiltinLookup, FieldGetDbPrepValueIterableMixin
from psycopg.types.datetime import TimestamptzLoader

# So many of each kind are kept at most.
MOST = 20_000

# What a query set joins: names of relations, each with what is joined to it.
Joins = Mapping[str, "Joins"]


class Values(list[Any]):
    """The values of a lookup `among`, as the database takes them."""

    def __init__(self, field: "Field[Any, Any]", values: Iterable[object]):
        self.field: Field[Any, Any] = getattr(field, "target_field", field)
        super().__init__(map(self._prepare, values))

    def of(self, values: Iterable[object]) -> list[Any] | str:
        """Return other values for the same field as the database takes them, without those that it cannot have."""
        if isinstance(self.field, IntegerField):
            return self._numbers(list(values))
        prepared = []
        for value in values:
            with suppress(ValueError, ValidationError):
                prepared.append(self._prepare(value))
        return prepared

    def _numbers(self, values: Sequence[object]) -> str:
        """Return whole numbers as the text of an array: the driver takes ten times as long to make it."""
        try:
            numbers = list(map(int, cast("Sequence[str]", values)))
        except ValueError:
            numbers = [int(cast("str", value)) for value in values if _is_number(value)]
        least, most = connection.ops.integer_field_range(self.field.get_internal_type())
        if numbers and (min(numbers) < least or max(numbers) > most):
            numbers = [number for number in numbers if least <= number <= most]
        return f"{{{','.join(map(str, numbers))}}}"

    def _prepare(self, value: object) -> object:
        if isinstance(self.field, IntegerField):  # as Django does, in a third of the time
            return int(cast("str", value))
        if isinstance(value, str) and "\0" in value:
            raise ValueError("no text in the database has a NUL")
        return self.field.get_db_prep_value(value, connection)


def _is_number(value: object) -> bool:
    try:
        int(cast("str", value))
    except ValueError:
        return False
    return True


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
        return "%s", (Values(self.lhs.output_field, self.rhs),)


class Tuples:
    """The columns of a query set with a lookup `among`, compiled once, to be read with ever other values of it.
    Moments are read by psycopg alone."""

    def __init__(self, rows: "QuerySet[Any]", *columns: Any):
        self._compiler = rows.values_list(*columns).query.get_compiler(DEFAULT_DB_ALIAS)
        self._sql, parameters = self._compiler.as_sql()
        self._parameters = list(parameters)
        [self._place] = [
            place for place, value in enumerate(parameters) if isinstance(value, Values)
        ]
        selected = [column for column, _, _ in self._compiler.select]
        self._converters = self._compiler.get_converters(selected)

    def read(self, values: Iterable[object]) -> Iterable[Sequence[Any]]:
        """Return the rows; 1 query."""
        parameters = [*self._parameters]
        parameters[self._place] = self._parameters[self._place].of(values)
        connection.ensure_connection()
        with connection.connection.cursor() as cursor:
            cursor.adapters.register_loader("timestamptz", TimestamptzLoader)
            stored: list[Sequence[Any]] = cursor.execute(self._sql, parameters).fetchall()
        if not self._converters:
            return stored
        converted: Iterable[Sequence[Any]] = self._compiler.apply_converters(
            stored, self._converters
        )
        return converted


class Reading(Tuples):
    """The rows of a query set that joins nothing. They are made without what Django does for each for the sake of
    its signals and of deferred fields; JSON is read by orjson."""

    def __init__(self, rows: "QuerySet[Any]"):
        self.model = rows.model
        fields = rows.model._meta.concrete_fields  # noqa: SLF001
        self._names = [field.attname for field in fields] + list(rows.query.annotations)
        super().__init__(rows, *self._names)
        for place, field in enumerate(fields):
            if isinstance(field, JSONField) and field.decoder is None:
                self._converters[place] = ([_loaded], field)

    def made(self, values: Iterable[object]) -> list[Any]:
        """Return the rows as `read` finds them."""
        return [self._made(columns) for columns in self.read(values)]

    def _made(self, columns: Iterable[Any]) -> Model:
        row: Model = object.__new__(self.model)
        state = ModelState()
        state.__dict__ = {"adding": False, "db": DEFAULT_DB_ALIAS, "fields_cache": {}}
        row.__dict__ = dict(zip(self._names, columns, strict=True))
        row.__dict__["_state"] = state
        return row


def _loaded(value: str | None, expression: object, connection: object) -> object:
    return None if value is None else orjson.loads(value)


class RelatedRows:
    """Reads the rows of a query set without joins: what `select_related` names is kept by its primary key, and
    rows share it. So it is for reading only. The query set has a lookup `among`, whose values are given to
    `load`."""

    def __init__(self, rows: "QuerySet[Any]") -> None:
        joins = rows.query.select_related
        self._rows = Reading(rows.select_related(None))
        self._joins = joins if isinstance(joins, dict) else {}
        self._kept: dict[tuple[str, ...], dict[Any, Model]] = defaultdict(dict)
        self._readings: dict[tuple[str, ...], Reading] = {}

    def load(self, values: Iterable[object]) -> list[Any]:
        """Return the rows with all that they are joined to; 1 query, and 1 for each relation with rows that
        are not kept yet. A row that refers to none is left out, as a join leaves it out."""
        loaded = self._rows.made(values)
        self._join(loaded, self._rows.model, self._joins, ())
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
        attribute, name = field.attname, field.cache_name
        numbers = {row.__dict__[attribute] for row in rows} - {None}
        kept: Mapping[Any, Model | None] = self._referred(field.related_model, numbers, joins, path)
        if not numbers <= kept.keys():
            rows[:] = [row for row in rows if row.__dict__[attribute] in {None, *kept}]
        for row in rows:
            number = row.__dict__[attribute]
            row._state.fields_cache[name] = None if number is None else kept[number]  # noqa: SLF001

    def _add_referring(
        self, rows: list[Model], relation: OneToOneRel, joins: Joins, path: tuple[str, ...]
    ) -> None:
        """Add the one row that refers to a row, where there is one."""
        field = relation.field
        numbers = [row.pk for row in rows]
        referring = self._reading(relation.related_model, field.name, path).made(numbers)
        self._join(referring, relation.related_model, joins, path)
        by_number = {row.__dict__[field.attname]: row for row in referring}
        for row, number in zip(rows, numbers, strict=True):
            row._state.fields_cache[relation.cache_name] = by_number.get(number)  # noqa: SLF001

    def _referred(
        self, model: type[Model], numbers: set[Any], joins: Joins, path: tuple[str, ...]
    ) -> dict[Any, Model]:
        """Return the rows with these primary keys, and others that are kept."""
        kept = self._kept[path]
        if missing := numbers - kept.keys():
            if len(kept) + len(missing) > MOST:
                kept.clear()
                missing = numbers
            added = self._reading(model, "pk", path).made(missing)
            self._join(added, model, joins, path)
            kept.update((row.pk, row) for row in added)
        return kept

    def _reading(self, model: type[Model], name: str, path: tuple[str, ...]) -> Reading:
        """Return how rows are read by a field, on the path of relations that leads to them."""
        if path not in self._readings:
            rows = model._base_manager.filter(**{f"{name}__among": ()})  # noqa: SLF001
            self._readings[path] = Reading(rows)
        return self._readings[path]
