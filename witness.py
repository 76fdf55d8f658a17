#!/usr/bin/env python3
"""Be a witness of the council's log: check that it has only grown, and sign that you saw it.

The council's log says what it did with information about children. Each time you check, this
program fetches the log's newest checkpoint (how many entries there are, and one number worked out
from all of them), proves from the published hashes that the log still begins with everything it had
when you last checked, and cosigns the checkpoint. So the council cannot change or remove an entry,
or show you one log and others another, without this program telling you. It sees hashes only, no
entries, and needs no account. A protection officer, a neighbouring council and any organisation
that gets data can be a witness.

  python witness.py init council.example/protection-officer    once: makes your key; send the line
                                                               that it prints to the council
  python witness.py check https://portal.example/log --send    each day: checks, cosigns, hands in
  python witness.py show                                       what you have seen so far

The first check trusts what it is shown, and says so. Compare the key that it prints with the one
the council gave you by letter, or hand that over with --key. What was seen is kept in the folder
.log-witness in your home folder: keep a copy of it.

Exit code 0: the log has only grown. 2: it could not be checked (network, wrong use), or only the
cosignature was not taken, which is said; try again. 3: the log shrank, was changed or is signed by
somebody else: nothing was cosigned, the evidence was kept, and the message says whom to tell.

Formats: c2sp.org signed-note, tlog-checkpoint, tlog-cosignature, tlog-policy and tlog-tiles. Needs
Python 3.9 or newer and the package cryptography.
"""

from __future__ import annotations

import argparse
import base64
import binascii
import contextlib
import hashlib
import io
import ipaddress
import json
import os
import re
import sys
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.client import HTTPException, HTTPMessage
from pathlib import Path
from typing import IO, Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

if sys.platform == "win32":
    import msvcrt
else:
    import fcntl

ED25519, COSIGNATURE = 1, 4
NOTE_BYTES, TILE_BYTES, ANSWER_BYTES = 250_000, 8192, 4000
WHOM_TO_TELL = """Nothing was cosigned. Delete nothing, and do not check again with another key.
Tell the council's data protection officer and its auditor, by phone, today. If you are one of them,
tell the other. If they cannot explain it, tell the Information Commissioner. Send them this folder,
which has what was seen before and what was shown now:"""


class CannotCheckError(Exception):
    """The log could not be checked now; it says nothing about the log."""


class NotTakenError(Exception):
    """The log was checked, but the log did not take the cosignature."""


class TileError(Exception):
    """A published tile does not lead to the root of the checkpoint."""


class RefusedError(Exception):
    """The log is not the one that was seen before, or has not only grown."""


# --- Keys and notes -------------------------------------------------------------------------------


def base64_bytes(text: str) -> bytes:
    """Return what base64 stands for, or nothing unless it is written in the one exact way."""
    try:
        data = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return b""
    return data if base64.b64encode(data).decode() == text else b""


def is_name(text: str) -> bool:
    """Whether a key may be called that: no spaces, no plus, not empty."""
    return text.isprintable() and bool(text) and not re.search(r"[\s+]", text)


def key_number(name: str, kind: int, public: bytes) -> bytes:
    """Return the four bytes by which signatures name a key."""
    return hashlib.sha256(name.encode() + b"\n" + bytes([kind]) + public).digest()[:4]


def written_key(name: str, kind: int, public: bytes) -> str:
    """Return a public key as one line, a vkey."""
    coded = base64.b64encode(bytes([kind]) + public).decode()
    return f"{name}+{key_number(name, kind, public).hex()}+{coded}"


def log_key(vkey: str) -> tuple[str, bytes, bytes]:
    """Return name, number and public key of a log's Ed25519 key. Raises CannotCheckError."""
    name, _, rest = vkey.partition("+")
    data = base64_bytes(rest.partition("+")[2])
    if len(data) != 33 or data[0] != ED25519 or vkey != written_key(name, ED25519, data[1:]):
        raise CannotCheckError(f"‘{vkey}’ is not the key of a log, or is mistyped.")
    return name, key_number(name, ED25519, data[1:]), data[1:]


