"""The parts of a workbook (XLSX): which sheets it lists, its texts and its styles, as streams.

Nothing here needs Django: `workbook_reader` runs beside the portal.
"""

import posixpath
import zipfile
from collections import deque
from collections.abc import Iterator
from typing import Any, BinaryIO, TypedDict

from lxml import etree

from privacy_portal.ground.files.kinds import no_workbook
from privacy_portal.ground.files.workbook_cells import Formats, plain_text
from privacy_portal.ground.files.workbook_rows import PlainRows, rows_and_elements
from privacy_portal.ground.files.xml_elements import Element

_SHEET = "/worksheet"
NOT_WHOLE = "this Excel workbook is damaged. Save it again as XLSX or CSV UTF-8."

TWICE = (
    "the workbook has two parts of the same name, and programs differ in which they read. Open it, "
    "look whether it is as it should be, and save it again, as XLSX or as CSV UTF-8."
)


class Order(TypedDict):
    """Say which sheet to read (empty: the only one with rows), and the bounds of memory, processor
    seconds, CSV and unpacked bytes, columns, and rows with anything in them."""

    sheet: str
    memory: int
    seconds: int
    csv_bytes: int
    unpacked: int
    columns: int
    rows: int | None


class FaultyError(Exception):
    """The workbook cannot be read: a sentence, and the row and the column where it is."""

    def __init__(self, message: str, row: int | None = None, column: str | None = None):
        super().__init__(message)
        self.fault = (message, row, column)


class Sheet:
    """A sheet as the workbook lists it."""

    def __init__(self, name: str, part: str, *, hidden: bool):
        self.name, self.part, self.hidden = name, part, hidden


