"""Lookup of the pupils of many UPNs."""

from collections.abc import Callable, Sequence
from datetime import date

from django.db import connection

# Normal numbers have no white space in them. An empty text would have no number in it.
_NAMED = """
SELECT pupil.id, pupil.reference::text, pupil.surname_folded, pupil.born, school.urn,
    pupil.supported_to_25
FROM unnest(string_to_array(%s, chr(10))) WITH ORDINALITY named (upn, row)
LEFT JOIN consent_pupilupn number USING (upn)
LEFT JOIN consent_pupil pupil ON pupil.id = number.pupil_id
LEFT JOIN consent_school school ON school.id = pupil.school_id
WHERE named.row <= %s
ORDER BY named.row
"""

# A pupil as a decision needs them, all None for a number that is nobody's: id, random
# reference as text, folded surname, date of birth, the school's URN, whether supported to 25.
OnRoll = tuple[int | None, str, str, date, str, bool]


def look_up(upns: Sequence[str]) -> Callable[[int], list[OnRoll]]:
    """Return a function that returns the pupils of the next so many UPNs, which are normal; 1
    query.

    The whole answer is with the client before this returns, so the connection is free meanwhile,
    for a COPY that stays open, and another thread may fetch it.
    """
    cursor = connection.cursor()
    cursor.execute(_NAMED, ["\n".join(upns) + "\n", len(upns)])
    fetch: Callable[[int], list[OnRoll]] = cursor.fetchmany
    return fetch
