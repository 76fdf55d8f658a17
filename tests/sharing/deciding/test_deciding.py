"""Properties of whole decisions, on files of random rows."""

import csv
import io
import json

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings, strategies as st
from hypothesis.extra.django import TestCase as DjangoTestCase

from consent.rules import seen_now
from privacy_portal.ground.faults import BadInputError
from sharing.deciding import deciding
from sharing.deciding.deciding import decide
from sharing.deciding.extracts import open_extract
from sharing.deciding.policy import load
from sharing.releases.handing_over import hand_over
from sharing.releases.request import Request
from tests.commands import run
from tests.example import NOON
from tests.factories.ground import OfficerFactory
from tests.lengths import examples
from tests.places import DATA, EXAMPLE
from tests.rolls import ROLL_HEADINGS, pupil_row

UPNS = ["P207000016049", "B801200005001", "J352400120009", "Q207000016049", "", "A35940012001A"]
rows = st.lists(
    st.tuples(
        st.sampled_from(UPNS),
        st.sampled_from(["Barlow", "", "Other", "BARLOW", "-", "#N/A"]),
        st.sampled_from(["1", "=2+3", "-4", ""]),
        st.sampled_from(["note"]),
    ),
    min_size=1,
    max_size=12,
)
HEADINGS = ["UPN", "Surname", "Telephone", "Notes"]


@pytest.mark.usefixtures("tmp_path")
class TestWholeDecisions(DjangoTestCase):
    @classmethod
    def setUpTestData(cls):
        from pathlib import Path

        from django.conf import settings as portal

        cls.folder = Path(portal.PRIVATE_DIR)
        run("policy", "import", DATA / "policy.json")
        body = "".join(
            [
                pupil_row(),
                pupil_row(UPN="B801200005001", Forename="Ann"),
                pupil_row(UPN="A35940012001A", DOB="2020-01-01"),
            ]
        )
        (cls.folder / "roll.csv").write_text(f"{ROLL_HEADINGS}\r\n{body}")
        assert run("roll", "import", cls.folder / "roll.csv").code == 0
        (cls.folder / "opt.csv").write_text(
            "UPN,Scheme,Decision,By,Person,Received on,Channel,Invalid because\r\n"
            "B801200005001,connexions,opt-out,parent,Ann,2026-01-01,paper,\r\n"
        )
        assert run("opt_outs", "import", cls.folder / "opt.csv").code == 0
        cls.officer = OfficerFactory(email="officer@example.org")

    def file(self, given_):
        out = io.StringIO()
        csv.writer(out).writerows([HEADINGS, *given_])
        path = self.folder / "extract.csv"
        path.write_text(out.getvalue())
        return path

    def decided(self, given_):
        loaded = load("WIG-CNX", "careers-guidance", NOON.date())
        extract = open_extract(self.file(given_), "extract.csv", loaded)
        return decide(extract, loaded, seen_now(NOON))

    @settings(max_examples=examples(25, 500), suppress_health_check=[HealthCheck.too_slow])
    @given(rows, rows)
    def test_a_row_is_decided_alone_but_for_duplicates(self, mine, others):
        """What stands around a row changes nothing, unless its pupil stands there too."""
        theirs = {number for number, *_ in others}
        mine = [row for row in mine if row[0] not in theirs or row[0] in ("", "Q207000016049")]
        if not mine:
            return
        alone = {finding.row: finding[2:] for finding in self.decided(mine).findings}
        among = {
            finding.row - len(others): finding[2:]
            for finding in self.decided(others + mine).findings
        }
        assert alone == {row: found for row, found in among.items() if row > 0}

    @settings(max_examples=examples(25, 500), suppress_health_check=[HealthCheck.too_slow])
    @given(rows)
    def test_the_permitted_file_never_holds_what_was_withheld(self, given_):
        path = self.file(given_)
        request = Request(path, "extract.csv", "WIG-CNX", "careers-guidance", self.officer)
        done = hand_over(request, clock=lambda: NOON, keep_findings=True)
        found = {finding.row: finding for finding in done.decision.findings}
        if done.file is None:
            assert all(each.outcome == "withheld" for each in found.values())
            assert len(found) == len(given_)
            return
        left = list(csv.reader(done.file.read_text().splitlines()))
        done.file.unlink()
        wanted = [["UPN", "Surname", "Telephone"]]
        for number, (upn, surname, phone, _) in enumerate(given_, 1):
            outcome = found[number].outcome if number in found else "released"
            phone = f"'{phone}" if phone.startswith("=") else phone
            if outcome == "released":
                wanted.append([upn, surname, phone])
            elif outcome == "reduced":
                wanted.append(["", surname, ""])
        assert left == wanted

    @settings(max_examples=examples(12, 240), suppress_health_check=[HealthCheck.too_slow])
    @given(rows)
    def test_deciding_twice_gives_the_same_digest(self, given_):
        assert self.decided(given_).digest == self.decided(given_).digest


