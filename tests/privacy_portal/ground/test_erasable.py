"""The database lets a row be emptied by an erasure that names it, in its transaction, and nothing else (R2, L2)."""

import json
from datetime import timedelta

import pytest
from django.apps import apps
from django.db import DatabaseError, IntegrityError, connection, transaction

from consent.models import Decision, Hold, Pupil
from privacy_portal.ground.log.append_only import guarded_tables
from privacy_portal.ground.log.erasable import Erasable
from privacy_portal.ground.log.models import Erasure
from privacy_portal.ground.terms.known import NUMBERS
from sharing.models import SignOff
from tests.example import NOON
from tests.factories.consent import DecisionFactory

pytestmark = pytest.mark.django_db
TABLE = "consent_decision"
BLANK = {
    "erased": True, "person_name": "", "person_key": "", "relation": "", "email": "", "grounds": "",
    "submission": None, "upns": [],
}  # fmt: skip


def erasure(*numbers, table=TABLE, key="1"):
    return Erasure.objects.create(
        what="form", key=key, rule="form_keep_years", rows={table: [str(one) for one in numbers]},
        files=[], entries=[], at=NOON,
    )  # fmt: skip


def refused(**change):
    with pytest.raises(DatabaseError, match="only ever added"), transaction.atomic():
        Decision.objects.update(**change)


@pytest.fixture
def decision(policy):
    return DecisionFactory.create(person_name="Ben Barlow")


def test_an_erasure_empties_the_rows_that_it_names(decision):
    refused(**BLANK)
    erasure(decision.pk)
    Decision.objects.update(**BLANK)
    decision.refresh_from_db()
    assert (decision.erased, decision.person_name, decision.choice) == (True, "", "opt-out")


def test_a_column_that_was_null_stays_null_and_a_key_takes_the_place_of_another(policy):
    imported = DecisionFactory.create(channel="import")
    erasure(imported.pk)
    refused(**BLANK)
    refused(**BLANK, import_key=None)
    Decision.objects.update(**BLANK, import_key=f"erased-{imported.pk}")


@pytest.mark.parametrize(
    "change",
    [
        {"person_name": "Somebody else"},
        {"choice": "opt-in"},
        {"recorded_at": NOON - timedelta(days=1)},
        {"signed_on": NOON.date()},
        {"erased": False},
        {"person_name": "Ben Barlow"},
    ],
)
def test_it_lets_nothing_else_of_them_change(decision, change):
    erasure(decision.pk)
    refused(**{**BLANK, **change})
    with pytest.raises(DatabaseError, match="only ever added"), transaction.atomic():
        connection.cursor().execute(f"DELETE FROM {TABLE}")


def test_it_empties_no_other_row(decision):
    another = DecisionFactory.create()
    erasure(another.pk)
    refused(**BLANK)
    erasure(decision.pk, table="consent_ruling", key="2")
    refused(**BLANK)


def test_nobody_adds_a_row_that_is_empty_from_the_start(decision, officer):
    with pytest.raises(IntegrityError, match="whole when it is added"), transaction.atomic():
        Hold.objects.create(pupil=decision.pupil, erased=True, reason="", at=NOON, by=officer)
    with pytest.raises(IntegrityError, match="hold_has_reason"), transaction.atomic():
        Hold.objects.create(pupil=decision.pupil, reason="", at=NOON, by=officer)


def test_a_trigger_that_would_let_more_through_is_found():
    assert TABLE in guarded_tables()
    key, blanks = Decision.guard()
    more = json.dumps({**json.loads(blanks), "choice": "opt-in"})
    with connection.cursor() as cursor:
        cursor.execute(f"DROP TRIGGER append_only_rows ON {TABLE}")
        cursor.execute(
            f"CREATE TRIGGER append_only_rows BEFORE UPDATE OR DELETE ON {TABLE} FOR EACH ROW "
            f"EXECUTE FUNCTION portal_refuse_change_but_erasure('{key}', '{more}')"
        )
        cursor.execute(f"ALTER TABLE {TABLE} ENABLE ALWAYS TRIGGER append_only_rows")
    assert TABLE not in guarded_tables()


def test_a_row_that_nothing_of_may_be_emptied_is_not_let_be():
    table = SignOff._meta.db_table
    with connection.cursor() as cursor:
        cursor.execute(f"DROP TRIGGER append_only_rows ON {table}")
        cursor.execute(
            f"CREATE TRIGGER append_only_rows BEFORE UPDATE OR DELETE ON {table} "
            "FOR EACH ROW EXECUTE FUNCTION portal_refuse_change()"
        )
        cursor.execute(f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER append_only_rows")
    # Its erasure would fail: said at the start, not in the night.
    assert table not in guarded_tables()


def test_every_model_says_of_columns_that_it_has_what_they_become():
    for model in apps.get_models():
        if issubclass(model, Erasable):
            key, blanks = model.guard()
            columns = {field.column for field in model._meta.concrete_fields}
            assert model.blanks, model
            assert {key, *json.loads(blanks)} <= columns
            # What is left of texts is nothing, so that nobody takes it for what somebody wrote.
            plain = [blank for name, blank in model.blanks.items() if name != "import_key"]
            assert not any(plain), model


class TestBelt:
    """Whoever writes, the database erases no pupil too early."""

    def erase(self, pupil, rule="pupil_left_years"):
        Erasure.objects.create(
            what="pupil",
            key=str(pupil.reference),
            rule=rule,
            rows={},
            files=[],
            entries=[],
            at=NOON,
        )

    def is_refused(self, pupil, why, **more):
        with pytest.raises(DatabaseError, match=why), transaction.atomic():
            self.erase(pupil, **more)

    @pytest.fixture
    def pupil(self, decision):
        Pupil.objects.update(born="1999-02-17", left_on="2016-07-22")
        return Pupil.objects.get()

    def test_one_who_left_and_is_old_enough_is_erased(self, pupil):
        self.erase(pupil)

    def test_not_one_on_a_roll(self, pupil):
        Pupil.objects.update(left_on=None)
        self.is_refused(pupil, "on a roll")
        self.is_refused(pupil, "on a roll", rule="wish")

    def test_not_one_younger_than_the_policy_can_say_without_two_officers(self, pupil):
        assert NUMBERS["pupil_birthday"].least == 25
        Pupil.objects.update(born="2012-02-17")
        self.is_refused(pupil, "younger than 25")
        self.is_refused(pupil, "younger than 25", rule="wish")

    def test_not_one_under_a_hold(self, pupil, officer):
        Hold.objects.create(pupil=pupil, reason="A claim", at=NOON, by=officer)
        self.is_refused(pupil, "under a hold")

    def test_the_record_keeps_nothing_that_tells_who_it_was(self, pupil):
        with pytest.raises(IntegrityError, match="pupil_erased_is_nobody"), transaction.atomic():
            Pupil.objects.update(erased_at=NOON)
