"""The permitted file and the process that writes it: nothing leaves that it was not told of (D)."""

import csv
import io
import json
import os
import resource
import signal
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from django.conf import settings as portal
from hypothesis import given, settings, strategies as st

from privacy_portal.ground.files.formulas import neutralised
from privacy_portal.ground.files.tables import Table
from privacy_portal.ground.log.models import Entry
from sharing.auditing.verifying import verify_log
from sharing.deciding import deciding
from sharing.models import Disclosure, DisclosureLine
from sharing.releases import handing_over, permitted_writer
from sharing.releases.handing_over import hand_over
from sharing.releases.permitted_file import PermittedFile, PermittedFileError
from sharing.releases.permitted_writer import COUNT, READ, REDUCED, WHOLE, WITHHELD, Writer
from sharing.releases.request import Request
from sharing.row_decision_rules import WHOLE as WHOLE_ROW
from tests.example import NOON
from tests.places import EXAMPLE

cells = st.one_of(
    st.sampled_from(
        ["", " ", '"', '""', ",", "a,b", "\r\n", "x\ny", "=1+1", "-4", " =x", "＝1", "é"]
    ),
    st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=5),
)
tables = st.integers(1, 4).flatmap(
    lambda width: st.tuples(
        st.lists(st.lists(cells, min_size=width, max_size=width), min_size=1, max_size=12),
        st.lists(st.booleans(), min_size=width, max_size=width).filter(any),
        st.lists(st.sampled_from([0, 1, 2]), min_size=width, max_size=width),
        st.lists(
            st.sampled_from([WITHHELD, WHOLE, REDUCED, REDUCED + 1]), min_size=12, max_size=12
        ),
    )
)


def as_csv(rows):
    out = io.StringIO()
    csv.writer(out, lineterminator="\r\n").writerows(rows)
    return out.getvalue()


@settings(deadline=None)
@given(tables, st.booleans(), st.sampled_from([1, 3, 8]))
def test_exactly_what_it_is_told_is_written(drawn, keep, size):
    """Against the same table cut and written by hand."""
    rows, going, emptied, fates = drawn
    headings = [f"h{place}" for place in range(len(going))]

    def emptied_by(fate):
        return [place for place, kind in enumerate(emptied) if kind and fate == REDUCED + kind - 1]

    kept = [place for place, goes in enumerate(going) if goes]
    rows = [row for row in rows if any(map(str.strip, row))]
    expected = [[headings[place] for place in kept]]
    for row, fate in zip(rows, fates, strict=False):
        out = ["" if place in emptied_by(fate) else neutralised(row[place]) for place in kept]
        if fate != WITHHELD:
            expected.append(out)
    file = io.StringIO()
    with TemporaryDirectory() as folder:
        path = Path(folder) / "x.csv"
        path.write_bytes(as_csv([headings, *rows]).encode())
        writer = Writer(
            Table(path, "x", max_columns=9),
            {
                "headings": headings,
                "batch": size,
                "keep": keep,
                "identifying": [0, None, len(going) - 1],
                "kept": kept,
                "emptied": [
                    [place for place in kept if place in emptied_by(fate)]
                    for fate in (REDUCED, REDUCED + 1)
                ],
            },
            file,
        )
        identifiers = list(writer.read())
        writer.make(2)
        done = 0
        for count, _ in identifiers:
            writer.write(bytes(fates[done : done + count]))
            writer.make(1)
            done += count
        assert done == len(rows)
        assert writer.finish() == len(expected) - 1
    assert file.getvalue() == as_csv(expected)
    joined = [b"\0".join(row[place].encode() for row in rows) for place in (0, -1)]
    for column, text in zip((0, 2), joined, strict=True):
        assert b"\0".join(texts[column] for _, texts in identifiers) == text