@pytest.mark.django_db
@pytest.mark.parametrize(("batch", "segment", "kept"), [(1, 1, 0), (7, 3, 0), (64, 2, 1 << 20)])
def test_blank_rows_and_the_size_of_batches_change_nothing(
    example, officer, write, monkeypatch, batch, segment, kept
):
    """Rows and pupils stay together, wherever batches begin and whatever stands between rows."""
    from sharing.auditing.verifying import verify_log
    from sharing.releases import permitted_file

    path = EXAMPLE / "extracts" / "connexions-2026-11.csv"
    heading, *lines = path.read_text(encoding="utf-8-sig").splitlines(keepends=True)
    gaps = ["", "\r\n", ",,\r\n", "\r\n\r\n"]
    spaced = heading + "".join(gaps[at % 4] + line for at, line in enumerate(lines))
    expected = json.loads(path.with_suffix(".expected.json").read_text())
    monkeypatch.setattr(deciding, "BATCH", batch)
    monkeypatch.setattr(deciding, "SEGMENT", segment)
    monkeypatch.setattr(permitted_file, "KEPT_BYTES", kept)
    request = Request(write(spaced), "x.csv", "WIG-CNX", "careers-guidance", officer)
    done = hand_over(request, clock=lambda: NOON, keep_findings=True)
    left = done.file.read_text().splitlines()
    done.file.unlink()
    assert done.decision.document() == expected
    assert len(left) == 1 + expected["rows"]["released"] + expected["rows"]["reduced"]
    verify_log(lambda entries: None)


@pytest.mark.django_db
def test_a_fault_deep_in_the_file_stops_everything(example, write):
    whole = (EXAMPLE / "extracts" / "connexions-2026-11.csv").read_text(encoding="utf-8-sig")
    loaded = load("WIG-CNX", "careers-guidance", NOON.date())
    extract = open_extract(write(whole + "1," * 30 + "\r\n"), "deep.csv", loaded)
    with pytest.raises(BadInputError, match="line 617"), transaction.atomic():
        decide(extract, loaded, seen_now(NOON))


@pytest.mark.django_db
def test_no_row_is_decided_whose_pupil_s_decisions_were_not_asked_for(example, monkeypatch):
    """Were it not seen, the row would go as if nobody had opted out."""

    path = EXAMPLE / "extracts" / "connexions-2026-11.csv"
    few = deciding._RollLookup.pupils_if_few
    monkeypatch.setattr(deciding._RollLookup, "pupils_if_few", lambda self: few(self)[1:])
    loaded = load("WIG-CNX", "careers-guidance", NOON.date())
    with pytest.raises(LookupError), transaction.atomic():
        decide(open_extract(path, path.name, loaded), loaded, seen_now(NOON))


@pytest.mark.django_db
def test_nothing_is_concluded_before_every_row_is_decided(example, monkeypatch):
    """A file of half the rows would otherwise look like a whole one."""
    monkeypatch.setattr(deciding, "BATCH", 64)
    path = EXAMPLE / "extracts" / "connexions-2026-11.csv"
    loaded = load("WIG-CNX", "careers-guidance", NOON.date())
    extract = open_extract(path, path.name, loaded)
    with transaction.atomic(), deciding.deciding(loaded, extract.columns) as decider:
        decider.read(extract)
        with pytest.raises(ValueError, match="0 of 615 rows"):
            decider.decision()
        for segment in decider.segments(seen_now(NOON)):
            next(segment)
            with pytest.raises(ValueError, match="64 of 615 rows"):
                decider.decision()
            list(segment)
    assert decider.decision().rows.total == 615


@pytest.mark.django_db
def test_a_long_check_says_how_far_it_is(example, monkeypatch):
    monkeypatch.setattr(deciding, "BATCH", 64)
    monkeypatch.setattr("sharing.management.commands.disclosure.PROGRESS", 300)
    ran = run(
        "disclosure", "check", EXAMPLE / "extracts" / "connexions-2026-11.csv",
        "--agreement", "WIG-CNX", "--purpose", "careers-guidance",
    )  # fmt: skip
    assert [line for line in ran.said.splitlines() if "rows checked" in line] == [
        "320 rows checked",
        "615 rows checked",
    ]
