"""Releases by command and at the desk: what leaves, what is logged, what is voided (H1, H2, H3)."""

import csv
import json
import os
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.db import transaction

from privacy_portal.ground.errors import NotNowError
from privacy_portal.ground.log.models import Entry, Head
from sharing.auditing.verifying import verify_log
from sharing.errors import DecisionChangedError
from sharing.models import Disclosure, DisclosureLine, Finding, Release
from sharing.releases import desk, handing_over
from sharing.releases.handing_over import hand_over
from sharing.releases.request import Request
from tests.commands import run
from tests.example import NOON, UPN
from tests.factories.consent import DecisionFactory
from tests.factories.ground import OfficerFactory
from tests.factories.sharing import AgreementFactory
from tests.log_entries import events
from tests.places import EXAMPLE
from tests.releases import check_extract, hand_over_extract

pytestmark = pytest.mark.django_db
EXTRACT = f"UPN,Surname,Telephone,Notes\r\n{UPN},Barlow,01942 111111,private\r\n"


def test_the_permitted_file_holds_what_the_decision_permits_and_nothing_else(example, officer):
    expected = json.loads((EXAMPLE / "extracts" / "connexions-2026-11.expected.json").read_text())
    done, rows = hand_over_extract("connexions-2026-11", "WIG-CNX", "careers-guidance", officer)
    path = EXAMPLE / "extracts" / "connexions-2026-11.csv"
    text = path.read_bytes().decode("utf-8-sig")
    given = list(csv.DictReader(text.splitlines(keepends=True)))
    detail = {each["row"]: each for each in expected["detail"]}
    permitted = [c["heading"] for c in expected["columns"] if c["outcome"] == "released"]
    rows_left = []
    for number, row in enumerate(given, 1):
        found = detail.get(number, {"outcome": "released", "emptied": []})
        if found["outcome"] != "withheld":
            rows_left.append({h: "" if h in found["emptied"] else row[h] for h in permitted})
    for row in rows_left:
        for heading, cell in row.items():
            if cell.startswith("="):
                row[heading] = f"'{cell}"
    assert rows == rows_left
    assert done.decision.summary()["rows"] == expected["rows"]


def test_a_hand_over_is_logged_with_its_lines_and_verifies(example, officer):
    done, _ = hand_over_extract("connexions-2026-11", "WIG-CNX", "careers-guidance", officer)
    disclosure = Disclosure.objects.get()
    assert disclosure == done.disclosure
    assert disclosure.entry == Head.objects.get().size - 1
    assert events()[-1] == "disclosure"
    assert DisclosureLine.objects.count() == disclosure.rows_total == 615
    body = bytes(Entry.objects.get(seq=disclosure.entry).body).decode()
    assert "Barlow" not in body
    assert officer.name not in body
    assert verify_log(lambda entries: None).size == Head.objects.get().size


@pytest.mark.parametrize(
    ("sql", "why"),
    [
        ("DELETE FROM sharing_disclosureline WHERE row = 3", "logged in lines"),
        (
            "UPDATE sharing_disclosureline SET outcome = 0, reason = NULL WHERE row = 2",
            "logged in lines_root",
        ),
        ("UPDATE sharing_disclosure SET rows_withheld = 0", "differs from what was logged in rows"),
        ("UPDATE sharing_disclosure SET purpose_id = NULL, outcome = 'refused'", "differs"),
        (
            """DELETE FROM sharing_disclosureline; DELETE FROM sharing_unsigneddisclosure;
            DELETE FROM sharing_duedeletion; DELETE FROM sharing_sampleddisclosure;
            DELETE FROM sharing_disclosure""",
            "is missing",
        ),
    ],
)
def test_a_tampered_disclosure_is_found(example, officer, sql, why):
    """L5"""
    from django.db import connection

    hand_over_extract("connexions-2026-11", "WIG-CNX", "careers-guidance", officer)
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        for table in ("sharing_disclosure", "sharing_disclosureline", "sharing_sampleddisclosure"):
            cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        cursor.execute(sql)
    ran = run("log", "verify")
    assert ran.code == 3
    assert why in ran.said


