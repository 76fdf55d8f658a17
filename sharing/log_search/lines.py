"""Entries of the log in words, with the people in them: on pages, and in the file."""

import csv
import json
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from io import StringIO
from typing import Any

from privacy_portal.ground.files.formulas import neutralised
from privacy_portal.ground.log.models import Entry
from privacy_portal.ground.log.searching import Wanted, pieces
from sharing.log_search.people import Body, Person, body_of, people_of, references_about
from sharing.log_search.words import EVENTS, FILES, in_words

# As many people are named in a line of the list, and on the page of an entry.
NAMED_IN_LINE = 1
NAMED_ON_PAGE = 100
NOBODY = "No member of staff"
# Where somebody is or was: not to be seen while they are protected (P2).
WHERE = frozenset({"school", "schools", "from_school", "to_school"})
HIDDEN = "hidden: this pupil’s details are protected"


@dataclass(frozen=True, slots=True)
class Line:
    """An entry in words: what happened, when, who did it (None: nobody who signs in), the people it is
    about that are named, and how many it is about."""

    seq: int
    at: datetime | None
    event: str
    group: str
    text: str
    by: Person | None
    about: Sequence[Person]
    people: int


def lines(
    entries: Sequence[Entry], *, named: int = NAMED_IN_LINE, of: Collection[str] = ()
) -> list[Line]:
    """Return the entries in words, at most so many people of each by name, those with a reference `of`
    somebody first; 2 queries."""
    bodies = [(entry, body_of(entry)) for entry in entries]
    references = {
        entry.seq: sorted(references_about(body), key=lambda reference: reference not in of)
        for entry, body in bodies
    }
    wanted = [reference for about in references.values() for reference in about[:named]]
    doers = [str(body["by"]) for _, body in bodies if body.get("by")]
    people = people_of([*wanted, *doers])
    return [_line(entry, body, references[entry.seq], people, named) for entry, body in bodies]


def _line(
    entry: Entry, body: Body, about: Sequence[str], people: Mapping[str, Person], named: int
) -> Line:
    event = str(body.get("event", ""))
    by = str(body.get("by") or "")
    return Line(
        seq=entry.seq,
        at=_at(body),
        event=event,
        group=EVENTS[event].group if event in EVENTS else "",
        text=_text(event, body),
        by=people.get(by, Person(by)) if by else None,
        about=[people[reference] for reference in about[:named]],
        people=len(about),
    )


def _text(event: str, body: Body) -> str:
    file = body.get("file")
    if event == "file-downloaded" and isinstance(file, str):
        return f"Downloaded a file: {FILES.get(file, file)}"
    return in_words(event) or "This entry cannot be read"


def _at(body: Body) -> datetime | None:
    try:
        return datetime.fromisoformat(str(body.get("at")))
    except ValueError:
        return None


HEADINGS = (
    "Log entry", "Date and time (UTC)", "Event", "Kind of event", "Done by", "About", "Number of people",
)  # fmt: skip


def as_csv(wanted: Wanted) -> Iterator[bytes]:
    """Yield the file of the entries that are wanted, newest first; 3 queries for every 1,000."""
    yield _row(HEADINGS)
    for entries in pieces(wanted):
        yield b"".join(_row(_cells(line)) for line in lines(entries, of=wanted.about))


def _row(cells: Iterable[str]) -> bytes:
    out = StringIO()
    csv.writer(out).writerow([neutralised(cell) for cell in cells])
    return out.getvalue().encode()


def _cells(line: Line) -> Iterator[str]:
    yield str(line.seq)
    yield line.at.isoformat(timespec="seconds") if line.at else ""
    yield line.text
    yield line.event
    yield line.by.name if line.by else NOBODY
    yield ", ".join(person.name for person in line.about)
    yield str(line.people)


def as_written(entry: Entry, *, hide: bool) -> str:
    """Return an entry as it is written in the log, over several lines; with `hide` without schools."""
    body: Any = body_of(entry)
    if not body:
        return bytes(entry.body).decode(errors="replace")
    if hide:
        body = {name: HIDDEN if name in WHERE else value for name, value in body.items()}
    return json.dumps(body, indent=2, sort_keys=True, ensure_ascii=False)


def is_hidden(body: Body, people: Sequence[Person]) -> bool:
    """Return whether the entry says where somebody is who is protected."""
    protected = any(person.pupil is not None and person.pupil.protected for person in people)
    return protected and not WHERE.isdisjoint(body)
