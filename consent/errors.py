"""What can go wrong with a person's decision, in a sentence the person can act on."""


class TooYoungError(Exception):
    """The pupil has not attained the age of self-decision; nothing is stored (C1)."""
