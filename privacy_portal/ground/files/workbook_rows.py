"""Rows of a sheet that are written plainly, read without a tree of elements: most rows are.

A row is plain if its cells stand in order, each with a value or a text and nothing else, without
escapes, and nothing around could make it part of a comment. All else goes to the XML parser, at its
place among the rows, so that a row says the same whichever way it is read.
"""

import re
from collections.abc import Callable, Generator, Iterable, Iterator
from typing import Any, BinaryIO, NamedTuple

from privacy_portal.ground.files.workbook_cells import Formats, column_number, number_text
from privacy_portal.ground.files.xml_elements import Element

_BYTES_AT_ONCE = 1 << 18
# With so many bytes before the first row, or in one row, nothing is plain any more.
_MOST_BYTES = 1 << 20
# Layouts that are remembered, and those of them compiled, which takes a millisecond each.
_MOST_KEPT, _MOST_COMPILED = 1_000, 32
_END = "</row>"
_START = b"<sheetData>"
_DECLARED = re.compile(
    rb"(?:\xef\xbb\xbf)?(?:<\?xml version=['\"]1\.0['\"](?: encoding=['\"](?:utf|UTF)-8['\"])?"
    rb"(?: standalone=['\"](?:yes|no)['\"])?\s*\?>)?"
)
_X14AC = re.compile(rb"\s*<worksheet\s[^<>]*\sxmlns:x14ac=")
_ROW = re.compile(r'<row r="([0-9]{1,8})"((?: [A-Za-z0-9:]+="[^"<&]*")*)>')
_EMPTY_ROWS = re.compile(r"(?:\s*<row(?: [^<>]*)?/>)+")
_ATTRIBUTE = re.compile(r' ([A-Za-z0-9:]+)="([^"<&]*)"')
_ATTRIBUTES = frozenset(
    ["spans", "s", "customFormat", "ht", "hidden", "customHeight", "outlineLevel", "collapsed",
     "thickTop", "thickBot"]
)  # fmt: skip
_CELL = re.compile(
    r'<c r="([A-Z]{1,3})[0-9]+"((?: s="[0-9]+")?(?: t="(?:s|n|str|inlineStr)")?)'
    r'(/>|><v>|><is><t>|><is><t xml:space="preserve">)([^<]*)(</v></c>|</t></is></c>|(?=<|$))'
)
_CLOSED_BY = {
    "/>": "",
    "><v>": "</v></c>",
    "><is><t>": "</t></is></c>",
    '><is><t xml:space="preserve">': "</t></is></c>",
}


class PlainRow(NamedTuple):
    """A row: its number as written, its other attributes, and its texts from column A on."""

    number: str
    attributes: dict[str, str]
    cells: list[str]


class _Layout:
    """What cells the rows of one shape have, and how what is written in each becomes its text."""

    def __init__(self, pattern: str, converts: list[tuple[int, Callable[[str], str] | None]]):
        self.pattern, self.converts = pattern, converts
        self.match: Callable[[str, int], re.Match[str] | None] | None = None
        self.rows = 0
        self.width = converts[-1][0] + 1 if converts else 0
        self.texts_only = all(
            place == number and convert is None for number, (place, convert) in enumerate(converts)
        )

    def cells(self, texts: Iterable[str]) -> list[str]:
        """Return the texts of a row, the last of them not empty."""
        if self.texts_only:
            cells = list(texts)
        else:
            cells = [""] * self.width
            for (place, convert), text in zip(self.converts, texts, strict=True):
                cells[place] = text if convert is None else convert(text)
        while cells and not cells[-1]:
            cells.pop()
        return cells


