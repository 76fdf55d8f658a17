"""Errors about a person's decision, in sentences the person can act on."""

from consent.day_rules import MISDATED, Misdated
from consent.rules import SENTENCES, Refusal


class TooYoungError(Exception):
    """The pupil has not attained the age of self-decision; nothing is stored (C1)."""


class RefusedError(Exception):
    """The rules do not take the decision; `refusal` says why (C1, C2)."""

    def __init__(self, refusal: Refusal):
        self.refusal = refusal
        super().__init__(SENTENCES[refusal])


class MisdatedError(Exception):
    """The days of a decision cannot be right; `why` says which (C3). Nothing is stored."""

    def __init__(self, why: Misdated):
        self.why = why
        super().__init__(f"{MISDATED[why]}.")


class DoubtfulError(Exception):
    """A decision about to be recorded may be a slip. `key` identifies this doubt alone, so that a tick
    for one is not taken for another; `repeats` says that the same may be recorded already."""

    def __init__(self, key: str, sentence: str, *, repeats: bool):
        self.key = key
        self.repeats = repeats
        super().__init__(sentence)


class LinkExpiredError(Exception):
    """A link in an email that has expired, or was never valid."""
