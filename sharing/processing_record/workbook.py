"""The record of processing activities as a workbook (XLSX). Every cell is text: nothing in it is run."""

from collections.abc import Iterable, Sequence
from datetime import date
from io import BytesIO

import xlsxwriter

from privacy_portal.ground import days
from sharing.processing_record.presenters import FIELDS, cells_of, contact_in_words
from sharing.processing_record.rules import Record, missing_in_activity, missing_in_record

WIDTHS = {"Reference": 20, "Activity": 36, "Missing": 36}
USUAL_WIDTH = 28


def as_workbook(record: Record, on: date) -> bytes:
    """Return the workbook of a record as it was on a day: sheets of the council, the activities, the
    portal's keeping times, and what is missing."""
    out = BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True}) as book:
        book.set_properties({"title": "Record of processing activities", "author": record.council})
        _sheet(book, "Council", ("Field", "Value"), _council(record, on))
        headings = [field.heading for field in FIELDS]
        activities = ([*cells_of(activity)] for activity in record.activities)
        _sheet(book, "Activities", headings, activities)
        _sheet(
            book, "Keeping times", ("What this service keeps", "For"),
            ((line.what, line.time) for line in record.keeping_times),
        )  # fmt: skip
        _sheet(book, "Missing", ("Where", "What is missing"), _missing(record))
    return out.getvalue()


def _council(record: Record, on: date) -> Iterable[Sequence[str]]:
    yield "Record of processing activities (UK GDPR Article 30) on", days.in_words(on)
    yield "Controller", ", ".join(filter(None, (record.council, record.service)))
    yield "Contact", contact_in_words(record.enquiries)
    yield "Data protection officer", contact_in_words(record.officer)


def _missing(record: Record) -> Iterable[Sequence[str]]:
    for what in missing_in_record(record):
        yield "The record as a whole", what
    for activity in record.activities:
        for what in missing_in_activity(activity):
            yield activity.reference, what


def _sheet(
    book: xlsxwriter.Workbook,
    name: str,
    headings: Sequence[str],
    rows: Iterable[Sequence[str]],
) -> None:
    sheet = book.add_worksheet(name)
    bold = book.add_format({"bold": True, "text_wrap": True, "valign": "top"})
    plain = book.add_format({"text_wrap": True, "valign": "top"})
    for column, heading in enumerate(headings):
        sheet.set_column(column, column, WIDTHS.get(heading, USUAL_WIDTH))
        sheet.write_string(0, column, heading, bold)
    for number, row in enumerate(rows, start=1):
        for column, cell in enumerate(row):
            sheet.write_string(number, column, cell, plain)
    sheet.freeze_panes(1, 0)
