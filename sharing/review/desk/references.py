"""Search of the disclosure log by what people quote: a reference, a file’s name, a number."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.db.models import BooleanField, Exists, Func, OuterRef, Q, QuerySet, TextField, Value

from sharing.models import Disclosure, Release

MOST_LETTERS = 100
# More disclosures than these are not looked up before the log is read.
_MOST = 10_000
_MOST_WORDS = 10
_MOST_DIGITS = 18
_WORD = re.compile(r"[^\W_]+")
_ENTRY = re.compile(r"(?:log )?entry (?:no\.? )?(\d+)", re.IGNORECASE)
_REQUEST = re.compile(r"request (?:no\.? )?(\d+)", re.IGNORECASE)
# The references of agreements in the log, skipped from one to the next along an index: those that words begin.
_AGREEMENTS = """
WITH RECURSIVE named AS (
    (SELECT agreement_reference FROM sharing_disclosure ORDER BY 1 LIMIT 1)
    UNION ALL
    SELECT following.* FROM named CROSS JOIN LATERAL (
        SELECT agreement_reference FROM sharing_disclosure
        WHERE agreement_reference > named.agreement_reference ORDER BY 1 LIMIT 1
    ) AS following
)
SELECT agreement_reference FROM named
WHERE sharing_words(agreement_reference) @@ to_tsquery('simple', %s)
"""


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


@dataclass(frozen=True, slots=True)
class Meaning:
    """What somebody means by a text: the agreements of these references, and the disclosures of these ids
    that are under no such agreement; where there are too many, None, and then those that fulfil `others`."""

    agreements: Sequence[str] = ()
    ids: Sequence[int] | None = ()
    others: Q = Q(pk__in=[])  # noqa: RUF009 # nothing changes it

    @property
    def condition(self) -> Q:
        """Return what the disclosures fulfil."""
        others = self.others if self.ids is None else Q(pk__in=self.ids)
        return Q(agreement_reference__in=self.agreements) | others

    @property
    def only_agreements(self) -> bool:
        """Return whether nothing but agreements is meant."""
        return self.ids is not None and not self.ids


def meaning(text: str) -> Meaning:
    """Return what somebody means by a text; at most 2 queries.

    Each of its words begins one of the agreement’s reference and the organisation’s, or of the file’s name.
    `log entry 12` is that entry, `request 12` is what went on that request, and `12` either.
    """
    if entry := _ENTRY.fullmatch(text.strip()):
        return Meaning(ids=_first(_numbered(entry[1])))
    if request := _REQUEST.fullmatch(text.strip()):
        return _meaning((), [_on_request(request[1])], _of_request(request[1]))
    words = _WORD.findall(text)[:_MOST_WORDS]
    if not words:
        return Meaning()
    agreements = _agreements(words)
    references = _each_begins(words, "agreement_reference", "request_reference")
    named = Release.objects.filter(_each_begins(words, "file_name"), disclosure__isnull=False)
    elsewhere = Disclosure.objects.exclude(agreement_reference__in=agreements)
    # One after the other, so that each is found by its own index.
    asked = ~Q(request_reference="") & Q(references)
    found: list[QuerySet[Any, Any]] = [
        _ids(elsewhere.filter(asked)),
        _ids(elsewhere.filter(pk__in=named.order_by().values("disclosure"))),
    ]
    others = asked | Q(Exists(named.filter(disclosure=OuterRef("pk"))))
    if len(words) == 1 and words[0].isdecimal():
        found += [_numbered(words[0]), _on_request(words[0])]
        others |= Q(entry=_number(words[0])) | _of_request(words[0])
    return _meaning(agreements, found, others)


def _meaning(agreements: Sequence[str], found: Sequence[QuerySet[Any, Any]], others: Q) -> Meaning:
    ids = _first(found[0].union(*found[1:]))
    return Meaning(agreements, None if len(ids) > _MOST else ids, others)


def _first(ids: QuerySet[Any, Any]) -> list[int]:
    return [row["pk"] for row in ids[: _MOST + 1]]


def _agreements(words: Sequence[str]) -> list[str]:
    """Return the references in the log that all of these words begin a word of; 1 query."""
    with connection.cursor() as cursor:
        cursor.execute(_AGREEMENTS, [_prefixes(words)])
        return [reference for (reference,) in cursor.fetchall()]


def _prefixes(words: Sequence[str]) -> str:
    return " & ".join(f"{word}:*" for word in words)


def _each_begins(words: Sequence[str], *columns: str) -> _Begin:
    query = Func(Value("simple"), Value(_prefixes(words)), template="to_tsquery(%(expressions)s)")
    return _Begin(_Words(*columns), query)


def _numbered(digits: str) -> QuerySet[Disclosure, Any]:
    return _ids(Disclosure.objects.filter(entry=_number(digits)))


def _on_request(digits: str) -> QuerySet[Disclosure, Any]:
    return _ids(Disclosure.objects.filter(_of_request(digits)))


def _of_request(digits: str) -> Q:
    return Q(request_decision__request=_number(digits))


def _ids(disclosures: QuerySet[Disclosure]) -> QuerySet[Disclosure, Any]:
    return disclosures.order_by().values("pk")


def _number(digits: str) -> int:
    """Return a number that PostgreSQL can look for; -1, which nothing has, for one that it cannot."""
    return int(digits) if len(digits) <= _MOST_DIGITS else -1
