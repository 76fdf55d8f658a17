"""What people wrote is in no entry, for an entry cannot be erased: an entry has a salted hash of it (L4).

The salt of an entry is a row of its own. While it is there, the hash shows whether the texts of the row that
the entry vouches for were changed. Once it is deleted with the texts, nobody can find out from the hash what
they said.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import cache
from secrets import token_bytes
from uuid import UUID

import orjson
from django.db.models import Model

# Under this name an entry has the hash of the texts of its row.
TEXTS = "texts"
BYTES_OF_SALT = 16
# These bytes are canonical JSON (canonical.py).
_SORTED = orjson.OPT_SORT_KEYS


@dataclass(frozen=True, slots=True)
class Texts:
    """What the hash is over, by the names of fields: the texts of a row, which an erasure blanks, and `also`
    what else the entry does not say in clear, which stays."""

    values: Mapping[str, object]
    also: Mapping[str, object]

    def digest(self, salt: bytes) -> str:
        """Return SHA-256 of the salt and both as one canonical JSON object, as 64 hexadecimal digits. What is
        empty is not in it, so that a column that comes later changes no hash."""
        both = {**self.values, **self.also}
        # Zero and False are no empty values.
        said = {name: value for name, value in both.items() if value or value == 0}
        return hashlib.sha256(salt + orjson.dumps(said, option=_SORTED)).hexdigest()

    @property
    def are_blank(self) -> bool:
        """Whether nothing is left of the texts."""
        return not any(self.values.values())


def texts_of(row: Model) -> Texts:
    """Return what the entry of a row has the hash of: its model's `logged_texts` and `logged_also`. Raises
    AttributeError where the model does not say which those are."""
    texts, also = _columns(type(row))
    return Texts(_values(row, texts), _values(row, also))


@cache
def _columns(model: type[Model]) -> tuple[Sequence[str], Sequence[str]]:
    """Return the `logged_texts` and `logged_also` of a model."""
    return model.logged_texts, getattr(model, "logged_also", ())  # type: ignore[attr-defined]


def _values(row: Model, names: Sequence[str]) -> dict[str, object]:
    return {name: _value(getattr(row, name)) for name in names}


def new_salt() -> bytes:
    """Return 16 random bytes."""
    return token_bytes(BYTES_OF_SALT)


def _value(value: object) -> object:
    """Return a value as canonical JSON can write it; an instant whatever its time zone."""
    if value is None or type(value) is str:  # as most are
        return value
    match value:
        case datetime():
            return (value if value.tzinfo is UTC else value.astimezone(UTC)).isoformat()
        case date():
            return value.isoformat()
        case UUID():
            return str(value)
    return value