def test_a_refused_release_is_logged_and_leaves_no_file(example, officer, tmp_path):
    out = tmp_path / "out.csv"
    ran = run(
        "disclosure", "release", EXAMPLE / "extracts" / "pct-2026-11.csv",
        "--agreement", "WIG-PCT-HW", "--purpose", "height-weight-feedback",
        "--out", out, "--by", officer.email,
    )  # fmt: skip
    assert ran.code == 3
    assert "Refused: expired. The agreement had ended by this date." in ran.said
    assert not out.exists()
    refusal = Disclosure.objects.get()
    assert (refusal.outcome, refusal.rows_total) == ("refused", None)
    assert events()[-1] == "refusal"
    verify_log(lambda entries: None)


def test_a_file_of_which_no_column_may_leave_is_refused_and_logged(pupil, officer, write):
    """The pupil is on the roll and not opted out: it is the columns alone."""
    content = f"UPN,Notes\r\n{UPN},private\r\n"
    version = AgreementFactory(items=("pupil.sex",), by=OfficerFactory())
    reference = version.agreement.reference
    request = Request(write(content), "x.csv", reference, "performance-analysis", officer)
    done = hand_over(request, clock=lambda: NOON)
    assert done.file is None
    assert Disclosure.objects.get().reasons == ["nothing-permitted"]
    assert Disclosure.objects.get().outcome == "refused"
    assert not list((Path(settings.PRIVATE_DIR) / "permitted").iterdir())
    verify_log(lambda entries: None)


def test_an_unknown_agreement_is_a_refusal_that_is_logged_too(pupil, officer, write, tmp_path):
    ran = run(
        "disclosure", "release", write(EXTRACT), "--agreement", "NO-SUCH", "--purpose", "nonsense",
        "--out", tmp_path / "out.csv", "--by", officer.email,
    )  # fmt: skip
    assert ran.code == 3
    assert Disclosure.objects.get().reasons == ["no-agreement"]
    verify_log(lambda entries: None)


def test_the_command_writes_the_permitted_file(pupil, officer, write, tmp_path):
    out = tmp_path / "out.csv"
    ran = run(
        "disclosure", "release", write(EXTRACT), "--agreement", "WIG-CNX",
        "--purpose", "careers-guidance", "--out", out, "--by", officer.email,
        "--request-reference", "CNX-7", "--json",
    )  # fmt: skip
    assert ran.code == 0
    assert out.read_bytes() == b"UPN,Surname,Telephone\r\nP207000016049,Barlow,01942 111111\r\n"
    assert json.loads(ran.out)["outcome"] == "reduced"
    assert Disclosure.objects.get().request_reference == "CNX-7"
    assert not list((Path(settings.PRIVATE_DIR) / "permitted").iterdir())


@pytest.mark.parametrize("why", ["exists", "school staff", "nobody", "nowhere", "reference"])
def test_a_release_that_cannot_be_written_is_bad_input(
    pupil, officer, secretary, write, tmp_path, why
):
    out = tmp_path / "out.csv"
    by = {"school staff": secretary.email, "nobody": "x@example.org"}.get(why, officer.email)
    if why == "exists":
        out.write_text("mine")
    if why == "nowhere":
        out = tmp_path / "no" / "out.csv"
    ran = run(
        "disclosure", "release", write(EXTRACT), "--agreement", "WIG-CNX",
        "--purpose", "careers-guidance", "--out", out, "--by", by,
        "--request-reference", "R" * (201 if why == "reference" else 200),
    )  # fmt: skip
    assert ran.code == 2
    assert ("longer than 200 characters" in ran.said) == (why == "reference")
    assert not Disclosure.objects.exists()
    assert why != "exists" or out.read_text() == "mine"


