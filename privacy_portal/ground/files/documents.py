"""Documents in JSON: read with pydantic, each fault named by its place in the file."""

import difflib
import json
import re
from collections import Counter
from collections.abc import Collection
from pathlib import Path
from typing import Any, Self, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict, ValidationError
from pydantic_core import ErrorDetails

from privacy_portal.ground.faults import BadInputError, Fault, FaultList

_MESSAGES = {
    "missing": "is missing",
    "extra_forbidden": "is no key of this format",
    "string_type": "must be text",
    "int_type": "must be a whole number",
    "bool_type": "must be true or false",
    "list_type": "must be a list",
    "tuple_type": "must be a list",
    "model_type": "must be an object",
    "model_attributes_type": "must be an object",
}
_DAY_ERRORS = ("date_type", "date_parsing", "date_from_datetime_parsing")


class Part(BaseModel):
    """A part of a document: no key but those named, no value of another type."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)

    @classmethod
    def from_row(cls, row: object, **others: Any) -> Self:
        """Build the part from the columns of a row that have its names, and from `others`."""
        names = cls.model_fields.keys() - others.keys()
        return cls(**{name: getattr(row, name) for name in names}, **others)


Document = TypeVar("Document", bound=Part)
# PostgreSQL cannot store it. A backslash before it must not be one that is itself escaped.
_NUL = re.compile(r"\0|(?<!\\)(?:\\\\)*\\u0000")


def one_of(*allowed: str) -> AfterValidator:
    """Return a check that a field's text is one of these."""

    def check(value: str) -> str:
        if value not in allowed:
            raise ValueError(f"{value!r} is not one of {', '.join(map(repr, allowed))}")
        return value

    return AfterValidator(check)


def read_document(path: Path, name: str, kind: type[Document]) -> Document:
    """Return the document in the file, which messages call `name`.

    Raises BadInputError with each fault's place, such as `agreements[3].items[2]`.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise BadInputError([Fault("the file is not JSON text in UTF-8.")], name=name) from error
    if not text.strip():
        raise BadInputError([Fault("the file is empty.")], name=name)
    try:
        json.loads(text, object_pairs_hook=_without_repeats)
    except json.JSONDecodeError as error:
        fault = Fault(f"not valid JSON here ({error.msg}).", error.lineno, error.colno)
        raise BadInputError([fault], name=name) from error
    except (_RepeatedKeyError, RecursionError) as error:
        raise BadInputError([Fault(str(error))], name=name) from error
    except ValueError as error:  # an integer of thousands of digits
        raise BadInputError([Fault("a number has too many digits.")], name=name) from error
    if _NUL.search(text):
        raise BadInputError(
            [Fault("a text has the character NUL (\\u0000). Delete it.")], name=name
        )
    try:
        return kind.model_validate_json(text)
    except ValidationError as error:
        faults = FaultList(name)
        for detail in error.errors(include_url=False):
            faults.add(f"{path_of(detail['loc']) or 'the document'}: {_sentence(detail)}")
        raise faults.error() from error


class _RepeatedKeyError(Exception):
    """A JSON object names a key twice, and so says two things."""


def _without_repeats(pairs: list[tuple[str, object]]) -> dict[str, object]:
    keys = dict(pairs)
    if len(keys) < len(pairs):
        times = Counter(key for key, _ in pairs)
        repeated = next(key for key in times if times[key] > 1)
        raise _RepeatedKeyError(f"the key {repeated!r} stands twice in one object.")
    return keys


def _sentence(error: ErrorDetails) -> str:
    kind = error["type"]
    if kind in _DAY_ERRORS:
        return f"{error['input']!r} is not a date. Use yyyy-mm-dd"
    return _MESSAGES.get(kind, error["msg"].removeprefix("Value error, "))


def path_of(location: tuple[int | str, ...]) -> str:
    """Return a place in a document as people write it: `agreements[3].items[2]`."""
    path = ""
    for part in location:
        path += f"[{part}]" if isinstance(part, int) else f".{part}" if path else part
    return path


class References:
    """Checks that codes used in a document are declared in it, with the nearest one as a hint."""

    def __init__(self, faults: FaultList):
        self.faults = faults

    def check(self, code: str, among: Collection[str], *, kind: str, place: str) -> bool:
        """Return whether `code` is among the declared; if not, a fault at `place` is added."""
        if code in among:
            return True
        near = difflib.get_close_matches(code, among, 1)
        hint = f"; did you mean {near[0]!r}?" if near else ""
        self.faults.add(f"{place}: no such {kind} {code!r}{hint}")
        return False
