"""In which encoding a text was written, and whether what is read of it can be meant.

UTF-8 and UTF-16 say so themselves. Of the others, which give each byte a letter, nobody can be
sure: those are named in which every name reads like one, and somebody chooses.
"""

import codecs
import csv
import re
import unicodedata
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import NamedTuple

CHUNK = 1 << 20
UTF_8 = "utf-8"
UTF_16 = "utf-16"
# By the names that commands and pages use, in the order in which they are offered.
LABELS = {
    UTF_8: "UTF-8",
    "windows-1252": "Windows-1252, Western Europe",
    "windows-1250": "Windows-1250, Central Europe",
    "iso-8859-1": "ISO 8859-1, Western Europe",
    "iso-8859-2": "ISO 8859-2, Central Europe",
    "iso-8859-15": "ISO 8859-15, Western Europe",
    "mac-roman": "Mac Roman, old Macs",
    "cp850": "Code page 850, MS-DOS",
    "cp852": "Code page 852, MS-DOS, Central Europe",
    "mac-latin2": "Mac Central European, old Macs",
    "windows-1254": "Windows-1254, Turkey",
    "windows-1257": "Windows-1257, the Baltic",
    UTF_16: "UTF-16",
    "utf-16-le": "UTF-16 without a mark, little-endian",
    "utf-16-be": "UTF-16 without a mark, big-endian",
}
_BY_LETTER = [code for code in LABELS if not code.startswith("utf-")]
USUAL = "windows-1252"
SAMPLE = 5
MOST_CELLS = 5_000
# What UTF-8 looks like when it is read as something else, bytes that no letter has, and what
# stands for letters that were lost.
_SECOND = "\x80-\xbf€‚ƒ„…†‡ˆ‰Š‹ŒŽ‘’“”•–—˜™š›œžŸ"
_GARBLED = re.compile(
    f"[\x80-\x9f\ufffd]|[ÂÃÄÅ][{_SECOND}]|â[€\x80][{_SECOND}]|√[^\x00-\x7f]|‚Ä|[├┬][^\x00-\x7f]"
)
# Signs that text of another alphabet turns into as Windows-1252, where they touch a letter of a name.
_SIGNS = "£¥¤¦§¨©ª¬®¯°±²³µ¶¸¹º¼½¾¿¡¢×÷"
_SIGN_IN_WORD = re.compile(f"[^\\W\\d_][{_SIGNS}]|[{_SIGNS}][^\\W\\d_]")
# In whatever either finds there is one of these: they are looked for first, for text is long.
_TELLING = frozenset([*map(chr, range(0x80, 0xA0)), *f"\ufffdÂÃÄÅâ√‚├┬{_SIGNS}"])
_ASCII = bytes(range(128))
# Icelandic letters stand where Turkish and Baltic names have theirs, and hardly anybody has them.
_ICELANDIC = frozenset("ÐðÞþÝý")
_MOST_IN_A_ROW = re.compile("[^\x00-\x7f]{3}")
# What stands in names besides letters.
_MARKS = frozenset(" '’‘ʼ`´.,-–—/()&\u00a0\u00ad·")
_UNDEFINED = "\x81\x8d\x8f\x90\x9d"
_NAMES = re.compile(r"name|person|school|contact", re.IGNORECASE)


class Cell(NamedTuple):
    """A cell with letters beyond ASCII: its place (`column` from 1), and its bytes as
    characters."""

    line: int
    column: int
    heading: str
    content: str


class Choice(NamedTuple):
    """An encoding that fits: its code, its label, and how some of the names would be stored."""

    code: str
    label: str
    sample: list[str]


def codec_of(encoding: str) -> str:
    """Return the codec of an encoding by any of its names; empty for one that is not offered."""
    try:
        codes = {codecs.lookup(code).name: code for code in LABELS}
        return codes.get(codecs.lookup(encoding.strip()).name, "")
    except (LookupError, ValueError):
        return ""


def kind_of(path: Path) -> str:
    """Return `utf-8` or a form of `utf-16` for a text certainly in one; empty for any other."""
    decoder = codecs.getincrementaldecoder(UTF_8)()
    with path.open("rb") as file:
        chunk = file.read(CHUNK)
        if chunk.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
            return UTF_16
        if unmarked := utf_16_without_mark(chunk[:4096]):
            return unmarked
        try:
            while chunk:
                decoder.decode(chunk)
                chunk = file.read(CHUNK)
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            return ""
    return UTF_8


def utf_16_without_mark(start: bytes) -> str:
    """Return the form of UTF-16 that a text begins in, which does not say so; empty for any other."""
    even, odd = start[::2], start[1::2]
    for code, full, empty in (("utf-16-le", even, odd), ("utf-16-be", odd, even)):
        # Headings are in letters that need one byte of the two.
        if len(empty) > 3 and empty.count(0) > len(empty) * 0.8 and not full.count(0):
            return code
    return ""


