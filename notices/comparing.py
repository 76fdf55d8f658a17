"""Compare two versions word by word: pure functions on documents of `content`."""

import re
from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from enum import StrEnum
from typing import TypedDict

from markdown_it import MarkdownIt
from markdown_it.token import Token

_parser = MarkdownIt("commonmark", {"html": False})
_WORD = re.compile(r"\S+")
_BREAK = "\n"
_BULLET = "•"


class Change(StrEnum):
    """What became of a part between the earlier and the later version."""

    SAME = "same"
    ADDED = "added"
    REMOVED = "removed"
    CHANGED = "changed"


@dataclass(frozen=True, slots=True)
class Run:
    """Words that stand together: in both versions (SAME), or in one only."""

    change: Change
    text: str


@dataclass(frozen=True, slots=True)
class ComparedSection:
    """A section in both versions or in one; `paragraphs` hold its words in runs.

    `moved` says that it stands in another order among the sections of both versions.
    """

    change: Change
    moved: bool
    heading: list[Run]
    paragraphs: list[list[Run]]


@dataclass(frozen=True, slots=True)
class ComparedLine:
    """A line of the table: a recipient with its purposes and items, each with its change."""

    change: Change
    name: str
    purposes: list[Run]
    items: list[Run]
    legal_duty: list[Run]


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two versions side by side, in the order of the later one; what was removed comes last."""

    sections: list[ComparedSection] = field(default_factory=list)
    young_summary: list[list[Run]] = field(default_factory=list)
    lines: list[ComparedLine] = field(default_factory=list)

    @property
    def changed(self) -> bool:
        """Return whether any word differs."""
        changes = [
            *(section.change for section in self.sections),
            *(line.change for line in self.lines),
            *(run.change for paragraph in self.young_summary for run in paragraph),
        ]
        return any(change is not Change.SAME for change in changes)


# A code and its label.
Labelled = Mapping[str, str]


class PublishedSection(TypedDict):
    """A section as it is published."""

    element: str
    heading: str
    scheme: str
    body: str


class PublishedLine(TypedDict):
    """Who gets what, and what for, as it is published."""

    code: str
    name: str
    website: str
    legal_duty: str
    purposes: list[Labelled]
    items: list[Labelled]


class Published(TypedDict):
    """What is compared of a published document."""

    young_summary: str
    sections: list[PublishedSection]
    recipients: list[PublishedLine]


def compare(earlier: Published, later: Published) -> Comparison:
    """Compare the earlier document with the later one."""
    return Comparison(
        sections=_sections(earlier["sections"], later["sections"]),
        young_summary=_paragraphs(earlier["young_summary"], later["young_summary"]),
        lines=_lines(earlier["recipients"], later["recipients"]),
    )


def words_of(markdown: str) -> list[str]:
    """Return the words that a reader sees, marked where a paragraph or a list item begins.

    A link's address follows its words, so that a change of it is seen.
    """
    words: list[str] = []
    item = False
    for token in _parser.parse(markdown):
        if token.type == "list_item_open":
            item = True
        elif token.type == "inline":
            if words:
                words.append(_BREAK)
            if item:
                words.append(_BULLET)
                item = False
            words += _WORD.findall(_text(token.children or []))
        elif token.content:
            words += [_BREAK, *_WORD.findall(token.content)]
    return words


def _text(children: Sequence[Token]) -> str:
    text, address = "", ""
    for child in children:
        if child.type == "link_open":
            address = str(child.attrGet("href") or "")
        elif child.type == "link_close":
            text += f" ({address})"
        elif child.type in ("softbreak", "hardbreak"):
            text += " "
        else:
            text += child.content
    return text


def _runs(earlier: Sequence[str], later: Sequence[str]) -> Iterator[tuple[Change, list[str]]]:
    matcher = SequenceMatcher(None, earlier, later, autojunk=False)
    for tag, a1, a2, b1, b2 in matcher.get_opcodes():
        if tag == "equal":
            yield Change.SAME, list(later[b1:b2])
            continue
        if a2 > a1:
            yield Change.REMOVED, list(earlier[a1:a2])
        if b2 > b1:
            yield Change.ADDED, list(later[b1:b2])


def _paragraphs(earlier: str, later: str) -> list[list[Run]]:
    paragraphs: list[list[Run]] = [[]]
    for change, words in _runs(words_of(earlier), words_of(later)):
        start = 0
        for at in [*(at for at, word in enumerate(words) if word == _BREAK), len(words)]:
            if at > start:
                paragraphs[-1].append(Run(change, " ".join(words[start:at])))
            if at < len(words):
                paragraphs.append([])
            start = at + 1
    return [runs for runs in paragraphs if runs]


def words_in_line(earlier: str, later: str) -> list[Run]:
    """Compare plain words, wherever lines break."""
    return [Run(change, " ".join(words)) for change, words in _runs(earlier.split(), later.split())]


def _sections(
    earlier: list[PublishedSection], later: list[PublishedSection]
) -> list[ComparedSection]:
    pairs = _pairs(
        [_section_key(section) for section in earlier], [_section_key(section) for section in later]
    )
    partner = {new: old for old, new in pairs}
    in_order = _longest_increasing([partner[new] for new in sorted(partner)])
    compared = []
    for place, section in enumerate(later):
        old = earlier[partner[place]] if place in partner else None
        moved = place in partner and partner[place] not in in_order
        compared.append(_section(old, section, moved))
    gone = set(range(len(earlier))) - {old for old, _ in pairs}
    return compared + [_section(earlier[place], None, False) for place in sorted(gone)]


def _section(
    old: PublishedSection | None, new: PublishedSection | None, moved: bool
) -> ComparedSection:
    heading = words_in_line(old["heading"] if old else "", new["heading"] if new else "")
    paragraphs = _paragraphs(old["body"] if old else "", new["body"] if new else "")
    runs = [*heading, *(run for paragraph in paragraphs for run in paragraph)]
    return ComparedSection(_change(old, new, runs), moved, heading, paragraphs)


def _change(old: object, new: object, runs: Sequence[Run]) -> Change:
    if old is None:
        return Change.ADDED
    if new is None:
        return Change.REMOVED
    same = all(run.change is Change.SAME for run in runs)
    return Change.SAME if same else Change.CHANGED


def _section_key(section: PublishedSection) -> tuple[str, ...]:
    if section["element"] == "other":
        return ("other", section["heading"])
    return (section["element"], section["scheme"])


def _lines(earlier: list[PublishedLine], later: list[PublishedLine]) -> list[ComparedLine]:
    pairs = _line_pairs(earlier, later)
    partner = {new: old for old, new in pairs}
    compared = [
        _line(earlier[partner[place]] if place in partner else None, line)
        for place, line in enumerate(later)
    ]
    gone = set(range(len(earlier))) - {old for old, _ in pairs}
    return compared + [_line(earlier[place], None) for place in sorted(gone)]


def _line_pairs(earlier: list[PublishedLine], later: list[PublishedLine]) -> list[tuple[int, int]]:
    """Pair lines of one recipient with the same purposes first, then of one recipient in order."""
    pairs = _pairs([_line_key(line) for line in earlier], [_line_key(line) for line in later])
    old = [place for place in range(len(earlier)) if place not in {old for old, _ in pairs}]
    new = [place for place in range(len(later)) if place not in {new for _, new in pairs}]
    rest = _pairs(
        [earlier[place]["code"] for place in old], [later[place]["code"] for place in new]
    )
    return pairs + [(old[a], new[b]) for a, b in rest]


def _line_key(line: PublishedLine) -> tuple[str, ...]:
    return (line["code"], *sorted(purpose["code"] for purpose in line["purposes"]))


def _line(old: PublishedLine | None, new: PublishedLine | None) -> ComparedLine:
    line = new or old
    purposes = compare_labels(old["purposes"] if old else [], new["purposes"] if new else [])
    items = compare_labels(old["items"] if old else [], new["items"] if new else [])
    duty = words_in_line(old["legal_duty"] if old else "", new["legal_duty"] if new else "")
    change = _change(old, new, [*purposes, *items, *duty])
    return ComparedLine(change, line["name"] if line else "", purposes, items, duty)


def compare_labels(earlier: Sequence[Labelled], later: Sequence[Labelled]) -> list[Run]:
    """Return each label with its change: the later version's in order, then those removed."""
    before = {entry["code"]: entry["label"] for entry in earlier}
    after = {entry["code"]: entry["label"] for entry in later}
    runs = []
    for code, label in after.items():
        if code in before and before[code] != label:
            runs.append(Run(Change.REMOVED, before[code]))
        same = before.get(code) == label
        runs.append(Run(Change.SAME if same else Change.ADDED, label))
    runs += [Run(Change.REMOVED, label) for code, label in before.items() if code not in after]
    return runs


def _pairs(earlier: Sequence[Hashable], later: Sequence[Hashable]) -> list[tuple[int, int]]:
    """Pair the places of equal keys, the first with the first, the second with the second."""
    free: dict[Hashable, list[int]] = {}
    for place, key in enumerate(earlier):
        free.setdefault(key, []).append(place)
    return [(free[key].pop(0), place) for place, key in enumerate(later) if free.get(key)]


def _longest_increasing(values: Sequence[int]) -> set[int]:
    """Return the largest set of values already in order: all others have moved."""
    runs: list[list[int]] = [[]]
    for value in values:
        before = [run for run in runs if not run or run[-1] < value]
        runs.append([*_longest(before), value])
    return set(_longest(runs))


def _longest(runs: list[list[int]]) -> list[int]:
    return max(runs, key=len)
