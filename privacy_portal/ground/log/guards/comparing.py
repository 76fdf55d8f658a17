"""Tell where the database keeps something else by itself than what migrations made."""

from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from pathlib import Path

from django.db import connection

from privacy_portal.ground.log.guards import catalog
from privacy_portal.ground.log.guards.catalog import SWITCHED_OFF, Kept

MADE = Path(__file__).with_name("made.txt")
HEAD = "# Made by docs/make_guards.py from a migrated database (`make guards`): see catalog.py.\n"

_SCHEMAS = """
SELECT nspname FROM pg_namespace
WHERE oid = (SELECT relnamespace FROM pg_class WHERE oid = to_regclass('django_migrations'))
"""
_ELSEWHERE = """
SELECT min(name) FROM unnest(%s::text[]) AS name LEFT JOIN pg_class ON pg_class.oid = to_regclass(quote_ident(name))
WHERE relnamespace IS DISTINCT FROM to_regnamespace(quote_ident(%s::text))
"""
# A function or operator of another schema is taken before one of the same name where its types fit better.
_BESIDE = """
WITH path AS (
    SELECT to_regnamespace(quote_ident(name)) AS id, name, place
    FROM unnest(current_schemas(false)) WITH ORDINALITY AS each (name, place)
), own AS (
    SELECT id, place FROM path WHERE name = %s
), object AS (
    SELECT 'pg_class'::regclass AS catalog, oid, relnamespace AS id, relname AS name, false AS fits
    FROM pg_class WHERE relkind IN ('r', 'p', 'v', 'm', 'f')
    UNION ALL SELECT 'pg_proc'::regclass, oid, pronamespace, proname, true FROM pg_proc
    UNION ALL SELECT 'pg_operator'::regclass, oid, oprnamespace, oprname, true FROM pg_operator
)
SELECT path.name, object.name FROM object JOIN path USING (id), own
WHERE path.id NOT IN (own.id, 'pg_catalog'::regnamespace)
    AND (path.place < own.place OR fits AND EXISTS (
        SELECT FROM object other WHERE other.name = object.name AND fits
            AND other.id IN (own.id, 'pg_catalog'::regnamespace)))
    AND NOT EXISTS (
        SELECT FROM pg_depend WHERE classid = object.catalog AND objid = object.oid AND deptype = 'e')
ORDER BY path.place, object.name LIMIT 1
"""
_REPLICATING = """
SELECT coalesce(pg_get_userbyid(nullif(setrole, 0)), 'every role') FROM pg_db_role_setting
WHERE setdatabase IN (0, (SELECT oid FROM pg_database WHERE datname = current_database()))
    AND 'session_replication_role=replica' = ANY (setconfig)
UNION ALL SELECT current_user WHERE current_setting('session_replication_role') = 'replica'
LIMIT 1
"""


@cache
def made() -> Sequence[str]:
    """Return what migrations make, a line each, as `made.txt` has them."""
    return MADE.read_text(encoding="utf-8").removeprefix(HEAD).splitlines()


def fault_of_guards() -> str | None:
    """Return the first thing that the database keeps otherwise than migrations made it, in half a sentence,
    or None; about 15 queries. Any role may ask."""
    return next(_faults(), None)


def text_of_database() -> str:
    """Return what `made.txt` says where this database is as migrations make it."""
    return HEAD + "".join(
        f"{line}\n" for line in sorted(map(str, [*catalog.tables(), *catalog.everything()]))
    )


def differences(made: Iterable[str], found: Iterable[Kept]) -> Iterator[str]:
    """Yield in half a sentence what is otherwise, missing or too much, in the order of the lines. What is
    found is all of tables that were made, or of none."""
    lines = {str(kept): kept for kept in found}
    subjects = {kept.subject for kept in lines.values()}
    before = {line: _subject(line) for line in made}
    known = set(before.values())
    for line in sorted(before.keys() ^ lines.keys()):
        kept = lines.get(line)
        subject = before[line] if kept is None else kept.subject
        if kept is not None and kept.kind == SWITCHED_OFF:
            yield f"the {subject.removeprefix('switched-off ')} is switched off"
        elif subject in subjects & known:
            yield f"the {subject} is not as it was made"
        elif kept is None:
            yield f"the {subject} is missing"
        else:
            article = "an" if kept.kind == "operator" else "a"
            yield f"there is {article} {subject} that the portal did not make"


def _faults() -> Iterator[str]:
    with connection.cursor() as cursor:
        cursor.execute(_SCHEMAS)
        row = cursor.fetchone()
        if row is None:
            yield "the connection does not find the table django_migrations"
            return
        (schema,) = row
    tables = [_subject(line).removeprefix("table ") for line in made() if line.startswith("table ")]
    found = [kept for kept in catalog.tables() if kept.name in tables]
    found += (kept for kept in catalog.everything() if not kept.table or kept.table in tables)
    yield from differences(made(), found)
    with connection.cursor() as cursor:
        cursor.execute(_ELSEWHERE, [tables, schema])
        (elsewhere,) = cursor.fetchone()
        if elsewhere is not None:
            yield f"the connection does not find {elsewhere} in the schema {schema}"
        cursor.execute(_BESIDE, [schema])
        for other, name in cursor.fetchall():
            yield f"{name} in the schema {other}, which search_path names, can stand in for what the portal uses"
        cursor.execute(_REPLICATING)
        for (role,) in cursor.fetchall():
            yield f"session_replication_role keeps triggers from firing for {role}"


def _subject(line: str) -> str:
    return line.partition(": ")[0]
