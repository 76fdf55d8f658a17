"""Everything that the suite's servers and workers logged, and who is named in it: nobody may be."""

import csv
import re
from collections.abc import Iterator
from functools import cache
from itertools import pairwise
from pathlib import Path

from tests.places import ROOT

_ROLL = ROOT / "example" / "wigan" / "roll.csv"
# A pupil's number, an email address of anybody, a birthday as forms have it.
_NUMBERS = re.compile(r"\b[A-Z]\d{11}[\dA-Z]\b")
_EMAILS = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
# Words of the roll stand for a child where they are quoted: as `'Ella'`, or beside each other.
_QUOTED = re.compile(r"""['"‘“]([^'"‘’“”]{2,40})['"’”]""")


def personal(line: str) -> list[str]:
    """Return what a line says about somebody: pupils' numbers, email addresses, names of pupils."""
    names, whole = _names()
    words = [word for word in _QUOTED.findall(line) if word in names]
    beside = [" ".join(pair) for pair in _pairs(line) if pair in whole]
    return [*_NUMBERS.findall(line), *_EMAILS.findall(line), *words, *beside]


def leaks(folder: Path) -> list[str]:
    """Return the lines of all logs in a folder that say something about somebody."""
    return [
        f"{path.name}: {line.strip()} ({', '.join(about)})"
        for path in sorted(folder.glob("*.log"))
        for line in path.read_text(errors="replace").splitlines()
        if (about := personal(line))
    ]


def _pairs(line: str) -> Iterator[tuple[str, str]]:
    words = re.findall(r"[^\W\d_]+(?:['’-][^\W\d_]{2,})*", line)
    yield from pairwise(words)


@cache
def _names() -> tuple[frozenset[str], frozenset[tuple[str, str]]]:
    """Return the forenames and surnames of the example's pupils, and the pairs in either order."""
    with _ROLL.open(encoding="utf-8-sig", newline="") as file:
        pupils = [(row["Forename"], row["Surname"]) for row in csv.DictReader(file)]
    pupils.append(("Ella", "Barlow"))  # the pupil of most tests
    words = frozenset(word for pupil in pupils for word in pupil)
    return words, frozenset([*pupils, *((surname, forename) for forename, surname in pupils)])
