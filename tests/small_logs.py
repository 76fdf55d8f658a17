"""Small logs for the programs of auditors and witnesses, made by the definitions of RFC 6962 and C2SP
alone: none of the code that is tested takes part."""

import base64
import contextlib
import hashlib
import io
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

ORIGIN = "portal.example/log"


def text(data: bytes) -> str:
    return base64.b64encode(data).decode()


def leaf(entry: bytes) -> bytes:
    return hashlib.sha256(b"\x00" + entry).digest()


def tree_hash(leaves: Sequence[bytes], begin: int = 0, end: int | None = None) -> bytes:
    """MTH of section 2.1, word for word: D[begin:end]."""
    end = len(leaves) if end is None else end
    if end == begin:
        return hashlib.sha256(b"").digest()
    if end - begin == 1:
        return leaves[begin]
    split = begin + (1 << (end - begin - 1).bit_length() - 1)
    parts = tree_hash(leaves, begin, split) + tree_hash(leaves, split, end)
    return hashlib.sha256(b"\x01" + parts).digest()


def path_to(index: int, leaves: Sequence[bytes]) -> list[bytes]:
    """PATH of section 2.1.1, word for word."""
    if len(leaves) == 1:
        return []
    split = 1
    while split * 2 < len(leaves):
        split *= 2
    if index < split:
        return [*path_to(index, leaves[:split]), tree_hash(leaves[split:])]
    return [*path_to(index - split, leaves[split:]), tree_hash(leaves[:split])]


class SigningKey:
    """A key of a log (kind 1) or of a witness (kind 4)."""

    def __init__(self, name: str, kind: int, seed: str):
        self.name, self.kind = name, kind
        self.private = Ed25519PrivateKey.from_private_bytes(hashlib.sha256(seed.encode()).digest())
        self.public = bytes([kind]) + self.private.public_key().public_bytes_raw()
        self.number = hashlib.sha256(name.encode() + b"\n" + self.public).digest()[:4]
        self.vkey = f"{name}+{self.number.hex()}+{text(self.public)}"

    def line(self, body: bytes, time: int = 0) -> str:
        if self.kind == 1:
            signature = self.private.sign(body)
        else:
            stamped = b"cosignature/v1\ntime " + str(time).encode() + b"\n" + body
            signature = time.to_bytes(8, "big") + self.private.sign(stamped)
        return f"— {self.name} {text(self.number + signature)}\n"


LOG_KEY = SigningKey(ORIGIN, 1, "log")
NEW_KEY = SigningKey(ORIGIN, 1, "the log's next key")
WITNESSES = [SigningKey(f"{name}.example", 4, name) for name in ("dpo", "bolton", "connexions")]


def cosignature_time(note: bytes, vkey: str) -> int:
    """Return the time of a cosignature on a note; raise InvalidSignature unless it is valid."""
    name, number, coded = vkey.split("+", 2)
    body, _, signatures = note.decode().rpartition("\n\n")
    (line,) = [row for row in signatures.splitlines() if row.startswith(f"— {name} ")]
    data, public = base64.b64decode(line.split(" ")[2]), base64.b64decode(coded)
    assert (data[:4].hex(), public[0]) == (number, 4)
    time = int.from_bytes(data[4:12], "big")
    message = f"cosignature/v1\ntime {time}\n{body}\n".encode()
    Ed25519PublicKey.from_public_bytes(public[1:]).verify(data[12:], message)
    return time


@lru_cache(maxsize=100_000)
def entry(number: int, note: str = "") -> bytes:
    """Return the body of an entry, as the portal writes it."""
    body = {"at": "2026-11-30T12:00:00.000000+00:00", "event": "looked-at-pupil", "number": number}
    body |= {"note": note} if note else {}
    return canonical(body)