def garbled(path: Path) -> Cell | None:
    """Return the first cell of a text in UTF-8 that cannot be meant as it is written."""
    tail = ""
    with path.open(encoding="utf-8-sig", newline="") as file:
        while chunk := file.read(CHUNK):
            both = tail + chunk
            if _may_be_garbled(both) and (_GARBLED.search(both) or _SIGN_IN_WORD.search(both)):
                return next((cell for cell in cells(path, UTF_8) if _is_garbled(cell)), None)
            tail = chunk[-2:]
    return None


def _may_be_garbled(text: str) -> bool:
    beyond = text.encode().translate(None, _ASCII).decode()
    return not _TELLING.isdisjoint(beyond)


def _is_garbled(cell: Cell) -> bool:
    """Return whether letters of a cell were lost; signs among letters tell it only of names (`m²`)."""
    named = _NAMES.search(cell.heading) and _SIGN_IN_WORD.search(cell.content)
    return bool(_GARBLED.search(cell.content) or named)


def hardly_western(text: str) -> bool:
    """Return whether a name in Windows-1252 looks wrong: Icelandic letters, or 3 accented in a
    row."""
    return bool(_ICELANDIC.intersection(text) or _MOST_IN_A_ROW.search(text))


def cells(path: Path, encoding: str) -> Iterator[Cell]:
    """Yield the cells of a CSV with letters beyond ASCII, up to where it is no CSV any more."""
    with path.open(encoding="utf-8-sig" if encoding == UTF_8 else encoding, newline="") as file:
        reader = csv.reader(file)
        headings: list[str] = []
        line = 1
        try:
            for row in reader:
                headings = headings or row
                for place, cell in enumerate(row):
                    if not cell.isascii():
                        heading = headings[place] if place < len(headings) else ""
                        yield Cell(line, place + 1, heading, cell)
                line = reader.line_num + 1
        except csv.Error:
            return


def legacy_cells(path: Path) -> list[Cell]:
    """Return different cells with letters beyond ASCII, a character for each byte; names if it has
    any."""
    others: dict[str, Cell] = {}
    names: dict[str, Cell] = {}
    for cell in cells(path, "latin-1"):
        into = names if _NAMES.search(cell.heading) else others
        if len(into) < MOST_CELLS:
            into.setdefault(cell.content, cell)
    return list((names or others).values())


def fitting(among: Collection[Cell]) -> list[Choice]:
    """Return the encodings in which all these cells can be meant, one for each reading.

    Windows-1252 comes last where it gives something strange.
    """
    read: dict[tuple[str, ...], str] = {}
    for code in _BY_LETTER:
        texts = tuple(text for cell in among if (text := reading_of(cell, code)) is not None)
        if len(texts) == len(among) and not any(map(cannot_be_a_name, texts)):
            read.setdefault(texts, code)
    choices = [Choice(code, LABELS[code], sample(texts)) for texts, code in read.items()]
    # Whatever it looks like, the usual one can be meant.
    usual = [text for cell in among if (text := reading_of(cell, USUAL)) is not None]
    if len(usual) == len(among) and tuple(usual) not in read:
        choices.append(Choice(USUAL, LABELS[USUAL], sample(usual)))
    return choices


def reading_of(cell: Cell, code: str) -> str | None:
    """Return the text of a cell in this encoding; None where it is none in it."""
    try:
        return cell.content.encode("latin-1").decode(code)
    except UnicodeDecodeError:
        return None


def undecodable_line(path: Path, code: str) -> int:
    """Return the first line that is no text in an encoding of one byte a letter; 0 where none is known."""
    if code.startswith(UTF_16):
        return 0
    with path.open("rb") as file:
        for number, line in enumerate(file, 1):
            try:
                line.decode(code)
            except UnicodeDecodeError:
                return number
    return 0


def is_no_letter(byte: str) -> bool:
    """Return whether a byte, as a character, is nothing at all in Windows-1252."""
    return byte in _UNDEFINED


def sample(texts: Collection[str]) -> list[str]:
    """Return a few of the texts that between them show as many different letters as so few can."""
    examples: list[str] = []
    seen: set[str] = set()
    for text in texts:
        letters = {letter for letter in text if not letter.isascii()}
        if not letters <= seen:
            seen |= letters
            examples.append(" ".join(text.split())[:60])
        if len(examples) == SAMPLE:
            break
    return examples


def cannot_be_a_name(text: str) -> bool:
    """Return whether a text has what no name has: controls, symbols, UTF-8 read as another encoding,
    or a capital letter or a dash in the middle of a word in lower case."""
    return bool(_GARBLED.search(text)) or any(map(_strange, re.split(r"[\s'’ʼ`´.,/()-]+", text)))


def _strange(word: str) -> bool:
    small = any(map(str.islower, word))
    for place, letter in enumerate(word):
        if letter.isascii():
            continue
        if letter in _MARKS:
            around = word[max(0, place - 1) : place] + word[place + 1 : place + 2]
            if letter in "‘–—" and len(around) == 2 and around.islower():
                return True
        elif (
            unicodedata.category(letter)[0] not in "LM"
            or letter in "ªº"
            or (place and small and letter.isupper())
        ):
            return True
    return False
