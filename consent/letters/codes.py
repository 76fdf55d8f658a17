"""Codes on letters: created, checked, used once, and hard to guess.

Four letters find a code and twelve prove it: 60 random bits, of which only a password hash is
stored. An unknown code takes as long to refuse as a known one with a wrong secret.
"""

import secrets
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.conf import settings
from django.contrib.auth.hashers import PBKDF2PasswordHasher
from django.db import transaction
from django.db.models import QuerySet

from consent.models import LetterCode, LetterKind, LetterRun, Pupil, Scheme
from consent.models.people import may_be_written_to
from consent.rules import DecidedBy
from privacy_portal.ground.codes import CROCKFORD
from privacy_portal.ground.days import day_of, days_later
from privacy_portal.ground.limits.counting import CountedLimit, counted_limit
from privacy_portal.ground.terms import current as terms

SELECTOR, SECRET = 4, 12
FAILURES_A_DAY = 5


class CodeHasher(PBKDF2PasswordHasher):
    """A password hash for secrets of 60 random bits: those need no million rounds, and a year
    group's letters are printed in seconds."""

    algorithm = "pbkdf2_letter"
    iterations = 20_000


_hasher = CodeHasher()
# What an unknown code is compared with: nothing fits it.
_NOTHING = _hasher.encode(secrets.token_hex(16), _hasher.salt())


class WrongCodeError(Exception):
    """No letter has this code, or it was used, replaced or is too old. Nobody is told which."""


class TooManyGuessesError(Exception):
    """Too many wrong codes from one place, or for one letter."""


@dataclass(frozen=True, slots=True)
class PrintedCode:
    """A code as printed on its letter, and the row to store for it."""

    text: str
    code: LetterCode


def new_code(
    pupil: Pupil, run: LetterRun, *, by: DecidedBy, to_name: str, taken: set[str], at: datetime
) -> PrintedCode:
    """Return a new code, not stored yet; add its selector to `taken`, the selectors in use."""
    selector = _letters(SELECTOR)
    while selector in taken:
        selector = _letters(SELECTOR)
    taken.add(selector)
    secret = _letters(SECRET)
    code = LetterCode(
        selector=selector,
        secret_hash=_hasher.encode(secret, _hasher.salt()),
        pupil=pupil,
        scheme=run.scheme,
        kind=run.kind,
        by=by.value,
        to_name=to_name[:200],
        run=run,
        issued_at=at,
        expires_at=days_later(at, terms.number("code_days")),
    )
    return PrintedCode(grouped(selector + secret), code)


def grouped(letters: str) -> str:
    """Return the letters in groups of four: `ABCD-EFGH-JKMN-PQRS`."""
    return "-".join(letters[place : place + 4] for place in range(0, len(letters), 4))


def read_code(text: str) -> str:
    """Return the 16 letters of a code however they were typed, or an empty text if it is no code."""
    letters = "".join(letter for letter in text.upper() if letter.isalnum())
    letters = letters.translate(str.maketrans("OIL", "011"))
    right = len(letters) == SELECTOR + SECRET and all(letter in CROCKFORD for letter in letters)
    return letters if right else ""


def check(text: str, *, client: str, at: datetime) -> LetterCode:
    """Return the letter's code that was typed, if it is valid now.

    Failures are counted under lock: 5 for one selector and day, `WRONG_GUESSES_AN_HOUR` for one
    internet address and hour. Raises WrongCodeError and TooManyGuessesError; the first says nothing more.
    """
    letters = read_code(text)
    selector, secret = letters[:SELECTOR], letters[SELECTOR:]
    many, hour = settings.WRONG_GUESSES_AN_HOUR, timedelta(hours=1)
    with transaction.atomic():
        guards = [
            counted_limit(
                "code-of", selector, most=FAILURES_A_DAY, within=timedelta(days=1), at=at
            ),
            counted_limit("code-from", client, most=many, within=hour, at=at),
        ]
        refused = not all(guard.open for guard in guards)
        code = None if refused else _prove(selector, secret, guards, at)
    if refused:
        raise TooManyGuessesError
    if code is None:
        raise WrongCodeError
    return code


def _prove(
    selector: str, secret: str, guards: list[CountedLimit], at: datetime
) -> LetterCode | None:
    code = _live(at).select_related("scheme__recipient").filter(selector=selector).first()
    right = _hasher.verify(secret, code.secret_hash if code else _NOTHING)
    if code is None or not right:
        for guard in guards:
            guard.count()
        return None
    return code


def live_code(number: int, *, at: datetime) -> LetterCode:
    """Return a code that was checked a moment ago, if it is still valid. Raises WrongCodeError."""
    codes = _live(at).select_related("scheme__recipient", "pupil__school")
    code = codes.filter(pk=number).first()
    if code is None:
        raise WrongCodeError
    return code


def revoke(
    pupils: Sequence[int], *, scheme: int | None = None, since: datetime | None = None, at: datetime
) -> None:
    """Revoke the unused codes of these pupils, by id: under a scheme, by id, or any; all, or only
    those issued `since`."""
    codes = _unused().filter(pupil__in=list(pupils))
    if scheme is not None:
        codes = codes.filter(scheme=scheme)
    if since is not None:
        codes = codes.filter(issued_at__gte=since)
    codes.update(revoked_at=at)


@dataclass(frozen=True, slots=True)
class PrintedBatch:
    """Letters of one kind, printed on one day, whose codes still work; `letters` is their number."""

    kind: LetterKind
    printed_on: date
    letters: int


def live_codes(pupils: Sequence[int], scheme: Scheme, *, at: datetime) -> QuerySet[LetterCode]:
    """Return the codes of these pupils, by id, under the scheme that still work; a new letter revokes them."""
    return _live(at).filter(pupil__in=list(pupils), scheme=scheme)


def batches_of(live: QuerySet[LetterCode]) -> list[PrintedBatch]:
    """Count codes by what their letter is for and the day it was printed, newest first; 1 query."""
    counts = Counter(
        (day_of(issued), kind) for issued, kind in live.values_list("issued_at", "kind")
    )
    ordered = sorted(counts.items(), key=lambda group: group[0], reverse=True)
    return [PrintedBatch(LetterKind(kind), on, letters) for (on, kind), letters in ordered]


def revoke_expired(*, at: datetime) -> int:
    """Revoke codes that have expired, so that their selectors can be used again; return the number."""
    return _unused().filter(expires_at__lte=at).update(revoked_at=at)


def selectors_in_use() -> set[str]:
    """Return the selectors of all codes that are neither used nor revoked; 1 query."""
    return set(_unused().values_list("selector", flat=True))


def opts_in(code: LetterCode) -> bool:
    """Return whether the letter was created so that its reader can opt in."""
    return code.kind in (LetterKind.OPT_IN, LetterKind.TURNING_16)


def _letters(number: int) -> str:
    return "".join(secrets.choice(CROCKFORD) for _ in range(number))


def _unused() -> QuerySet[LetterCode]:
    return LetterCode.objects.filter(used_at=None, revoked_at=None)


def _live(at: datetime) -> QuerySet[LetterCode]:
    """Return the codes that can be used: none of a protected pupil, nor of one who has died (P4, P6)."""
    return _unused().filter(may_be_written_to("pupil__"), expires_at__gt=at)
