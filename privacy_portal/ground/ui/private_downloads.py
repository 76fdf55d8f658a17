"""Responses with a private file: to keep, never to be shown by a browser or held by a cache."""

import csv
from collections.abc import Callable, Iterable
from io import StringIO

from django.http import Http404, HttpResponse, HttpResponseBase, StreamingHttpResponse

from privacy_portal.ground.files.formulas import neutralised
from privacy_portal.ground.files.private_files import ChangedFileError

CSV = "text/csv; charset=utf-8"


def private_file(
    content: bytes | Iterable[bytes],
    *,
    name: str,
    content_type: str = "application/pdf",
    size: int | None = None,
) -> HttpResponseBase:
    """Return a file to save under `name`; one that comes in pieces is streamed, with its `size`."""
    headers = {
        "Content-Disposition": f'attachment; filename="{name}"',
        # Whatever is in the file, it runs nothing if a browser opens it all the same.
        "Content-Security-Policy": "sandbox; default-src 'none'",
        "Cache-Control": "no-store",
    }
    if size is not None:
        headers["Content-Length"] = str(size)
    response = HttpResponse if isinstance(content, bytes) else StreamingHttpResponse
    return response(content, content_type=content_type, headers=headers)


def stored_file(
    read: Callable[[], bytes], *, name: str, content_type: str = "application/pdf"
) -> HttpResponseBase:
    """Return a file stored beside the database. Raises Http404 where it is gone or was changed."""
    try:
        return private_file(read(), name=name, content_type=content_type)
    except (FileNotFoundError, ChangedFileError) as error:
        raise Http404 from error


def private_csv(
    headings: Iterable[str], rows: Iterable[Iterable[object]], *, name: str
) -> HttpResponseBase:
    """Return a table as CSV, in which no cell is a formula to a spreadsheet."""
    text = StringIO()
    writer = csv.writer(text)
    writer.writerow(headings)
    writer.writerows([neutralised(str(cell)) for cell in row] for row in rows)
    return private_file(text.getvalue().encode(), name=name, content_type=CSV)
