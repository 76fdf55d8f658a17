"""Files that programs for auditors are given."""

from collections.abc import Callable
from pathlib import Path

import pytest


@pytest.fixture
def files(tmp_path: Path) -> Callable[..., list[Path]]:
    """Writes files and returns their paths."""

    def _files(**contents: bytes) -> list[Path]:
        for name, data in contents.items():
            (tmp_path / name).write_bytes(data)
        return [tmp_path / name for name in contents]

    return _files
