"""The permitted file and the process that writes it: nothing leaves that it was not told of."""

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
from hypothesis import given, settings
from hypothesis import strategies as st

from consent.naming import NamedPupils
from privacy_portal.formulas import neutralised
from privacy_portal.log.merkle import Frontier, leaf_hashes
from privacy_portal.log.models import Entry
from privacy_portal.tables import Table
from sharing import deciding, permitted_file, permitted_writer
from sharing.deciding_rows import DecidedBatch
from sharing.models import Disclosure, DisclosureLine
from sharing.permitted_file import PermittedFile, PermittedFileError
from sharing.permitted_writer import DECIDED, DONE, READ, REDUCED, WHOLE, WITHHELD, Writer
from sharing.releasing import Request, hand_over
from sharing.verifying import verify_log
from tests.conftest import EXAMPLE, NOON

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
        st.lists(st.booleans(), min_size=width, max_size=width),
        st.lists(st.sampled_from([WITHHELD, WHOLE, REDUCED]), min_size=12, max_size=12),
    )
)


def as_csv(rows):
    out = io.StringIO()
    csv.writer(out, lineterminator="\r\n").writerows(rows)
    return out.getvalue()


@settings(max_examples=300, deadline=None)
@given(tables, st.booleans(), st.sampled_from([1, 3, 8]))
def test_exactly_what_it_is_told_is_written(drawn, keep, size):
    """Against the same table cut and written by hand."""
    rows, going, emptied, fates = drawn
    headings = [f"h{place}" for place in range(len(going))]
    kept = [place for place, goes in enumerate(going) if goes]
    rows = [row for row in rows if any(map(str.strip, row))]
    expected = [[headings[place] for place in kept]]
    for row, fate in zip(rows, fates, strict=False):
        out = [
            "" if fate == REDUCED and emptied[place] else neutralised(row[place]) for place in kept
        ]
        if fate != WITHHELD:
            expected.append(out)
    file = io.StringIO()
    with TemporaryDirectory() as folder:
        path = Path(folder) / "x.csv"
        path.write_bytes(as_csv([headings, *rows]).encode())
        writer = Writer(
            Table(path, "x", max_columns=9),
            {
                "batch": size,
                "keep": keep,
                "identifying": [0, None, len(going) - 1],
                "kept": kept,
                "emptied": [place for place in kept if emptied[place]],
            },
            file,
        )
        identifiers = list(writer.read())
        writer.make(2)
        done = 0
        for count, _ in identifiers:
            writer.write(bytes(fates[done : done + count]), b"line")
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


def told(*, keep=True, batch=2):
    shape = {
        "batch": batch,
        "keep": keep,
        "identifying": [0, None, None],
        "kept": [0],
        "emptied": [],
    }
    return json.dumps(shape).encode() + b"\n"


def test_a_writer_that_nobody_tells_more_writes_no_more_and_ends(write, tmp_path):
    """As when the portal is killed: the other ends of its pipes are closed."""
    extract = write("UPN\r\na\r\nb\r\nc\r\n")
    with (tmp_path / "out").open("wb") as out:
        process = started(extract, out.fileno())
        told_so_far = told() + DECIDED.pack(2, 1) + bytes([WHOLE, WITHHELD]) + b"x"
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
            (DECIDED.pack(256, 1) + bytes([WHOLE]) * 256 + b"x") * 156 + DECIDED.pack(0, 0),
            timeout=30,
        )
    assert (process.returncode, said.strip()) == (1, b"FileChangedError")


@pytest.mark.parametrize("fates", [0, 99, 101])
def test_more_or_fewer_fates_than_rows_are_refused(write, tmp_path, fates):
    extract = write("UPN\r\n" + "a\r\n" * 100)
    with (tmp_path / "out").open("wb") as out:
        process = started(extract, out.fileno())
        many = DECIDED.pack(1, 1) + bytes([WHOLE]) + b"x"
        process.communicate(told(batch=1) + many * fates + DECIDED.pack(0, 0), timeout=30)
    assert process.returncode == 1


def test_a_cell_as_long_as_may_be_can_be_neutralised_and_go(write, tmp_path):
    long = "=" + "x" * (csv.field_size_limit() - 1)
    extract = write(f"UPN,More\r\n{long},2\r\n")
    shape = {
        "batch": 1,
        "keep": True,
        "identifying": [0, None, None],
        "kept": [0, 1],
        "emptied": [1],
    }
    with (tmp_path / "out").open("wb") as out:
        process = started(extract, out.fileno())
        message = json.dumps(shape).encode() + b"\n" + DECIDED.pack(1, 1) + bytes([REDUCED]) + b"x"
        answer, _ = process.communicate(message + DECIDED.pack(0, 0), timeout=30)
    written, lines = DONE.unpack(answer[-DONE.size - 32 : -32])
    assert (process.returncode, written, lines) == (0, 1, 1)
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
@pytest.mark.parametrize("where", ["begin", "lock", "add", "finish"])
def test_a_writer_that_is_killed_lets_nothing_leave(request_, monkeypatch, where):
    killed = []

    def kills(owner):
        before = getattr(owner, where)

        def killing(self, *arguments):
            if not killed:
                killed.append(files[-1].process.pid)
                os.kill(killed[0], signal.SIGKILL)
            return before(self, *arguments)

        monkeypatch.setattr(owner, where, killing)

    files = []
    init = PermittedFile.__init__
    monkeypatch.setattr(
        PermittedFile, "__init__", lambda self, *args: (files.append(self), init(self, *args))[1]
    )
    monkeypatch.setattr(deciding, "BATCH", 64)
    kills(NamedPupils if where == "lock" else PermittedFile)
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

    def one_more(self, batch, disclosed):
        going = [permitted_file.rules.WHOLE] * len(batch.decisions)
        add(self, DecidedBatch(batch.first, batch.upns, going, batch.people), disclosed)

    monkeypatch.setattr(PermittedFile, "add", one_more)
    with pytest.raises(PermittedFileError, match="rows were written instead of"):
        hand_over(request_, clock=lambda: NOON)
    nothing_left("PermittedFileError")


@pytest.mark.django_db
def test_the_writer_ends_with_the_hand_over_and_knows_no_secret(request_, monkeypatch):
    seen = []
    begin = PermittedFile.begin

    def looking(self, columns):
        seen.append((self.process, Path(f"/proc/{self.process.pid}/environ").read_bytes()))
        return begin(self, columns)

    monkeypatch.setattr(PermittedFile, "begin", looking)
    done = hand_over(request_, clock=lambda: NOON)
    done.file.unlink()
    ((process, environment),) = seen
    assert process.returncode == 0
    assert b"SECRET" not in environment
    assert b"DATABASE" not in environment


def test_lines_are_hashed_as_they_would_be_here(write, tmp_path):
    extract = write("UPN\r\n" + "a\r\n" * 10)
    disclosed = [b"%d\tperson" % number for number in range(10)]
    with (tmp_path / "out").open("wb") as out:
        process = started(extract, out.fileno())
        message = told(batch=4)
        for first in (0, 4, 8):
            lines = disclosed[first : first + 4]
            text = b"\n".join(lines)
            message += DECIDED.pack(len(lines), len(text)) + bytes([WHOLE]) * len(lines) + text
        answer, _ = process.communicate(message + DECIDED.pack(0, 0), timeout=30)
    tree = Frontier()
    tree.extend(leaf_hashes(disclosed))
    hashes = tree.as_bytes()
    assert answer.endswith(DONE.pack(10, 10) + hashes)
    assert (tmp_path / "out").read_bytes() == b"UPN\r\n" + b"a\r\n" * 10
