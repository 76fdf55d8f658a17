"""What people wrote is in no entry, for an entry cannot be erased: an entry has a salted hash of it (L4).

The salt of an entry is a row of its own. While it is there, the hash shows whether the texts of the row that
the entry vouches for were changed. Once it is deleted with the texts, nobody can find out from the hash what
they said.
"""

import hashlib
from collections.abc import Sequence
from datetime import UTC, date, datetime
from functools import cache
from secrets import token_bytes
from typing import NamedTuple
from uuid import UUID

import orjson
from django.db.models import Model

# Under this name an entry has the hash of the texts of its row.
TEXTS = "texts"
BYTES_OF_SALT = 16
# These bytes are canonical JSON (canonical.py).
_SORTED = orjson.OPT_SORT_KEYS
_AS_THEY_ARE = frozenset({str, int, bool, date, UUID})


class Fields(NamedTuple):
    """The fields of a model that the hash is over: first so many texts, which an erasure blanks; then what else
    the entry does not say in clear, which stays."""

    names: Sequence[str]
    texts: int


class Texts(NamedTuple):
    """What the hash is over: the values of the fields of a row."""

    fields: Fields
    values: Sequence[object]

    def digest(self, salt: bytes) -> str:
        """Return SHA-256 of the salt and the values by name as one canonical JSON object, as 64 hexadecimal
        digits. What is empty is not in it, so that a column that comes later changes no hash."""
        # Zero and False are no empty values.
        said = {
            name: value if type(value) in _AS_THEY_ARE else _value(value)
            for name, value in zip(self.fields.names, self.values, strict=True)
            if value or value == 0
        }
        return hashlib.sha256(salt + orjson.dumps(said, option=_SORTED)).hexdigest()

    @property
    def are_blank(self) -> bool:
        """Whether nothing is left of the texts."""
        return not any(self.values[: self.fields.texts])


def texts_of(row: Model) -> Texts:
    """Return what the entry of a row has the hash of: its model's `logged_texts` and `logged_also`. Raises
    AttributeError where the model does not say which those are."""
    fields = fields_of(type(row))
    return Texts(fields, [getattr(row, name) for name in fields.names])


@cache
def has_texts(model: type[Model]) -> bool:
    """Return whether entries of rows of the model have the hash of something."""
    return hasattr(model, "logged_texts")


@cache
def fields_of(model: type[Model]) -> Fields:
    """Return the fields of a model that the hash is over. Raises AttributeError where it does not say which."""
    texts = tuple(model.logged_texts)  # type: ignore[attr-defined]
    return Fields((*texts, *getattr(model, "logged_also", ())), len(texts))


def new_salt() -> bytes:
    """Return 16 random bytes."""
    return token_bytes(BYTES_OF_SALT)


def _value(value: object) -> object:
    """Return a value as JSON can write it; an instant whatever its time zone."""
    if isinstance(value, datetime) and value.tzinfo is not UTC:
        return value.astimezone(UTC)
    return value
