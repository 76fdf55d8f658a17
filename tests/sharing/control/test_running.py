"""K3: the nightly control goes through the real decision and writer, and leaves nothing behind."""

from collections import Counter
from datetime import timedelta
from pathlib import Path

import pytest
from django.apps import apps
from django.conf import settings
from django.db import connection

from consent import rules as consent_rules
from consent.models import BasicItem, Scheme
from notices.models import Item
from privacy_portal.ground.accounts.models import User
from privacy_portal.ground.log.verifying import LogBrokenError
from privacy_portal.ground.mail.models import Message
from sharing import rules
from sharing.auditing.verifying import verify_log
from sharing.control import running
from sharing.control_rules import NOT_SEEN
from sharing.deciding import deciding, peoples_decisions
from sharing.models import AgreementVersion, ControlResult, ControlRun
from sharing.releases import handing_over, permitted_file
from tests.example import NOON
from tests.factories.ground import OfficerFactory
from tests.factories.sharing import AgreementFactory
from tests.unguarded import policy_unguarded

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("policy")]


def run(days=0):
    return running.run(clock=lambda: NOON + timedelta(days=days))


def outcomes():
    return {result.scheme.code: result.outcome for result in ControlResult.objects.all()}


def rows():
    """How many rows each table has."""
    return Counter(
        {
            model._meta.label: model._default_manager.count()
            for app in ("accounts", "log", "mail", "notices", "consent", "sharing")
            for model in apps.get_app_config(app).get_models()
        }
    )


def private_files():
    return sorted(path for path in Path(settings.PRIVATE_DIR).rglob("*") if path.is_file())


def test_every_scheme_is_controlled_under_its_agreement():
    run()
    assert outcomes() == {"connexions": "held", "height-weight": "held"}
    assert [result.why for result in ControlResult.objects.all()] == ["", ""]
    references = ControlResult.objects.values_list(
        "agreement_version__agreement__reference", flat=True
    )
    assert set(references) == {"WIG-CNX", "WIG-PH-HW"}


def test_it_leaves_its_result_and_nothing_else():
    before, files = rows(), private_files()
    run()
    new = {"sharing.ControlRun": 1, "sharing.ControlResult": 2, "log.Entry": 1}
    assert rows() - before == Counter(new)
    assert private_files() == files
    verify_log(lambda _: None)


def no_opt_outs(monkeypatch):
    """People's opt-outs are not found."""
    monkeypatch.setattr(peoples_decisions, "opted_out_among", lambda *_: {})


def no_cell_emptied(monkeypatch):
    """The writer is told to empty no cell of a reduced row."""
    original = permitted_file.PermittedFile.__init__

    def forgetful(self, *arguments):
        original(self, *arguments)
        self.emptied = [[] for _ in self.emptied]

    monkeypatch.setattr(permitted_file.PermittedFile, "__init__", forgetful)


def rows_swapped(monkeypatch):
    """The decision on a row reaches the writer for another row."""
    original = permitted_file.PermittedFile.add
    monkeypatch.setattr(
        permitted_file.PermittedFile, "add", lambda self, rows: original(self, rows[::-1])
    )


def scheme_does_not_apply(monkeypatch):
    monkeypatch.setattr(handing_over, "load", _without_scheme(handing_over.load))


def _without_scheme(load):
    from dataclasses import replace

    def loaded(*arguments):
        policy = load(*arguments)
        return replace(policy, policy=replace(policy.policy, scheme=None), scheme=None)

    return loaded


def decisions_turned_round(monkeypatch):
    """Somebody with the database's password turns each opt-out into an opt-in as it is stored."""
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE FUNCTION turn_round() RETURNS trigger LANGUAGE plpgsql AS "
            "$$ BEGIN NEW.choice := 'opt-in'; RETURN NEW; END $$;"
            "CREATE TRIGGER turn_round BEFORE INSERT ON consent_decision FOR EACH ROW "
            "WHEN (NEW.choice = 'opt-out') EXECUTE FUNCTION turn_round()"
        )


@pytest.mark.parametrize(
    "break_it",
    [no_opt_outs, no_cell_emptied, rows_swapped, scheme_does_not_apply, decisions_turned_round],
)
def test_whatever_breaks_on_the_way_of_a_release_is_found(break_it, monkeypatch):
    officer = OfficerFactory.create(email="officer@example.org")
    User.objects.filter(pk=OfficerFactory.create(email="left@example.org").pk).update(
        is_active=False
    )
    break_it(monkeypatch)
    run()
    assert outcomes()["connexions"] == "failed"
    result = ControlResult.objects.get(scheme__code="connexions")
    assert set(result.beyond) & {"Telephone", "Ethnicity", "UPN"}
    assert not set(result.beyond) & {"Surname", "DOB", "Postcode"}
    letter = Message.objects.get(to=officer.email)
    assert "No file can be released" in letter.subject
    assert result.beyond[0] in letter.text
    assert Message.objects.count() == 1
    if break_it is decisions_turned_round:
        with pytest.raises(LogBrokenError, match="function turn_round"):
            verify_log(lambda _: None)
    else:
        verify_log(lambda _: None)


