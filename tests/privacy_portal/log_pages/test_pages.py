"""Anyone reads checkpoints, tiles and keys of the log; witnesses send cosignatures (L3a)."""

import struct

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.urls import reverse

from privacy_portal.ground.log.appending import append, body
from privacy_portal.ground.log.checkpoints import signer
from privacy_portal.ground.log.folders import signed
from privacy_portal.ground.log.merkle import leaf_hash
from privacy_portal.ground.log.models import Cosignature, Entry
from privacy_portal.ground.log.notes import (
    COSIGNATURE,
    Note,
    Signature,
    Verifier,
    read_note,
    read_verifier,
)
from privacy_portal.log_pages import views
from tests.example import NOON

pytestmark = pytest.mark.django_db
WITNESS = Ed25519PrivateKey.from_private_bytes(bytes([7]) * 32)
VERIFIER = Verifier("witness.example.org", COSIGNATURE, WITNESS.public_key().public_bytes_raw())


@pytest.fixture
def folder(settings, tmp_path):
    settings.LOG_FOLDER = tmp_path / "log"
    keys = tmp_path / "witnesses"
    keys.write_text(f"# who checks\n{VERIFIER}\n")
    settings.LOG_WITNESSES_FILE = str(keys)
    return settings.LOG_FOLDER


@pytest.fixture
def note(folder):
    append([body("test", at=NOON, by=None, number=number) for number in range(300)])
    return signer().sign(at=NOON, whole=True)


def cosigned(note, at=1_790_000_000, name=VERIFIER.name):
    message = f"cosignature/v1\ntime {at}\n{note.text}".encode()
    data = struct.pack(">Q", at) + WITNESS.sign(message)
    return str(Note(note.text, (Signature(name, VERIFIER.key_id, data),)))


def sends(client, text):
    return client.post("/log/cosignature", text, content_type="text/plain")


def test_before_the_first_checkpoint_there_is_none(folder, client):
    assert "We have not published a checkpoint yet." in client.get("/log/").text
    for address in ("/log/checkpoint", "/log/policy", "/log/tile/0/000.p/1"):
        assert client.get(address).status_code == 404, address


def test_the_checkpoint_is_signed_with_a_key_of_the_policy(note, client):
    answer = client.get("/log/checkpoint")
    assert answer["Content-Type"] == "text/plain; charset=utf-8"
    assert answer.text == str(note)
    line, witness, quorum = client.get("/log/policy").text.splitlines()
    key = read_verifier(line.split()[1])
    assert signed(read_note(answer.text), [key])[0].size == Entry.objects.count()
    assert (witness, quorum) == (f"witness {VERIFIER.name} {VERIFIER}", "quorum none")
    page = client.get("/log/").text
    assert f"{Entry.objects.count():,}" in page
    assert "No witness has signed this checkpoint yet." in page


def test_tiles_are_the_hashes_of_the_entries_and_never_change(note, client):
    first = client.get("/log/tile/0/000")
    assert first["Cache-Control"] == "public, max-age=31536000, immutable"
    bodies = Entry.objects.order_by("seq").values_list("body", flat=True)[:256]
    assert first.content == b"".join(leaf_hash(bytes(data)) for data in bodies)
    assert len(client.get(f"/log/tile/0/001.p/{Entry.objects.count() - 256}").content) % 32 == 0


@pytest.mark.parametrize(
    "path", ["0/../checkpoint", "0/000/", "00/000", "64/000", "0/1000", "0/000.p/0", "0/x001/000"]
)
def test_nothing_else_of_the_folder_is_given_out(note, client, path):
    assert client.get(f"/log/tile/{path}").status_code == 404
    for name in ("checkpoints", ".lock", "settings.py", "verify_log.pyc"):
        assert client.get(f"/log/{name}").status_code == 404, name


@pytest.mark.parametrize("name", views.PROGRAMS)
def test_the_programs_that_check_it_can_be_downloaded(client, name):
    answer = client.get(reverse("log-program", args=[name]))
    assert answer["Content-Disposition"] == f'attachment; filename="{name}"'
    compile(answer.text, name, "exec")


def test_the_page_says_why_programs_and_key_are_better_not_taken_from_us_alone(note, client):
    page = " ".join(client.get("/log/").text.split())
    assert "It is better not to get the programs from us." in page
    assert "letter or by phone, and compare it" in page
    assert 'href="/sharing/disclosures/#check"' in page


def test_a_witness_cosigns_the_checkpoint_once(note, client):
    for _ in range(2):
        answer = sends(client, cosigned(note))
        assert (answer.status_code, answer.text) == (
            200, "Thank you. Cosigned by witness.example.org.\n",
        )  # fmt: skip
    assert Cosignature.objects.count() == 1
    given = read_note(client.get("/log/checkpoint").text)
    assert [signature.name for signature in given.signatures][1:] == [VERIFIER.name]
    assert "witness.example.org, on 21 September 2026" in client.get("/log/").text


def test_other_cosignatures_are_not_taken(note, client):
    right = read_note(cosigned(note))
    (line,) = right.signatures
    forged = Note(right.text, (Signature(line.name, line.key_id, bytes(72)),))
    for text, status, said in (
        ("nonsense", 400, "has no signature"),
        (str(forged), 400, "the signature of witness.example.org is not theirs"),
        (cosigned(note, name="stranger.example.org"), 403, "by a witness that this log knows"),
        ("x" * 70_000, 413, "too long"),
    ):
        answer = sends(client, text)
        assert (answer.status_code, said in answer.text) == (status, True), answer.text
    assert client.post("/log/cosignature", b"\xff", content_type="text/plain").status_code == 400
    assert not Cosignature.objects.exists()


def test_a_cosignature_of_another_log_is_not_taken(note, client):
    other = Note(note.text.replace("log\n", "other\n", 1), note.signatures)
    answer = sends(client, cosigned(other))
    assert (answer.status_code, answer.text) == (404, "This log has signed no such checkpoint.\n")


def test_one_place_cannot_send_without_end(note, client, monkeypatch):
    monkeypatch.setattr(views, "MOST_AN_HOUR", 2)
    assert [sends(client, "x").status_code for _ in range(3)] == [400, 400, 429]


def test_a_folder_that_cannot_be_read_is_no_checkpoint(note, folder, client):
    (folder / "checkpoint").write_bytes(b"\xff\xfe")
    assert client.get("/log/checkpoint").status_code == 404
    assert client.get("/log/").status_code == 200
