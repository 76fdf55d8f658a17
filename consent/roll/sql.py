"""The SQL of a roll import: finding pupils, copying new ones, merging known ones."""

from collections.abc import Callable, Sequence
from typing import Any, TypeAlias

from consent.roll.headings import OPTIONAL
from consent.roll.reading import DETAILS

# A row of the database, its columns as the statement names them.
Row: TypeAlias = tuple[Any, ...]
# Runs a statement with its values and gives every row.
Rows = Callable[..., list[Row]]

# The columns of pupils that are known wait here for the end of the file.
PREPARE = f"""
SET LOCAL work_mem = '64MB';
SET LOCAL default_statistics_target = 10;
CREATE TEMPORARY TABLE roll_known ON COMMIT DROP AS
    SELECT 0 AS line, id AS pupil_id, ''::varchar AS upn, school_id, {", ".join(DETAILS)}
    FROM consent_pupil WITH NO DATA;
CREATE TEMPORARY TABLE roll_former (pupil_id bigint NOT NULL, upn varchar NOT NULL) ON COMMIT DROP
"""

SCHOOLS = "SELECT urn, id, name FROM consent_school"
ADD_SCHOOL = "INSERT INTO consent_school (urn, name) VALUES (%s, %s) RETURNING id"

# Ids of new pupils are counted by the import: nobody else may add a pupil meanwhile.
LOCK_PUPILS = "LOCK TABLE consent_pupil IN SHARE ROW EXCLUSIVE MODE"
NEXT_ID = "SELECT nextval(pg_get_serial_sequence('consent_pupil', 'id'))"
LAST_ID = "SELECT setval(pg_get_serial_sequence('consent_pupil', 'id'), %s)"
ANY_PUPIL = "SELECT EXISTS (SELECT 1 FROM consent_pupil)"
# The numbers come as one text, a line each.
FIND = """
SELECT upn, pupil_id FROM consent_pupilupn
WHERE upn = ANY(string_to_array(%s, E'\\n')::varchar[]) AND pupil_id < %s
"""

OF_OTHER_SCHOOLS = """
SELECT pupil.id FROM consent_pupil pupil JOIN consent_school school ON school.id = pupil.school_id
WHERE pupil.id = ANY(%s) AND school.urn <> ALL(%s)
"""

COPY_PUPILS = f"COPY consent_pupil (id, school_id, {', '.join(DETAILS)}) FROM STDIN"
COPY_UPNS = "COPY consent_pupilupn (upn, pupil_id, present) FROM STDIN"
COPY_KNOWN = f"COPY roll_known (line, pupil_id, upn, school_id, {', '.join(DETAILS)}) FROM STDIN"
COPY_KNOWN_FORMER = "COPY roll_former (pupil_id, upn) FROM STDIN"

_ALWAYS = ("school_id", "surname", "forename", "surname_folded", "forename_folded", "born")


def _differs(columns: Sequence[str]) -> str:
    ours = ", ".join(f"pupil.{column}" for column in columns)
    read = ", ".join(f"known.{column}" for column in columns)
    return f"({ours}) IS DISTINCT FROM ({read})"


def _changes(columns: Sequence[str]) -> str:
    """Return a condition for pupils who stay and change; `pupil`, `known`, `number` are joined."""
    return f"""pupil.school_id = known.school_id AND (
        {_differs([*_ALWAYS, *columns])}
        OR pupil.left_on IS NOT NULL
        OR number.upn IS NULL
        OR EXISTS (SELECT 1 FROM roll_former former WHERE former.pupil_id = known.pupil_id
            AND NOT EXISTS (SELECT 1 FROM consent_pupilupn kept WHERE kept.upn = former.upn)))"""


_KNOWN = """
FROM roll_known known
JOIN consent_pupil pupil ON pupil.id = known.pupil_id
LEFT JOIN consent_pupilupn number ON number.upn = known.upn
"""


# Protected already, or marked in this file: UPNs in `marked`.
PROTECTED = "(pupil.protected OR known.upn = ANY(%(marked)s::varchar[]))"
# What a row changes about such a pupil tells an officer, who could guess, where the pupil is (P2).
UNTOLD = f"(%(untold)s AND {PROTECTED})"


