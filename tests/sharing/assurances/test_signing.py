"""An agreement is not signed once the organisation's assurance has ended; releases are warned (Q3)."""

from datetime import timedelta

import pytest
from django.db import DatabaseError, connection, transaction

from notices.models import Recipient
from privacy_portal.ground.errors import NotNowError
from privacy_portal.ground.log.verifying import LogBrokenError
from sharing import rules
from sharing.agreements import queries as agreement_queries
from sharing.agreements.rules import Warn
from sharing.assurances import recording
from sharing.auditing.verifying import verify_log
from sharing.models import Assurance, AssuranceWithdrawal, Signing
from tests.commands import run
from tests.example import DAY, NOON
from tests.factories.assurances import AssuranceFactory
from tests.factories.sharing import (
    EXTRACT,
    AgreementDraftFactory,
    AgreementFactory,
    ReleaseFactory,
)
from tests.log_entries import entries, events
from tests.sharing.agreements.pages import in_force, post_signatures

pytestmark = pytest.mark.django_db
YESTERDAY = DAY - timedelta(days=1)


@pytest.fixture
def desk(policy, client, officer):
    client.force_login(officer)
    return client


def words(page):
    return " ".join(page.text.split())


def draft_page(**terms):
    version = AgreementDraftFactory(reference="NEW-1", **terms)
    return f"/staff/agreements/{version.agreement_id}/1/"


def test_an_organisation_without_any_is_warned_of_and_can_be_signed_with(desk):
    draft = draft_page()
    assert "No ICO registration or security certificate" in words(desk.get(draft))
    assert post_signatures(desk, draft).status_code == 302
    assert Signing.objects.exists()


@pytest.mark.parametrize("ends", [DAY, DAY + timedelta(days=400)])
def test_with_a_valid_one_it_is_signed(desk, ends):
    AssuranceFactory(ends=ends)
    draft = draft_page()
    assert "No ICO registration" not in desk.get(draft).text
    assert post_signatures(desk, draft).status_code == 302
    assert Signing.objects.exists()


def test_one_that_has_ended_stops_signing_until_it_is_renewed(desk):
    AssuranceFactory(ends=YESTERDAY)
    draft = draft_page()
    page = words(desk.get(draft))
    assert "You cannot sign this with Fischer Family Trust (FFT)" in page
    assert "Cyber Essentials ended on 22 November 2026." in page
    assert "Record signatures" not in page
    assert "You cannot sign this" in words(desk.get(f"{draft}sign/"))
    refused = desk.get(post_signatures(desk, draft).url)
    assert "Record its renewal first." in words(refused)
    assert not Signing.objects.exists()
    assert in_force() == [rules.Reason.NOT_SIGNED]
    AssuranceFactory()
    assert post_signatures(desk, draft).status_code == 302
    assert in_force() == []


def test_the_assurance_of_another_organisation_stops_nothing(desk):
    AssuranceFactory(recipient="alkemygold", ends=YESTERDAY)
    assert post_signatures(desk, draft_page()).status_code == 302
    assert Signing.objects.exists()


def test_agreements_stay_in_force_and_a_release_is_warned_of(desk, pupil, officer):
    AgreementFactory(reference="NEW-1")
    AssuranceFactory(recipient="connexions", ends=YESTERDAY)
    AssuranceFactory(ends=YESTERDAY)
    assert in_force() == []
    assert in_force("WIG-CNX") == []
    release = ReleaseFactory(by=officer)
    page = words(desk.get(f"/staff/releases/{release.pk}/"))
    assert "Cyber Essentials ended on 22 November 2026. You can still release" in page
    warned = {
        agreement.agreement.reference: [warning.kind for warning in warnings]
        for agreement, warnings in agreement_queries.with_warnings(
            DAY, agreement_queries.agreement_reviews(DAY)
        )
    }
    assert Warn.ASSURANCE_ENDED in warned["WIG-CNX"]
    assert Warn.ASSURANCE_ENDED in warned["NEW-1"]
    assert Warn.ASSURANCE_ENDED not in warned["WIG-LCC"]
    assert "registration or certificate has ended" in words(desk.get("/staff/agreements/warnings/"))


