"""The log: only ever added to, without gaps, and every tampering found (L2, L3)."""

import json
from datetime import timedelta
from unittest.mock import patch

import pytest
from django.db import DatabaseError, connection, transaction

from privacy_portal.ground.accounts.models import AccountChange
from privacy_portal.ground.log.append_only import APPEND_ONLY, guarded_tables
from privacy_portal.ground.log.appending import append, body
from privacy_portal.ground.log.canonical import canonical
from privacy_portal.ground.log.models import Cosignature, Entry, Erasure, Head
from privacy_portal.ground.log.verifying import LogBrokenError
from privacy_portal.readiness import not_ready
from sharing.auditing.checking import check_log
from sharing.auditing.verifying import verify_log
from sharing.cover_sheets.making import make
from sharing.disclosures.amendment_entries import log_due, log_step
from sharing.figures.counting import count_due
from sharing.models import AmendmentStep
from sharing.review.desk import stretches
from tests.commands import run
from tests.example import DAY, NOON
from tests.factories.consent import PupilFactory
from tests.factories.ground import OfficerFactory
from tests.factories.notices import PublishedFactory, WithdrawnFactory
from tests.factories.requests import DataRequestFactory, decided
from tests.factories.sharing import DisclosureFactory

pytestmark = pytest.mark.django_db


def add(count=1):
    return append([body("test", at=NOON, by=None, number=number) for number in range(count)])


def nothing(entries):
    """No progress to show."""


def test_entries_are_numbered_from_0_without_gaps():
    assert add(2) == 0
    assert add(3) == 2
    assert list(Entry.objects.order_by("seq").values_list("seq", flat=True)) == [0, 1, 2, 3, 4]
    assert verify_log(nothing).size == 5


def test_a_rolled_back_event_leaves_no_gap():
    add()

    def rolled_back():
        with transaction.atomic():
            add()
            raise RuntimeError

    with pytest.raises(RuntimeError):
        rolled_back()
    assert add() == 1


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE {table} SET {column} = {column}",
        "DELETE FROM {table}",
        "TRUNCATE {table} CASCADE",
    ],
)
def test_the_database_refuses_to_change_what_is_only_added_to(statement, example, officer):
    from django.apps import apps

    _rows_in_all(officer)
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        for model in APPEND_ONLY:
            meta = apps.get_model(model)._meta
            table, column = meta.db_table, meta.concrete_fields[0].column
            cursor.execute(f"SELECT count(*) FROM {table}")
            assert cursor.fetchone()[0] > 0, table
            with (
                pytest.raises(DatabaseError, match=f"{table}.* only ever added"),
                transaction.atomic(),
            ):
                cursor.execute(statement.format(table=table, column=column))


def _rows_in_all(officer):
    """Add at least a row to each table that is only added to."""
    from sharing.disclosures.person_lines import index_lines
    from tests.releases import hand_over_extract

    WithdrawnFactory(by=officer)
    AccountChange.objects.create(user=officer, kind="added", roles=[], schools=[], at=NOON)
    done, _ = hand_over_extract("alkemygold-2026-11", "WIG-ALK", "performance-analysis", officer)
    make(done.disclosure, done.facts, file_name="x.csv", sha256="0" * 64, at=NOON)
    count_due(at=NOON + timedelta(days=7))
    with patch.object(stretches, "LENGTH", 1):
        stretches.count_due(at=NOON)
        _reviewed(done.disclosure, officer)
        stretches.count_signed()
    agreement = done.disclosure.agreement_version.agreement
    due = log_due(agreement, done.disclosure.purpose_id, by=None, at=NOON)
    log_step(due, AmendmentStep.Kind.LAPSED, at=NOON)
    index_lines(at=NOON)
    _recalled(done.disclosure, officer)
    _agreed(done.disclosure.agreement_version, officer)
    _published(done.disclosure.agreement_version, officer)
    _requested(officer)
    _protected(officer)
    _about_a_decision(officer)
    _held(officer)
    check_log(at=NOON)
    Cosignature.objects.create(size=1, name="witness.example.org", line="— x y", at=NOON)


def _held(officer):
    """A hold that ended, a wish that was refused, and an erasure."""
    from consent.models import ErasureAnswer, ErasureWish, Hold, HoldEnd, Pupil

    about = {"pupil": Pupil.objects.first(), "reason": "x", "at": NOON, "by": officer}
    hold, wish = Hold.objects.create(**about), ErasureWish.objects.create(**about)
    HoldEnd.objects.create(hold=hold, reason="x", at=NOON, by=officer)
    ErasureAnswer.objects.create(wish=wish, agrees=False, note="x", at=NOON, by=officer)
    Erasure.objects.create(
        what="request", key="1", rule="request_keep_years", rows={}, files=[], entries=[], at=NOON
    )