def count_changes(columns: Sequence[str]) -> str:
    """Return a statement that counts rows of known pupils, those who move, others who change, and those
    of whom nothing is told; then whether anybody at all moves or changes."""
    moves, changes = "pupil.school_id <> known.school_id", _changes(columns)
    return f"""
SELECT count(*) FILTER (WHERE NOT {UNTOLD}),
    count(*) FILTER (WHERE {moves} AND NOT {UNTOLD}),
    count(*) FILTER (WHERE {changes} AND NOT {UNTOLD}),
    count(*) FILTER (WHERE {UNTOLD}),
    coalesce(bool_or({moves} OR {changes}), false)
{_KNOWN}"""


# The school of a protected pupil is shown to nobody (P2).
SCHOOL_NAME = "CASE WHEN pupil.protected THEN '' ELSE school.name END"
# Known pupils whose name or date of birth changes: id, line and UPN of the row, random reference and
# school of the record; folded names and birth, then names, each as they are and as they are read.
CHANGED_IDENTITIES = f"""
SELECT pupil.id, known.line, known.upn, pupil.reference::text, {SCHOOL_NAME},
    pupil.surname_folded, pupil.forename_folded, pupil.born,
    known.surname_folded, known.forename_folded, known.born,
    pupil.surname, pupil.forename, known.surname, known.forename
FROM roll_known known
JOIN consent_pupil pupil ON pupil.id = known.pupil_id
JOIN consent_school school ON school.id = pupil.school_id
WHERE (pupil.surname_folded, pupil.forename_folded, pupil.born)
    IS DISTINCT FROM (known.surname_folded, known.forename_folded, known.born)
ORDER BY known.line
"""

# Pupils whom the file adds beside those with the same name and date of birth who are or were at the
# school and are not in the file: ids of both; folded names and birth of both; UPN and names as read; whether
# the older record is of a protected pupil, is at the school, when it left, when it last moved away.
POSSIBLE_SAME = """
SELECT new.id, other.id,
    new.surname_folded, new.forename_folded, new.born,
    other.surname_folded, other.forename_folded, other.born,
    number.upn, new.forename || ' ' || new.surname,
    other.protected, other.school_id = new.school_id, other.left_on,
    (SELECT max(move.at) FROM consent_pupilmove move
        WHERE move.pupil_id = other.id AND move.from_school_id = new.school_id)
FROM consent_pupil new
JOIN consent_pupilupn number ON number.pupil_id = new.id AND number.present
JOIN consent_pupil other ON other.surname_folded = new.surname_folded
    AND other.forename_folded = new.forename_folded AND other.born = new.born
WHERE new.id >= %(first_new)s AND other.id < %(first_new)s
    AND other.id <> ALL(%(in_file)s::bigint[])
    AND NOT EXISTS (SELECT 1 FROM roll_known known WHERE known.pupil_id = other.id)
    AND NOT EXISTS (SELECT 1 FROM consent_pupilmerge merged WHERE merged.gone_id = other.id
        AND NOT EXISTS (SELECT 1 FROM consent_mergeundone WHERE merge_id = merged.id))
ORDER BY new.id, other.id
"""
# The rows just added are not in the server's statistics yet: it would take them for one, and go
# through the roll for each.
WITHOUT_LOOPS = "SET LOCAL enable_nestloop = off"
WITH_LOOPS = "SET LOCAL enable_nestloop = on"

# What a preview shows of each change, the first so many.
SHOWN = 100
# The columns of a pupil that a preview compares, with the words for them.
COMPARED = {
    "surname": "Last name",
    "forename": "First name",
    "born": "Date of birth",
    **{column: heading for heading, column in OPTIONAL.items() if column != "former"},
}


def show_changes(columns: Sequence[str]) -> str:
    """Return a statement for known pupils who stay at their school and change: random reference,
    name, school, whether they had left, whether their UPN is new and whether they are protected,
    then COMPARED before and after."""
    both = ", ".join(f"pupil.{column}::text, known.{column}::text" for column in COMPARED)
    return f"""
SELECT pupil.reference::text, pupil.forename || ' ' || pupil.surname,
    CASE WHEN {PROTECTED} THEN '' ELSE school.name END,
    pupil.left_on IS NOT NULL,
    number.upn IS NULL, {PROTECTED}, {both}
{_KNOWN} JOIN consent_school school ON school.id = pupil.school_id
WHERE {_changes(columns)} AND NOT {UNTOLD}
ORDER BY pupil.surname_folded, pupil.forename_folded, pupil.id LIMIT {SHOWN}
"""


