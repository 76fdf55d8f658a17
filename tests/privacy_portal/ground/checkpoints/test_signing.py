"""Checkpoints are signed over what is stored, and never over a log that did not grow (L3)."""

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.db import connection

from privacy_portal.ground.log.appending import append, body
from privacy_portal.ground.log.folders import LogFolder, signed
from privacy_portal.ground.log.merkle import Frontier, leaf_hash
from privacy_portal.ground.log.models import Entry, Head
from privacy_portal.ground.log.notes import COSIGNATURE, Verifier, read_checkpoint, verifier_of
from privacy_portal.ground.log.signing import REFUSAL, InconsistentLogError, Signer
from tests.example import NOON
from tests.tampering import changes, rebuilds

pytestmark = pytest.mark.django_db

LOG = "council.example.org/log"
KEY = Ed25519PrivateKey.from_private_bytes(bytes(32))
COUNTS = [1, 255, 256, 257, 700]


def add(count):
    append([body("test", at=NOON, by=None, number=number) for number in range(count)])


@pytest.fixture
def signer(tmp_path):
    return Signer(tmp_path / "log", KEY, LOG)


def sign(signer, *, whole=True):
    return read_checkpoint(signer.sign(at=NOON, whole=whole))


def stored_root():
    frontier = Frontier()
    for data in Entry.objects.order_by("seq").values_list("body", flat=True):
        frontier.add(leaf_hash(bytes(data)))
    return frontier.root()


@pytest.mark.parametrize("whole", [True, False])
def test_each_checkpoint_vouches_for_all_entries(signer, whole):
    for count in COUNTS:
        add(count)
        checkpoint = sign(signer, whole=whole)
        assert (checkpoint.origin, checkpoint.root) == (LOG, stored_root())
    folder = LogFolder(signer.folder.path)
    assert folder.sizes() == [1, 256, 512, 769, 1469]
    for size in folder.sizes():
        earlier = read_checkpoint(folder.note_of(size))
        assert folder.fits(earlier), size
        assert signed(folder.note_of(size), folder.verifiers()[0])[0] == earlier


def test_an_empty_log_has_a_checkpoint(signer):
    assert sign(signer).size == 0
    add(3)
    assert sign(signer).size == 3


def test_nothing_is_signed_anew_where_nothing_was_added(signer):
    add(5)
    first = signer.sign(at=NOON, whole=True)
    before = {path: path.stat().st_mtime_ns for path in signer.folder.path.rglob("*")
              if path.is_file() and path.name != ".lock"}  # fmt: skip
    assert signer.sign(at=NOON, whole=True) == first
    assert signer.sign(at=NOON, whole=False) == first
    assert before == {path: path.stat().st_mtime_ns for path in before}


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ("UPDATE log_entry SET body = '{\"a\":1}' WHERE seq = 300", "entry 300: is not the one"),
        ("DELETE FROM log_entry WHERE seq = 300", "entry 300: is missing"),
        ("DELETE FROM log_entry WHERE seq >= 400", "entry 400: is missing"),
    ],
)
def test_a_log_that_did_not_grow_is_not_signed(signer, change, why):
    add(500)
    last = signer.sign(at=NOON, whole=True)
    changes(change)
    if change.startswith("UPDATE"):
        rebuilds(300)
        add(1)
    with pytest.raises(InconsistentLogError, match=why):
        sign(signer)
    assert signer.folder.note() == last
    assert why.split(":")[0] in (signer.folder.path / REFUSAL).read_text()


def test_a_refusal_ends_when_the_log_is_whole_again(signer):
    add(500)
    sign(signer)
    with connection.cursor() as cursor:
        cursor.execute("SELECT body FROM log_entry WHERE seq = 7")
        (right,) = cursor.fetchone()
    changes("UPDATE log_entry SET body = '{}' WHERE seq = 7")
    with pytest.raises(InconsistentLogError):
        sign(signer)
    changes("UPDATE log_entry SET body = %s WHERE seq = 7", [right])
    assert sign(signer).size == 500
    assert not (signer.folder.path / REFUSAL).exists()


def test_a_head_that_vouches_for_other_entries_is_not_signed(signer):
    add(10)
    Head.objects.update(frontier=bytes(64))
    with pytest.raises(InconsistentLogError, match="head of the log"):
        sign(signer, whole=False)


@pytest.mark.parametrize("lost", ["tile", "policy"])
def test_lost_tiles_are_made_again_from_the_entries(signer, lost, tmp_path):
    add(600)
    last = sign(signer)
    (signer.folder.path / lost).rename(tmp_path / "lost")
    assert sign(signer, whole=False) == last
    assert signer.folder.fits(last)
    add(5)
    assert signer.folder.fits(sign(signer, whole=False))
    assert signer.folder.verifiers()[0] == [verifier_of(LOG, KEY)]


def test_tiles_that_were_lost_do_not_hide_a_change(signer, tmp_path):
    add(600)
    sign(signer)
    (signer.folder.path / "tile").rename(tmp_path / "lost")
    changes("UPDATE log_entry SET body = '{}' WHERE seq = 7")
    rebuilds(0)
    with pytest.raises(InconsistentLogError, match="the first 600 entries are not those"):
        sign(signer)


def test_the_log_keeps_its_name_and_its_earlier_keys(signer):
    add(5)
    sign(signer)
    later = Ed25519PrivateKey.generate()
    witness = Verifier("witness.example.org", COSIGNATURE, bytes(32))
    add(5)
    moved = Signer(signer.folder.path, later, "elsewhere.example.org/log", "", [witness])
    assert sign(moved).origin == LOG
    logs, witnesses = signer.folder.verifiers()
    assert logs == [verifier_of(LOG, KEY), verifier_of(LOG, later)]
    assert witnesses == [witness]


def test_a_last_checkpoint_by_a_stranger_is_no_beginning(signer, tmp_path):
    add(5)
    sign(Signer(tmp_path / "log", Ed25519PrivateKey.generate(), LOG))
    (tmp_path / "log" / "policy").unlink()
    with pytest.raises(InconsistentLogError, match="the last checkpoint"):
        sign(signer)
