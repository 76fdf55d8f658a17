"""The error of what is not possible as things stand, and whether a check raises it."""

from collections.abc import Callable
from typing import ParamSpec

Arguments = ParamSpec("Arguments")


class NotNowError(Exception):
    """Refuse what is not possible now, having changed nothing; the text tells the person why."""


def allowed(
    check: Callable[Arguments, None], *args: Arguments.args, **kwargs: Arguments.kwargs
) -> bool:
    """Return whether a check lets it be done now, so that a page offers what the verb would do."""
    try:
        check(*args, **kwargs)
    except NotNowError:
        return False
    return True