def _protected(officer):
    """A row about a protected pupil that is let go, and a list about them that is given out."""
    from consent.models import Pupil
    from sharing.models import ListAnswer, ListRequest, RowPermission
    from tests.factories.sharing import ReleaseFactory

    pupil, second = Pupil.objects.first(), OfficerFactory(email="lets.go@example.org")
    RowPermission.objects.create(
        release=ReleaseFactory.create(by=officer), pupil=pupil, with_locating=False, reason="A court",
        at=NOON, by=second,
    )  # fmt: skip
    asked = ListRequest.objects.create(pupil=pupil, at=NOON, by=officer)
    ListAnswer.objects.create(request=asked, agrees=True, at=NOON, by=second)


def _requested(officer):
    """A request for data about a pupil and somebody not on record: noted, decided and agreed to."""
    from sharing.models import DataRequestStep
    from sharing.requests import deciding, steps

    request = DataRequestFactory(pupils=[PupilFactory()], known={"others": 1}, by=officer)
    steps.record_step(request, DataRequestStep.Kind.NOTE, on=DAY, note="x", by=officer, at=NOON)
    decided(request, by=officer)
    deciding.answer(request, agrees=True, note="", number=1, by=OfficerFactory(), at=NOON)


def _reviewed(disclosure, officer):
    from sharing.models import (
        Incident,
        IncidentStep,
        KeepingStep,
        Override,
        OverrideStep,
        Restriction,
        SampledDisclosure,
        SignOff,
        Undone,
    )
    from sharing.review import questioning

    KeepingStep.objects.create(
        disclosure=disclosure, kind="reminded", on=NOON.date(), at=NOON, by=officer, note="By post"
    )
    another = OfficerFactory(email="signs.off@example.org")
    question = questioning.ask(disclosure, words="Why?", by=another, at=NOON)
    questioning.answer(question, words="So.", by=officer, at=NOON)
    SignOff.objects.create(disclosure=disclosure, at=NOON, by=another)
    if not SampledDisclosure.objects.exists():
        SampledDisclosure.objects.create(disclosure=disclosure, reasons=["drawn"])
    Undone.objects.create(disclosure=disclosure, at=NOON, why="Broken")
    by = {"at": NOON, "by": officer}
    incident = Incident.objects.create(disclosure=disclosure, opened_at=NOON, by=officer)
    IncidentStep.objects.create(incident=incident, kind="note", on=NOON.date(), note="x", **by)
    override = Override.objects.create(
        disclosure=disclosure, ground="safeguarding", legal_ground="x", reason="y", **by
    )
    OverrideStep.objects.create(override=override, kind="confirmed", **by)
    Restriction.objects.create(disclosure=disclosure, until=NOON.date(), ground="x", **by)


def _agreed(version, officer):
    from uuid import uuid4

    from sharing.models import AgreementEvent, Signing

    known = {"at": NOON, "by": officer}
    AgreementEvent.objects.create(
        agreement=version.agreement, number=1, kind="signed", on=NOON.date(), **known
    )
    Signing.objects.create(
        version=version, council_name="A", council_role="B", council_on=NOON.date(),
        recipient_name="C", recipient_role="D", recipient_on=NOON.date(), file=uuid4(), bytes=1,
        sha256="", terms_sha256="", **known,
    )  # fmt: skip


def _published(version, officer):
    from consent.models import Scheme
    from sharing.models import (
        AgreementTemplate,
        Assurance,
        AssuranceWithdrawal,
        ConfirmedBasis,
        ControlResult,
        ControlRun,
        PolicyAnswer,
        PolicyChange,
        PublishedCount,
        PublishedMonth,
        Resumption,
        ResumptionAnswer,
        TemplateVersion,
    )

    control = ControlRun.objects.create(on=NOON.date(), started_at=NOON, at=NOON)
    ControlResult.objects.create(run=control, scheme=Scheme.objects.first(), outcome="held")
    said = Resumption.objects.create(run=control, reason="x", at=NOON, by=officer)
    ResumptionAnswer.objects.create(resumption=said, agrees=False, note="x", at=NOON, by=officer)

    template = AgreementTemplate.objects.create(code="x", position=0)
    TemplateVersion.objects.create(template=template, number=1, content={}, sha256="", at=NOON)
    assured = Assurance.objects.create(
        recipient=version.recipient, kind="dspt", reference="x", issuer="y", ends=NOON.date(),
        at=NOON, by=officer,
    )  # fmt: skip
    AssuranceWithdrawal.objects.create(
        assurance=assured, why="mistake", reason="x", at=NOON, by=officer
    )
    ConfirmedBasis.objects.create(
        agreement=version.agreement, number=version.number, code="6(1)(e)", at=NOON, by=officer
    )
    drafted = PolicyChange.objects.create(
        kind="purposes", code="x", wanted={}, reason="x", at=NOON, by=officer
    )
    PolicyAnswer.objects.create(change=drafted, kind="withdrawn", at=NOON, by=officer)
    month = PublishedMonth.objects.create(month=NOON.date().replace(day=1), at=NOON)
    PublishedCount.objects.create(month=month, recipient=version.recipient, files=1, pupils=10)


