"""One way only to write a JSON value as bytes, so that its hash can be made again."""

import json
from collections.abc import Mapping


def canonical(value: Mapping[str, object]) -> bytes:
    """Return UTF-8 JSON with sorted keys and no spaces; raise TypeError for other types than JSON's.

    Floats are refused because two programs may write the same one differently.
    """
    _check(value)
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def _check(value: object) -> None:
    if value is None or isinstance(value, bool | int | str):
        return
    if isinstance(value, list | tuple):
        for part in value:
            _check(part)
    elif isinstance(value, Mapping):
        for key, part in value.items():
            if not isinstance(key, str):
                raise TypeError(f"a key of a log entry is not text: {key!r}")
            _check(part)
    else:
        raise TypeError(f"a log entry cannot hold {type(value).__name__}: {value!r}")
