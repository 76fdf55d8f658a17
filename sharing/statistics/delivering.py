"""A table of counts is delivered: with its cover sheet made (H5), streamed once (H)."""

import hashlib
import io
import logging
from collections.abc import Callable
from datetime import datetime

from privacy_portal.ground.counted_stream import CountedStream
from sharing.counts_rules import Method
from sharing.cover_sheets.facts import Facts, TableFacts
from sharing.cover_sheets.gathering import facts_of
from sharing.cover_sheets.making import file_name_of, make
from sharing.disclosures.undoing import NO_FILE, NOTHING_TAKEN, undo
from sharing.errors import NotDeliveredError
from sharing.models import Disclosure, Profile
from sharing.statistics import deciding as counting
from sharing.statistics.deciding import StatisticsDecision

logger = logging.getLogger(__name__)


def facts_of_table(
    disclosure: Disclosure, decision: StatisticsDecision, *, data_at: datetime
) -> Facts:
    """Gather the facts of a table's cover sheet, in the transaction that logs it; 4 queries.

    How many cells are hidden for which cause is not among them: it narrows down what stands in them.
    """
    version, method = decision.loaded.version, Method(decision.method)
    assert version is not None  # it is not refused
    hides_by_threshold = method is Method.HIDE_BELOW_THRESHOLD
    table = TableFacts(
        method=Profile(method).label,
        threshold=version.threshold if hides_by_threshold else None,
        least=counting.profile_of(version).least,
        hidden=decision.small + decision.further,
        notes=tuple(decision.notes()),
    )
    return facts_of(disclosure, source="table", data_at=data_at, table=table)


def stream(
    disclosure: Disclosure, facts: Facts, content: bytes, *, clock: Callable[[], datetime]
) -> "TableStream":
    """Make the cover sheet of a table that was handed over, then the stream of its CSV.

    Raises NotDeliveredError where that fails: nothing leaves, and the log says so.
    """
    name = f"{file_name_of(disclosure)}.csv"
    try:
        digest = hashlib.sha256(content).hexdigest()
        make(disclosure, facts, file_name=name, sha256=digest, at=clock())
    except Exception as error:
        logger.error("A cover sheet could not be made: %s", type(error).__name__)
        undo(disclosure, why=NO_FILE, at=clock())
        raise NotDeliveredError from error
    return TableStream(content, name, disclosure, clock)


class TableStream(CountedStream):
    """The CSV of a table that was handed over, to be streamed once under its `name`."""

    def __init__(
        self, content: bytes, name: str, disclosure: Disclosure, clock: Callable[[], datetime]
    ):
        super().__init__(io.BytesIO(content))
        self.name, self.disclosure, self.clock = name, disclosure, clock

    def finish(self) -> None:
        """Undo the hand-over if nothing was sent."""
        if not self.bytes_sent:
            undo(self.disclosure, why=NOTHING_TAKEN, at=self.clock())
