"""`log sign`: sign after each hand-over, and every 15 minutes over all entries again (L3)."""

import logging
from collections.abc import Callable, Iterator
from datetime import datetime
from time import monotonic, sleep
from typing import Any

import psycopg
from django.db import DatabaseError, connection, connections

from privacy_portal.ground.log.checkpoints import CHANNEL, RUNNING
from privacy_portal.ground.log.folders import FolderError
from privacy_portal.ground.log.notes import Note
from privacy_portal.ground.log.signing import InconsistentLogError, Signer

EVERY_SECONDS = 15 * 60
# How long one wait for a hand-over lasts; after each the program says that it runs.
WAIT_SECONDS = 5.0

logger = logging.getLogger(__name__)


def watch(
    signer: Signer,
    *,
    clock: Callable[[], datetime],
    tell: Callable[[str], None],
    goes_on: Callable[[], bool] = lambda: True,
) -> None:
    """Sign whenever something is handed over, and every 15 minutes, until `goes_on` says no.

    A log that did not grow from its last checkpoint is told, and never signed; a database that is away
    is asked again.
    """
    whole_at = float("-inf")
    signer.folder.path.mkdir(mode=0o755, parents=True, exist_ok=True)
    for asked in _asked(goes_on):
        (signer.folder.path / RUNNING).touch()
        due = monotonic() - whole_at >= EVERY_SECONDS
        if not asked and not due:
            continue
        try:
            note = signer.sign(at=clock(), whole=due)
        except InconsistentLogError as error:
            logger.error("No checkpoint is signed: %s", error)
        except FolderError as error:
            logger.error("No checkpoint can be signed: %s", error)
        except (DatabaseError, psycopg.Error) as error:
            logger.warning("The database is away: %s", type(error).__name__)
            connections.close_all()
            continue
        else:
            tell(_said(note))
        if due:
            whole_at = monotonic()


def _asked(goes_on: Callable[[], bool]) -> Iterator[bool]:
    """Yield after each wait whether a hand-over asked for a checkpoint meanwhile; at once at first."""
    yield False
    while goes_on():
        try:
            with psycopg.connect(**_parameters(), autocommit=True) as database:
                database.execute(f"LISTEN {CHANNEL}")
                # What was asked while nobody listened.
                yield True
                while goes_on():
                    asked = list(database.notifies(timeout=WAIT_SECONDS, stop_after=1))
                    yield bool(asked)
        except psycopg.Error as error:
            logger.warning("The database is away: %s", type(error).__name__)
            yield False
            sleep(1)


def _parameters() -> dict[str, Any]:
    """Return how to reach the database besides Django's own connection."""
    parameters = connection.get_connection_params()
    return {name: parameters[name] for name in ("host", "port", "user", "password", "dbname")
            if parameters.get(name)}  # fmt: skip


def _said(note: Note) -> str:
    return " ".join(note.text.split("\n")[:3])
