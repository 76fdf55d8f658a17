"""Files to read, and what reading them gives."""

import csv
import io

import pytest

from privacy_portal.ground.faults import BadInputError
from privacy_portal.ground.files.reading import Reading, as_table
from tests.places import DATA

AWKWARD = DATA / "awkward"


def read(path, reading=Reading(), **more):  # noqa: B008 - it is frozen
    with as_table(path, path.name, reading, **more) as sheet:
        text = sheet.path.read_bytes().decode("utf-8-sig")
    return list(csv.reader(io.StringIO(text, newline="")))


def refusal(path, reading=Reading(), **more):  # noqa: B008
    with pytest.raises(BadInputError) as refused:
        read(path, reading, **more)
    return str(refused.value)
