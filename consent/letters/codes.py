"""The codes on letters: made, checked, used once, and hard to guess.

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
from consent.rules import DecidedBy
from privacy_portal.ground.codes import CROCKFORD
from privacy_portal.ground.days import day_of, days_later
from privacy_portal.ground.limits.counting import Guarded, guarded

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
class Printed:
    """A code as it stands on its letter, and the row to be stored for it."""

    written: str
    code: LetterCode


def new_code(
    pupil: Pupil, run: LetterRun, *, by: DecidedBy, to_name: str, taken: set[str], at: datetime
) -> Printed:
    """A code not stored yet; `taken` are selectors in use, to which its own is added."""
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
        expires_at=days_later(at, settings.CODE_DAYS),
    )
    return Printed(grouped(selector + secret), code)


def grouped(letters: str) -> str:
    """`ABCD-EFGH-JKMN-PQRS`."""
    return "-".join(letters[place : place + 4] for place in range(0, len(letters), 4))


def read_code(written: str) -> str:
    """The sixteen letters of a code however they were typed; empty if they are none."""
    letters = "".join(letter for letter in written.upper() if letter.isalnum())
    letters = letters.translate(str.maketrans("OIL", "011"))
    right = len(letters) == SELECTOR + SECRET and all(each in CROCKFORD for each in letters)
    return letters if right else ""


def check(written: str, *, client: str, at: datetime) -> LetterCode:
    """The letter's code that somebody typed, if it is good now.

    Failures are counted under lock: 5 for one selector and day, `WRONG_GUESSES_AN_HOUR` for one
    internet address and hour. Raises WrongCodeError and TooManyGuessesError; the first says nothing more.
    """
    letters = read_code(written)
    selector, secret = letters[:SELECTOR], letters[SELECTOR:]
    many, hour = settings.WRONG_GUESSES_AN_HOUR, timedelta(hours=1)
    with transaction.atomic():
        guards = [
            guarded("code-of", selector, most=FAILURES_A_DAY, within=timedelta(days=1), at=at),
            guarded("code-from", client, most=many, within=hour, at=at),
        ]
        refused = not all(each.open for each in guards)
        found = None if refused else _prove(selector, secret, guards, at)
    if refused:
        raise TooManyGuessesError
    if found is None:
        raise WrongCodeError
    return found


def _prove(selector: str, secret: str, guards: list[Guarded], at: datetime) -> LetterCode | None:
    live = LetterCode.objects.filter(used_at=None, revoked_at=None, expires_at__gt=at)
    known = live.select_related("scheme__recipient").filter(selector=selector).first()
    right = _hasher.verify(secret, known.secret_hash if known else _NOTHING)
    if known is None or not right:
        for each in guards:
            each.count()
        return None
    return known


def live_code(number: int, *, at: datetime) -> LetterCode:
    """A code that was checked a moment ago, if it is still good. Raises WrongCodeError."""
    live = LetterCode.objects.filter(used_at=None, revoked_at=None, expires_at__gt=at)
    found = live.select_related("scheme__recipient", "pupil__school").filter(pk=number).first()
    if found is None:
        raise WrongCodeError
    return found


def revoke(pupils: list[int], scheme: int, *, at: datetime) -> int:
    """Kills the codes of these pupils under a scheme that are not used; returns how many."""
    live = LetterCode.objects.filter(pupil__in=pupils, scheme=scheme, used_at=None, revoked_at=None)
    return live.update(revoked_at=at)


def revoke_all(pupils: Sequence[int], *, at: datetime, since: datetime | None = None) -> None:
    """Ends every live code of these pupils, by id, under whatever scheme; or those issued `since`."""
    live = LetterCode.objects.filter(used_at=None, revoked_at=None, pupil__in=list(pupils))
    if since is not None:
        live = live.filter(issued_at__gte=since)
    live.update(revoked_at=at)


@dataclass(frozen=True, slots=True)
class Live:
    """How many letters of one kind, printed on one day, have codes that still work."""

    kind: LetterKind
    printed_on: date
    letters: int


def live_of(pupils: Sequence[int], scheme: Scheme, *, at: datetime) -> QuerySet[LetterCode]:
    """The codes of these pupils under the scheme that still work: a new letter ends them."""
    live = LetterCode.objects.filter(used_at=None, revoked_at=None, expires_at__gt=at)
    return live.filter(pupil__in=list(pupils), scheme=scheme)


def counted(live: QuerySet[LetterCode]) -> list[Live]:
    """Codes that still work, counted by what their letter is for and the day it was printed; the
    newest first; 1 query."""
    counts = Counter(
        (day_of(issued), kind) for issued, kind in live.values_list("issued_at", "kind")
    )
    ordered = sorted(counts.items(), key=lambda each: each[0], reverse=True)
    return [Live(LetterKind(kind), on, letters) for (on, kind), letters in ordered]


def revoke_expired(*, at: datetime) -> int:
    """Ends codes that are too old, so that their selectors can be given again; how many."""
    old = LetterCode.objects.filter(used_at=None, revoked_at=None, expires_at__lte=at)
    return old.update(revoked_at=at)


def opts_in(code: LetterCode) -> bool:
    """Whether the letter was asked for so that somebody may opt in."""
    return code.kind in (LetterKind.OPT_IN, LetterKind.TURNING_16)


def _letters(number: int) -> str:
    return "".join(secrets.choice(CROCKFORD) for _ in range(number))
