"""The pupils that a file names by their UPNs, for files of any length.

The numbers are copied once into a temporary table; the roll is then joined to it in one
query, whose rows stream in the order of the file. So memory stays flat, and the number
of queries does not grow with what is in a batch.
"""

from collections.abc import Callable, Iterator
from datetime import date

from django.db import connection, transaction

from privacy_portal import locks

# The sorts and joins over a whole file fit in this much memory of the server.
_PREPARE = """
SET LOCAL work_mem = '64MB';
CREATE TEMPORARY TABLE named_upn (row integer NOT NULL, upn varchar NOT NULL) ON COMMIT DROP
"""
_COPY = "COPY named_upn (row, upn) FROM STDIN"
_RESOLVE = """
CREATE TEMPORARY TABLE named_pupil ON COMMIT DROP AS
    SELECT named_upn.row, number.pupil_id
    FROM named_upn LEFT JOIN consent_pupilupn number USING (upn);
ANALYZE named_pupil
"""
_LOCK = """
SELECT count(*) FROM (
    SELECT id FROM consent_pupil WHERE id IN (SELECT pupil_id FROM named_pupil)
    ORDER BY id FOR UPDATE
) locked
"""
_FACTS = """
SELECT pupil.id, pupil.reference::text, pupil.surname_folded, pupil.born, school.urn,
    pupil.supported_to_25
FROM named_pupil
LEFT JOIN consent_pupil pupil ON pupil.id = named_pupil.pupil_id
LEFT JOIN consent_school school ON school.id = pupil.school_id
WHERE named_pupil.row >= %s AND named_pupil.row < %s
ORDER BY named_pupil.row
"""
_DECIDED = """
SELECT DISTINCT pupil_id FROM named_pupil JOIN consent_decision USING (pupil_id)
WHERE scheme_id = %s
"""

# How many pupils are locked row by row: each such lock is written to the table and to the server's
# journal, and a decision about anybody waits no more than seconds for a hand-over.
FEW = 8_192

# A pupil as a decision needs them, all None for a number that is nobody's: id, random
# reference as text, folded surname, date of birth, the school's URN, whether supported to 25.
OnRoll = tuple[int | None, str, str, date, str, bool]


class NamedPupils:
    """The numbers of a file, one a row, and the pupils behind them. Lives in a transaction."""

    def __init__(self, upns: Iterator[list[str]]):
        """Copies the numbers, normal and in batches, in the order of the file."""
        if not connection.in_atomic_block:
            raise transaction.TransactionManagementError("A temporary table needs a transaction.")
        self.rows = row = 0
        with connection.cursor() as cursor:
            cursor.execute(_PREPARE)
            with cursor.copy(_COPY) as copy:
                for batch in upns:
                    text = "".join([f"{at}\t{upn}\n" for at, upn in enumerate(batch, row)])
                    # Normal numbers have no space in them, so only a backslash means more to COPY.
                    copy.write(text.replace("\\", "?"))
                    row += len(batch)
            cursor.execute(_RESOLVE)
        self.rows = row

    def lock(self) -> None:
        """Locks the pupils until the transaction ends; at most 2 queries.

        A decision about any of them waits for this transaction, and the other way round (H2): of
        few, row by row in the order of their ids; of many, every decision about anybody. Plain FOR
        UPDATE: a weaker lock lets an opt-out slip past.
        """
        if self.rows > FEW:
            locks.take(locks.Held.DECISIONS)
            return
        locks.share(locks.Held.DECISIONS)
        with connection.cursor() as cursor:
            cursor.execute(_LOCK)

    def decided(self, scheme: int) -> list[int]:
        """The ids of those for whom anyone decided under the scheme with this id; 1 query."""
        with connection.cursor() as cursor:
            cursor.execute(_DECIDED, [scheme])
            return [pupil for (pupil,) in cursor.fetchall()]

    def facts(self, first: int, count: int) -> Callable[[int], list[OnRoll]]:
        """A function that gives the pupils of the next rows, of `count` from row `first` (from 0).

        1 query. The whole answer is with the client before this returns, so the
        connection is free meanwhile, for a COPY that stays open.
        """
        cursor = connection.cursor()
        cursor.execute(_FACTS, [first, first + count])
        fetch: Callable[[int], list[OnRoll]] = cursor.fetchmany
        return fetch

    def forget(self) -> None:
        """Drops the numbers; the end of the transaction does so too."""
        with connection.cursor() as cursor:
            cursor.execute("DROP TABLE named_upn, named_pupil")
