"""The data folder and what is private in it: for the portal's own user alone."""

import os
from contextlib import suppress
from pathlib import Path

FOLDER, FILE = 0o700, 0o600
# Others can pass through, and list nothing: see `guard`.
PASSAGE = 0o711


def guard(data_dir: Path, *private: Path, passage: bool) -> None:
    """Make the folders if missing, and take them and all in the private ones from others, from
    before too.

    `passage` where an embedded database runs as another user, as it does for root: that user
    must come through the data folder to its own.
    """
    data_dir.mkdir(mode=FOLDER, parents=True, exist_ok=True)
    data_dir.chmod(PASSAGE if passage else FOLDER)
    for folder in private:
        folder.mkdir(mode=FOLDER, parents=True, exist_ok=True)
        for above, _, files in os.walk(folder):
            Path(above).chmod(FOLDER)
            for name in files:
                # A file may go meanwhile; a link is not followed out of the folder.
                path = Path(above) / name
                with suppress(FileNotFoundError):
                    if not path.is_symlink():
                        path.chmod(FILE)
