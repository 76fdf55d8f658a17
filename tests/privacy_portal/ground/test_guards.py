"""What the database keeps by itself is what migrations made, and `log verify` says what is not (L2, L5)."""

import pytest
from django.db import connection

from privacy_portal.ground.log.guards.catalog import plain
from privacy_portal.ground.log.guards.comparing import MADE, fault_of_guards, text_of_database
from privacy_portal.ground.log.verifying import LogBrokenError
from sharing.auditing.verifying import verify_log
from tests.roles import documented_role

NEW_FUNCTION = """
CREATE FUNCTION {}() RETURNS trigger LANGUAGE plpgsql AS
    'BEGIN NEW.choice := ''opt-in''; RETURN NEW; END'
"""


def test_the_file_is_what_migrations_make(db):
    """Where it is not: migrate a database, and run docs/make_guards.py."""
    assert MADE.read_text(encoding="utf-8") == text_of_database()


def test_every_line_is_of_another_subject():
    subjects = [line.partition(": ")[0] for line in MADE.read_text(encoding="utf-8").splitlines()]
    assert len(set(subjects)) == len(subjects)


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        (
            (
                "DROP TRIGGER append_only_rows ON log_entry;"
                "CREATE TRIGGER append_only_rows BEFORE UPDATE OF seq OR DELETE ON log_entry"
                " FOR EACH ROW EXECUTE FUNCTION portal_refuse_change();"
                "ALTER TABLE log_entry ENABLE ALWAYS TRIGGER append_only_rows"
            ),
            "the trigger append_only_rows of log_entry is not as it was made",
        ),
        (
            (
                "CREATE SCHEMA evil; CREATE FUNCTION evil.portal_refuse_change() RETURNS trigger"
                " LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';"
                "DROP TRIGGER append_only_rows ON log_entry;"
                "CREATE TRIGGER append_only_rows BEFORE UPDATE OR DELETE ON log_entry"
                " FOR EACH ROW EXECUTE FUNCTION evil.portal_refuse_change();"
                "ALTER TABLE log_entry ENABLE ALWAYS TRIGGER append_only_rows"
            ),
            "the trigger append_only_rows of log_entry is not as it was made",
        ),
        (
            "ALTER FUNCTION portal_refuse_change_but_erasure() SET search_path = evil, public",
            "the function portal_refuse_change_but_erasure() is not as it was made",
        ),
        (
            "ALTER FUNCTION consent_check_merge() SECURITY INVOKER",
            "the function consent_check_merge() is not as it was made",
        ),
        (
            NEW_FUNCTION.format("evil"),
            "there is a function evil() that the portal did not make",
        ),
        (
            "CREATE SCHEMA other;" + NEW_FUNCTION.format("other.evil") + ";"
            "CREATE TRIGGER evil BEFORE INSERT ON consent_decision"
            " FOR EACH ROW EXECUTE FUNCTION other.evil()",
            "there is a trigger evil of consent_decision that the portal did not make",
        ),
        (
            "CREATE SCHEMA other;" + NEW_FUNCTION.format("other.evil") + ";"
            'CREATE TRIGGER "append_only_rows of log_entry: a" BEFORE INSERT ON consent_decision'
            " FOR EACH ROW EXECUTE FUNCTION other.evil()",
            (
                "there is a trigger append_only_rows of log_entry: a of consent_decision"
                " that the portal did not make"
            ),
        ),
        (
            'ALTER TRIGGER append_only_rows ON log_entry RENAME TO "append_only_rows of away: a"',
            "there is a trigger append_only_rows of away: a of log_entry that",
        ),
        (
            "CREATE RULE evil AS ON INSERT TO consent_decision DO INSTEAD NOTHING",
            "there is a rule evil of consent_decision that the portal did not make",
        ),
        (
            "CREATE TABLE evil () INHERITS (consent_decision)",
            "there is a child table evil of consent_decision that the portal did not make",
        ),
        ("DROP TRIGGER salt_stays ON log_salt", "the trigger salt_stays of log_salt is missing"),
        (
            "DROP TRIGGER erasable_pupil ON log_erasure",
            "the trigger erasable_pupil of log_erasure is missing",
        ),
        (
            "ALTER TABLE log_erasure DISABLE TRIGGER of_this_transaction",
            "the trigger of_this_transaction of log_erasure is not as it was made",
        ),
        (
            "DROP TRIGGER frozen ON notices_section",
            "the trigger frozen of notices_section is missing",
        ),
        (
            "ALTER TABLE consent_pupil ENABLE TRIGGER protection_kept",
            "the trigger protection_kept of consent_pupil is not as it was made",
        ),
        (
            "DROP TRIGGER answered_by_a_second_officer ON sharing_policyanswer",
            "the trigger answered_by_a_second_officer of sharing_policyanswer is missing",
        ),
        (
            "ALTER TABLE consent_decision DISABLE ROW LEVEL SECURITY",
            "the table consent_decision is not as it was made",
        ),
        (
            "ALTER POLICY own_schools ON consent_decision USING (true)",
            "the policy own_schools of consent_decision is not as it was made",
        ),
        (
            "CREATE POLICY all_schools ON consent_decision USING (true)",
            "there is a policy all_schools of consent_decision that the portal did not make",
        ),
        (
            "ALTER TABLE consent_ruling DROP CONSTRAINT ruling_has_reason",
            "the constraint ruling_has_reason of consent_ruling is missing",
        ),
        (
            "DROP INDEX role_proposal_one_open",
            "the unique index role_proposal_one_open of accounts_roleproposal is missing",
        ),
        (
            (
                "ALTER TABLE sharing_suspension RENAME TO away;"
                "CREATE VIEW sharing_suspension AS SELECT * FROM away WHERE false"
            ),
            "is missing",
        ),
        (
            (
                "CREATE SCHEMA evil; CREATE TABLE evil.sharing_suspension (LIKE sharing_suspension);"
                "SET LOCAL search_path = evil, public"
            ),
            "the connection does not find sharing_suspension in the schema public",
        ),
        (
            (
                "CREATE SCHEMA evil; CREATE FUNCTION evil.lower(varchar) RETURNS text"
                " LANGUAGE sql AS 'SELECT $1';"
                "SET LOCAL search_path = public, evil"
            ),
            "lower in the schema evil, which search_path names, can stand in for what the portal uses",
        ),
        (
            (
                "CREATE SCHEMA other; CREATE FUNCTION other.evil_equal(varchar, varchar)"
                " RETURNS boolean LANGUAGE sql AS 'SELECT true';"
                "CREATE OPERATOR = (LEFTARG = varchar, RIGHTARG = varchar, FUNCTION = other.evil_equal)"
            ),
            (
                "there is an operator = (character varying, character varying)"
                " that the portal did not make"
            ),
        ),
        (
            "SET LOCAL session_replication_role = replica",
            "session_replication_role keeps triggers from firing for postgres",
        ),
    ],
)
def test_what_an_owner_of_the_database_changes_is_named(db, statement, said):
    assert fault_of_guards() is None
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute(statement)
    assert said in (fault_of_guards() or "")