class PlainRows:
    """Read plain rows with these shared strings and formats.

    Rows of a table have few layouts, so a row is first compared with the layout of the row before.
    """

    def __init__(self, strings: list[str], formats: Formats, most_columns: int):
        self.strings, self.formats, self.most_columns = strings, formats, most_columns
        self._layouts: dict[tuple[str, ...], _Layout] = {}
        self._compiled = 0
        self._last: _Layout | None = None
        self._attributes: dict[str, dict[str, str] | None] = {}

    def read(self, text: str, *, x14ac: bool) -> PlainRow | None:
        """Return the row, given without its end tag, or None where it is not plain; `x14ac` says
        whether the sheet knows attributes with that prefix."""
        start = _ROW.match(text)
        if start is None:
            return None
        attributes = self._of_row(start[2], x14ac=x14ac)
        if attributes is None:
            return None
        layout = self._last
        if layout and layout.match and (match := layout.match(text, start.end())):
            return PlainRow(start[1], attributes, layout.cells(match.groups()))
        parts = _CELL.split(text[start.end() :])
        layout = None if any(parts[::6]) else self._layout(parts)
        if layout is None:
            return None
        layout.rows += 1
        if layout.rows > 3 and layout.match is None and self._compiled < _MOST_COMPILED:
            layout.match = re.compile(layout.pattern).fullmatch
            self._compiled += 1
        self._last = layout
        texts = [text for text, end in zip(parts[4::6], parts[5::6], strict=True) if end]
        return PlainRow(start[1], attributes, layout.cells(texts))

    def _of_row(self, source: str, *, x14ac: bool) -> dict[str, str] | None:
        """Return the attributes of a row; None where one is not known to be plain."""
        if source in self._attributes:
            return self._attributes[source]
        pairs = _ATTRIBUTE.findall(source)
        attributes: dict[str, str] | None = dict(pairs)
        names = {name for name, _ in pairs} - _ATTRIBUTES
        if len(dict(pairs)) < len(pairs) or names - ({"x14ac:dyDescent"} if x14ac else set()):
            attributes = None
        if len(self._attributes) < _MOST_KEPT:
            self._attributes[source] = attributes
        return attributes

    def _layout(self, parts: list[str]) -> _Layout | None:
        """Return the layout of these cells, split; None where one of them is not plain."""
        key = (*parts[1::6], *parts[2::6], *parts[3::6], *parts[5::6])
        if key in self._layouts:
            return self._layouts[key]
        pattern, converts, last = [], [], -1
        for letters, attributes, opening, closing in zip(
            *(parts[at::6] for at in (1, 2, 3, 5)), strict=True
        ):
            try:
                place = column_number(letters)
            except ValueError:
                return None
            style, _, kind = attributes.partition(' t="')
            in_order = last < place < self.most_columns
            if not in_order or closing != _CLOSED_BY[opening]:
                return None
            last = place
            start = f'<c r="{letters}[0-9]+"{attributes}{opening}'
            if opening == "/>":
                pattern.append(start)
                continue
            if (kind == 'inlineStr"') != ("<is>" in opening):
                return None
            pattern.append(f"{start}([^<]*){closing}")
            converts.append((place, self._convert(kind.rstrip('"'), style[4:-1] or None)))
        layout = _Layout("".join(pattern), converts)
        if len(self._layouts) < _MOST_KEPT:
            self._layouts[key] = layout
        return layout

    def _convert(self, kind: str, style: str | None) -> Callable[[str], str] | None:
        """Return how a cell of this kind and style becomes text; None where it is one."""
        strings, number = self.strings, self.formats.number
        if kind in ("str", "inlineStr"):
            return None
        if kind == "s":
            return lambda text: strings[int(text)]
        if kind == "" and style not in self.formats.dated:
            return lambda text: text if text.isdecimal() else number_text(text)
        return lambda text: number(text, style) if text.strip() else ""


def rows_and_elements(
    file: BinaryIO, rows: PlainRows, parser: Any, events: Callable[[Any], Iterator[Element]]
) -> Iterator[Element]:
    """Yield plain rows, and in their order the `events` of a parser that is fed everything else: it
    sees a whole document from which only the plain rows are missing."""

    def parsed(data: bytes) -> Iterator[Element]:
        parser.feed(data)
        yield from events(parser)

    head = b""
    while _START not in head and len(head) < _MOST_BYTES and (data := file.read(_BYTES_AT_ONCE)):
        head += data
    head, start, rest = head.partition(_START)
    yield from parsed(head + start)
    declared = _DECLARED.match(head)
    inside = head[declared.end() :] if declared else b""
    if start and b"<!" not in inside and b"<?" not in inside:
        x14ac = bool(_X14AC.match(inside))
        more = True
        while more and len(rest) < _MOST_BYTES:
            whole, end, after = rest.rpartition(_END.encode())
            if end:
                left = yield from _rows(whole.decode(), rows, parsed, x14ac=x14ac)
                rest = left.encode() + after
                if left:
                    break
            data = file.read(_BYTES_AT_ONCE)
            rest += data
            more = bool(data)
    yield from parsed(rest)
    while data := file.read(_BYTES_AT_ONCE):
        yield from parsed(data)
    parser.close()
    yield from events(parser)


def _rows(
    whole: str, rows: PlainRows, parsed: Callable[[bytes], Iterator[Element]], *, x14ac: bool
) -> Generator[Element, None, str]:
    """Yield what these rows are, the last without its end tag; return the text from where on only
    the parser can tell what is a row."""
    plain = _is_plain(whole)
    texts = whole.split(_END)
    for number, row in enumerate(texts):
        text = row
        if empty := _EMPTY_ROWS.match(text):
            yield from parsed(empty[0].encode())
            text = text[empty.end() :]
        if (plain or _is_plain(text)) and (read := rows.read(text, x14ac=x14ac)):
            yield read
        elif _is_one_row(text):
            yield from parsed((text + _END).encode())
        else:
            return _END.join([text, *texts[number + 1 :], ""])
    return ""


def _is_plain(text: str) -> bool:
    """Return whether nothing in the text stands for something else, or may not stand there."""
    return text.isprintable() and not ("&" in text or "_x" in text or "]]>" in text)


def _is_one_row(text: str) -> bool:
    """Return whether the parser, once it has taken this and its end tag, stands between two rows."""
    text = text.lstrip(" \t\r\n")
    if not text.startswith("<row") or text.count("<row") > 1:
        return False
    return "<!" not in text and "<?" not in text
