"""Workbooks (XLSX) as the CSV that every reader of tables takes.

The first sheet that is not hidden counts. A row of the sheet is a line of the CSV, so that
faults name the row as the spreadsheet shows it.
"""

import csv
import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

from django.conf import settings
from python_calamine import CalamineError, PasswordError, SheetVisibleEnum, load_workbook

from privacy_portal.faults import BadInputError, Fault

ZIP = b"PK\x03\x04"
# Unpacked; a workbook of 200,000 pupils has a fifth of it.
MOST_UNPACKED = 1_000_000_000


@contextmanager
def as_csv(path: Path, name: str) -> Iterator[Path]:
    """The file itself if it is no workbook; else a private CSV of its first sheet, until the end.

    Raises BadInputError, calling the file `name`, for a workbook that cannot be read.
    """
    with path.open("rb") as file:
        if file.read(len(ZIP)) != ZIP:
            yield path
            return
    with tempfile.NamedTemporaryFile(
        "w", dir=settings.FILE_UPLOAD_TEMP_DIR, suffix=".csv", encoding="utf-8", newline=""
    ) as out:
        _write(path, name, out)
        out.flush()
        yield Path(out.name)


def _write(path: Path, name: str, out: Any) -> None:
    try:
        _check_size(path, name)
        workbook = load_workbook(str(path))
        shown = [
            each.name
            for each in workbook.sheets_metadata
            if each.visible == SheetVisibleEnum.Visible
        ]
        if not shown:
            raise BadInputError([Fault("the workbook has no sheet that is shown.")], name=name)
        sheet = workbook.get_sheet_by_name(shown[0])
        writer = csv.writer(out, lineterminator="\r\n")
        for cells in sheet.iter_rows():
            written = [_text(cell) for cell in cells]
            if any(written):
                writer.writerow(written)
            else:
                out.write("\r\n")
    except PasswordError as error:
        message = "the workbook is locked with a password. Save it without one."
        raise BadInputError([Fault(message)], name=name) from error
    except (CalamineError, zipfile.BadZipFile) as error:
        message = "this is no whole Excel workbook. Save it again, as XLSX or as CSV UTF-8."
        raise BadInputError([Fault(message)], name=name) from error


def _check_size(path: Path, name: str) -> None:
    """Raises BadInputError for a small file that unpacks to a very large one."""
    with zipfile.ZipFile(path) as parts:
        if sum(part.file_size for part in parts.infolist()) > MOST_UNPACKED:
            raise BadInputError([Fault("the workbook is too large when unpacked.")], name=name)


def _text(cell: Any) -> str:
    """A cell as CSV would have it: days as yyyy-mm-dd, whole numbers without a point."""
    if isinstance(cell, bool):
        return "yes" if cell else "no"
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() else repr(cell)
    if isinstance(cell, datetime):
        return cell.date().isoformat() if cell.time() == time.min else cell.isoformat(" ")
    if isinstance(cell, date):
        return cell.isoformat()
    return " ".join(str(cell).splitlines())
