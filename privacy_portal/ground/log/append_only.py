"""Tables that the database itself lets nobody change: for migrations, and for the start check."""

from collections.abc import Sequence

from django.db import connection, migrations

# Every table whose rows are only ever added, by model.
APPEND_ONLY = (
    "log.Cosignature",
    "log.Entry",
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


def guarded_tables() -> set[str]:
    """Return the tables on which both append-only triggers stand, always fire and refuse; 1 query."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT tgrelid::regclass::text FROM pg_trigger JOIN pg_proc ON pg_proc.oid = tgfoid
            WHERE (tgname, tgtype) IN (('append_only_rows', 27), ('append_only_table', 34))
                AND tgenabled = 'A' AND tgqual IS NULL
                AND proname = 'portal_refuse_change' AND md5(prosrc) = md5(%s)
            GROUP BY tgrelid HAVING count(*) = 2
            """,
            [FUNCTION_SQL.split("$$")[1]],
        )
        return {table for (table,) in cursor.fetchall()}


def faults_of_triggers(tables: Sequence[str]) -> list[str]:
    """Return a sentence for each table of which rows could be changed; 1 query."""
    guarded = guarded_tables()
    return [
        f"The triggers that keep {table} append-only are missing or disabled."
        for table in tables
        if table not in guarded
    ]
