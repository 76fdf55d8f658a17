"""Making the next item while the last one is being used."""

import sys
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

T = TypeVar("T")

# Seconds that one thread keeps the interpreter while another wants it. With Python's own
# 0.005 a caller that talks to the database loses that much at every answer.
_TURN = 0.0001


def read_ahead(items: Iterable[T]) -> Iterator[T]:
    """The same items, each made by another thread while the caller works with the one before.

    Worth it where the caller waits for the database meanwhile. `items` must not use the
    caller's connection. What making an item raises is raised where it was to be given.
    """
    source = iter(items)
    sys.setswitchinterval(_TURN)
    with ThreadPoolExecutor(1, "read-ahead") as thread:
        coming = thread.submit(_next, source)
        while item := coming.result():
            coming = thread.submit(_next, source)
            yield item[0]


def _next(source: Iterator[T]) -> tuple[T] | None:
    """The next item in a tuple, so that no item is taken for the end."""
    for item in source:
        return (item,)
    return None