def started(extract: Path, file: int) -> "subprocess.Popen[bytes]":
    return subprocess.Popen(
        [sys.executable, "-ESs", "-m", permitted_writer.__name__, str(extract), "9", str(file)],
        cwd=portal.BASE_DIR, env={}, pass_fds=[file], stdin=subprocess.PIPE,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip


def told(*, keep=True, batch=2, headings=("UPN",)):
    shape = {
        "headings": headings,
        "batch": batch,
        "keep": keep,
        "identifying": [0, None, None],
        "kept": [0],
        "emptied": [],
    }
    return json.dumps(shape).encode() + b"\n"


class TestServing:
    """What the process does between its pipes, here without a process."""

    ROWS = "UPN\r\na\r\nb\r\nc\r\n"

    def serve(self, path, source, headings=("UPN",), keep=True):
        """Return what is sent back and what is written for batches of two rows."""
        answer, file = io.BytesIO(), io.StringIO()
        shape = told(keep=keep, headings=headings)
        table = Table(path, "x", max_columns=9)
        permitted_writer.serve(table, io.BytesIO(shape + source), answer, file)
        return answer.getvalue(), file.getvalue()

    @pytest.mark.parametrize("keep", [True, False])
    def test_it_sends_what_identifies_and_writes_what_it_is_told(self, write, keep):
        fates = COUNT.pack(2) + bytes([WHOLE, WITHHELD]) + COUNT.pack(1) + bytes([REDUCED])
        answer, written = self.serve(write(self.ROWS), fates + COUNT.pack(0), keep=keep)
        assert answer == (
            READ.pack(2, 3, -1, -1)
            + b"a\0b"
            + READ.pack(1, 1, -1, -1)
            + b"c"
            + READ.pack(0, -1, -1, -1)
            + COUNT.pack(2)
        )
        assert written == "UPN\r\na\r\nc\r\n"

    @pytest.mark.parametrize(
        "fates",
        [b"", b"\0", COUNT.pack(2) + bytes([WHOLE]), COUNT.pack(2) + bytes([WHOLE, WHOLE])],
    )
    def test_it_does_not_end_by_itself_before_the_last_row(self, write, fates):
        with pytest.raises(EOFError):
            self.serve(write(self.ROWS), fates)

    def test_rows_without_a_fate_and_other_headings_are_found_out(self, write):
        one = COUNT.pack(2) + bytes([WHOLE, WHOLE])
        with pytest.raises(permitted_writer.FileChangedError):
            self.serve(write(self.ROWS), one + COUNT.pack(0))
        with pytest.raises(permitted_writer.FileChangedError):
            self.serve(write(self.ROWS), one, headings=["Name"])

    @pytest.mark.parametrize(
        "after", ["a\r\nb\r\nC\r\n", "a\r\nb\r\n", "a\r\nb\r\nc\r\nd\r\ne\r\n"]
    )
    def test_a_file_of_other_rows_at_the_second_reading_is_found_out(self, write, after):
        path = write(self.ROWS)
        shape = json.loads(told(keep=False))
        writer = Writer(Table(path, "x", max_columns=9), shape, io.StringIO())
        assert [count for count, _ in writer.read()] == [2, 1]
        path.write_text("UPN\r\n" + after)
        with pytest.raises(permitted_writer.FileChangedError):
            writer.make(3)


def test_a_writer_that_nobody_tells_more_writes_no_more_and_ends(write, tmp_path):
    """As when the portal is killed: the other ends of its pipes are closed."""
    extract = write("UPN\r\na\r\nb\r\nc\r\n")
    with (tmp_path / "out").open("wb") as out:
        process = started(extract, out.fileno())
        told_so_far = told() + COUNT.pack(2) + bytes([WHOLE, WITHHELD])
        _, said = process.communicate(told_so_far, timeout=30)
    assert (process.returncode, said.strip()) == (1, b"EOFError")
    assert (tmp_path / "out").read_bytes() in (b"", b"UPN\r\na\r\n")


def test_a_large_file_that_is_changed_between_two_readings_is_found_out(write, tmp_path):
    lines = [f"{number:06}\r\n" for number in range(40_000)]
    extract = write("UPN\r\n" + "".join(lines))
    with (tmp_path / "out").open("wb") as out:
        process = started(extract, out.fileno())
        process.stdin.write(told(keep=False, batch=256))
        process.stdin.flush()
        while (head := READ.unpack(process.stdout.read(READ.size)))[0]:
            process.stdout.read(head[1])
        changed = extract.read_bytes().replace(b"039999", b"040000")
        with extract.open("r+b") as file:
            file.write(changed)
        _, said = process.communicate(
            (COUNT.pack(256) + bytes([WHOLE]) * 256) * 156 + COUNT.pack(0),
            timeout=30,
        )
    assert (process.returncode, said.strip()) == (1, b"FileChangedError")


def test_other_headings_than_were_seen_are_found_out(write, tmp_path):
    with (tmp_path / "out").open("wb") as out:
        process = started(write("UPN,More\r\na,b\r\n"), out.fileno())
        answer, said = process.communicate(told(headings=["More", "UPN"]), timeout=30)
    assert (process.returncode, answer, said.strip()) == (1, b"", b"FileChangedError")
    assert (tmp_path / "out").read_bytes() == b""


@pytest.mark.parametrize("fates", [0, 99, 101])
def test_more_or_fewer_fates_than_rows_are_refused(write, tmp_path, fates):
    extract = write("UPN\r\n" + "a\r\n" * 100)
    with (tmp_path / "out").open("wb") as out:
        process = started(extract, out.fileno())
        many = COUNT.pack(1) + bytes([WHOLE])
        process.communicate(told(batch=1) + many * fates + COUNT.pack(0), timeout=30)
    assert process.returncode == 1


def test_a_cell_as_long_as_may_be_can_be_neutralised_and_go(write, tmp_path):
    long = "=" + "x" * (csv.field_size_limit() - 1)
    extract = write(f"UPN,More\r\n{long},2\r\n")
    shape = {
        "headings": ["UPN", "More"],
        "batch": 1,
        "keep": True,
        "identifying": [0, None, None],
        "kept": [0, 1],
        "emptied": [[1]],
    }
    with (tmp_path / "out").open("wb") as out:
        process = started(extract, out.fileno())
        message = json.dumps(shape).encode() + b"\n" + COUNT.pack(1) + bytes([REDUCED])
        answer, _ = process.communicate(message + COUNT.pack(0), timeout=30)
    assert (process.returncode, answer[-COUNT.size :]) == (0, COUNT.pack(1))
    assert (tmp_path / "out").read_text() == f"UPN,More\n'{long},\n"


@pytest.fixture
def request_(example, officer):
    path = EXAMPLE / "extracts" / "connexions-2026-11.csv"
    return Request(path, path.name, "WIG-CNX", "careers-guidance", officer)


def nothing_left(error):
    """After a hand-over that failed: no file, no disclosure, and a refusal in the log."""
    assert not Disclosure.objects.exists()
    assert not DisclosureLine.objects.exists()
    assert not list((portal.PRIVATE_DIR / "permitted").glob("*.csv"))
    last = json.loads(bytes(Entry.objects.order_by("-seq")[0].body))
    assert (last["event"], last["error"]) == ("refusal", error)
    verify_log(lambda entries: None)


@pytest.mark.django_db
@pytest.mark.parametrize("where", ["identifiers", "lock_with_others", "add", "finish"])
def test_a_writer_that_is_killed_lets_nothing_leave(request_, monkeypatch, where):
    killed = []

    def kills(owner):
        before = getattr(owner, where)

        def killing(*arguments):
            if not killed:
                killed.append(writers[-1].process.pid)
                os.kill(killed[0], signal.SIGKILL)
            return before(*arguments)

        monkeypatch.setattr(owner, where, killing)

    writers = []
    start = handing_over.start_writer

    def starting(*arguments):
        writers.append(start(*arguments))
        return writers[-1]

    monkeypatch.setattr(handing_over, "start_writer", starting)
    monkeypatch.setattr(deciding, "BATCH", 64)
    kills(deciding if where == "lock_with_others" else PermittedFile)
    with pytest.raises(PermittedFileError):
        hand_over(request_, clock=lambda: NOON)
    assert killed
    nothing_left("PermittedFileError")


@pytest.mark.django_db
def test_a_full_disk_lets_nothing_leave(request_):
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (10_000, before[1]))
    try:
        with pytest.raises(PermittedFileError, match="OSError"):
            hand_over(request_, clock=lambda: NOON)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    nothing_left("PermittedFileError")


@pytest.mark.django_db
def test_a_writer_that_wrote_another_number_of_rows_lets_nothing_leave(request_, monkeypatch):
    add = PermittedFile.add

    monkeypatch.setattr(PermittedFile, "add", lambda self, made: add(self, [WHOLE_ROW] * len(made)))
    with pytest.raises(PermittedFileError, match="rows were written instead of"):
        hand_over(request_, clock=lambda: NOON)
    nothing_left("PermittedFileError")


@pytest.mark.django_db
def test_the_writer_ends_with_the_hand_over_and_knows_no_secret(request_, monkeypatch):
    seen = []
    identifiers = PermittedFile.identifiers

    def looking(self, size):
        seen.append(
            (self.writer.process, Path(f"/proc/{self.writer.process.pid}/environ").read_bytes())
        )
        return identifiers(self, size)

    monkeypatch.setattr(PermittedFile, "identifiers", looking)
    done = hand_over(request_, clock=lambda: NOON)
    done.file.unlink()
    ((process, environment),) = seen
    assert process.returncode == 0
    assert b"SECRET" not in environment
    assert b"DATABASE" not in environment
