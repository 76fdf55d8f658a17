"""The error of what is not possible as things stand, and whether a check raises it."""

from collections.abc import Callable
from typing import ParamSpec

Arguments = ParamSpec("Arguments")


class NotNowError(Exception):
    """What was asked is not possible as things stand, and nothing was changed; the text says why, in
    a sentence the person can act on."""


def allowed(
    check: Callable[Arguments, None], *args: Arguments.args, **kwargs: Arguments.kwargs
) -> bool:
    """Return whether a check lets it be done now, so that a page offers what the verb would do."""
    try:
        check(*args, **kwargs)
    except NotNowError:
        return False
    return True
