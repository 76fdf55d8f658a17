"""Tell what kind of file was sent, by its content, and what to do with one that is no table."""

import codecs
import re
import zipfile
from pathlib import Path

from privacy_portal.ground.files.encodings import utf_16_without_mark

ZIP = b"PK\x03\x04"
_MARKS_UTF_16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_EMPTY_ZIP = b"PK\x05\x06"
_OLE = b"\xd0\xcf\x11\xe0"
AS_CSV = "In a spreadsheet choose “Save as” and “CSV UTF-8”."
AS_WORKBOOK = "Open it in Excel and save it as “Excel Workbook (.xlsx)” or “CSV UTF-8”."
_BEGINS = (
    (b"%PDF-", f"this is a PDF, not a CSV file. {AS_CSV}"),
    (b"{", "this looks like JSON, not a CSV file."),
    (b"\x1f\x8b", "this is a compressed file (gzip). Unpack it, and send the file that is in it."),
    (b"7z\xbc\xaf\x27\x1c", "this is a compressed file (7z). Unpack it, and send the file in it."),
    (b"Rar!", "this is a compressed file (RAR). Unpack it, and send the file that is in it."),
    (b"SQLite format 3", f"this is a database, not a CSV file. {AS_CSV}"),
    (b"\x89PNG", "this is a picture, not a table."),
    (b"\xff\xd8\xff", "this is a picture, not a table."),
    (b"MIME-Version:", f"this is a web page saved as one file (MHTML). {AS_WORKBOOK}"),
    (b"ID;P", f"this is a SYLK file (.slk). {AS_WORKBOOK}"),
    (b"TABLE\r\n0,1", f"this is a DIF file. {AS_WORKBOOK}"),
    (b"TABLE\n0,1", f"this is a DIF file. {AS_WORKBOOK}"),
    (b"[{", "this looks like JSON, not a CSV file."),
    (b"PAR1", f"this is a Parquet file. {AS_CSV}"),
    (codecs.BOM_UTF32_LE, f"the text is in UTF-32. {AS_CSV}"),
    (codecs.BOM_UTF32_BE, f"the text is in UTF-32. {AS_CSV}"),
    (b"{\\rtf", f"this is a text document (RTF), not a CSV file. {AS_CSV}"),
)
_HTML = re.compile(
    rb"\s*(?:<\?xml[^>]*\?>\s*)?(?:<!--.*?-->\s*)*<(?:!doctype\s+html|html|head|body|table|tr|td|"
    rb"div|span|p|h1|meta|title|link|style|script|center|font)\b",
    re.IGNORECASE | re.DOTALL,
)
_OLD_XML_WORKBOOK = b"urn:schemas-microsoft-com:office:spreadsheet"
_FLAT_DOCUMENT = b"urn:oasis:names:tc:opendocument:xmlns:office"
_CONTROLS = [bytes([code]) for code in (*range(9), 11, 12, *range(14, 32))]
_LOCKED = "EncryptedPackage".encode("utf-16-le")
_OLD_WORKBOOK = ("Workbook".encode("utf-16-le"), "Book".encode("utf-16-le"))
_LOOKED_AT = 1 << 20


def is_workbook(path: Path) -> bool:
    """Return whether the file begins as a ZIP file does, as workbooks (XLSX) are."""
    with path.open("rb") as file:
        return file.read(4) in (ZIP, _EMPTY_ZIP)


def no_table(path: Path) -> str:
    """Return why the file can be neither a CSV nor XML for the portal, in a sentence; empty if it can."""
    with path.open("rb") as file:
        start = file.read(4096)
        for magic, message in _BEGINS:
            if start.startswith(magic):
                return message
        if start.startswith(_OLE):
            return _old_office(start + file.read(_LOOKED_AT) + _end_of(path))
    plain = _without_utf_16(start).removeprefix(codecs.BOM_UTF8)
    if _HTML.match(plain):
        return f"this is a web page (HTML), whatever its name says. {AS_WORKBOOK}"
    if _OLD_XML_WORKBOOK in plain:
        return f"this is an “XML Spreadsheet 2003”. {AS_WORKBOOK}"
    if _FLAT_DOCUMENT in plain:
        return f"this is an OpenDocument file (.fods). {AS_WORKBOOK}"
    # Here and there a control may stand in a text; its place is named when the rows are read.
    if not start.startswith((ZIP, _EMPTY_ZIP)) and sum(map(plain.count, _CONTROLS)) > max(
        3, len(plain) // 50
    ):
        return f"this is no text, or a damaged file. {AS_CSV}"
    return ""


def no_workbook(parts: zipfile.ZipFile) -> str:
    """Return why a ZIP file is no workbook (XLSX) that can be read, in a sentence; empty if it is one."""
    names = parts.namelist()
    folded = {name.casefold() for name in names}
    if "[content_types].xml" in folded:
        if any(name.endswith("workbook.bin") for name in folded):
            return f"this is a binary workbook (.xlsb). {AS_WORKBOOK}"
        if any(name.startswith("word/") for name in folded):
            return f"this is a Word document, not a CSV file. {AS_CSV}"
        if any(name.startswith("ppt/") for name in folded):
            return f"this is a PowerPoint presentation, not a CSV file. {AS_CSV}"
        return ""
    if "mimetype" in folded and "content.xml" in folded:
        return (
            "this is an OpenDocument file (.ods). Open it in LibreOffice or Excel and save it as "
            "“Excel Workbook (.xlsx)” or “CSV UTF-8”."
        )
    if any(name.startswith("index/") or name.endswith(".iwa") for name in folded):
        return "this is a Numbers file. In Numbers choose “Export To” and “Excel” or “CSV”."
    inside = ", ".join(repr(name[:60]) for name in names[:3]) or "nothing"
    return (
        f"this is not an Excel workbook but a ZIP file (in it: {inside}). Unpack it, and send "
        "the file that is in it."
    )


def _old_office(content: bytes) -> str:
    if _LOCKED in content:
        return "the workbook has a password. Save it without one."
    if any(name in content for name in _OLD_WORKBOOK):
        return f"this is an old Excel workbook (.xls). {AS_WORKBOOK}"
    return f"this is an old Excel or Word file, not a CSV file. {AS_CSV}"


def _end_of(path: Path) -> bytes:
    """Return the last part of a file: old Office files may list their parts there."""
    with path.open("rb") as file:
        file.seek(max(0, path.stat().st_size - _LOOKED_AT))
        return file.read()


def _without_utf_16(start: bytes) -> bytes:
    """Return the beginning of a file in UTF-16 as UTF-8, any other as it is."""
    code = "utf-16" if start.startswith(_MARKS_UTF_16) else utf_16_without_mark(start)
    if not code:
        return start
    return start[: len(start) // 2 * 2].decode(code, errors="ignore").encode()