SHOW_MOVES = f"""
SELECT pupil.reference::text, known.forename || ' ' || known.surname,
    CASE WHEN {PROTECTED} THEN '' ELSE before.name END,
    CASE WHEN {PROTECTED} THEN '' ELSE after.name END
FROM roll_known known
JOIN consent_pupil pupil ON pupil.id = known.pupil_id
JOIN consent_school before ON before.id = pupil.school_id
JOIN consent_school after ON after.id = known.school_id
WHERE pupil.school_id <> known.school_id AND NOT {UNTOLD}
ORDER BY known.surname_folded, known.forename_folded, pupil.id LIMIT {SHOWN}
"""
SHOW_UNTOLD = f"""
SELECT pupil.reference::text, known.forename || ' ' || known.surname
FROM roll_known known JOIN consent_pupil pupil ON pupil.id = known.pupil_id
WHERE {UNTOLD}
ORDER BY known.surname_folded, known.forename_folded, pupil.id LIMIT {SHOWN}
"""

# Pupils from this id on were added by the file.
SHOW_ADDED = f"""
SELECT pupil.forename || ' ' || pupil.surname, school.name
FROM consent_pupil pupil JOIN consent_school school ON school.id = pupil.school_id
WHERE pupil.id >= %s ORDER BY pupil.surname_folded, pupil.forename_folded, pupil.id LIMIT {SHOWN}
"""

# Pupils of the file's schools who are not in it, before anything is updated.
_MISSING = """
FROM consent_pupil pupil JOIN consent_school school ON school.id = pupil.school_id
WHERE pupil.id < %(first_new)s AND pupil.left_on IS NULL
    AND pupil.school_id IN (
        SELECT school_id FROM roll_known
        UNION SELECT school_id FROM consent_pupil WHERE id >= %(first_new)s)
    AND pupil.id <> ALL(%(in_file)s::bigint[])
    AND NOT EXISTS (SELECT 1 FROM roll_known known WHERE known.pupil_id = pupil.id)
    AND NOT EXISTS (SELECT 1 FROM consent_pupilmerge merged WHERE merged.gone_id = pupil.id
        AND NOT EXISTS (SELECT 1 FROM consent_mergeundone WHERE merge_id = merged.id))
"""
# All of them, and those who may be told.
COUNT_LEFT = f"""
SELECT count(*), count(*) FILTER (WHERE NOT (%(untold)s AND pupil.protected)) {_MISSING}"""
SHOW_LEFT = f"""
SELECT pupil.reference::text, pupil.forename || ' ' || pupil.surname, {SCHOOL_NAME} {_MISSING}
    AND NOT (%(untold)s AND pupil.protected)
ORDER BY pupil.surname_folded, pupil.forename_folded, pupil.id LIMIT {SHOWN}
"""
KEEP_LEFT = f"UPDATE consent_pupil SET left_on = %(on)s WHERE id IN (SELECT pupil.id {_MISSING})"


def update_pupils(further: Sequence[str]) -> str:
    """Return a statement that updates changed pupils, locking them in the order of their ids."""
    columns = [*_ALWAYS, *further]
    return f"""
UPDATE consent_pupil SET {", ".join(f"{column} = known.{column}" for column in columns)},
    left_on = NULL
FROM roll_known known, (
    SELECT pupil.id FROM roll_known known JOIN consent_pupil pupil ON pupil.id = known.pupil_id
    WHERE {_differs(columns)} OR pupil.left_on IS NOT NULL
    ORDER BY pupil.id FOR UPDATE OF pupil
) changed
WHERE changed.id = known.pupil_id AND consent_pupil.id = changed.id
"""


KEEP_FORMER_NAMES = """
INSERT INTO consent_formername (pupil_id, surname_folded, forename_folded)
SELECT pupil.id, pupil.surname_folded, pupil.forename_folded
FROM roll_known known JOIN consent_pupil pupil ON pupil.id = known.pupil_id
WHERE (pupil.surname_folded, pupil.forename_folded)
    IS DISTINCT FROM (known.surname_folded, known.forename_folded)
ON CONFLICT DO NOTHING
"""

