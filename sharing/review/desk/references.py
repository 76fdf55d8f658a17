"""Search of the disclosure log by what people quote: a reference, a file’s name, a number."""

import re
from collections.abc import Sequence
from typing import Any

from django.db.models import BooleanField, Func, Q, QuerySet, TextField, Value

from sharing.models import Disclosure, Release

MOST_LETTERS = 100
_MOST_WORDS = 10
_MOST_DIGITS = 18
_WORD = re.compile(r"[^\W_]+")
_ENTRY = re.compile(r"(?:log )?entry (?:no\.? )?(\d+)", re.IGNORECASE)
_REQUEST = re.compile(r"request (?:no\.? )?(\d+)", re.IGNORECASE)


class _Words(Func):
    """The words of a text, as the indexes of the migrations hold them."""

    template = "sharing_words(%(expressions)s)"
    arg_joiner = " || ' ' || "
    output_field = TextField()


class _Begin(Func):
    """Whether each of some words begins a word of a text."""

    template = "%(expressions)s"
    arg_joiner = " @@ "
    output_field = BooleanField()


def quoting(text: str) -> Q:
    """Return what disclosures fulfil that somebody means by a text.

    Each of its words begins one of the agreement’s reference and the organisation’s, or of the file’s name.
    `log entry 12` is that entry, `request 12` is what went on that request, and `12` either.
    """
    if entry := _ENTRY.fullmatch(text.strip()):
        return Q(pk__in=_numbered(entry[1]))
    if request := _REQUEST.fullmatch(text.strip()):
        return Q(pk__in=_on_request(request[1]))
    words = _WORD.findall(text)[:_MOST_WORDS]
    if not words:
        return Q(pk__in=[])
    references = _each_begins(words, "agreement_reference", "request_reference")
    named = Release.objects.filter(_each_begins(words, "file_name"), disclosure__isnull=False)
    # One after the other, so that each is found by its own index.
    meant: list[QuerySet[Any, Any]] = [named.order_by().values("disclosure")]
    if len(words) == 1 and words[0].isdecimal():
        meant += [_numbered(words[0]), _on_request(words[0])]
    return Q(pk__in=_ids(Disclosure.objects.filter(references)).union(*meant))


def _each_begins(words: Sequence[str], *columns: str) -> _Begin:
    prefixes = Value(" & ".join(f"{word}:*" for word in words))
    return _Begin(
        _Words(*columns), Func(Value("simple"), prefixes, template="to_tsquery(%(expressions)s)")
    )


def _numbered(digits: str) -> QuerySet[Disclosure, Any]:
    return _ids(Disclosure.objects.filter(entry=_number(digits)))


def _on_request(digits: str) -> QuerySet[Disclosure, Any]:
    return _ids(Disclosure.objects.filter(request_decision__request=_number(digits)))


def _ids(disclosures: QuerySet[Disclosure]) -> QuerySet[Disclosure, Any]:
    return disclosures.order_by().values("pk")


def _number(digits: str) -> int:
    """Return a number that PostgreSQL can look for; -1, which nothing has, for one that it cannot."""
    return int(digits) if len(digits) <= _MOST_DIGITS else -1
