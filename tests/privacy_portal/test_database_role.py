"""The role that `docs/operations.md` gives the application: it can do its work, and no more."""

import re

import pytest
from django.apps import apps
from django.db import ProgrammingError, connection, transaction
from django.test import Client

from consent.matching import matching
from consent.models import Decision, OptOutRequest, Pupil, School
from consent.online import requesting
from consent.queries import own_pupils
from consent.schools import work as school_work
from privacy_portal.ground.log.append_only import APPEND_ONLY
from privacy_portal.ground.log.erasable import Erasable
from sharing.auditing.verifying import verify_log
from sharing.models import Incident, RecallStep
from sharing.releases.handing_over import hand_over
from sharing.releases.request import Request
from sharing.review import recalling
from tests.commands import run
from tests.example import NOON, UPN
from tests.factories.ground import OfficerFactory
from tests.forms import fill_in, paper
from tests.locking import locked_tables
from tests.roles import documented_role, documented_sql
from tests.rolls import ROLL_HEADINGS, pupil_row


def tables():
    return {apps.get_model(name)._meta.db_table for name in APPEND_ONLY}


def test_the_documented_role_may_only_add_to_what_is_only_added_to():
    revoked = re.search(r"REVOKE UPDATE, DELETE ON (.*?) FROM", documented_sql(), re.S)[1]
    assert {part.strip() for part in revoked.split(",")} == tables()


@pytest.fixture
def as_the_application(committed):
    """The connection with the documented role, in a database with real commits."""
    with documented_role(committed) as role:
        yield role


def test_it_does_the_portals_work(as_the_application, write):
    """From a roll to a late disclosure that is called back, in one go."""
    ran = run("roll", "import", write(f"{ROLL_HEADINGS}\r\n{pupil_row()}", "roll.csv"))
    if "LOCK TABLE" in ran.said:
        pytest.fail(ran.said)
    assert ran.code == 0, ran.said
    officer = OfficerFactory(email="officer@example.org")
    extract = write(f"UPN,Telephone\r\n{UPN},1\r\n", "extract.csv")
    request = Request(extract, extract.name, "WIG-CNX", "careers-guidance", officer)
    hand_over(request, clock=lambda: NOON.replace(day=21)).file.unlink()

    client = Client()
    assert fill_in(client).status_code == 200
    client.post(waiting_link())
    fill_in(Client(), name={"forename": "Nobody", "surname": "Atall"})
    Client().post(waiting_link())
    assert matching.match_all_confirmed(at=NOON) == 2
    unclear = OptOutRequest.objects.to_match().get()
    matching.ask(unclear.reference, note="", by=officer, at=NOON)
    matching.choose(unclear.reference, own_pupils(officer).get(), by=officer, at=NOON)

    client.force_login(officer)
    page = client.post(
        "/staff/opt-outs/paper/", paper(Pupil.objects.get(), person_name="Amy Barlow"), follow=True
    )
    assert page.redirect_chain
    assert Decision.objects.count() == 3
    school_work.acknowledge(
        school_work.work_of(School.objects.all(), at=NOON.replace(day=24)), by=officer, at=NOON
    )
    recall = recalling.open_recalls().first()
    recalling.record_step(
        recall, RecallStep.Kind.SENT, on=NOON.date(), note="By post", by=officer, at=NOON
    )
    requesting.forget_unconfirmed(at=NOON)
    verify_log(lambda done: None)


@pytest.mark.parametrize(
    ("statement", "tables"),
    [
        ('SELECT "a"."id" FROM "a" WHERE "a"."id" = 1 FOR UPDATE', {"a"}),
        (
            'SELECT 1 FROM "a" INNER JOIN "b" ON (1 = 1) WHERE EXISTS(SELECT 1 FROM "c") FOR UPDATE',
            {"a", "b"},
        ),
        (
            'SELECT 1 FROM "a" INNER JOIN "b" ON (1 = 1) FOR UPDATE OF "b" SKIP LOCKED',
            {"b", "SKIP", "LOCKED"},
        ),
        ("SELECT id FROM a ORDER BY id FOR NO KEY UPDATE", {"a"}),
        ('UPDATE "a" SET "b" = 1', set()),
    ],
)
def test_the_tables_whose_rows_a_statement_locks_are_known(statement, tables):
    """On which rests that no test locks a row that the role may not: see tests/locking.py."""
    assert locked_tables(statement) == tables


def test_no_row_of_a_table_that_is_only_added_to_is_locked(officer):
    with pytest.raises(AssertionError, match="sharing_incident"), transaction.atomic():
        list(Incident.objects.select_for_update())


def waiting_link():
    """The link in the newest mail that waits: no worker runs here."""
    from privacy_portal.ground.mail.models import Message

    message = Message.objects.filter(key__startswith="opt-out-confirm/").latest("pk")
    return re.search(r"/opt-out/confirm/[\w-]+/", message.text)[0]


def is_refused(statement):
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)
    except ProgrammingError as error:
        return "permission denied" in str(error)
    return False


def test_it_can_change_nothing_of_that(as_the_application):
    statements = []
    for model in APPEND_ONLY:
        meta = apps.get_model(model)._meta
        table, column = meta.db_table, meta.concrete_fields[0].column
        statements += [f"DELETE FROM {table}", f"UPDATE {table} SET {column} = {column}"]
        statements += [f"TRUNCATE {table}"]
    assert [statement for statement in statements if not is_refused(statement)] == []


def test_it_may_empty_what_an_erasure_empties_and_no_other_column():
    granted = re.findall(r"GRANT UPDATE \((.*?)\) ON (\w+) TO portal_app;", documented_sql())
    assert {table: sorted(columns.split(", ")) for columns, table in granted} == {
        model._meta.db_table: sorted(
            ["erased", *(model._meta.get_field(name).column for name in model.blanks)]
        )
        for model in apps.get_models()
        if issubclass(model, Erasable)
    }
