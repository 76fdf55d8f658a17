"""Signed notes and checkpoints, as C2SP writes them: signed-note, tlog-checkpoint, tlog-cosignature.

A note is text and a line for each signature. The byte before a public key names its algorithm, so
that a further one is a further entry of `ALGORITHMS`. Signatures by unknown keys are ignored.
"""

import base64
import binascii
import hashlib
import re
import struct
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from privacy_portal.ground.log.merkle import HASH_BYTES

ED25519, COSIGNATURE = 1, 4
MOST_BYTES = 64 * 1024
_NUMBER = re.compile(r"0|[1-9][0-9]{0,18}")
_NAME = re.compile(r"[^\s+]{1,255}")
_LINE = re.compile(r"— ([^\s+]+) ([A-Za-z0-9+/]+={0,2})")


class NoteError(ValueError):
    """Text is no signed note, checkpoint or key as C2SP describes them; the message says why."""


@dataclass(frozen=True, slots=True)
class Verifier:
    """A public key with its name: `algorithm` is the byte before the key, 1 for Ed25519 and 4 for
    Ed25519 cosignatures with a time."""

    name: str
    algorithm: int
    key: bytes

    @property
    def key_id(self) -> bytes:
        """Return the 4 bytes by which a signature names this key."""
        return hashlib.sha256(
            self.name.encode() + b"\n" + bytes([self.algorithm]) + self.key
        ).digest()[:4]

    def __str__(self) -> str:
        """Return the key as policies and verifiers write it (vkey)."""
        key = base64.b64encode(bytes([self.algorithm]) + self.key).decode()
        return f"{self.name}+{self.key_id.hex()}+{key}"


@dataclass(frozen=True, slots=True)
class Signature:
    """A signature of a note: the name of its key, the key's id of 4 bytes, and the bytes."""

    name: str
    key_id: bytes
    data: bytes

    def __str__(self) -> str:
        return f"— {self.name} {base64.b64encode(self.key_id + self.data).decode()}"


@dataclass(frozen=True, slots=True)
class Note:
    """Text that ends in a newline, and its signatures."""

    text: str
    signatures: tuple[Signature, ...]

    def __str__(self) -> str:
        return f"{self.text}\n" + "".join(f"{signature}\n" for signature in self.signatures)


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """What a checkpoint says: of which log (`origin`), how many entries, and the root over them."""

    origin: str
    size: int
    root: bytes

    @property
    def text(self) -> str:
        """Return the text that is signed."""
        return f"{self.origin}\n{self.size}\n{base64.b64encode(self.root).decode()}\n"


def read_verifier(text: str) -> Verifier:
    """Read a vkey. Raises NoteError where it is none, or its id is not that of its key."""
    name, _, rest = text.strip().partition("+")
    key_id, _, encoded = rest.partition("+")
    key = _decoded(encoded)
    if not _NAME.fullmatch(name) or len(key) < 2:
        raise NoteError(f"this is no key of a log or witness: {text.strip()[:80]!r}")
    verifier = Verifier(name, key[0], key[1:])
    if verifier.key_id.hex() != key_id:
        raise NoteError(f"the key of {name} does not have the number it says")
    return verifier


def read_note(text: str) -> Note:
    """Read a signed note. Raises NoteError where it is none."""
    if len(text.encode()) > MOST_BYTES:
        raise NoteError("the note is too long")
    body, separator, tail = text.rpartition("\n\n")
    if not separator or not tail.endswith("\n"):
        raise NoteError("the note has no signature")
    signatures = []
    for line in tail.removesuffix("\n").split("\n"):
        match = _LINE.fullmatch(line)
        data = _decoded(match[2]) if match else b""
        if match is None or len(data) < 5:
            raise NoteError(f"this line is no signature: {line[:80]!r}")
        signatures.append(Signature(match[1], data[:4], data[4:]))
    return Note(f"{body}\n", tuple(signatures))


def read_checkpoint(note: Note) -> Checkpoint:
    """Return what a checkpoint says. Raises NoteError where the text is none."""
    lines = note.text.split("\n")
    if len(lines) < 4 or lines[-1] or not all(lines[:-1]):
        raise NoteError("a checkpoint has three lines: the log, its size and its root")
    origin, size, root = lines[0], lines[1], _decoded(lines[2])
    if not _NUMBER.fullmatch(size) or len(root) != HASH_BYTES:
        raise NoteError("the size or the root of the checkpoint cannot be read")
    return Checkpoint(origin, int(size), root)


def sign(text: str, name: str, key: Ed25519PrivateKey) -> Signature:
    """Sign the text of a note with a log's key."""
    return Signature(name, verifier_of(name, key).key_id, key.sign(text.encode()))


def verifier_of(name: str, key: Ed25519PrivateKey) -> Verifier:
    """Return the public part of a log's key."""
    return Verifier(name, ED25519, key.public_key().public_bytes_raw())


def _plain(text: str, data: bytes, key: bytes) -> datetime | None:
    Ed25519PublicKey.from_public_bytes(key).verify(data, text.encode())
    return None


def _timed(text: str, data: bytes, key: bytes) -> datetime | None:
    if len(data) != 72:
        raise InvalidSignature
    (at,) = struct.unpack(">Q", data[:8])
    message = f"cosignature/v1\ntime {at}\n{text}".encode()
    Ed25519PublicKey.from_public_bytes(key).verify(data[8:], message)
    try:
        return datetime.fromtimestamp(at, UTC)
    except (ValueError, OverflowError, OSError) as error:
        raise InvalidSignature from error


# Of each algorithm how a signature is checked; returns the time it vouches for, if any.
ALGORITHMS: Mapping[int, Callable[[str, bytes, bytes], datetime | None]] = {
    ED25519: _plain,
    COSIGNATURE: _timed,
}


@dataclass(frozen=True, slots=True)
class Verified:
    """A signature that holds: by whose key, and at what time by the signer's clock (cosignatures)."""

    verifier: Verifier
    signature: Signature
    at: datetime | None


def verified(note: Note, verifiers: Iterable[Verifier]) -> list[Verified]:
    """Return the signatures of a note that these keys made, in the note's order.

    Raises NoteError where one names such a key but is not by it. Others are ignored.
    """
    known = {(verifier.name, verifier.key_id): verifier for verifier in verifiers}
    signatures = []
    for signature in note.signatures:
        verifier = known.get((signature.name, signature.key_id))
        if verifier is None or verifier.algorithm not in ALGORITHMS:
            continue
        try:
            at = ALGORITHMS[verifier.algorithm](note.text, signature.data, verifier.key)
        except (InvalidSignature, ValueError) as error:
            raise NoteError(f"the signature of {signature.name} is not theirs") from error
        signatures.append(Verified(verifier, signature, at))
    return signatures


def policy_text(logs: Iterable[Verifier], witnesses: Iterable[Verifier], address: str) -> str:
    """Return a trust policy (C2SP tlog-policy): a checkpoint counts with the signature of the log.

    Cosignatures come later, so none is asked for; whoever wants some names them in a policy of their own.
    """
    lines = [f"log {log} {address}".rstrip() for log in logs]
    lines += [f"witness {re.sub(r'[^A-Za-z0-9.-]', '-', key.name)} {key}" for key in witnesses]
    return "\n".join([*lines, "quorum none"]) + "\n"


def _decoded(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise NoteError(f"this is not base64: {text[:80]!r}") from error
