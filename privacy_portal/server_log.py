"""Lines of the server's own log: they name no secret of an address, no row of a table, and no email
address or unique pupil number."""

import logging
import os
import re
import sys
from collections.abc import Iterator
from functools import cache
from logging.handlers import WatchedFileHandler
from typing import Any

from django.urls import URLResolver, get_resolver

from privacy_portal.ground.monitor.request_ids import current

# Parameters of addresses that let in whoever knows them, and addresses whose every one does.
SECRET = frozenset({"token", "key", "uidb36", "signed"})
SECRET_ADDRESSES = frozenset({"subscribe-end"})
HIDDEN = "***"
# A secret of ours, wherever it stands: 256 bits as in `codes.new_token`.
_TOKEN = re.compile(r"(?<![\w-])[\w-]{43}(?![\w-])", re.ASCII)
# The database quotes the row that it refuses.
_ROW = re.compile(r"^(.*\b(?:DETAIL|CONTEXT):).*$", re.MULTILINE)
# Whoever is named in a line by accident, such as by a mail server that refuses a mail.
_EMAIL = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
_UPN = re.compile(r"\b[A-Z]\d{11}[\dA-Z]\b")
_PARAMETER = re.compile(r"\(\?P<(\w+)>|<(?:\w+:)?(\w+)>")


class Discreet(logging.Formatter):
    """A line as usual, with its traceback, in which secrets are replaced."""

    def format(self, record: logging.LogRecord) -> str:
        record.request_id = current() or "-"
        return discreet(super().format(record))


class PrivateFileHandler(WatchedFileHandler):
    """Writes to a file that only its owner can read, and opens it again when it was renamed."""

    def _open(self) -> Any:
        def private(path: str, flags: int) -> int:
            return os.open(path, flags, 0o600)

        return open(
            self.baseFilename, self.mode, encoding=self.encoding, errors=self.errors, opener=private
        )


class Refused(logging.Filter):
    """Has a page refused to somebody (403) written as one line: it is no error of the portal."""

    def filter(self, record: logging.LogRecord) -> bool:
        if getattr(record, "status_code", None) == 403:
            record.exc_info = record.exc_text = None
        return True


def discreet(text: str) -> str:
    """Return the text without secrets of addresses, rows that the database quoted, email addresses and
    unique pupil numbers."""
    if beginnings := _beginnings():
        text = beginnings.sub(rf"\1{HIDDEN}", text)
    for pattern in (_TOKEN, _EMAIL, _UPN):
        text = pattern.sub(HIDDEN, text)
    return _ROW.sub(rf"\1 {HIDDEN}", text)


def _beginnings() -> re.Pattern[str] | None:
    """Return what stands before the secret in an address; None while the addresses are being loaded."""
    urls = sys.modules.get("privacy_portal.urls")
    return _pattern() if hasattr(urls, "urlpatterns") else None


@cache
def _pattern() -> re.Pattern[str]:
    begin = sorted({re.escape(beginning) for beginning in _secret_addresses(get_resolver(), "")})
    return re.compile(rf"({'|'.join(begin)})[^\s/\"'<>?#]+")


def _secret_addresses(resolver: URLResolver, before: str) -> Iterator[str]:
    for pattern in resolver.url_patterns:
        route = before + str(pattern.pattern).removeprefix("^")
        if isinstance(pattern, URLResolver):
            yield from _secret_addresses(pattern, route)
        else:
            for match in _PARAMETER.finditer(route):
                if (match[1] or match[2]) in SECRET or pattern.name in SECRET_ADDRESSES:
                    yield f"/{route[: match.start()]}"
                    break
