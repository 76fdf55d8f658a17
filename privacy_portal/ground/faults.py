"""What is wrong with an input, and where: shown to people as one sentence a fault."""

from collections.abc import Sequence
from dataclasses import dataclass

SHOWN = 100


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault of an input.

    `line` counts from 1 as an editor does (None: the whole file); `column` is the
    heading, or the number of the column counted from 1.
    """

    message: str
    line: int | None = None
    column: str | int | None = None

    @property
    def place(self) -> str:
        """Return where it is: `line 3, column "DOB"`, or empty for the whole file."""
        parts = []
        if self.line is not None:
            parts.append(f"line {self.line}")
        if isinstance(self.column, int):
            parts.append(f"column {self.column}")
        elif self.column is not None:
            parts.append(f'column "{shortened(self.column, 60)}"')
        return ", ".join(parts)

    def __str__(self) -> str:
        return f"{self.place}: {self.message}" if self.place else self.message


# What spreadsheets show where a value could not be worked out, and what stands for none at all.
SPREADSHEET_ERRORS = frozenset(
    (
        "#N/A", "#REF!", "#VALUE!", "#DIV/0!", "#NAME?", "#NUM!", "#NULL!", "#GETTING_DATA",
        "#SPILL!", "#CALC!", "#FIELD!", "#BLOCKED!", "#UNKNOWN!", "#CONNECT!", "#BUSY!",
        "#EXTERNAL!", "#PYTHON!", "#NO VALUE!", "#ERROR!",
    )
)  # fmt: skip


def spreadsheet_error(cell: str) -> str:
    """Return the fault of a cell that has a spreadsheet's error instead of a value; empty for any other."""
    if not cell.startswith("#") or cell.strip().upper() not in SPREADSHEET_ERRORS:
        return ""
    return f"has the error {cell.strip()!r} of a spreadsheet; put the value in its place."


class BadInputError(Exception):
    """An input that cannot be used; nothing of it has been stored.

    `faults` in the order of the file; `name` is the file's name as the user gave it;
    `total` counts them all where only the first are kept.
    """

    def __init__(self, faults: Sequence[Fault], *, name: str = "", total: int | None = None):
        self.faults = list(faults)
        self.name = name
        self.total = len(self.faults) if total is None else total
        super().__init__("; ".join(self.sentences()))

    def sentences(self) -> list[str]:
        """Return a sentence for each fault, naming the file, and last how many were left out."""
        prefix = f"{self.name}: " if self.name else ""
        lines = [f"{prefix}{fault}" for fault in self.faults[:SHOWN]]
        if self.total > len(lines):
            lines.append(f"{prefix}and {self.total - len(lines)} more errors")
        return lines


class RefusedByRulesError(Exception):
    """The input is sound, but a rule forbids what was asked; nothing has been changed.

    `sentences` say which rule and what differs.
    """

    def __init__(self, sentences: Sequence[str]):
        self.sentences = list(sentences)
        super().__init__("; ".join(self.sentences))


class FaultList:
    """Collects the faults of one input, keeping the first and counting the rest."""

    def __init__(self, name: str):
        self.name = name
        self.faults: list[Fault] = []
        self.total = 0

    def add(self, message: str, line: int | None = None, column: str | int | None = None) -> None:
        self.total += 1
        if len(self.faults) < SHOWN:
            self.faults.append(Fault(message, line, column))

    def add_all(self, faults: Sequence[Fault]) -> None:
        """Add faults in the order of their lines, whatever order they were found in."""
        in_order = sorted(faults, key=lambda fault: fault.line or 0)
        self.faults += in_order[: max(0, SHOWN - len(self.faults))]
        self.total += len(in_order)

    def raise_if_any(self) -> None:
        """Raise BadInputError when a fault was added."""
        if self.total:
            raise self.error()

    def error(self) -> BadInputError:
        """Return the error that says these faults, in the order of their lines."""
        self.faults.sort(key=lambda fault: fault.line or 0)
        return BadInputError(self.faults, name=self.name, total=self.total)


def shortened(text: str, length: int) -> str:
    """Return the text on one line, cut to `length` characters with an ellipsis if it is longer."""
    text = " ".join(text.split())
    return text if len(text) <= length else text[: length - 1] + "…"