def test_special_categories_stop_the_command_until_a_second_officer_approves(
    example, officer, tmp_path
):
    before = Head.objects.get().size
    out = tmp_path / "out.csv"
    ran = run(
        "disclosure", "release", EXAMPLE / "extracts" / "fft-2026-11.csv", "--agreement", "WIG-FFT",
        "--purpose", "performance-analysis", "--out", out, "--by", officer.email,
    )  # fmt: skip
    assert ran.code == 3
    assert "a second officer must approve" in ran.said
    assert not out.exists()
    assert Head.objects.get().size == before


def test_an_error_while_checking_lets_nothing_leave_and_is_logged(
    pupil, officer, write, monkeypatch
):
    def broken(*args, **kwargs):
        raise OSError("disk")

    monkeypatch.setattr(handing_over, "deciding", broken)
    request = Request(write(EXTRACT), "x.csv", "WIG-CNX", "careers-guidance", officer)
    with pytest.raises(OSError, match="disk"):
        hand_over(request, clock=lambda: NOON)
    assert not Disclosure.objects.exists()
    assert json.loads(bytes(Entry.objects.last().body))["error"] == "OSError"
    assert not list((Path(settings.PRIVATE_DIR) / "permitted").iterdir())
    verify_log(lambda entries: None)


def check(write, by, agreement="WIG-CNX", purpose="careers-guidance", content=EXTRACT, at=NOON):
    return check_extract(
        write(content), name="x.csv", agreement=agreement, purpose=purpose, reference="", by=by,
        at=at,
    )  # fmt: skip


def test_the_desk_hands_over_once(pupil, officer, write):
    checked = check(write, officer)
    desk.release(checked.pk, by=officer, at=NOON)
    done = handing_over.hand_over_release(checked.pk, by=officer, clock=lambda: NOON)
    assert done.file.read_text(encoding="utf-8").splitlines()[1] == f"{UPN},Barlow,01942 111111"
    done.file.unlink()
    with pytest.raises(NotNowError, match="already been downloaded"):
        handing_over.hand_over_release(checked.pk, by=officer, clock=lambda: NOON)
    checked.refresh_from_db()
    assert checked.state == Release.State.HANDED_OVER
    assert not Finding.objects.exists()
    assert not (Path(settings.PRIVATE_DIR) / "extracts" / f"{checked.pk}.csv").exists()
    assert events()[-2:] == ["release-released", "disclosure"]


def test_an_opt_out_between_check_and_download_voids_the_release(pupil, officer, write):
    checked = check(write, officer)
    desk.release(checked.pk, by=officer, at=NOON)
    DecisionFactory(pupil=pupil)
    with pytest.raises(DecisionChangedError):
        handing_over.hand_over_release(
            checked.pk, by=officer, clock=lambda: NOON + timedelta(minutes=1)
        )
    checked.refresh_from_db()
    assert checked.state == Release.State.VOID
    assert not Disclosure.objects.exists()
    assert events()[-1] == "release-void"
    assert not (Path(settings.PRIVATE_DIR) / "extracts" / f"{checked.pk}.csv").exists()


def test_a_suspended_agreement_voids_the_release(pupil, officer, write):
    from sharing.models import AgreementVersion, Suspension

    checked = check(write, officer)
    desk.release(checked.pk, by=officer, at=NOON)
    version = AgreementVersion.objects.get(agreement__reference="WIG-CNX", number=2)
    Suspension.objects.create(version=version, first=NOON.date())
    with pytest.raises(DecisionChangedError):
        handing_over.hand_over_release(checked.pk, by=officer, clock=lambda: NOON)