class Workbook:
    """A workbook whose parts have been found. Raises FaultyError where it is none."""

    def __init__(self, parts: zipfile.ZipFile, order: Order):
        self.parts, self.order = parts, order
        # Hidden sheets with rows, where another was taken without anybody's choice.
        self.unread: list[str] = []
        if any(part.flag_bits & 1 for part in parts.infolist()):
            raise FaultyError("the workbook has a password. Save it without one.")
        if message := no_workbook(parts):
            raise FaultyError(message)
        if sum(part.file_size for part in parts.infolist()) > order["unpacked"]:
            raise FaultyError(
                "the workbook is too large when unpacked: the most is "
                f"{order['unpacked'] // 1_000_000:,} MB. Save the sheet as CSV UTF-8."
            )
        self._folded = {name.casefold(): name for name in parts.namelist()}
        if len(self._folded) < len(parts.namelist()):
            raise FaultyError(TWICE)
        main = next(iter(self._related("", "/officeDocument").values()), "xl/workbook.xml")
        self.sheets, epoch_1904 = self._listed(main)
        strings = next(iter(self._related(main, "/sharedStrings").values()), "")
        self.strings_part = strings
        styles = next(iter(self._related(main, "/styles").values()), "")
        self.formats = Formats(self._root(styles) if self._there(styles) else None, epoch_1904)

    def selection(self) -> Sheet | list[Sheet]:
        """Return the sheet to read, or those with rows among which somebody has to choose."""
        name = self.order["sheet"]
        if name:
            folded = name.strip().casefold()
            for sheet in self.sheets:
                if sheet.name.strip().casefold() == folded:
                    return sheet
            named = ", ".join(f"“{sheet.name}”" for sheet in self.sheets)
            raise FaultyError(f"there is no sheet “{name[:100]}”. The workbook has {named}.")
        if len(self.sheets) == 1:
            return self.sheets[0]
        filled = [sheet for sheet in self.sheets if self.has_rows(sheet)]
        if not filled:
            raise FaultyError("the file is empty: no sheet of the workbook has anything in it.")
        visible = [sheet for sheet in filled if not sheet.hidden]
        if len(visible) == 1 or len(filled) == 1:
            only = (visible or filled)[0]
            self.unread = [sheet.name for sheet in filled if sheet is not only]
            return only
        return filled

    def strings(self) -> list[str]:
        """Return the texts that cells refer to by number."""
        if not self._there(self.strings_part):
            return []
        return [text_of(element) for element in self._elements(self.strings_part, ("{*}si",))]

    def elements(self, sheet: Sheet, *names: str) -> Iterator[Element]:
        """Yield the elements of these names in a sheet, one by one; each is gone after its turn."""
        return self._elements(sheet.part, tuple(f"{{*}}{name}" for name in names))

    def rows(self, sheet: Sheet, plain: PlainRows, *names: str) -> Iterator[Element]:
        """Yield the plain rows of a sheet, and in their order the elements of these names otherwise."""
        parser = etree.XMLPullParser(tag=tuple(f"{{*}}{name}" for name in names), **_PARSING)
        with self._open(sheet.part) as file:
            yield from rows_and_elements(file, plain, parser, _events)

    def has_rows(self, sheet: Sheet) -> bool:
        return any(
            len(cell) and "".join(cell.itertext()).strip()
            for row in self.elements(sheet, "row")
            for cell in row
        )

    def _listed(self, main: str) -> tuple[list[Sheet], bool]:
        """Return the worksheets that the workbook lists, and whether its days count from 1904."""
        root = self._root(main)
        related = self._related(main, _SHEET)
        sheets = []
        for entry in root.iterfind(".//{*}sheets/{*}sheet"):
            number = next((v for k, v in entry.items() if k.endswith("}id")), "")
            if number in related:
                hidden = entry.get("state", "visible") != "visible"
                sheets.append(Sheet(entry.get("name", ""), related[number], hidden=hidden))
        if not sheets:
            raise FaultyError("the workbook has no sheet with cells.")
        properties = root.find("{*}workbookPr")
        epoch = "" if properties is None else properties.get("date1904", "")
        return sheets, epoch in ("1", "true", "on")

    def _related(self, part: str, kind: str) -> dict[str, str]:
        """Return the parts of a kind that a part is related to, by their ids."""
        folder, name = posixpath.split(part)
        relations = posixpath.join(folder, "_rels", f"{name}.rels")
        if not self._there(relations):
            return {}
        parts = {}
        for relation in self._root(relations):
            if relation.get("Type", "").endswith(kind) and relation.get("TargetMode") != "External":
                target = relation.get("Target", "")
                path = target[1:] if target.startswith("/") else posixpath.join(folder, target)
                parts[relation.get("Id", "")] = posixpath.normpath(path)
        return parts

    def _there(self, part: str) -> bool:
        return part.casefold() in self._folded

    def _open(self, part: str) -> Any:
        if not self._there(part):
            raise FaultyError(NOT_WHOLE)
        return self.parts.open(self._folded[part.casefold()])

    def _root(self, part: str) -> Element:
        with self._open(part) as file:
            # A document without an element is a syntax error.
            return deque(_parsed(file, None), maxlen=1).pop()

    def _elements(self, part: str, tags: tuple[str, ...]) -> Iterator[Element]:
        with self._open(part) as file:
            for element in _parsed(file, tags):
                yield element
                _forget(element)


# No entity is resolved and nothing is fetched.
_PARSING: dict[str, Any] = {
    "events": ("end",), "resolve_entities": False, "load_dtd": False, "no_network": True,
    "huge_tree": False, "remove_comments": True, "remove_pis": True,
}  # fmt: skip


def _parsed(file: BinaryIO, tags: tuple[str, ...] | None) -> Iterator[Element]:
    """Yield the ends of these elements. Raises FaultyError for a document with a DOCTYPE."""
    first = True
    for _, element in etree.iterparse(file, tag=tags, **_PARSING):
        if first:
            _check_doctype(element)
        first = False
        yield element


def _events(parser: Any) -> Iterator[Element]:
    """Yield the elements whose ends the parser has come to; each is gone after its turn."""
    for _, element in parser.read_events():
        _check_doctype(element)
        yield element
        _forget(element)


def _check_doctype(element: Element) -> None:
    if element.getroottree().docinfo.doctype:
        raise FaultyError(NOT_WHOLE)


def _forget(element: Element) -> None:
    """Free the element and those before it."""
    element.clear()
    parent = element.getparent()
    while parent is not None and parent[0] is not element:
        del parent[0]


def text_of(element: Element) -> str:
    """Return the text of a string: its runs together, without what says how to read it aloud."""
    if len(element) == 1 and len(element[0]) == 0:
        text = element[0].text or ""
    else:
        text = "".join(
            run.text or ""
            for run in element.iter("{*}t")
            if not run.getparent().tag.endswith("}rPh")
        )
    return plain_text(text)
