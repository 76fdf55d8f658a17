"""Tables that the database itself lets nobody change: for migrations, and for the start check."""

from collections.abc import Mapping, Sequence

from django.apps import apps
from django.db import connection, migrations

from privacy_portal.ground.log.erasable import Erasable

# Every table whose rows are only ever added, by model.
APPEND_ONLY = (
    "log.Cosignature",
    "log.Entry",
    "log.Erasure",
    "accounts.AccountChange",
    "notices.DraftEdit",
    "notices.Publication",
    "notices.Withdrawal",
    "consent.Acknowledgement",
    "consent.Death",
    "consent.DeathWithdrawn",
    "consent.Decision",
    "consent.EndedProtection",
    "consent.Ending",
    "consent.ErasureAnswer",
    "consent.ErasureWish",
    "consent.Hold",
    "consent.HoldEnd",
    "consent.EndingAnswer",
    "consent.Meeting",
    "consent.Invalidation",
    "consent.MergeAnswer",
    "consent.MergeProposal",
    "consent.MergeUndone",
    "consent.MergedDecision",
    "consent.OptOutRequest",
    "consent.ProtectedLook",
    "consent.Protection",
    "consent.PupilMerge",
    "consent.PupilMove",
    "consent.ReceivedEntry",
    "consent.RequestStep",
    "consent.Ruling",
    "consent.RulingTold",
    "consent.SameChildAnswer",
    "consent.SameChildQuestion",
    "consent.Scan",
    "consent.Verification",
    "sharing.AgreementEvent",
    "sharing.Amendment",
    "sharing.AmendmentStep",
    "sharing.Assurance",
    "sharing.AssuranceWithdrawal",
    "sharing.ConfirmedBasis",
    "sharing.ControlResult",
    "sharing.ControlRun",
    "sharing.CoverSheet",
    "sharing.DataRequest",
    "sharing.DataRequestStep",
    "sharing.DecidedPupil",
    "sharing.DecisionAnswer",
    "sharing.Disclosure",
    "sharing.DisclosureLine",
    "sharing.Incident",
    "sharing.IncidentStep",
    "sharing.KeepingStep",
    "sharing.ListAnswer",
    "sharing.LogCheck",
    "sharing.ListRequest",
    "sharing.Override",
    "sharing.OverrideStep",
    "sharing.PublishedCount",
    "sharing.PublishedMonth",
    "sharing.PolicyAnswer",
    "sharing.PolicyChange",
    "sharing.Recall",
    "sharing.RecallStep",
    "sharing.RequestDecision",
    "sharing.RequestDetails",
    "sharing.RequestedPupil",
    "sharing.Restriction",
    "sharing.Resumption",
    "sharing.ResumptionAnswer",
    "sharing.RowPermission",
    "sharing.SignOff",
    "sharing.Signing",
    "sharing.TemplateVersion",
    "sharing.Undone",
    "sharing.PersonLine",
    "sharing.PersonLineMark",
    "sharing.DisclosureAnswer",
    "sharing.DisclosureQuestion",
    "sharing.SampledDisclosure",
    "sharing.CountedWeek",
    "sharing.WeekCount",
    "sharing.CountedStretch",
    "sharing.SignedCount",
    "sharing.StretchCount",
)

FUNCTION_SQL = """
CREATE FUNCTION portal_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'Rows of % are only ever added: % is refused.', TG_TABLE_NAME, TG_OP
        USING ERRCODE = 'integrity_constraint_violation';
END
$$;
"""


def append_only(table: str) -> migrations.RunSQL:
    """Refuse UPDATE, DELETE and TRUNCATE on `table` for every role (docs/rulebook.md, L2, C5).

    ENABLE ALWAYS: replication roles do not slip past either.
    """
    return migrations.RunSQL(
        sql=f"""
CREATE TRIGGER append_only_rows BEFORE UPDATE OR DELETE ON {table}
    FOR EACH ROW EXECUTE FUNCTION portal_refuse_change();
CREATE TRIGGER append_only_table BEFORE TRUNCATE ON {table}
    FOR EACH STATEMENT EXECUTE FUNCTION portal_refuse_change();
ALTER TABLE {table} ENABLE ALWAYS TRIGGER append_only_rows;
ALTER TABLE {table} ENABLE ALWAYS TRIGGER append_only_table;
""",
        reverse_sql=f"""
DROP TRIGGER append_only_rows ON {table};
DROP TRIGGER append_only_table ON {table};
""",
    )