def test_what_is_recorded_twice_or_withdrawn_twice_is_refused(policy, officer):
    row = AssuranceFactory()
    with pytest.raises(NotNowError, match="already recorded"):
        AssuranceFactory()
    recording.withdraw(row.pk, why="no-longer", reason="Gone.", by=officer, at=NOON)
    with pytest.raises(NotNowError, match="withdrawn already"):
        recording.withdraw(row.pk, why="mistake", reason="No.", by=officer, at=NOON)
    fft = Recipient.objects.get(code="fft")
    with pytest.raises(NotNowError, match="has been withdrawn"):
        recording.check_can_sign(fft, on=DAY)


def test_each_is_an_entry_that_tells_no_words(policy, officer):
    row = AssuranceFactory(reference="Secret-1", issuer="Somebody")
    recording.withdraw(row.pk, why="mistake", reason="Other one.", by=officer, at=NOON)
    assert events()[-2:] == ["assurance-recorded", "assurance-withdrawn"]
    recorded, withdrawn = entries()[-2:]
    assert recorded["recipient"] == withdrawn["recipient"] == "fft"
    assert recorded["assurance"] == row.pk
    assert withdrawn["why"] == "mistake"
    assert "Secret" not in str(recorded)
    assert "Other one" not in str(withdrawn)
    assert verify_log(lambda size: None).size


def tamper(sql):
    """Changes rows as somebody could who has turned the triggers off."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        for table in ("sharing_assurance", "sharing_assurancewithdrawal"):
            cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        cursor.execute(sql)


@pytest.mark.parametrize(
    ("sql", "said"),
    [
        (
            "UPDATE sharing_assurance SET ends = '2030-01-01'",
            "differs from what was logged in ends",
        ),
        ("UPDATE sharing_assurance SET reference = 'x'", "differs from what was logged in words"),
        (
            "UPDATE sharing_assurancewithdrawal SET why = 'no-longer'",
            "differs from what was logged in why",
        ),
        (
            "DELETE FROM sharing_assurancewithdrawal",
            "withdrawal of assurance it vouches for is missing",
        ),
        (
            """INSERT INTO sharing_assurance (recipient_id, kind, name, reference, issuer, ends, at, by_id)
            SELECT recipient_id, kind, name, 'new', issuer, ends, at, by_id FROM sharing_assurance""",
            r"assurance [0-9]+ is stored, but no entry vouches for it",
        ),
    ],
)
def test_rows_and_entries_are_compared_both_ways(policy, officer, sql, said):
    row = AssuranceFactory()
    recording.withdraw(row.pk, why="mistake", reason="Other one.", by=officer, at=NOON)
    tamper(sql)
    with pytest.raises(LogBrokenError, match=said):
        verify_log(lambda size: None)


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE sharing_assurance SET ends = '2030-01-01'",
        "DELETE FROM sharing_assurance",
        "DELETE FROM sharing_assurancewithdrawal",
        "UPDATE sharing_assurancewithdrawal SET why = 'no-longer'",
    ],
)
def test_the_database_only_adds(policy, officer, sql):
    row = AssuranceFactory()
    recording.withdraw(row.pk, why="mistake", reason="Other one.", by=officer, at=NOON)
    with pytest.raises(DatabaseError, match="only ever added"), transaction.atomic():
        connection.cursor().execute(sql)
    assert (Assurance.objects.count(), AssuranceWithdrawal.objects.count()) == (1, 1)


def test_the_command_says_what_has_ended_and_releases(policy, pupil, officer, tmp_path):
    AssuranceFactory(recipient="connexions", ends=YESTERDAY)
    extract = tmp_path / "extract.csv"
    extract.write_text(EXTRACT)
    ran = run(
        "disclosure", "release", extract, "--agreement", "WIG-CNX", "--purpose",
        "careers-guidance", "--out", tmp_path / "out.csv", "--by", officer.email,
    )  # fmt: skip
    assert ran.code == 0
    assert "Warning: Cyber Essentials ended on 22 November 2026. Ask Connexions" in ran.said
