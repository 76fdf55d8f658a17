"""Read from the server's catalogs what it keeps by itself, a line each, in words that are the same on every
version of PostgreSQL, for every owner, and after a backup was put back.

Everything in the schema of the portal is read, also what libraries made there by their migrations: the portal
pins their versions. What extensions bring is left out. The names of owners and the numbers of
rows in catalogs are in no line.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection

# What OWN stands for below: the schema of the portal's tables.
_OWN = "(SELECT relnamespace FROM pg_class WHERE oid = to_regclass('django_migrations'))"

_TABLES = """
SELECT relname, relkind, relpersistence, relrowsecurity, relforcerowsecurity FROM pg_class
WHERE relnamespace = OWN AND relkind IN ('r', 'p', 'v', 'm', 'f') AND NOT EXISTS (
    SELECT FROM pg_depend WHERE classid = 'pg_class'::regclass AND objid = pg_class.oid AND deptype = 'e')
"""
_TRIGGERS = """
SELECT tgname, relname, tgtype, tgenabled,
    ARRAY(SELECT attname FROM unnest(tgattr) WITH ORDINALITY AS each (number, place)
        JOIN pg_attribute ON attrelid = tgrelid AND attnum = number ORDER BY attname),
    CASE WHEN tgqual IS NOT NULL THEN substring(pg_get_triggerdef(pg_trigger.oid)
        FROM ' WHEN (.*) EXECUTE (?:FUNCTION|PROCEDURE) ') END,
    CASE pronamespace WHEN relnamespace THEN '' ELSE pronamespace::regnamespace || '.' END || proname,
    encode(tgargs, 'escape'), tgoldtable, tgnewtable, tgconstraint <> 0, tgdeferrable, tginitdeferred
FROM pg_trigger JOIN pg_class ON pg_class.oid = tgrelid JOIN pg_proc ON pg_proc.oid = tgfoid
WHERE relnamespace = OWN AND NOT tgisinternal
"""
_SWITCHED_OFF = """
SELECT DISTINCT conname, relname FROM pg_trigger
JOIN pg_class ON pg_class.oid = tgrelid JOIN pg_constraint ON pg_constraint.oid = tgconstraint
WHERE relnamespace = OWN AND tgisinternal AND tgenabled <> 'O'
"""
_FUNCTIONS = """
SELECT proname, pg_get_function_arguments(pg_proc.oid), pg_get_function_result(pg_proc.oid), lanname,
    prokind, provolatile, proparallel, prosecdef, proisstrict, proleakproof, proconfig,
    encode(sha256(convert_to(
        prosrc || coalesce(probin, '') || coalesce(pg_get_function_sqlbody(pg_proc.oid), ''), 'UTF8')), 'hex')
FROM pg_proc JOIN pg_language ON pg_language.oid = prolang
WHERE pronamespace = OWN AND NOT EXISTS (
    SELECT FROM pg_depend WHERE classid = 'pg_proc'::regclass AND objid = pg_proc.oid AND deptype = 'e')
"""
_POLICIES = """
SELECT polname, relname, polpermissive, polcmd,
    ARRAY(SELECT CASE role WHEN 0 THEN 'public' ELSE pg_get_userbyid(role) END
        FROM unnest(polroles) AS role ORDER BY 1),
    pg_get_expr(polqual, polrelid), pg_get_expr(polwithcheck, polrelid)
FROM pg_policy JOIN pg_class ON pg_class.oid = polrelid WHERE relnamespace = OWN
"""
# From version 18 on, PostgreSQL counts NOT NULL (n) among them. Triggers (t) are read above.
_CONSTRAINTS = """
SELECT conname, relname, pg_get_constraintdef(pg_constraint.oid)
FROM pg_constraint JOIN pg_class ON pg_class.oid = conrelid
WHERE relnamespace = OWN AND contype IN ('c', 'f', 'p', 'u', 'x')
"""
_INDEXES = """
SELECT index.relname, pg_class.relname, indisvalid AND indislive, indnullsnotdistinct,
    ARRAY(SELECT pg_get_indexdef(index.oid, part, false)
        FROM generate_series(1, indnkeyatts) AS part ORDER BY part),
    pg_get_expr(indpred, indrelid)