def test_the_control_runs_again_while_files_cannot_leave(monkeypatch):
    with monkeypatch.context() as broken:
        no_cell_emptied(broken)
        run()
    run()
    assert [
        run.results.get(scheme__code="connexions").outcome for run in ControlRun.objects.all()
    ] == [
        "held",
        "failed",
    ]


def test_a_scheme_without_an_agreement_in_force_shows_nothing():
    AgreementVersion.objects.filter(agreement__reference="WIG-PH-HW").update(
        terminated_on=NOON.date()
    )
    run()
    result = ControlResult.objects.get(scheme__code="height-weight")
    assert (result.outcome, result.agreement_version) == ("refused", None)


def test_a_request_that_is_refused_says_why(monkeypatch):
    monkeypatch.setattr(
        "sharing.rules.request_reasons", lambda policy: [rules.Reason.NOT_IN_NOTICE]
    )
    run()
    result = ControlResult.objects.get(scheme__code="connexions")
    assert (result.outcome, result.why[:14]) == ("refused", "not-in-notice:")


def test_a_control_that_withholds_everybody_is_no_proof(monkeypatch):
    """Files with nobody in them hold no matter what: a pupil without an opt-out must come out whole."""
    original = consent_rules.standing
    officer = OfficerFactory.create(email="officer@example.org")
    Scheme.objects.update(default="withhold")
    monkeypatch.setattr(
        "consent.queries.rules.standing",
        lambda facts, born, decisions, at: original(facts, born, [], at),
    )
    run()
    assert outcomes() == {"connexions": "unfinished", "height-weight": "unfinished"}
    assert {result.why for result in ControlResult.objects.all()} == {NOT_SEEN}
    assert "did not finish" in Message.objects.get(to=officer.email).subject


def test_a_control_that_breaks_off_is_recorded(monkeypatch):
    def broken(*_, **__):
        raise MemoryError

    monkeypatch.setattr(deciding.ExtractDecider, "read", broken)
    before = rows()
    run()
    assert {result.why for result in ControlResult.objects.all()} == {"It broke off: MemoryError."}
    assert (rows() - before)["log.Entry"] == 1


def test_consent_first_schemes_are_controlled_with_a_pupil_for_whom_nobody_decided(monkeypatch):
    Scheme.objects.filter(code="connexions").update(default="withhold")
    run()
    assert outcomes()["connexions"] == "held"
    monkeypatch.setattr("consent.queries.opted_out_by_default", lambda facts: False)
    monkeypatch.setattr(peoples_decisions, "opted_out_by_default", lambda facts: False)
    run()
    assert ControlResult.objects.filter(scheme__code="connexions").last().outcome == "failed"


@pytest.mark.parametrize(
    "terms",
    [
        {"form": "pseudonymised", "items": ("pupil.upn", "pupil.sex", "pupil.year_group")},
        {"schools": ["990001"]},
        {"schools": ["123456"]},
        {
            "items": ("pupil.upn", "pupil.surname", "pupil.ethnicity"),
            "special_category_condition": "Article 9(2)(g)",
        },
    ],
    ids=["pseudonymised", "one-school", "unknown-school", "special-category"],
)
def test_every_kind_of_agreement_can_be_controlled(terms):
    version = AgreementFactory.create(
        **{
            "recipient": "connexions",
            "purposes": ("careers-guidance",),
            "items": ("pupil.upn", "pupil.surname", "pupil.phone"),
            **terms,
        }
    )
    run()
    result = ControlResult.objects.get(agreement_version=version)
    assert (result.outcome, result.why) == ("held", "")


def test_officers_hear_of_basic_items_that_are_new():
    officer = OfficerFactory.create(email="officer@example.org")
    run()
    with policy_unguarded():
        BasicItem.objects.create(
            scheme=Scheme.objects.get(code="connexions"),
            item=Item.objects.get(code="pupil.phone"),
            position=99,
        )
    run(days=1)
    last = ControlResult.objects.filter(scheme__code="connexions").last()
    assert (last.outcome, last.widened) == ("held", ["pupil.phone"])
    assert "pupil.phone" in Message.objects.get(to=officer.email).text
    run(days=2)
    assert Message.objects.count() == 1


def test_a_night_that_was_missed_is_made_up_for_by_day():
    assert running.run_if_missed(clock=lambda: NOON)
    assert not running.run_if_missed(clock=lambda: NOON + timedelta(hours=25))
    assert running.run_if_missed(clock=lambda: NOON + timedelta(hours=27))
    assert ControlRun.objects.count() == 2
