"""A cover sheet as text and as PDF, written from its stored facts (H5)."""

import textwrap
from collections.abc import Iterator
from dataclasses import dataclass

from django.template.loader import render_to_string

from privacy_portal.ground.ui.pdf import as_pdf
from sharing.cover_sheets.facts import Facts
from sharing.cover_sheets.proofs import proof_of
from sharing.cover_sheets.words import NO_PUPIL, Line, sections_of, title_of
from sharing.models import CoverSheet

WIDTH = 78
_INDENT = "  "


@dataclass(frozen=True, slots=True)
class WrittenSheet:
    """A sheet in both forms, as they go with the file, and the proof that its entry is in the log, if a
    checkpoint was signed in time."""

    text: bytes
    pdf: bytes
    proof: bytes | None = None

    def beside(self, file_name: str) -> dict[str, bytes]:
        """Return all by the names under which they lie beside the file."""
        text, pdf = names_beside(file_name)
        proof = {proof_name(file_name): self.proof} if self.proof else {}
        return {text: self.text, pdf: self.pdf, **proof}


def proof_name(file_name: str) -> str:
    """Return the name of the proof beside a file: `x.csv.tlog-proof`."""
    return f"{file_name}.tlog-proof"


def names_beside(file_name: str) -> tuple[str, str]:
    """Return the names of the text and the PDF beside a file: `x.csv.cover.txt`, `x.csv.cover.pdf`."""
    return f"{file_name}.cover.txt", f"{file_name}.cover.pdf"


def write(sheet: CoverSheet, proof: str | None = None) -> WrittenSheet:
    """Write a sheet in both forms; 2 queries. Raises NotOnThisServerError."""
    return WrittenSheet(text_of(sheet), pdf_of(sheet), proof.encode() if proof else None)


def text_of(sheet: CoverSheet) -> bytes:
    """Write a sheet as plain text in UTF-8, with the line ends that every system shows; 1 query."""
    facts, proof = Facts.model_validate(sheet.facts), proof_of(sheet)
    title = title_of(facts, proof)
    lines = [title, "=" * len(title), "", *textwrap.wrap(NO_PUPIL, WIDTH)]
    for section in sections_of(facts, proof):
        lines += ["", "", section.heading, "-" * len(section.heading)]
        for line in section.lines:
            lines += ["", f"{line.label}:", *_indented(line)]
    return ("\r\n".join(lines) + "\r\n").encode()


def _indented(line: Line) -> Iterator[str]:
    for paragraph in line.paragraphs:
        for text in paragraph.split("\n"):
            yield from _wrapped(text, _INDENT)
    for entry in line.listed:
        yield from _wrapped(f"- {entry}", _INDENT)


def _wrapped(text: str, indent: str) -> list[str]:
    """Return a paragraph in lines; an address or a hash is never broken."""
    further = f"{indent}  " if text.startswith("- ") else indent
    return textwrap.wrap(
        text, WIDTH, initial_indent=indent, subsequent_indent=further,
        break_long_words=False, break_on_hyphens=False,
    )  # fmt: skip


def pdf_of(sheet: CoverSheet) -> bytes:
    """Write a sheet as PDF/UA-1; 1 query. Raises NotOnThisServerError."""
    facts, proof = Facts.model_validate(sheet.facts), proof_of(sheet)
    context = {
        "title": title_of(facts, proof),
        "council": facts.council,
        "no_pupil": NO_PUPIL,
        "sections": sections_of(facts, proof),
    }
    return as_pdf(render_to_string("sharing/cover_sheets/sheet_pdf.html", context))
