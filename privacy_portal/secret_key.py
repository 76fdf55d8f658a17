"""The secret key of an installation that was not given one."""

import contextlib
import os
import secrets
import tempfile
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured


def check_data_dir(data_dir: Path) -> None:
    """Make the data folder if missing. Raises ImproperlyConfigured where nothing can be kept in it."""
    name = ascii(str(data_dir))
    try:
        str(data_dir).encode()
        data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=data_dir):
            pass
    except UnicodeEncodeError as error:
        raise ImproperlyConfigured(
            f"PORTAL_DATA_DIR is {name}, which is not text in UTF-8: name another folder."
        ) from error
    except OSError as error:
        raise ImproperlyConfigured(
            f"PORTAL_DATA_DIR is {name}, where nothing can be kept ({error.strerror}): name "
            "another folder."
        ) from error


def kept_secret_key(data_dir: Path) -> str:
    """Return the key in `<data_dir>/secret-key`, made on first use and readable by its owner only.

    Serves commands, tests and the example. A production server refuses to start
    with it (check `portal.E001`), since a key beside the data is copied with it.
    """
    path = data_dir / "secret-key"
    if not path.exists():
        data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        partial = data_dir / f".secret-key-{os.getpid()}"
        with os.fdopen(os.open(partial, os.O_WRONLY | os.O_CREAT, 0o600), "w") as file:
            file.write(secrets.token_urlsafe(64))
        with contextlib.suppress(FileExistsError):
            os.link(partial, path)
        partial.unlink()
    return path.read_text()
