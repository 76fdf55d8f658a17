"""A file that somebody sends as the one table that is meant: which sheet, in which encoding.

What the file itself does not say for certain is asked, on a page or by an option of a command; it
is never guessed in silence.
"""

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import IO, Any

from django.conf import settings

from privacy_portal.ground.faults import BadInputError, Fault, shortened
from privacy_portal.ground.files import encodings
from privacy_portal.ground.files.encodings import Choice
from privacy_portal.ground.files.kinds import no_table
from privacy_portal.ground.files.workbooks import JOB_SECONDS, Sheet, SheetChoiceError, as_csv


@dataclass(frozen=True, slots=True)
class Reading:
    """How somebody says that a file is to be read: the sheet of a workbook, the encoding of a text
    (any of its names); empty for what the file says itself. An encoding that is named is meant,
    however strange the names are that come of it."""

    sheet: str = ""
    encoding: str = ""


AS_IT_IS = Reading()


class EncodingChoiceError(BadInputError):
    """A text has letters beyond ASCII that read differently in each encoding that fits.

    `choices` are the encodings to choose from.
    """

    def __init__(self, choices: Sequence[Choice], fault: Fault, *, name: str):
        self.choices = list(choices)
        super().__init__([fault], name=name)

    def as_json(self) -> dict[str, Any]:
        """Return the question as JSON, to keep until it is answered."""
        return {"encodings": [[code, label, sample] for code, label, sample in self.choices]}


QUESTIONS = (SheetChoiceError, EncodingChoiceError)


@contextmanager
def as_table(
    path: Path,
    name: str,
    reading: Reading = AS_IT_IS,
    *,
    ask: bool = False,
    seconds: int = JOB_SECONDS,
    max_columns: int | None = None,
    max_rows: int | None = None,
) -> Iterator[Sheet]:
    """Yield the table in the file, a CSV or a workbook (XLSX), as CSV in UTF-8 until the end.

    With `ask`, a text in no certain encoding raises EncodingChoiceError, for a page to ask;
    otherwise it is Windows-1252, and the error is raised where names cannot be meant so. A
    SheetChoiceError says that a workbook has several sheets with rows, a BadInputError, calling the
    file `name`, what else is wrong.
    """
    encoding = _known(reading.encoding, name)
    with as_csv(
        path, name, sheet=reading.sheet, seconds=seconds,
        max_columns=max_columns, max_rows=max_rows,
    ) as sheet:  # fmt: skip
        kind = encodings.kind_of(sheet.path)
        if kind == encodings.UTF_8 and encoding in ("", encodings.UTF_8):
            if not encoding:
                _check_meant(sheet.path, name)
            yield sheet
        elif sheet.of_workbook:
            message = "a workbook says itself how its letters are written: no encoding is needed."
            raise BadInputError([Fault(message)], name=name)
        else:
            encoding = kind or encoding or _guessed(sheet.path, name, ask=ask)
            with tempfile.NamedTemporaryFile(
                dir=settings.FILE_UPLOAD_TEMP_DIR, prefix="text-", suffix=".csv"
            ) as out:
                _write_utf_8(sheet.path, encoding, name, out)
                out.flush()
                yield replace(sheet, path=Path(out.name))


def check_kind(path: Path, name: str) -> None:
    """Raise BadInputError for a file that is neither text, XML of the portal's, nor a workbook."""
    if message := no_table(path):
        raise BadInputError([Fault(message)], name=name)


def _known(encoding: str, name: str) -> str:
    if not encoding:
        return ""
    if code := encodings.codec_of(encoding):
        return code
    labels = ", ".join(encodings.LABELS)
    message = f"the encoding {encoding[:40]!r} is not known. Known are: {labels}."
    raise BadInputError([Fault(message)], name=name)


def _check_meant(path: Path, name: str) -> None:
    """Raise EncodingChoiceError for a text in UTF-8 whose letters were garbled before."""
    if cell := encodings.garbled(path):
        message = (
            f"{shortened(cell.content, 60)!r} was saved in one encoding and opened in another. "
            "Export it again. If it is right as it is, say so (on the command line: "
            "--encoding utf-8)."
        )
        fault = Fault(message, cell.line, cell.heading or None)
        as_is = Choice(
            encodings.UTF_8, "The letters are right as they are", [shortened(cell.content, 60)]
        )
        raise EncodingChoiceError([as_is], fault, name=name)


def _guessed(path: Path, name: str, *, ask: bool) -> str:
    """Return Windows-1252. Raises where it has to be asked or names cannot be meant so."""
    cells = encodings.legacy_cells(path)
    if not cells:
        return encodings.USUAL
    choices = encodings.fitting(cells)
    usual = [encodings.reading_of(cell, encodings.USUAL) for cell in cells]
    strange = next(
        (
            cell
            for cell, text in zip(cells, usual, strict=True)
            if text is None or encodings.cannot_be_a_name(text) or encodings.hardly_western(text)
        ),
        None,
    )
    if strange is None and not ask:
        return encodings.USUAL
    if not choices:
        where = strange or cells[0]
        message = (
            "the letters are text in no encoding that is known. In a spreadsheet choose "
            "“Save as” and “CSV UTF-8”."
        )
        raise BadInputError([Fault(message, where.line, where.heading or None)], name=name)
    where = strange or cells[0]
    reads = "; ".join(
        f"{choice.code} ({shortened(encodings.reading_of(where, choice.code) or '', 40)})"
        for choice in choices
    )
    byte = next((letter for letter in where.content if encodings.is_no_letter(letter)), "")
    what = (
        f"the byte {ord(byte):#04x} is text neither in UTF-8 nor in Windows-1252"
        if byte
        else "the text is not in UTF-8, and nobody has said in which encoding it is"
    )
    message = (
        f"{what}. These fit: {reads}. Save it as CSV UTF-8, or choose one "
        "(on the command line: --encoding NAME)."
    )
    raise EncodingChoiceError(choices, Fault(message, where.line, where.column), name=name)


def _write_utf_8(path: Path, encoding: str, name: str, out: IO[bytes]) -> None:
    """Write the text again in UTF-8. Raises BadInputError where it is not in this encoding."""
    line = 1
    try:
        with path.open(encoding=encoding, newline="") as text:
            while chunk := text.read(encodings.CHUNK):
                out.write(chunk.encode())
                line += chunk.count("\n")
    except UnicodeError as error:
        label = encodings.LABELS[encoding].split(",")[0]
        message = (
            f"the text here is not in {label}, or the file is damaged. Choose another encoding, or "
            "save the file again as CSV UTF-8."
        )
        at = encodings.undecodable_line(path, encoding) or line
        raise BadInputError([Fault(message, at)], name=name) from error