def keys_of_policy(data: bytes) -> list[str]:
    """Return the Ed25519 keys of the logs in a policy file. Raises CannotCheckError."""
    rows = [row.split() for row in data.decode("utf-8", "replace").split("\n")]
    keys = [row[1] for row in rows if row[:1] == ["log"] and len(row) > 1]
    kinds = [base64_bytes(key.split("+", 2)[-1])[:1] for key in keys]
    usable = [key for key, kind in zip(keys, kinds) if kind in (b"", bytes([ED25519]))]
    for key in usable:
        log_key(key)
    if not usable:
        raise CannotCheckError("The policy names no log whose signatures can be checked.")
    return usable


@dataclass(frozen=True)
class Checkpoint:
    """A signed note that says how large a log is, and its root."""

    note: bytes
    text: bytes
    origin: str
    size: int
    root: bytes
    signatures: list[tuple[str, bytes, bytes]]

    @classmethod
    def read(cls, note: bytes) -> Checkpoint:
        """Read a note. Raises CannotCheckError when it is no checkpoint."""
        wrong = CannotCheckError("What is published as the checkpoint is none: it is malformed.")
        try:
            text, gap, after = note.decode().rpartition("\n\n")
        except UnicodeDecodeError:
            raise wrong from None
        lines, rows = text.split("\n"), after.split("\n")
        if re.search(rb"[\x00-\x09\x0b-\x1f]", note) or not gap or rows.pop() or not rows:
            raise wrong
        if len(lines) < 3 or not all(lines) or len({*rows}) < len(rows):
            raise wrong
        root = base64_bytes(lines[2])
        if not re.fullmatch("0|[1-9][0-9]{0,17}", lines[1], re.ASCII) or len(root) != 32:
            raise wrong
        signatures = []
        for row in rows:
            dash, _, signature = row.partition(" ")
            name, _, coded = signature.partition(" ")
            data = base64_bytes(coded)
            if dash != "—" or not is_name(name) or len(data) < 5:
                raise wrong
            signatures.append((name, data[:4], data[4:]))
        return cls(note, text.encode() + b"\n", lines[0], int(lines[1]), root, signatures)

    def signed_by(self, vkeys: list[str]) -> bool:
        """Whether one of these keys signed. Raises RefusedError for a wrong signature by one."""
        signers = 0
        for name, number, public in map(log_key, vkeys):
            for signature in self.signatures:
                if signature[:2] == (name, number) and name == self.origin:
                    try:
                        Ed25519PublicKey.from_public_bytes(public).verify(signature[2], self.text)
                    except InvalidSignature:
                        raise RefusedError(
                            "The checkpoint bears a signature in the log's name that is wrong: "
                            "it was forged, or damaged on its way."
                        ) from None
                    signers += 1
        return signers > 0


class OwnKey:
    """The witness's own key, in a file that only its owner may read."""

    def __init__(self, name: str, seed: bytes):
        self.name, self._private = name, Ed25519PrivateKey.from_private_bytes(seed)
        self.public = self._private.public_key().public_bytes_raw()
        self.vkey = written_key(name, COSIGNATURE, self.public)

    @classmethod
    def make(cls, name: str, file: Path) -> OwnKey:
        """Make a key and write its file. Raises CannotCheckError, also when there is one already."""
        if not is_name(name):
            raise CannotCheckError("The name of a witness has no spaces and no plus.")
        private = Ed25519PrivateKey.generate()
        raw, kind = serialization.Encoding.Raw, serialization.PrivateFormat.Raw
        seed = private.private_bytes(raw, kind, serialization.NoEncryption())
        key = cls(name, seed)
        coded = base64.b64encode(bytes([COSIGNATURE]) + seed).decode()
        number = key_number(name, COSIGNATURE, key.public).hex()
        if file.exists():
            raise CannotCheckError(f"There is a key already, in {file}.")
        write_safely(file, f"PRIVATE+KEY+{name}+{number}+{coded}\n".encode())
        return key

    @classmethod
    def read(cls, file: Path) -> OwnKey | None:
        """Return the key, or None when none was made. Raises CannotCheckError."""
        if not file.exists():
            return None
        if os.name == "posix" and file.stat().st_mode & 0o077:
            raise CannotCheckError(f"Others can read your key: chmod 600 {file}")
        words = file.read_text().strip().split("+", 4)
        data = base64_bytes(words[-1])
        if (
            len(words) != 5
            or words[:2] != ["PRIVATE", "KEY"]
            or data[:1] != b"\x04"
            or len(data) != 33
        ):
            raise CannotCheckError(f"{file} is not the key of a witness.")
        key = cls(words[2], data[1:])
        if key_number(key.name, COSIGNATURE, key.public).hex() != words[3]:
            raise CannotCheckError(f"{file} was damaged.")
        return key

    def cosign(self, checkpoint: Checkpoint, now: int) -> bytes:
        """Return the checkpoint's text with this witness's signature and the time."""
        text = b"cosignature/v1\ntime %d\n" % now + checkpoint.text
        number = key_number(self.name, COSIGNATURE, self.public)
        signature = number + now.to_bytes(8, "big") + self._private.sign(text)
        coded = base64.b64encode(signature).decode()
        return checkpoint.text + f"\n— {self.name} {coded}\n".encode()


