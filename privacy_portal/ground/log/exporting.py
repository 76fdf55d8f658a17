"""Give the log to an outside auditor, who checks it with `verify_log.py` and nothing of the portal."""

import os
from collections.abc import Callable, Collection
from pathlib import Path

from privacy_portal.ground.log.checkpoints import RUNNING
from privacy_portal.ground.log.reading import snapshot, stored_entries
from privacy_portal.ground.log.signing import REFUSAL


def export(path: Path, *, progress: Callable[[int], None]) -> int:
    """Write the entries to a file and return how many: a line for each, its body as it was hashed.

    The number of an entry is that of its line, from 0. The file is there whole or not at all.
    """
    partial = path.with_name(f".{path.name}-{os.getpid()}")
    size = 0
    try:
        with partial.open("wb") as file, snapshot():
            for entries in stored_entries():
                file.writelines(body + b"\n" for _, body, _ in entries)
                size += len(entries)
                progress(size)
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)
    return size


def not_public(folder: str, names: Collection[str]) -> set[str]:
    """Return which files of the folder of checkpoints belong to the program that signs alone."""
    return {name for name in names if name in (REFUSAL, RUNNING) or name.startswith(".")}