# A family moved, and a letter whose code still works went to where they lived (P8).
ADDRESS_COLUMNS = ("address", "postcode", "parent_address")


def keep_news_of_addresses(columns: Sequence[str]) -> str:
    """Return a statement that keeps for staff who moved since the last letter, of these columns."""
    return f"""
INSERT INTO consent_pupilnews (pupil_id, kind, at)
SELECT DISTINCT known.pupil_id, 'address', %(at)s::timestamptz
FROM roll_known known JOIN consent_pupil pupil ON pupil.id = known.pupil_id
WHERE {_differs(columns)} AND EXISTS (
    SELECT 1 FROM consent_lettercode code WHERE code.pupil_id = pupil.id AND code.used_at IS NULL
        AND code.revoked_at IS NULL AND code.expires_at > %(at)s)
ON CONFLICT DO NOTHING
"""


# Their new school hears of what they decided before (C6, C9).
KEEP_MOVES = """
INSERT INTO consent_pupilmove (pupil_id, from_school_id, to_school_id, at)
SELECT pupil.id, pupil.school_id, known.school_id, %s
FROM roll_known known JOIN consent_pupil pupil ON pupil.id = known.pupil_id
WHERE pupil.school_id <> known.school_id
"""

# Moves that waited, and that an import has made; that the school's whole roll no longer has, or whose
# record is part of another: what the roll said of them is forgotten.
END_MADE_MOVES = """
UPDATE consent_waitingmove move SET state = 'overtaken', row = '{}', answered_at = %(at)s
FROM consent_pupil pupil
WHERE move.state = 'waiting' AND pupil.id = move.pupil_id AND pupil.school_id = move.to_school_id
RETURNING move.id, pupil.reference::text
"""
END_LEFT_MOVES = """
UPDATE consent_waitingmove move SET state = 'withdrawn', row = '{}', answered_at = %(at)s
FROM consent_pupil pupil
WHERE move.state = 'waiting' AND pupil.id = move.pupil_id
    AND move.to_school_id = ANY(%(schools)s::bigint[]) AND move.pupil_id <> ALL(%(in_file)s::bigint[])
RETURNING move.id, pupil.reference::text
"""

# A known pupil with a number the roll has never seen: the old number becomes a former one.
RETIRE_UPNS = """
UPDATE consent_pupilupn SET present = false
FROM roll_known
WHERE consent_pupilupn.pupil_id = roll_known.pupil_id AND consent_pupilupn.present
    AND NOT EXISTS (SELECT 1 FROM consent_pupilupn kept WHERE kept.upn = roll_known.upn)
"""

ADD_UPNS = """
INSERT INTO consent_pupilupn (upn, pupil_id, present)
SELECT upn, pupil_id, true FROM roll_known ON CONFLICT (upn) DO NOTHING
"""

ADD_FORMER_UPNS = """
INSERT INTO consent_pupilupn (upn, pupil_id, present)
SELECT upn, pupil_id, false FROM roll_former ON CONFLICT (upn) DO NOTHING
"""


# Of UPNs that merges took along: the merge holds.
_NOT_UNDONE = """NOT EXISTS (
    SELECT 1 FROM consent_mergeundone undone WHERE undone.merge_id = taken.merge_id)"""

MERGED_NUMBERS = f"SELECT taken.number_id FROM consent_mergedupn taken WHERE {_NOT_UNDONE}"

# Rows that change nothing, since their UPN's record is part of another (`RollMerge.set_apart`).
SET_APART = f"""
DELETE FROM roll_known known USING consent_mergedupn taken, consent_pupil pupil
WHERE taken.number_id = known.upn AND {_NOT_UNDONE} AND pupil.id = known.pupil_id AND (
    (pupil.surname_folded, pupil.forename_folded, pupil.born)
        IS DISTINCT FROM (known.surname_folded, known.forename_folded, known.born)
    OR EXISTS (
        SELECT 1 FROM roll_known other
        WHERE other.pupil_id = known.pupil_id AND other.line <> known.line
            AND (other.line < known.line OR other.upn NOT IN ({MERGED_NUMBERS}))))
RETURNING known.pupil_id, known.line, known.upn, known.forename || ' ' || known.surname
"""
