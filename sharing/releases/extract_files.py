"""Files that somebody wants to send, in the forms they come in, as the CSV that is decided on;
and what may leave, in the form in which it goes."""

import csv
import secrets
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import pyrage
import pyzipper
import xlsxwriter
from django.conf import settings

from consent.roll import ctf, ctf_extract
from privacy_portal.ground.files.reading import AS_IT_IS, Reading, as_table, check_kind
from privacy_portal.ground.files.workbooks import JOB_SECONDS
from sharing.cover_sheets import facts as cover_sheet_facts
from sharing.models import Release, Way

Source = Release.Source
# What an extract was made from, as a cover sheet says it.
SOURCES: Mapping[Source, cover_sheet_facts.Source] = {
    Source.CSV: "csv",
    Source.XLSX: "xlsx",
    Source.CTF: "ctf",
    Source.PASTE: "paste",
    Source.ROLL: "roll",
    Source.AMENDMENT: "roll",
}
# Letters and digits that nobody takes for another when they are read out on the telephone.
_LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
_GROUPS, _IN_GROUP = 5, 5
CHUNK = 1 << 20


class ExtractFile(NamedTuple):
    """A CSV of what somebody sent, in UTF-8; what it came as; and what a workbook hides of it."""

    path: Path
    source: Source
    warnings: tuple[str, ...] = ()


@contextmanager
def as_extract(
    path: Path,
    name: str,
    reading: Reading = AS_IT_IS,
    *,
    ask: bool = False,
    seconds: int = JOB_SECONDS,
    max_rows: int | None = None,
) -> Iterator[ExtractFile]:
    """Yield a CSV of a file, deleted at the end: of a CSV, a workbook (XLSX) or CTF.

    Raises BadInputError, calling the file `name`, for one that cannot be read; for what `reading`
    and `ask` mean, and what is asked, see `as_table`.
    """
    check_kind(path, name)
    if ctf.is_xml(path):
        with ctf_extract.as_extract(path, name, seconds=seconds) as csv_path:
            yield ExtractFile(csv_path, Source.CTF)
        return
    with as_table(path, name, reading, ask=ask, seconds=seconds, max_rows=max_rows) as sheet:
        source = Source.XLSX if sheet.of_workbook else Source.CSV
        yield ExtractFile(sheet.path, source, sheet.warnings)


@contextmanager
def pasted(text: str) -> Iterator[Path]:
    """Yield a CSV of rows that were pasted, deleted at the end: cells apart by tabs, as a
    spreadsheet copies them, or by commas."""
    with tempfile.NamedTemporaryFile(
        "w", dir=settings.FILE_UPLOAD_TEMP_DIR, suffix=".csv", encoding="utf-8", newline=""
    ) as out:
        if "\t" in text.split("\n", 1)[0]:
            lines = text.replace("\r\n", "\n").split("\n")
            csv.writer(out).writerows(line.split("\t") for line in lines)
        else:
            out.write(text)
        out.flush()
        yield Path(out.name)


def lines_in(path: Path) -> int:
    """Return about how many rows a CSV has: its lines but for the heading."""
    lines = 0
    with path.open("rb") as file:
        while chunk := file.read(CHUNK):
            lines += chunk.count(b"\n")
    return max(0, lines - 1)


def as_workbook(path: Path) -> Path:
    """Write a CSV as a workbook beside it, every cell as text; return its path."""
    workbook = path.with_suffix(".xlsx")
    workbook.touch(mode=0o600)
    book = xlsxwriter.Workbook(
        str(workbook),
        {
            "constant_memory": True,
            "strings_to_formulas": False,
            "strings_to_urls": False,
            "strings_to_numbers": False,
            "tmpdir": str(path.parent),
        },
    )
    sheet = book.add_worksheet("Release")
    with path.open(encoding="utf-8", newline="") as file:
        for number, cells in enumerate(csv.reader(file)):
            for place, cell in enumerate(cells):
                if cell:
                    sheet.write_string(number, place, cell)
    book.close()
    return workbook


def new_passphrase() -> str:
    """Return a passphrase of 125 bits that can be read out."""
    return "-".join(
        "".join(secrets.choice(_LETTERS) for _ in range(_IN_GROUP)) for _ in range(_GROUPS)
    )


def encrypted(
    path: Path, way: str, passphrase: str, *, inner: str, beside: Mapping[str, bytes]
) -> Path:
    """Encrypt a file as the agreement says, beside it; delete the plain one and return the path.

    `inner` is its name inside, and `beside` is what goes with it, by name: age knows only one file, so
    it gets a ZIP file of all. The file is read in pieces, but age takes its ZIP file as a whole, which is
    much smaller. A way that does not encrypt gives the file itself.
    """
    if way not in (Way.ZIP, Way.AGE):
        return path
    zipped = path.with_suffix(".zip")
    zipped.touch(mode=0o600)
    encryption = pyzipper.WZ_AES if way == Way.ZIP else None
    with pyzipper.AESZipFile(
        zipped, "w", compression=pyzipper.ZIP_DEFLATED, encryption=encryption
    ) as archive:
        if way == Way.ZIP:
            archive.setpassword(passphrase.encode())
        archive.write(path, inner)
        for name, content in beside.items():
            archive.writestr(name, content)
    path.unlink()
    if way == Way.ZIP:
        return zipped
    encrypted_path = path.with_suffix(".zip.age")
    encrypted_path.touch(mode=0o600)
    encrypted_path.write_bytes(pyrage.passphrase.encrypt(zipped.read_bytes(), passphrase))
    zipped.unlink()
    return encrypted_path