def canonical(body: dict[str, object]) -> bytes:
    """Return an entry's body in the one way of writing it."""
    return json.dumps(body, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


class SmallLog:
    """A log of some entries, and the files that it gives out."""

    def __init__(self, entries: int | Sequence[bytes], origin: str = ORIGIN):
        self.origin = origin
        self.entries = (
            [entry(each) for each in range(entries)] if isinstance(entries, int) else [*entries]
        )
        self.leaves = [leaf(each) for each in self.entries]
        self.bodies: dict[int, bytes] = {}

    def body(self, size: int | None = None) -> bytes:
        size = len(self.leaves) if size is None else size
        if size not in self.bodies:
            root = text(tree_hash(self.leaves, 0, size))
            self.bodies[size] = f"{self.origin}\n{size}\n{root}\n".encode()
        return self.bodies[size]

    def checkpoint(
        self,
        size: int | None = None,
        *,
        keys: Sequence[SigningKey] = (LOG_KEY,),
        time: int = 1_790_000_000,
    ) -> bytes:
        body = self.body(size)
        return body + b"\n" + "".join(key.line(body, time) for key in keys).encode()

    def proof(self, index: int, size: int | None = None, *, extra: bool = True) -> bytes:
        path = path_to(index, self.leaves[:size])
        lines = ["c2sp.org/tlog-proof@v1"]
        lines += [f"extra {text(self.entries[index])}"] if extra else []
        lines += [f"index {index}", *map(text, path), "", ""]
        return "\n".join(lines).encode() + self.checkpoint(size)

    def export(self) -> bytes:
        return b"".join(each + b"\n" for each in self.entries)

    def tiles(self, size: int | None = None) -> dict[str, bytes]:
        """Return the content of each tile of a tree, by its name."""
        leaves, tiles, level = self.leaves[:size], dict[str, bytes](), 0
        while leaves:
            for first in range(0, len(leaves), 256):
                hashes = leaves[first : first + 256]
                digits = f"{first // 256:03}"
                while len(digits) % 3:
                    digits = f"0{digits}"
                parts = [digits[at : at + 3] for at in range(0, len(digits), 3)]
                name = "/".join([*(f"x{part}" for part in parts[:-1]), parts[-1]])
                partial = "" if len(hashes) == 256 else f".p/{len(hashes)}"
                tiles[f"tile/{level}/{name}{partial}"] = b"".join(hashes)
            whole = len(leaves) // 256 * 256
            leaves = [tree_hash(leaves[at : at + 256]) for at in range(0, whole, 256)]
            level += 1
        return tiles

    def publish(
        self, folder: Path, size: int | None = None, *, policy: bytes | None = None
    ) -> Path:
        files = {
            "checkpoint": self.checkpoint(size),
            "policy": policy or policy_of(),
            **self.tiles(size),
        }
        for name, data in files.items():
            file = folder / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(data)
        return folder


def policy_of(
    logs: Sequence[SigningKey] = (LOG_KEY,),
    *,
    needed: str = "none",
    witnesses: Sequence[SigningKey] = WITNESSES,
) -> bytes:
    lines = [f"log {key.vkey} https://portal.example/log" for key in logs]
    lines += [f"witness {key.name.split('.')[0]} {key.vkey}" for key in witnesses]
    names = " ".join(key.name.split(".")[0] for key in witnesses)
    lines += [f"group witnesses {needed} {names}"] if needed != "none" else []
    return "\n".join([*lines, f"quorum {'none' if needed == 'none' else 'witnesses'}", ""]).encode()


@dataclass(frozen=True)
class Answer:
    """How a program ended, and what it wrote."""

    code: int
    out: str
    errors: str


def answer(main: Callable[[list[str]], int], *arguments: object) -> Answer:
    """Call a program's `main` in this process."""
    out, errors = (io.TextIOWrapper(io.BytesIO(), "utf-8", newline="") for _ in range(2))
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(errors):
        try:
            code = main([str(each) for each in arguments])
        except SystemExit as ended:
            code = int(ended.code or 0)
    out.flush()
    errors.flush()
    assert isinstance(out.buffer, io.BytesIO)
    assert isinstance(errors.buffer, io.BytesIO)
    return Answer(code, out.buffer.getvalue().decode(), errors.buffer.getvalue().decode())