def test_checks_of_references_that_are_switched_off_are_named(db):
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE consent_decision DISABLE TRIGGER ALL")
        cursor.execute("ALTER TABLE consent_decision ENABLE TRIGGER USER")
        cursor.execute("ALTER TABLE consent_decision ENABLE ALWAYS TRIGGER append_only_rows")
    said = fault_of_guards()
    assert said.startswith("the check consent_")
    assert said.endswith(" of consent_decision is switched off")


def test_the_log_check_fails_where_a_guard_is_gone(policy):
    verify_log(lambda size: None)
    connection.cursor().execute("DROP TRIGGER salt_stays ON log_salt")
    with pytest.raises(
        LogBrokenError, match=r"^the trigger salt_stays of log_salt is missing$"
    ) as caught:
        verify_log(lambda size: None)
    assert caught.value.seq is None


def test_what_others_keep_in_tables_of_their_own_is_let_be(db):
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE reports (id int PRIMARY KEY CHECK (id > 0))")
        cursor.execute("CREATE SCHEMA reporting; CREATE TABLE reporting.consent_pupil (id int)")
        cursor.execute("SET LOCAL search_path = public, reporting")
    assert fault_of_guards() is None


def test_the_role_of_the_application_can_compare(committed):
    with documented_role(committed):
        assert fault_of_guards() is None


@pytest.mark.parametrize(
    ("made", "restored"),
    [
        (
            "((kind)::text = ANY ((ARRAY['a'::character varying, 'b)'::character varying])::text[]))",
            "((kind)::text = ANY (ARRAY[('a'::character varying)::text, ('b)'::character varying)::text]))",
        ),
        ("( SELECT\n   FROM x)", "( SELECT FROM x)"),
    ],
)
def test_an_expression_is_the_same_after_a_backup_was_put_back(made, restored):
    assert plain(made) == plain(restored)


def test_brackets_that_mean_something_stay():
    assert plain("((a OR b) AND c)") != plain("(a OR (b AND c))")
    assert plain("lower((name)::text)") == "lower(name)"
