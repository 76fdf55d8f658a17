"""Workbooks (XLSX) as the CSV that every reader of tables takes.

`workbook_reader`, a process of its own, reads one sheet; this side asks it, and says in a sentence
what went wrong. A row of the sheet is a line of the CSV, so that faults name the row as the
spreadsheet shows it.
"""

import json
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.conf import settings

from privacy_portal.ground.faults import BadInputError, Fault
from privacy_portal.ground.files import workbook_reader
from privacy_portal.ground.files.kinds import is_workbook, no_table
from privacy_portal.ground.files.workbook_parts import Order
from privacy_portal.ground.files.workbook_reader import Outcome

# Bounds of the process that reads. A workbook of 200,000 pupils has a fifth of what it may unpack
# to and write.
MOST_MEMORY = 1_500_000_000
MOST_UNPACKED = 1_000_000_000
MOST_WRITTEN = 1_000_000_000
# How long somebody may wait at a page that asks, and a job or a command may take.
PAGE_SECONDS = 15
JOB_SECONDS = 300
_LIBRARIES = ("LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH")
_INSTEAD = "Save the sheet alone as CSV UTF-8, and send that."


@dataclass(frozen=True, slots=True)
class Sheet:
    """A file as CSV. `name` is that of the sheet, empty for a file that was no workbook; `warnings`
    say what the workbook hides of it, `unread` which hidden sheets also have rows."""

    path: Path
    name: str = ""
    warnings: tuple[str, ...] = ()
    unread: tuple[str, ...] = ()

    @property
    def of_workbook(self) -> bool:
        return bool(self.name)


class SheetChoiceError(BadInputError):
    """The workbook has several sheets with rows, and nobody has said which is meant.

    `sheets` are their names in the workbook's order, each with whether it is hidden.
    """

    def __init__(self, sheets: Sequence[tuple[str, bool]], *, name: str):
        self.sheets = list(sheets)
        named = ", ".join(
            f"“{sheet}”{' (hidden)' if hidden else ''}" for sheet, hidden in self.sheets
        )
        message = (
            f"several sheets have rows: {named}. Say which one is meant "
            "(on the command line: --sheet NAME), or delete the others."
        )
        super().__init__([Fault(message)], name=name)

    def as_json(self) -> dict[str, Any]:
        """Return the question as JSON, to keep until it is answered."""
        return {"sheets": [[sheet, hidden] for sheet, hidden in self.sheets]}


@contextmanager
def as_csv(
    path: Path,
    name: str,
    *,
    sheet: str = "",
    seconds: int = JOB_SECONDS,
    max_columns: int | None = None,
    max_rows: int | None = None,
) -> Iterator[Sheet]:
    """Yield the file if it is no workbook, else a private CSV of the sheet, until the end.

    `sheet` names it, whatever the case of its letters; empty takes the only one with rows. Raises
    SheetChoiceError where there are several, and BadInputError, calling the file `name`, for a file
    that cannot be read within the bounds or is neither a workbook nor text.
    """
    if not is_workbook(path):
        if message := no_table(path):
            raise BadInputError([Fault(message)], name=name)
        if sheet:
            message = "this is no Excel workbook, so it has no sheets to choose from."
            raise BadInputError([Fault(message)], name=name)
        yield Sheet(path)
        return
    with tempfile.NamedTemporaryFile(
        dir=settings.FILE_UPLOAD_TEMP_DIR, prefix="sheet-", suffix=".csv"
    ) as out:
        outcome = _read(
            path,
            name,
            out.fileno(),
            {
                "sheet": sheet,
                "memory": MOST_MEMORY,
                "seconds": seconds,
                "csv_bytes": MOST_WRITTEN,
                "unpacked": MOST_UNPACKED,
                "columns": max_columns or settings.MAX_COLUMNS,
                "rows": max_rows,
            },
        )
        yield Sheet(
            Path(out.name), outcome["sheet"], tuple(_hidden(outcome)), tuple(outcome["unread"])
        )


def _read(path: Path, name: str, number: int, order: Order) -> Outcome:
    """Let another process read the workbook into this open file. Raises BadInputError."""
    # In a session of its own it ends when this side ends it. It is given nothing of the
    # environment, in which the portal's secrets are, but where Python's own libraries lie.
    environment = {name: os.environ[name] for name in _LIBRARIES if name in os.environ}
    reader = subprocess.Popen(
        [sys.executable, "-Es", "-m", workbook_reader.__name__,
         str(path.absolute()), str(number), json.dumps(order)],
        cwd=settings.BASE_DIR, env=environment, pass_fds=[number], start_new_session=True,
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    with reader:
        try:
            # Somewhat longer than the processor's time: with much else to do it gets less.
            answer, _ = reader.communicate(timeout=order["seconds"] * 2)
        except subprocess.TimeoutExpired:
            answer = b""
            reader.kill()
            code: int = -signal.SIGXCPU
        else:
            code = reader.returncode
        finally:
            reader.kill()
    if code:
        raise BadInputError([Fault(_ended(code, order))], name=name)
    outcome: Outcome = json.loads(answer)
    if "faults" in outcome:
        raise BadInputError([Fault(*fault) for fault in outcome["faults"]], name=name)
    if "choose" in outcome:
        raise SheetChoiceError([(title, hidden) for title, hidden in outcome["choose"]], name=name)
    return outcome


def _ended(code: int, order: Order) -> str:
    """Return what stopped the process that reads, and what to do."""
    if code == -signal.SIGXCPU:
        return (
            f"the workbook takes longer than {order['seconds']} seconds to read. Often thousands of "
            f"empty rows carry a format: delete them. {_INSTEAD}"
        )
    if code == workbook_reader.TOO_MUCH_WRITTEN:
        return f"the sheet is larger than {order['csv_bytes'] // 1_000_000:,} MB as CSV. Split it."
    if code == workbook_reader.TOO_MUCH_MEMORY:
        return f"the workbook needs too much memory to be read. {_INSTEAD}"
    return f"the workbook could not be read: reading it ended early. {_INSTEAD}"


def unread_sentences(sheet: Sheet) -> list[str]:
    """Return a sentence for each hidden sheet with rows that was not read."""
    return [
        f"The sheet “{name}” is hidden in the workbook and has rows too. It was not read."
        for name in sheet.unread
    ]


def _hidden(outcome: Outcome) -> Iterator[str]:
    """Yield a sentence for each thing that the workbook does not show of the sheet."""
    if outcome["sheet_hidden"]:
        yield f"The sheet “{outcome['sheet']}” is hidden in the workbook but read all the same."
    if count := outcome["hidden_row_count"]:
        named = ", ".join(map(str, outcome["hidden_rows"]))
        more = " and more" if count > len(outcome["hidden_rows"]) else ""
        rows = "1 row is" if count == 1 else f"{count:,} rows are"
        which = "row" if count == 1 else "rows"
        yield f"{rows} hidden in the workbook ({which} {named}{more}) but read all the same."
    if columns := outcome["hidden_columns"]:
        are = "1 column is" if len(columns) == 1 else f"{len(columns):,} columns are"
        which = "column" if len(columns) == 1 else "columns"
        named = ", ".join(columns)
        yield f"{are} hidden in the workbook ({which} {named}) but read all the same."
