"""Python's cyclic garbage collector, while a large file is worked through."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def collector_at_rest() -> Iterator[None]:
    """Pause the collector: rows hold no cycles, and walking over them again and again took an
    eighth of the time of a release."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()