def _recalled(disclosure, officer):
    from consent.models import Decision
    from sharing.models import Recall, RecallStep

    recall = Recall.objects.create(
        disclosure=disclosure, decision=Decision.objects.first(), found_at=NOON
    )
    RecallStep.objects.create(
        recall=recall, kind="sent", on=NOON.date(), at=NOON, by=officer, note="By post"
    )


def _about_a_decision(officer):
    """A row of each table of the consent app that is only added to."""
    from uuid import uuid4

    from consent.models import (
        Acknowledgement,
        Death,
        DeathWithdrawn,
        Decision,
        EndedProtection,
        Ending,
        EndingAnswer,
        Meeting,
        MergeAnswer,
        MergedDecision,
        MergeProposal,
        MergeUndone,
        OptOutRequest,
        ProtectedLook,
        Protection,
        Pupil,
        PupilMerge,
        PupilMove,
        ReceivedEntry,
        RequestStep,
        Ruling,
        RulingTold,
        SameChildAnswer,
        SameChildQuestion,
        Scan,
        Verification,
    )

    decision = Decision.objects.select_related("pupil__school", "scheme").first()
    school = decision.pupil.school
    request = OptOutRequest.objects.create(
        reference="AAA-AAA-AAAA", scheme=decision.scheme, by="parent", person_name="P",
        email="p@example.org", surname="A", forename="B", born="2012-01-01", school=school,
        received_at=NOON,
    )  # fmt: skip
    RequestStep.objects.create(request=request, kind="asked", at=NOON, by=officer)
    ReceivedEntry.objects.create(request=request, entry=0)
    Verification.objects.create(decision=decision, at=NOON)
    ruling = Ruling.objects.create(
        decision=decision, kind="upheld", reason="Right", at=NOON, by=officer
    )
    RulingTold.objects.create(ruling=ruling, at=NOON, by=officer, note="By letter")
    Scan.objects.create(
        decision=decision, file=uuid4(), content_type="image/png", bytes=1, sha256="0" * 64
    )
    Acknowledgement.objects.create(
        decision=decision, school=school, invalid=False, at=NOON, by=officer
    )
    gone = Pupil.objects.exclude(pk=decision.pupil_id).first()
    by = {"at": NOON, "by": officer}
    pair = {"gone": gone, "kept": decision.pupil, "reason": "Same"}
    second = OfficerFactory(email="third@example.org")
    proposal = MergeProposal.objects.create(**pair, **by)
    MergeAnswer.objects.create(proposal=proposal, agrees=True, at=NOON, by=second)
    question = SameChildQuestion.objects.create(new=decision.pupil, other=gone, **by)
    SameChildAnswer.objects.create(question=question, same=False, reason="Twins", **by)
    merged = PupilMerge.objects.create(**pair, **by, agreed_by=second)
    original, copy = Decision.objects.order_by("pk")[:2]
    MergedDecision.objects.create(merge=merged, original=original, copy=copy)
    MergeUndone.objects.create(merge=merged, reason="Twins", **by)
    protected = {"pupil": decision.pupil, **by}
    protection = Protection.objects.create(**protected, reason="other", source="officer")
    ending = Ending.objects.create(**protected, reason="Over")
    EndedProtection.objects.create(ending=ending, protection=protection)
    EndingAnswer.objects.create(ending=ending, agrees=True, at=NOON, by=second)
    death = Death.objects.create(**protected, died_on=NOON, source="officer")
    DeathWithdrawn.objects.create(death=death, reason="Another", **by)
    ProtectedLook.objects.create(**protected, reason="A call")
    Meeting.objects.create(decision=decision, **by)
    PupilMove.objects.create(pupil=decision.pupil, from_school=school, to_school=school, at=NOON)


