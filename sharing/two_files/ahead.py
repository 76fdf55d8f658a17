"""A file is compared before it is handed over, while none of its lines is in the log (D)."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection

from sharing.deciding.deciding import ExtractDecider, ExtractDecision
from sharing.deciding.policy import Loaded
from sharing.deciding.rows import DecidedBatch
from sharing.disclosures.lines import Lines
from sharing.two_files.comparing import (
    LINES,
    LinesOf,
    earlier_files,
    recipients_together,
    revealing,
)

_TABLE = "checked_line"
_NUMBER = 0


class Comparison:
    """Collects the lines of a file while it is checked, if its recipient got anything to compare it with.

    Belongs in one transaction, at whose end the lines are forgotten. Takes 10 queries at most.
    """

    def __init__(self, loaded: Loaded, *, override: bool = False):
        self.earlier = earlier_files(loaded, recipients_together(loaded), override=override)
        self.lines = Lines(_NUMBER, table=_TABLE) if self.earlier else None
        if self.lines:
            with connection.cursor() as cursor:
                cursor.execute(f"DROP TABLE IF EXISTS pg_temp.{_TABLE}")
                cursor.execute(f"CREATE TEMPORARY TABLE {_TABLE} (LIKE {LINES}) ON COMMIT DROP")

    @contextmanager
    def collecting(self) -> Iterator[None]:
        """Keep the table of lines open for `add`, while the rows of a segment are decided."""
        if self.lines is None:
            yield
            return
        with self.lines.copying():
            yield

    def add(self, batch: DecidedBatch) -> None:
        """Collect the lines of a batch."""
        if self.lines is not None:
            self.lines.add(batch)

    def concluded(self, decider: ExtractDecider, *, amends: bool = False) -> ExtractDecision:
        """Conclude a decision, with the earlier files that tell, together with this one, who opted out.
        `amends` is that of `revealing`."""
        decision = decider.decision()
        reveals = revealing(decision, self.earlier, LinesOf(_NUMBER, _TABLE), amends=amends)
        return decider.decision(reveals) if reveals else decision