# A row may be emptied of what names people, in the transaction of an erasure that names the row, and in no
# other way: every other column stays, and a column that is NULL stays NULL (R2).
ERASURE_SQL = """
CREATE FUNCTION portal_refuse_change_but_erasure() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    before jsonb := to_jsonb(OLD);
    row_key text := before ->> TG_ARGV[0];
    blanks jsonb;
BEGIN
    IF TG_OP = 'UPDATE' THEN
        SELECT jsonb_object_agg(name, CASE WHEN before -> name = 'null' THEN 'null' ELSE blank END)
            INTO blanks FROM jsonb_each(replace(TG_ARGV[1], '{key}', row_key)::jsonb) AS each (name, blank);
        IF to_jsonb(NEW) = before || blanks AND EXISTS (
            SELECT FROM log_erasure erasure
            WHERE erasure.transaction = pg_current_xact_id()::text::bigint
                AND (erasure.rows -> TG_TABLE_NAME) @> to_jsonb(row_key)
        ) THEN
            RETURN NEW;
        END IF;
    END IF;
    RAISE EXCEPTION 'Rows of % are only ever added: % is refused.', TG_TABLE_NAME, TG_OP
        USING ERRCODE = 'integrity_constraint_violation';
END
$$;
CREATE FUNCTION portal_whole_when_added() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'A row of % is whole when it is added.', TG_TABLE_NAME
        USING ERRCODE = 'check_violation';
END
$$;
"""
DROP_ERASURE_SQL = """
DROP FUNCTION portal_refuse_change_but_erasure();
DROP FUNCTION portal_whole_when_added();
"""


def erasable(table: str, key: str, blanks: str) -> migrations.RunSQL:
    """Let rows of an append-only `table` be emptied by an erasure; `key` and `blanks` as `Erasable.guard`
    has them. Nobody adds a row that is empty from the start."""
    return migrations.RunSQL(
        sql=f"""
DROP TRIGGER append_only_rows ON {table};
CREATE TRIGGER append_only_rows BEFORE UPDATE OR DELETE ON {table}
    FOR EACH ROW EXECUTE FUNCTION portal_refuse_change_but_erasure('{key}', '{blanks}');
CREATE TRIGGER whole_when_added BEFORE INSERT ON {table}
    FOR EACH ROW WHEN (NEW.erased) EXECUTE FUNCTION portal_whole_when_added();
ALTER TABLE {table} ENABLE ALWAYS TRIGGER append_only_rows;
ALTER TABLE {table} ENABLE ALWAYS TRIGGER whole_when_added;
""",
        reverse_sql=f"""
DROP TRIGGER whole_when_added ON {table};
DROP TRIGGER append_only_rows ON {table};
CREATE TRIGGER append_only_rows BEFORE UPDATE OR DELETE ON {table}
    FOR EACH ROW EXECUTE FUNCTION portal_refuse_change();
ALTER TABLE {table} ENABLE ALWAYS TRIGGER append_only_rows;
""",
    )


def guarded_tables() -> set[str]:
    """Return the tables on which both append-only triggers stand, always fire and refuse, but for what their
    models say that an erasure may empty; 1 query."""
    guards = _guards()
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT tgrelid::regclass::text, tgname, proname, encode(tgargs, 'escape')
            FROM pg_trigger JOIN pg_proc ON pg_proc.oid = tgfoid
            WHERE (tgname, tgtype) IN (('append_only_rows', 27), ('append_only_table', 34))
                AND tgenabled = 'A' AND tgqual IS NULL AND (proname, md5(prosrc)) IN (
                    ('portal_refuse_change', md5(%s)), ('portal_refuse_change_but_erasure', md5(%s)))
            """,
            [FUNCTION_SQL.split("$$")[1], ERASURE_SQL.split("$$")[1]],
        )
        standing: dict[str, set[str]] = {}
        for table, trigger, function, arguments in cursor.fetchall():
            if (function, arguments) == _expected(guards, table, trigger):
                standing.setdefault(table, set()).add(trigger)
    return {table for table, triggers in standing.items() if len(triggers) == 2}


def _guards() -> Mapping[str, tuple[str, str]]:
    """Return what triggers of tables are told of which rows can be emptied."""
    models = [model for model in apps.get_models() if issubclass(model, Erasable)]
    return {model._meta.db_table: model.guard() for model in models}  # noqa: SLF001


def _expected(guards: Mapping[str, tuple[str, str]], table: str, trigger: str) -> tuple[str, str]:
    """Return the function that a trigger calls, and its arguments as the server stores them."""
    if trigger == "append_only_rows" and table in guards:
        return "portal_refuse_change_but_erasure", "".join(
            f"{argument}\\000" for argument in guards[table]
        )
    return "portal_refuse_change", ""


def faults_of_triggers(tables: Sequence[str]) -> list[str]:
    """Return a sentence for each table of which rows could be changed; 1 query."""
    guarded = guarded_tables()
    return [
        f"The triggers that keep {table} append-only are missing or disabled."
        for table in tables
        if table not in guarded
    ]