def test_the_triggers_fire_for_replication_too(db):
    add()
    connection.cursor().execute("SET LOCAL session_replication_role = replica")
    with pytest.raises(DatabaseError, match="only ever added"), transaction.atomic():
        connection.cursor().execute("DELETE FROM log_entry")


def test_a_missing_trigger_keeps_the_portal_from_serving():
    assert not_ready() == []
    connection.cursor().execute("ALTER TABLE log_entry DISABLE TRIGGER append_only_rows")
    assert "log_entry" not in guarded_tables()
    assert not_ready() == ["The triggers that keep log_entry append-only are missing or disabled."]


def tamper(sql, *parameters):
    """Changes the log as only an owner of the tables who switches the triggers off can."""
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE log_entry DISABLE TRIGGER USER")
        cursor.execute(sql, parameters)


def test_a_changed_body_is_found():
    add(5)
    tamper("UPDATE log_entry SET body = %s WHERE seq = 3", canonical({"event": "other"}))
    with pytest.raises(LogBrokenError, match="entry 3: the body does not have the hash"):
        verify_log(nothing)


def test_a_body_changed_with_its_leaf_is_found():
    from privacy_portal.ground.log.merkle import leaf_hash

    add(5)
    data = canonical({"event": "other", "at": "x"})
    tamper("UPDATE log_entry SET body = %s, leaf = %s WHERE seq = 3", data, leaf_hash(data))
    with pytest.raises(LogBrokenError, match="root"):
        verify_log(nothing)


@pytest.mark.parametrize("seq", [0, 2, 4])
def test_a_removed_entry_is_found(seq):
    add(5)
    tamper("DELETE FROM log_entry WHERE seq = %s", seq)
    with pytest.raises(LogBrokenError, match=f"entry {seq}: is missing"):
        verify_log(nothing)


def test_an_entry_past_the_head_is_found():
    add(2)
    data = canonical({"event": "x", "at": "x"})
    from privacy_portal.ground.log.merkle import leaf_hash

    Entry.objects.create(seq=2, body=data, leaf=leaf_hash(data))
    with pytest.raises(LogBrokenError, match="entry 2: was added past the head"):
        verify_log(nothing)


def test_a_changed_head_is_found():
    add(3)
    Head.objects.update(frontier=b"x" * 64)
    with pytest.raises(LogBrokenError, match="root"):
        verify_log(nothing)


def test_the_command_says_what_it_found():
    add(3)
    ran = run("log", "verify", "--json")
    assert ran.code == 0
    assert json.loads(ran.out)["size"] == 3
    tamper("DELETE FROM log_entry WHERE seq = 1")
    ran = run("log", "verify", "--json")
    assert ran.code == 3
    assert json.loads(ran.out) == {"sound": False, "first_bad_entry": 1, "why": "is missing"}
    assert "entry 1: is missing" in ran.said


@pytest.mark.parametrize("value", [1.5, b"x", {1: 2}, object()])
def test_only_what_can_be_written_one_way_is_logged(value):
    with pytest.raises(TypeError):
        canonical({"event": "x", "value": value})


def test_a_body_that_is_not_written_the_one_way_is_found():
    from privacy_portal.ground.log.merkle import leaf_hash

    add(5)
    for data in (b'{"event": "x"}', b"not JSON", b"\xff"):
        tamper("UPDATE log_entry SET body = %s, leaf = %s WHERE seq = 3", data, leaf_hash(data))
        with pytest.raises(LogBrokenError, match="entry 3: the body is not canonical JSON"):
            verify_log(nothing)


def test_a_disclosure_that_no_entry_vouches_for_is_found(policy):
    disclosure = DisclosureFactory()
    assert verify_log(nothing).size == Head.objects.get().size
    disclosure.pk, disclosure.entry = disclosure.pk + 1, disclosure.entry + 1
    disclosure.save(force_insert=True)
    with pytest.raises(
        LogBrokenError, match=r"disclosure [0-9]+ is stored, but no entry vouches for it"
    ):
        verify_log(nothing)


def test_a_version_that_was_published_and_is_missing_is_found(policy):
    number = PublishedFactory().number
    verify_log(nothing)
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("ALTER TABLE notices_publication DISABLE TRIGGER USER")
        cursor.execute(
            "DELETE FROM notices_publication WHERE version_id IN "
            "(SELECT id FROM notices_noticeversion WHERE number = %s)",
            [number],
        )
    with pytest.raises(
        LogBrokenError, match="the published version of a notice it vouches for is missing"
    ):
        verify_log(nothing)