# --- Where the log is published -------------------------------------------------------------------


class Folder:
    """Published files in a folder on this computer."""

    def __init__(self, path: str):
        self.prefix = str(Path(path).resolve())

    def read(self, name: str, limit: int) -> bytes | None:
        """Return a file, or None when there is none. Raises CannotCheckError when it is too long."""
        try:
            with open(Path(self.prefix) / name, "rb") as stream:
                data = stream.read(limit + 1)
        except FileNotFoundError:
            return None
        if len(data) > limit:
            raise CannotCheckError(f"{name} is longer than such a file can be.")
        return data


class Web:
    """Published files on a web server: within a time, up to a length, and from that server only."""

    def __init__(self, prefix: str, allow_http: bool, seconds: float):
        self.prefix, self.seconds = prefix.rstrip("/"), seconds
        try:
            parts = urllib.parse.urlsplit(prefix)
            host = parts.hostname or ""
        except ValueError as error:
            raise CannotCheckError(f"{prefix} is not the address of a log: {error}.") from None
        local = host == "localhost" or is_loopback(host)
        if parts.scheme not in ("http", "https") or not host or parts.query or parts.fragment:
            raise CannotCheckError(f"{prefix} is not the address of a log.")
        if parts.scheme == "http" and not local and not allow_http:
            raise CannotCheckError(f"{prefix} is not https. If that is meant, say --allow-http.")
        direct = [urllib.request.ProxyHandler({})] if local else []
        self._opener = urllib.request.build_opener(SameServer(self.prefix), *direct)

    def read(self, name: str, limit: int) -> bytes | None:
        """Return a file, or None when the server has none. Raises CannotCheckError."""
        status, data = self._ask(name, limit, None)
        if status in (404, 410):
            return None
        if status != 200:
            raise CannotCheckError(f"{self.prefix}/{name}: the server answered {status}.")
        return data

    def send(self, name: str, data: bytes) -> tuple[int, str]:
        """Hand in a text; return the status and the sentence that the server answered."""
        status, answer = self._ask(name, ANSWER_BYTES, data)
        return status, answer.decode("utf-8", "replace").strip()

    def _ask(self, name: str, limit: int, data: bytes | None) -> tuple[int, bytes]:
        headers = {"User-Agent": "log-witness", "Cache-Control": "no-cache"}
        if data is not None:
            headers["Content-Type"] = "text/plain; charset=utf-8"
        request = urllib.request.Request(f"{self.prefix}/{name}", data, headers)
        answers: list[tuple[int, bytes] | Exception] = []

        def ask() -> None:
            try:
                try:
                    response = self._opener.open(request, timeout=self.seconds)
                except urllib.error.HTTPError as error:
                    response = error
                with response:
                    data = response.read(limit + 1)
                    if getattr(response, "length", None) and len(data) <= limit:
                        raise CannotCheckError("the answer was cut off.")
                    answers.append((response.status, data))
            except (OSError, ValueError, HTTPException, CannotCheckError) as error:
                answers.append(error)

        # The time limit of a socket is for each piece of an answer, and there is none for names.
        thread = threading.Thread(target=ask, daemon=True)
        thread.start()
        thread.join(self.seconds)
        address = f"{self.prefix}/{name}"
        if not answers:
            raise CannotCheckError(f"{address}: no whole answer within {self.seconds:g} seconds.")
        answer = answers[0]
        if isinstance(answer, Exception):
            raise CannotCheckError(f"{address}: {answer}")
        if len(answer[1]) > limit:
            raise CannotCheckError(f"{address}: the answer is longer than it can be.")
        return answer


