"""What a queryset annotates its rows with, read with its type."""

from typing import TypeVar

from django.db.models import Model

Value = TypeVar("Value")


def annotated(row: Model, name: str, kind: type[Value]) -> Value:
    """Return the annotation `name` of a row that was read with it."""
    value = getattr(row, name)
    assert isinstance(value, kind), f"{name} is {value!r}"
    return value
