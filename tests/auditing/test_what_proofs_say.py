"""What `verify_log.py` says of a proof that holds: what its entry says, and of which files it has the fingerprint."""

import hashlib
import json
from functools import partial

import pytest

import verify_log
from tests.small_logs import LOG_KEY, SmallLog, answer, canonical, entry

KEY = ("--key", LOG_KEY.vkey)
verify = partial(answer, verify_log.main)


def test_what_a_proved_entry_says_is_shown_and_is_to_be_compared(files):
    """A proof of somebody else's receipt holds too."""
    said = {"at": "2026-12-01T05:51:22Z", "event": "opted-out", "request": "6FN\n  - 3", "n": [1]}
    log = SmallLog([entry(0), canonical(said)])
    done = verify(*files(proof=log.proof(1)), *KEY)
    assert done.code == 0
    assert (
        "proves entry 1, which says:\n      event: opted-out\n      at: 2026-12-01T05:51:22Z\n"
        "      n: [1]\n      request: 6FN?  - 3\n"
    ) in done.out
    assert "not that the entry is about you: compare what it says" in done.out
    found = json.loads(verify(*files(proof=log.proof(1)), *KEY, "--json").out)
    assert [(each["entry"], each["says"]) for each in found["proofs"]] == [(1, said)]
    long = SmallLog([canonical({"event": "x" * 1000})])
    assert "x" * 200 + " …\n" in verify(*files(proof=long.proof(0)), *KEY).out


@pytest.mark.parametrize(
    "data",
    [b"\xef\xbb\xbfUPN,Surname\r\nA1,Barlow\r\n", b"PK\x03\x04\x00", b'{"month": "2026-12"}', b'{\n "a": 1\n}\n', b""],
)  # fmt: skip
def test_a_file_is_compared_with_the_fingerprint_that_a_proved_entry_names(files, data):
    shared = {"at": "x", "event": "released", "file": {"sha256": hashlib.sha256(data).hexdigest()}}
    log = SmallLog([entry(0), canonical(shared)])
    given_files = files(proof=log.proof(1), data=data)
    done = verify(*given_files, *KEY)
    assert done.code == 0, done
    assert "data is a file that entry 1 names: its fingerprint (SHA-256) is" in done.out


def test_a_file_that_no_proof_names_is_told(files):
    shared = {"event": "released", "sha256": hashlib.sha256(b"UPN\r\nA1\r\n").hexdigest()}
    log = SmallLog([entry(0), canonical(shared)])
    done = verify(*files(proof=log.proof(1), data=b"UPN\r\nA2\r\n"), *KEY)
    assert done.code == 3
    assert "data is not a file that a proof names: its fingerprint (SHA-256) is" in done.out
    done = verify(*files(proof=log.proof(0), data=b"UPN\r\nA2\r\n"), *KEY)
    assert done.code == 2
    assert "data: line 1: a control character" in done.errors