class SameServer(urllib.request.HTTPRedirectHandler):
    """Follows a redirect only within the server that was asked, and none of what is handed in."""

    def __init__(self, prefix: str):
        self._server = urllib.parse.urlsplit(prefix)[:2]

    def redirect_request(
        self, req: urllib.request.Request, fp: IO[bytes], code: int, msg: str,
        headers: HTTPMessage, newurl: str,
    ) -> urllib.request.Request | None:  # fmt: skip
        """Return the next request. Raises CannotCheckError when it leads elsewhere."""
        if urllib.parse.urlsplit(newurl)[:2] != self._server or req.data is not None:
            fp.close()
            raise CannotCheckError(f"the server sends on to {newurl}, which is not followed.")
        return super().redirect_request(req, fp, code, msg, headers, newurl)


def is_loopback(host: str) -> bool:
    """Whether an address is this computer's own."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


# --- The tree -------------------------------------------------------------------------------------


def node_hash(left: bytes, right: bytes) -> bytes:
    """Return the hash of a node above two others."""
    return hashlib.sha256(b"\x01" + left + right).digest()


def root_of(parts: list[tuple[bytes, int]]) -> bytes:
    """Return the root above complete subtrees, each with its number of entries, largest first."""
    stack: list[tuple[bytes, int]] = []
    for root, count in parts:
        while stack and stack[-1][1] == count:
            root, count = node_hash(stack.pop()[0], root), 2 * count
        stack.append((root, count))
    if not stack:
        return hashlib.sha256(b"").digest()
    root = stack.pop()[0]
    while stack:
        root = node_hash(stack.pop()[0], root)
    return root


class Tree:
    """The tree of a checkpoint, from its tiles: each is proved to belong to it before it is used."""

    def __init__(self, source: Folder | Web, checkpoint: Checkpoint):
        self.source, self.size = source, checkpoint.size
        self.levels = range((self.size.bit_length() + 7) // 8)
        self.proved: dict[tuple[int, int], list[bytes]] = {}
        edge = [self._place(level, self.size) for level in self.levels]
        for level, (number, width) in enumerate(edge):
            self.proved[level, number] = self._fetch(level, number, width) if width else []
        if self.root_at(self.size) != checkpoint.root:
            raise TileError("the newest tiles do not lead to the root of the checkpoint")

    def root_at(self, size: int) -> bytes:
        """Return the root that the tree had at a smaller size. Raises TileError."""
        parts = []
        for level in reversed(self.levels):
            number, width = self._place(level, size)
            hashes = self._prove(level, number)[:width] if width else []
            parts += [(each, 256**level) for each in hashes]
        return root_of(parts)

    @staticmethod
    def _place(level: int, size: int) -> tuple[int, int]:
        """Return the number of the last tile of a level in a tree of that size, and its width."""
        return size >> 8 * (level + 1), (size >> 8 * level) % 256

    def _prove(self, level: int, number: int) -> list[bytes]:
        """Return the hashes of a tile, once the tile above has said what they lead to."""
        if (level, number) not in self.proved:
            expected = self._prove(level + 1, number // 256)[number % 256]
            hashes = self._fetch(level, number, 256)
            if root_of([(each, 1) for each in hashes]) != expected:
                raise TileError(f"{tile_name(level, number)} does not fit the tile above it")
            self.proved[level, number] = hashes
        return self.proved[level, number]

    def _fetch(self, level: int, number: int, width: int) -> list[bytes]:
        whole = tile_name(level, number)
        for name in [f"{whole}.p/{width}", whole] if width < 256 else [whole]:
            data = self.source.read(name, TILE_BYTES)
            if data is not None:
                if len(data) != (TILE_BYTES if name == whole else 32 * width):
                    raise TileError(f"{name} has a wrong length")
                return [data[at : at + 32] for at in range(0, 32 * width, 32)]
        raise CannotCheckError(f"{self.source.prefix}: {whole} is missing, and is needed.")


def tile_name(level: int, number: int) -> str:
    """Return where a whole tile is published."""
    parts = [f"{number % 1000:03}"]
    while number := number // 1000:
        parts.insert(0, f"x{number % 1000:03}")
    return f"tile/{level}/{'/'.join(parts)}"


# --- What was seen --------------------------------------------------------------------------------


def write_safely(file: Path, data: bytes) -> None:
    """Write a file so that after a crash there is the old one or the new one, whole."""
    new = file.with_name(f"{file.name}.new")
    handle = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with open(handle, "wb") as stream:
        stream.write(data)
        stream.flush()
        os.fsync(stream.fileno())
    os.replace(new, file)
    if os.name == "posix":
        folder = os.open(file.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


@dataclass
class Memory:
    """What this witness knows of one log."""

    origin: str
    keys: list[str]
    prefixes: list[str]
    note: str
    first: list[Any]  # time and size of the first check
    last: list[Any]  # time and size of the last one
    checks: int = 0
    refusals: list[list[Any]] = field(default_factory=list)  # time, sentence, folder

    @property
    def checkpoint(self) -> Checkpoint:
        """The newest checkpoint that was seen and found consistent."""
        return Checkpoint.read(self.note.encode())


class State:
    """The folder in which a witness keeps its key and what it saw."""

    def __init__(self, folder: Path):
        self.folder, self.key_file = folder, folder / "key"
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)

    @contextlib.contextmanager
    def locked(self) -> Iterator[None]:
        """Keep a second check away. Raises CannotCheckError when there is one already."""
        with open(self.folder / "lock", "ab") as stream:
            try:
                if sys.platform == "win32":
                    msvcrt.locking(stream.fileno(), msvcrt.LK_NBLCK, 1)
                else:
                    fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                raise CannotCheckError("Another check is still running.") from None
            yield

    def logs(self) -> list[Memory]:
        """Return what is known. Raises CannotCheckError for a damaged file: it is not forgotten."""
        known = []
        for file in sorted(self.folder.glob("*.json")):
            try:
                memory = Memory(**json.loads(file.read_bytes()))
                known.append(memory)
                assert memory.checkpoint.origin == memory.origin, "the file is of another log"
            except (ValueError, TypeError, AssertionError, CannotCheckError) as error:
                why = "was damaged. Put back your copy of it"
                raise CannotCheckError(f"{file} {why} ({error}).") from None
        return known

    def save(self, memory: Memory) -> None:
        """Remember a log."""
        name = hashlib.sha256(memory.origin.encode()).hexdigest()[:16]
        data = json.dumps(memory.__dict__, indent=1, ensure_ascii=False)
        write_safely(self.folder / f"{name}.json", data.encode() + b"\n")

    def keep_evidence(self, offered: Checkpoint, memory: Memory | None, sentence: str) -> Path:
        """Keep both notes in a folder of their own and return it."""
        name = hashlib.sha256(offered.text + sentence.encode()).hexdigest()[:16]
        folder = self.folder / "evidence" / name
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        write_safely(folder / "checkpoint-now", offered.note)
        if memory:
            write_safely(folder / "checkpoint-before", memory.note.encode())
        write_safely(folder / "what-is-wrong.txt", f"{sentence}\n".encode())
        return folder


# --- The check ------------------------------------------------------------------------------------


def compare(source: Folder | Web, offered: Checkpoint, memory: Memory | None) -> None:
    """See that a log has only grown since it was seen. Raises RefusedError."""
    before = memory.checkpoint if memory else None
    since = f"when it was last checked, on {day(memory.last[0])}" if memory else ""
    if before and offered.size < before.size:
        raise RefusedError(
            f"The log has become shorter: {offered.size:,} entries now, {before.size:,} {since}. "
            "Entries were removed, an old backup was restored, or an old copy is shown."
        )
    if before and offered.size == before.size:
        if offered.root != before.root:
            raise RefusedError(
                f"The log was changed: it has {before.size:,} entries as {since}, but not the same."
            )
        return
    try:
        tree = Tree(source, offered)
        if before and tree.root_at(before.size) != before.root:
            raise RefusedError(
                f"The log was changed: it does not begin any more with the {before.size:,} entries "
                f"that it had {since}. At least one was changed, removed or moved."
            )
    except TileError as error:
        raise RefusedError(
            f"The published files contradict the checkpoint: {error}. They were changed or damaged."
        ) from None


def check(
    source: Folder | Web, state: State, trusted: list[str], now: int
) -> tuple[Checkpoint, list[str]]:
    """Check a log and remember it; return the checkpoint to cosign, and what to say.

    Raises CannotCheckError, and RefusedError once the evidence is kept.
    """
    note = source.read("checkpoint", NOTE_BYTES)
    if note is None:
        raise CannotCheckError(f"{source.prefix} has no checkpoint.")
    offered = Checkpoint.read(note)
    known = state.logs()
    here = next((each for each in known if source.prefix in each.prefixes), None)
    memory = next((each for each in known if each.origin == offered.origin), here)
    if memory and now < memory.last[0]:
        raise CannotCheckError(
            f"This computer's clock is behind: {day(memory.last[0])} was before."
        )
    keys, say = trusted or (memory.keys if memory else []), list[str]()
    if not keys:
        keys = keys_of_policy(source.read("policy", NOTE_BYTES) or b"")
        say += ["The key of the log was taken from the log itself. Compare it:", *keys]
    try:
        if here and here.origin != offered.origin:
            raise RefusedError(f"The log calls itself {offered.origin}; it was {here.origin}.")
        if not offered.signed_by(keys):
            raise RefusedError(
                "The checkpoint is not signed with a key of the log that you know. If the council told "
                "you of a new key, by letter or in person, give it once with --key."
            )
        compare(source, offered, memory)
    except RefusedError as error:
        folder = state.keep_evidence(offered, memory, str(error))
        if memory:
            others = [refusal for refusal in memory.refusals if refusal[2] != str(folder)]
            memory.refusals = [*others[-99:], [now, str(error), str(folder)]]
            state.save(memory)
        raise RefusedError(f"{error}\n{WHOM_TO_TELL}\n{folder}") from None
    if memory is None:
        say.append(f"This is the first check of {offered.origin}: what it has now is trusted.")
        memory = Memory(offered.origin, keys, [], "", [now, offered.size], [now, offered.size])
    else:
        grown = offered.size - memory.checkpoint.size
        what = f"has grown by {grown:,} and changed nothing" if grown else "has not changed"
        say.append(f"The log {offered.origin} {what} since {day(memory.last[0])}.")
    if memory.keys != keys:
        say += ["From now on these keys of the log are trusted:", *keys]
    memory.keys, memory.note, memory.last = keys, note.decode(), [now, offered.size]
    memory.prefixes = sorted({*memory.prefixes, source.prefix})
    memory.checks += 1
    state.save(memory)
    say.append(f"It has {offered.size:,} entries.")
    return offered, say


def day(seconds: int) -> str:
    """Return a time in words, in UTC."""
    return time.strftime("%d %B %Y at %H:%M UTC", time.gmtime(seconds)).lstrip("0")


def printable(text: str) -> str:
    """Return a text that cannot move the cursor of a terminal."""
    return "".join(letter if letter.isprintable() or letter == "\n" else "?" for letter in text)


def show(state: State) -> None:
    """Print what this witness has seen."""
    own = OwnKey.read(state.key_file)
    print(f"Your key: {own.vkey}" if own else "You have no key yet: python witness.py init NAME")
    for memory in state.logs():
        print(printable(f"\n{memory.origin}"))
        print(f"  first checked on {day(memory.first[0])}, with {memory.first[1]:,} entries")
        print(f"  last checked on {day(memory.last[0])}, with {memory.last[1]:,} entries")
        print(f"  consistent in {memory.checks:,} checks, refused in {len(memory.refusals):,}")
        for line in [*memory.prefixes, *memory.keys]:
            print(printable(f"  {line}"))
        for at, sentence, folder in memory.refusals:
            print(printable(f"  REFUSED on {day(at)}: {sentence} Evidence: {folder}"))


def run(options: argparse.Namespace) -> int:
    """Do one command and return the exit code."""
    state = State(Path(options.state).expanduser().resolve())
    if options.command == "show":
        show(state)
        return 0
    if options.command == "init":
        with state.locked():
            own = OwnKey.make(options.name, state.key_file)
        print(own.vkey)
        print("Send this line to the council. Your key stays in", state.key_file, file=sys.stderr)
        return 0
    if options.send and "://" not in options.prefix:
        raise CannotCheckError("Only to an address can a cosignature be sent, not to a folder.")
    key = OwnKey.read(state.key_file)
    if key is None and (options.send or options.out):
        raise CannotCheckError("You have no key yet: python witness.py init NAME")
    keys = list(options.key)
    for vkey in keys:
        log_key(vkey)
    if options.policy:
        keys += keys_of_policy(Path(options.policy).read_bytes())
    web = "://" in options.prefix
    source = (
        Web(options.prefix, options.allow_http, options.timeout) if web else Folder(options.prefix)
    )
    now = int(time.time())
    with state.locked():
        checkpoint, say = check(source, state, keys, now)
    for line in [] if options.quiet else say:
        print(printable(line), file=sys.stderr)
    if key is None:
        return 0
    note = key.cosign(checkpoint, now)
    if options.out:
        write_safely(Path(options.out), note)
    elif not options.send:
        sys.stdout.flush()
        sys.stdout.buffer.write(note)  # as bytes: no system may change its line ends
        sys.stdout.flush()
    if isinstance(source, Web) and options.send:
        try:
            status, answer = source.send("cosignature", note)
        except CannotCheckError as error:
            raise NotTakenError(f"The cosignature could not be handed in: {error}") from error
        if status != 200:
            raise NotTakenError(f"The cosignature was not taken ({status}): {answer[:500]}")
        if not options.quiet:
            print(printable(f"Sent. {answer[:500]}"), file=sys.stderr)
    return 0


def main(arguments: list[str] | None = None) -> int:
    """Read the command line, do what it says, and return the exit code."""
    description, _, rest = (__doc__ or "").partition("\n\n")
    shape = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(description=description, epilog=rest, formatter_class=shape)
    where: dict[str, Any] = {"metavar": "FOLDER", "help": "where your key and memory are"}
    parser.add_argument("--state", default="~/.log-witness", **where)
    commands = parser.add_subparsers(dest="command", required=True)
    init = commands.add_parser("init", help="make your key and print its public part")
    init.add_argument("name", help="such as council.example/protection-officer")
    checks = commands.add_parser("check", help="check a log, and cosign it")
    checks.add_argument("prefix", help="https://…/log, or a folder with the published files")
    checks.add_argument("--key", action="append", default=[], metavar="VKEY", help="the log's key")
    checks.add_argument("--policy", metavar="FILE", help="take the log's keys from this policy")
    checks.add_argument("--out", metavar="FILE", help="write the cosigned checkpoint there")
    checks.add_argument("--send", action="store_true", help="hand the cosignature in to the log")
    checks.add_argument("--quiet", action="store_true", help="say nothing when all is well")
    checks.add_argument("--allow-http", action="store_true", help="also without encryption")
    checks.add_argument("--timeout", type=float, default=30, help="seconds for each answer")
    shows = commands.add_parser("show", help="list what was seen")
    for command in (init, checks, shows):
        command.add_argument("--state", default=argparse.SUPPRESS, **where)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")
    try:
        return run(parser.parse_args(arguments))
    except NotTakenError as error:
        print(printable(f"The log was checked; only handing in failed. {error}"), file=sys.stderr)
        return 2
    except (CannotCheckError, OSError) as error:
        print(printable(f"Could not check: {error}"), file=sys.stderr)
        return 2
    except RefusedError as error:
        print(printable(f"REFUSED. {error}"), file=sys.stderr)
        return 3


if __name__ == "__main__":
    sys.exit(main())