FROM pg_index JOIN pg_class ON pg_class.oid = indrelid JOIN pg_class index ON index.oid = indexrelid
WHERE pg_class.relnamespace = OWN AND indisunique AND NOT EXISTS (
    SELECT FROM pg_constraint WHERE conindid = indexrelid AND contype IN ('p', 'u', 'x'))
"""
_RULES = """
SELECT rulename, relname, ev_enabled, pg_get_ruledef(pg_rewrite.oid)
FROM pg_rewrite JOIN pg_class ON pg_class.oid = ev_class
WHERE relnamespace = OWN AND relkind NOT IN ('v', 'm') AND rulename <> '_RETURN'
"""
_CHILDREN = """
SELECT inhrelid::regclass::text, relname FROM pg_inherits JOIN pg_class ON pg_class.oid = inhparent
WHERE relnamespace = OWN AND relkind <> 'I' AND relkind <> 'i'
"""
_OPERATORS = """
SELECT oprname, oprleft::regtype::text, oprright::regtype::text, oprcode::text FROM pg_operator
WHERE oprnamespace = OWN AND NOT EXISTS (
    SELECT FROM pg_depend WHERE classid = 'pg_operator'::regclass AND objid = pg_operator.oid AND deptype = 'e')
"""
# Numbers below 16,384 are of what every database has from the start.
_CASTS = """
SELECT castsource::regtype::text, casttarget::regtype::text, castfunc::text, castcontext FROM pg_cast
WHERE pg_cast.oid >= 16384 AND NOT EXISTS (
    SELECT FROM pg_depend WHERE classid = 'pg_cast'::regclass AND objid = pg_cast.oid AND deptype = 'e')