def test_only_the_officer_who_asked_releases_and_downloads(pupil, officer, second_officer, write):
    checked = check(write, officer)
    with pytest.raises(NotNowError, match="Only the officer who requested"):
        desk.release(checked.pk, by=second_officer, at=NOON)
    desk.release(checked.pk, by=officer, at=NOON)
    with pytest.raises(NotNowError, match="Only the officer who requested"):
        handing_over.hand_over_release(checked.pk, by=second_officer, clock=lambda: NOON)


def test_special_categories_wait_for_another_officer(pupil, officer, second_officer, write):
    checked = check(write, officer, "WIG-FFT", "performance-analysis", f"UPN,SEN\r\n{UPN},K\r\n")
    with pytest.raises(NotNowError, match="second officer must approve"):
        desk.release(checked.pk, by=officer, at=NOON)
    with pytest.raises(NotNowError, match="another officer must approve"):
        desk.approve(checked.pk, by=officer, at=NOON)
    desk.approve(checked.pk, by=second_officer, at=NOON)
    desk.release(checked.pk, by=officer, at=NOON)
    done = handing_over.hand_over_release(checked.pk, by=officer, clock=lambda: NOON)
    done.file.unlink()
    assert done.disclosure.approved_by == second_officer
    verify_log(lambda entries: None)


def test_the_database_refuses_an_approval_of_ones_own(pupil, officer, write):
    from django.db import IntegrityError

    checked = check(write, officer)
    with pytest.raises(IntegrityError, match="never_approved_by_its_officer"), transaction.atomic():
        Release.objects.filter(pk=checked.pk).update(approved_by=officer)


def test_after_24_hours_the_extract_is_deleted(pupil, officer, write):
    checked = check(write, officer)
    desk.release(checked.pk, by=officer, at=NOON)
    late = NOON + timedelta(hours=24)
    with pytest.raises(NotNowError, match="has expired"):
        handing_over.hand_over_release(checked.pk, by=officer, clock=lambda: late)
    assert desk.expire_due(at=late - timedelta(seconds=1)) == 0
    assert desk.expire_due(at=late) == 1
    assert desk.expire_due(at=late) == 0
    assert not (Path(settings.PRIVATE_DIR) / "extracts" / f"{checked.pk}.csv").exists()
    checked.refresh_from_db()
    assert checked.state == Release.State.EXPIRED


@pytest.mark.parametrize("name", ["extracts/left.csv", "permitted/left.csv", "permitted/tmpleft"])
def test_what_a_process_that_died_left_behind_is_deleted_too(db, name):
    left = Path(settings.PRIVATE_DIR) / name
    left.parent.mkdir(parents=True, exist_ok=True)
    left.write_text("a child's data")
    for hours, stays in ((23, True), (25, False)):
        written = (NOON - timedelta(hours=hours)).timestamp()
        os.utime(left, (written, written))
        desk.expire_due(at=NOON)
        assert left.exists() is stays


def test_a_refused_check_is_logged_and_its_extract_not_kept(pupil, officer, write):
    checked = check(write, officer, "WIG-PCT-HW", "height-weight-feedback")
    assert checked.state == Release.State.REFUSED
    assert Disclosure.objects.get().outcome == "refused"
    assert not (Path(settings.PRIVATE_DIR) / "extracts" / f"{checked.pk}.csv").exists()


def test_queries_do_not_grow_with_the_rows(example, officer, write):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    taken = []
    whole = (EXAMPLE / "extracts" / "connexions-2026-11.csv").read_bytes()
    for number, content in enumerate((whole, b"".join(whole.splitlines(keepends=True)[:40]))):
        request = Request(
            write(content, f"{number}.csv"), "x.csv", "WIG-CNX", "careers-guidance", officer
        )
        with CaptureQueriesContext(connection) as queries:
            hand_over(request, clock=lambda: NOON).file.unlink()
        # Whether it is in the sample is drawn by its hash, whatever its rows.
        drawn = '"sharing_sampleddisclosure"'
        taken.append(sum(drawn not in query["sql"] for query in queries))
    assert taken[0] == taken[1]