"""

SWITCHED_OFF = "switched-off check"
_KINDS = {"r": "ordinary", "p": "parted", "v": "view", "m": "stored view", "f": "foreign"}
_STORED = {"p": "", "u": ", unlogged", "t": ", temporary"}
_FIRES = {"A": "always", "O": "normally", "R": "only when replicating", "D": "never"}
_EVENTS = ((4, "insert"), (8, "delete"), (16, "update"), (32, "truncate"))
_BY_LETTER = {
    "f": "function", "p": "procedure", "a": "aggregate", "w": "window function",
    "i": "immutable", "s": "stable", "v": "volatile",
}  # fmt: skip
_COMMANDS = {"*": "all", "r": "select", "a": "insert", "w": "update", "d": "delete"}

# Casts between kinds of text, which a server writes elsewhere once a backup was put back.
_TEXT_CAST = re.compile(r"::(?:character varying(?:\(\d+\))?|text)(?:\[\])?")
_QUOTED = r"'(?:[^']|'')*'"
_NEEDLESS = (
    (re.compile(rf"(?<!\w)\(([\w.]+|\"\w+\"|{_QUOTED})\)"), r"\1"),
    (re.compile(rf"\(\(((?:[^()']|{_QUOTED})*)\)\)"), r"(\1)"),
)


@dataclass(frozen=True, slots=True)
class Kept:
    """One thing that the database keeps by itself: its kind and name, the table that it is of ("" for a
    function, say), and how it is made."""

    kind: str
    name: str
    table: str
    details: str

    @property
    def subject(self) -> str:
        """Return what sentences call it."""
        return f"{self.kind} {self.name}" + (f" of {self.table}" if self.table else "")

    def __str__(self) -> str:
        """Return its line."""
        return f"{self.subject}: {self.details}"


def everything() -> list[Kept]:
    """Return what the database keeps by itself, but for tables; 10 queries or so."""
    return [
        *_triggers(), *_functions(), *_policies(), *_others(),
        *(Kept("constraint", name, table, plain(text)) for name, table, text in _rows(_CONSTRAINTS)),
    ]  # fmt: skip


def plain(expression: str) -> str:
    """Return an expression without line breaks, casts between kinds of text, and brackets around a single
    name or text: a server writes these otherwise after a backup was put back."""
    text = _TEXT_CAST.sub("", " ".join(expression.split()))
    while True:
        before = text
        for needless, instead in _NEEDLESS:
            text = needless.sub(instead, text)
        if text == before:
            return text


def _rows(query: str) -> Sequence[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(query.replace("OWN", _OWN))
        return list(cursor.fetchall())


def tables() -> Iterable[Kept]:
    """Yield the tables, and whether policies are asked about their rows; 1 query."""
    for name, kind, stored, secured, forced in _rows(_TABLES):
        security = (
            "row security forced" if secured and forced else "row security" if secured else ""
        )
        security = security or ("row security forced, but off" if forced else "no row security")
        yield Kept("table", name, "", f"{_KINDS[kind]}{_STORED[stored]}, {security}")


def _triggers() -> Iterable[Kept]:
    for (
        name, table, bits, enabled, columns, condition, function, arguments, old, new,
        constraint, deferrable, deferred,
    ) in _rows(_TRIGGERS):  # fmt: skip
        moment = "before" if bits & 2 else "instead of" if bits & 64 else "after"
        events = " or ".join(event for bit, event in _EVENTS if bits & bit)
        of = f" of {', '.join(columns)}" if columns else ""
        rows = "row" if bits & 1 else "statement"
        seen = "".join(
            f", {what} rows as {alias}" for what, alias in (("old", old), ("new", new)) if alias
        )
        late = ", deferred" if deferred else ", deferrable" if deferrable else ""
        when = f", when {plain(condition)}" if condition else ""
        told = ", ".join(arguments.split("\\000")[:-1])
        yield Kept(
            "trigger", name, table,
            f"{_FIRES[enabled]}, {moment} {events}{of}, each {rows}{seen}"
            f"{', constraint' if constraint else ''}{late}{when}, {function}({told})",
        )  # fmt: skip
    for name, table in _rows(_SWITCHED_OFF):
        yield Kept(SWITCHED_OFF, name, table, "not always done")


def _functions() -> Iterable[Kept]:
    for (
        name, arguments, result, language, kind, volatile, parallel, definer, strict, leakproof,
        settings, digest,
    ) in _rows(_FUNCTIONS):  # fmt: skip
        also = [
            f"parallel {parallel}",
            *(["security definer"] if definer else []),
            *(["strict"] if strict else []),
            *(["leakproof"] if leakproof else []),
            *(f"set {setting}" for setting in settings or ()),
        ]
        yield Kept(
            "function", f"{name}({arguments})", "",
            f"{_BY_LETTER[kind]} in {language}, returns {result}, "
            f"{_BY_LETTER[volatile]}, {', '.join(also)}, sha256 {digest}",
        )  # fmt: skip


def _policies() -> Iterable[Kept]:
    for name, table, permissive, command, roles, using, check in _rows(_POLICIES):
        yield Kept(
            "policy", name, table,
            f"{'permissive' if permissive else 'restrictive'}, "
            f"{_COMMANDS[command]} for {', '.join(roles)}"
            f"{f', using {plain(using)}' if using else ''}"
            f"{f', check {plain(check)}' if check else ''}",
        )  # fmt: skip


def _others() -> Iterable[Kept]:
    """Yield unique indexes, and what the portal makes none of: rules, child tables, operators, casts."""
    same_nulls = "indnullsnotdistinct" if connection.pg_version >= 150000 else "false"  # type: ignore[attr-defined]
    for name, table, valid, one_null, parts, where in _rows(
        _INDEXES.replace("indnullsnotdistinct", same_nulls)
    ):
        yield Kept(
            "unique index", name, table,
            f"{', '.join(plain(part) for part in parts)}"
            f"{', nulls alike' if one_null else ''}{f', where {plain(where)}' if where else ''}"
            f"{'' if valid else ', invalid'}",
        )  # fmt: skip
    for name, table, enabled, text in _rows(_RULES):
        yield Kept("rule", name, table, f"{_FIRES[enabled]}, {' '.join(text.split())}")
    for child, table in _rows(_CHILDREN):
        yield Kept("child table", child, table, "inherits")
    for name, left, right, function in _rows(_OPERATORS):
        yield Kept("operator", f"{name} ({left}, {right})", "", function)
    for source, target, function, context in _rows(_CASTS):
        yield Kept("cast", f"from {source} to {target}", "", f"{function}, {context}")
