#!/usr/bin/env python3
"""Check, without the council's system, that its log of data sharing was only ever added to.

The council's log has one entry for each thing it did with information about children. The entries
form a Merkle tree (RFC 6962): from all of them one number, the root, is worked out, and a change to
any entry changes the root. From time to time the council signs a CHECKPOINT: the name of the log
(its origin), how many entries it has, and the root. Whoever keeps a checkpoint can show later
whether the log still begins with the same entries. Hand this program what you have, in any order:

  an export      all entries, one line each; the council makes it (manage.py log export)
  checkpoints    the newest one, and the older ones that you kept
  proofs         files ending in .tlog-proof, which came with a receipt or a file of data
  other files    beside proofs: such as a file of data, whose fingerprint (SHA-256) the entry names
  an entry       one line of an export, which is looked for in the export or the proofs
  a policy       the keys of the log and its witnesses, and how many witnesses must have cosigned
  a folder       the published files: checkpoint, policy and tile/, which hold hashes but no entries

  python verify_log.py export.jsonl checkpoint --older last-year.checkpoint --policy policy

Take the log's key, or the policy, from a place that the log's keeper cannot change later: a letter,
an agreement, your own copy of last year. The policy inside a folder of published files is not
trusted for the log's key, because whoever forges the log would forge it too.

Exit code 0: everything you gave was checked, and holds. 2: something is unreadable or could not be
checked, such as signatures without a key. 3: something does not hold: the log was changed, or these
are not its files. Read what is written below "Does not hold" and keep all files as they are.

Formats: c2sp.org signed-note, tlog-checkpoint, tlog-cosignature, tlog-policy, tlog-proof and
tlog-tiles. Needs Python 3.9 or newer and the package cryptography. Goes nowhere on the network.
"""

from __future__ import annotations

import argparse
import base64
import binascii
import hashlib
import io
import json
import re
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

ED25519, COSIGNATURE = 1, 4  # the kinds of signature that this program can check
NOTE_BYTES, LINE_BYTES, BATCH = 1_000_000, 16_000_000, 1024
SAID = 200  # so many letters of each thing that an entry says are shown
PROOF_HEADING = b"c2sp.org/tlog-proof@v1"


class UnreadableError(Exception):
    """A file is not what it should be: says the file, the line if there is one, and why."""

    def __init__(self, file: object, why: str, line: int | None = None):
        super().__init__(f"{file}: " + (f"line {line}: " if line else "") + why)


class TileError(Exception):
    """A published tile does not fit the checkpoint."""


# --- The tree -----------------------------------------------------------------------------------


def leaf_hash(entry: bytes) -> bytes:
    """Return the hash of one entry."""
    return hashlib.sha256(b"\x00" + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Return the hash of a node above two others."""
    return hashlib.sha256(b"\x01" + left + right).digest()


def subtree_root(hashes: list[bytes]) -> bytes:
    """Return the root above 1, 2, 4, 8 … hashes."""
    sha256 = hashlib.sha256
    while len(hashes) > 1:
        pairs = iter(hashes)
        hashes = [sha256(b"\x01" + left + right).digest() for left, right in zip(pairs, pairs)]
    return hashes[0]


class Tree:
    """A tree that grows; of it only the roots of complete subtrees are kept, the largest first."""

    def __init__(self) -> None:
        self.size = 0
        self.roots: list[bytes] = []

    def push(self, root: bytes, count: int) -> None:
        """Add a complete subtree of `count` entries, a power of two that divides the size."""
        carry = self.size // count
        while carry & 1:
            root, carry = node_hash(self.roots.pop(), root), carry >> 1
        self.roots.append(root)
        self.size += count

    def extend(self, leaves: list[bytes]) -> None:
        """Add leaf hashes, in the largest complete subtrees that fit."""
        at = 0
        while at < len(leaves):
            count = 1 << (len(leaves) - at).bit_length() - 1
            if self.size:
                count = min(count, self.size & -self.size)
            self.push(subtree_root(leaves[at : at + count]), count)
            at += count

    def root(self) -> bytes:
        """Return the root over all entries."""
        if not self.roots:
            return hashlib.sha256(b"").digest()
        root = self.roots[-1]
        for left in reversed(self.roots[:-1]):
            root = node_hash(left, root)
        return root


def roots_at(sizes: set[int], batches: Iterable[list[bytes]]) -> tuple[dict[int, bytes], int]:
    """Return the root at each size that the leaves reach, at their end too, and their number."""
    tree, roots, todo = Tree(), {}, sorted(sizes)
    for leaves in batches:
        while todo and todo[0] <= tree.size + len(leaves):
            count = todo.pop(0) - tree.size
            tree.extend(leaves[:count])
            leaves = leaves[count:]
            roots[tree.size] = tree.root()
        tree.extend(leaves)
    roots[tree.size] = tree.root()
    return roots, tree.size


def root_by_proof(leaf: bytes, index: int, size: int, path: list[bytes]) -> bytes | None:
    """Return the root that an inclusion proof leads to (RFC 9162, 2.1.3.2), or None."""
    number, last = index, size - 1
    if number > last:
        return None
    for other in path:
        if not last:
            return None
        if number & 1 or number == last:
            leaf = node_hash(other, leaf)
            while not number & 1 and number:
                number, last = number >> 1, last >> 1
        else:
            leaf = node_hash(leaf, other)
        number, last = number >> 1, last >> 1
    return None if last else leaf


# --- Keys, notes, checkpoints, proofs, policies ---------------------------------------------------


def base64_bytes(text: str) -> bytes | None:
    """Return what base64 stands for, or None unless it is written in the one exact way."""
    try:
        data = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return None
    return data if base64.b64encode(data).decode() == text else None


def decimal(text: str) -> int | None:
    """Return a number written without leading zeros, or None."""
    return int(text) if re.fullmatch("0|[1-9][0-9]{0,18}", text, re.ASCII) else None


def is_name(text: str) -> bool:
    """Whether a key may be called that: no spaces, no plus, not empty."""
    return bool(text) and "+" not in text and not any(letter.isspace() for letter in text)


@dataclass(frozen=True)
class Key:
    """A public key with its name, as a vkey says it."""

    name: str
    number: bytes
    kind: int
    public: bytes

    @property
    def usable(self) -> bool:
        """Whether this program knows its kind; signatures of other kinds are ignored."""
        return self.kind in (ED25519, COSIGNATURE)

    @classmethod
    def read(cls, vkey: str, file: object, line: int | None = None) -> Key:
        """Read `name+number+key`. Raises UnreadableError, also when the number is not the key's."""
        name, _, rest = vkey.partition("+")
        number, _, coded = rest.partition("+")
        data = base64_bytes(coded)
        if not is_name(name) or not re.fullmatch("[0-9a-f]{8}", number) or not data:
            raise UnreadableError(file, f"‘{vkey}’ is not a key: name+number+base64.", line)
        key = cls(name, bytes.fromhex(number), data[0], data[1:])
        if key.usable:
            named = name.encode("utf-8", "surrogateescape") + b"\n" + data
            if len(key.public) != 32 or key.number != hashlib.sha256(named).digest()[:4]:
                raise UnreadableError(file, f"‘{vkey}’ is mistyped.", line)
        return key

    def signed(self, text: bytes, signature: bytes) -> bool:
        """Whether the signature is this key's over a text; a cosignature begins with its time."""
        if self.kind == COSIGNATURE:
            time, signature = int.from_bytes(signature[:8], "big"), signature[8:]
            text = b"cosignature/v1\ntime %d\n" % time + text
            if time >= 1 << 63:
                return False
        try:
            Ed25519PublicKey.from_public_bytes(self.public).verify(signature, text)
        except (InvalidSignature, ValueError):
            return False
        return True


@dataclass
class Checkpoint:
    """A signed note about the log: its origin, size and root."""

    file: str
    text: bytes
    origin: str
    size: int
    root: bytes
    signatures: list[tuple[str, bytes, bytes]]
    signers: list[str] = field(default_factory=list)
    cosigners: dict[str, str] = field(default_factory=dict)
    signed: bool = False
    quorum: bool | None = None

    @property
    def title(self) -> str:
        """What sentences call it."""
        return f"Checkpoint {self.file} (size {self.size:,})"

    def verify(self, logs: list[Key], policy: Policy | None) -> list[str]:
        """Note who of the known keys signed; return the names of those whose signature is wrong."""
        wrong: list[str] = []
        for name, number, signature in self.signatures:
            for key in logs:
                if key.usable and (key.name, key.number) == (name, number) == (self.origin, number):
                    good = key.signed(self.text, signature)
                    (self.signers if good else wrong).append(name)
            for called, key in (policy.witnesses if policy else {}).items():
                if key.usable and (key.name, key.number) == (name, number):
                    if key.signed(self.text, signature):
                        self.cosigners[called] = when(signature)
                    else:
                        wrong.append(name)
        self.signed = bool(self.signers) and not wrong
        return wrong

    @classmethod
    def read(cls, data: bytes, file: str, first: int = 1) -> Checkpoint:
        """Read a signed note whose text is a checkpoint. Raises UnreadableError with the line."""
        text, gap, after = text_of(data, file).rpartition("\n\n")
        lines = text.split("\n")
        if not gap or len(lines) < 3 or not all(lines):
            raise UnreadableError(file, "not three lines, an empty line and signatures.")
        size, root = decimal(lines[1]), base64_bytes(lines[2])
        if size is None:
            raise UnreadableError(file, f"the size ‘{lines[1]}’ is not a plain number.", first + 1)
        if root is None or len(root) != 32:
            raise UnreadableError(file, "the root is not 32 bytes in base64.", first + 2)
        signatures = []
        rows = after.split("\n")
        for line, row in enumerate(rows[:-1], first + len(lines) + 1):
            dash, name, coded = [*row.split(" "), "", ""][:3]
            data = base64_bytes(coded) or b""
            if row != f"— {name} {coded}" or not is_name(name) or len(data) < 5 or dash != "—":
                raise UnreadableError(file, "not a signature: a dash, a name, and base64.", line)
            if (name, data[:4], data[4:]) in signatures:
                raise UnreadableError(file, "the same signature stands there twice.", line)
            signatures.append((name, data[:4], data[4:]))
        if rows[-1] or not signatures:
            raise UnreadableError(file, "the signatures are missing or cut off.")
        return cls(file, text.encode() + b"\n", lines[0], size, root, signatures)


@dataclass
class Proof:
    """The way from one entry to the root of a checkpoint."""

    file: str
    index: int
    path: list[bytes]
    entry: bytes | None
    checkpoint: Checkpoint

    def holds_for(self, entry: bytes) -> bool:
        """Whether the entry is the one that is proved."""
        checkpoint = self.checkpoint
        root = root_by_proof(leaf_hash(entry), self.index, checkpoint.size, self.path)
        return root == checkpoint.root

    def said(self) -> dict[str, object]:
        """Return what the entry says, by the names in it; nothing where it says nothing readable."""
        return said_by(self.entry or b"")

    def fingerprints(self) -> set[str]:
        """Return the fingerprints of files that the entry names: 64 hexadecimal digits each."""
        return set(re.findall(r'(?<=")[0-9a-f]{64}(?=")', json.dumps(self.said())))

    @classmethod
    def read(cls, data: bytes, file: str) -> Proof:
        """Read a proof file. Raises UnreadableError with the line."""
        head, gap, rest = text_of(data, file).partition("\n\n")
        lines = head.split("\n")[1:]
        entry: bytes | None = None
        line = 2
        if lines and lines[0].startswith("extra "):
            entry = base64_bytes(lines.pop(0)[6:])
            if entry is None:
                raise UnreadableError(file, "the entry is not base64.", line)
            line += 1
        index = decimal(lines[0][6:]) if lines and lines[0].startswith("index ") else None
        if index is None or not gap:
            raise UnreadableError(file, "the entry’s number is not a plain number.", line)
        path = [base64_bytes(each) or b"" for each in lines[1:]]
        for at, each in enumerate(path, line + 1):
            if len(each) != 32:
                raise UnreadableError(file, "not a hash: 32 bytes in base64.", at)
        checkpoint = Checkpoint.read(rest.encode(), file, first=head.count("\n") + 3)
        return cls(file, index, path, entry, checkpoint)


@dataclass
class Policy:
    """A policy: the logs, witnesses and groups whose signatures count, and the group that must sign."""

    file: str
    logs: list[Key] = field(default_factory=list)
    witnesses: dict[str, Key] = field(default_factory=dict)
    groups: dict[str, tuple[int, list[str]]] = field(default_factory=dict)
    quorum: str = ""

    def reached(self, cosigners: Iterable[str]) -> bool:
        """Whether these witnesses together are enough."""
        agreed = {"none", *cosigners}
        for name, (needed, members) in self.groups.items():
            if sum(member in agreed for member in members) >= needed:
                agreed.add(name)
        return self.quorum in agreed

    @classmethod
    def read(cls, data: bytes, file: str) -> Policy:
        """Read a policy file. Raises UnreadableError with the line."""
        policy, used = cls(file), set[str]()
        if control := re.search(rb"[\x00-\x08\x0b-\x1f\x7f]", data):
            line = data.count(b"\n", 0, control.start()) + 1
            raise UnreadableError(file, "a control character or Windows line end.", line)
        for line, row in enumerate(data.decode("utf-8", "surrogateescape").split("\n"), 1):
            word, *rest = [part for part in re.split("[ \t]+", row) if part] or ["#"]
            if not word.startswith("#") and (why := policy.add(word, rest, used, file, line)):
                raise UnreadableError(file, why, line)
        if not policy.quorum:
            raise UnreadableError(file, "the policy has no line ‘quorum’.")
        return policy

    def add(self, word: str, rest: list[str], used: set[str], file: str, line: int) -> str:
        """Take in one line; return what is wrong with it, or nothing."""
        names = {"none", *self.witnesses, *self.groups}
        if word == "log" and len(rest) in (1, 2):
            key = Key.read(rest[0], file, line)
            if key.public in [log.public for log in self.logs]:
                return "this log stands there twice."
            self.logs.append(key)
        elif word == "witness" and len(rest) in (2, 3):
            key = Key.read(rest[1], file, line)
            if key.public in [witness.public for witness in self.witnesses.values()]:
                return "this witness stands there twice."
            if rest[0] in names or key.kind == ED25519:
                return "the name is taken, or the key is not one of a witness."
            self.witnesses[rest[0]] = key
        elif word == "group" and len(rest) >= 3:
            name, needed, members = rest[0], rest[1], rest[2:]
            count = {"all": len(members), "any": 1}.get(needed, decimal(needed) or 0)
            if name in names or not 1 <= count <= len(members):
                return "the name of the group is taken, or it needs a number of its members."
            unknown = {*members} - names | {*members} & {"none"}
            if unknown or used & {*members} or len({*members}) < len(members):
                return "a member is not defined above, or is a member already."
            used.update(members)
            self.groups[name] = (count, members)
        elif word == "quorum" and len(rest) == 1 and not self.quorum:
            if rest[0] not in names:
                return "the quorum is not defined above."
            self.quorum = rest[0]
        else:
            return f"the line ‘{word} …’ has the wrong number of words, or stands there twice."
        return ""


def text_of(data: bytes, file: str) -> str:
    """Return the text of a note. Raises UnreadableError for control characters and wrong encoding."""
    if control := re.search(rb"[\x00-\x09\x0b-\x1f]", data):
        line = data.count(b"\n", 0, control.start()) + 1
        why = "a control character; did a program change the line ends? Take the file as it came."
        raise UnreadableError(file, why, line)
    try:
        return data.decode()
    except UnicodeDecodeError as error:
        raise UnreadableError(file, "not UTF-8.", data.count(b"\n", 0, error.start) + 1) from None


# --- Where leaves come from: an export, or published tiles ----------------------------------------


def lines_of(file: str) -> Iterator[list[bytes]]:
    """Yield the lines of an export, about a thousand at a time. Raises UnreadableError."""
    number, rest, lines = 1, b"", list[bytes]()
    with open(file, "rb") as stream:
        while block := stream.read(1 << 20):
            *whole, rest = (rest + block).split(b"\n")
            lines += whole
            while len(lines) >= BATCH:
                yield lines[:BATCH]
                number, lines = number + BATCH, lines[BATCH:]
            if len(rest) > LINE_BYTES:
                raise UnreadableError(file, "longer than any entry.", number + len(lines))
    if rest:
        raise UnreadableError(file, "the file stops within this line.", number + len(lines))
    if lines:
        yield lines


def _no_fractions(text: str) -> None:
    raise ValueError(text)


DECODER = json.JSONDecoder(parse_float=_no_fractions, parse_constant=_no_fractions)
ENCODER = json.JSONEncoder(
    sort_keys=True, separators=(",", ":"), ensure_ascii=False, check_circular=False
)


def is_canonical(line: bytes) -> bool:
    """Whether a line is an object in the one way of writing JSON: keys sorted, no spaces, UTF-8."""
    try:
        return line[:1] == b"{" and ENCODER.encode(DECODER.decode(line.decode())).encode() == line
    except (ValueError, RecursionError):
        return False


def said_by(entry: bytes) -> dict[str, object]:
    """Return what an entry says, by the names in it; nothing where it is not one."""
    try:
        said = DECODER.decode(entry.decode())
    except (ValueError, RecursionError):
        return {}
    return said if isinstance(said, dict) else {}


def in_words(said: dict[str, object]) -> Iterator[str]:
    """Yield a line for each thing that an entry says, its event and its time first."""
    order = ["event", "at"]
    for name in sorted(said, key=lambda name: (name not in order, name != "event", name)):
        value = said[name]
        text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
        yield printable(f"{name}: {text if len(text) <= SAID else text[:SAID] + ' …'}")


class Tiles:
    """Published hashes, each proved to belong to the root of a checkpoint before it is used."""

    def __init__(self, folder: Path, checkpoint: Checkpoint):
        self.folder, self.size, self.root = folder, checkpoint.size, checkpoint.root

    def leaves(self) -> Iterator[list[bytes]]:
        """Yield the leaf hashes, 256 at a time. Raises TileError and names a tile that does not fit."""
        edge, tree = [], Tree()
        for level in reversed(range((self.size.bit_length() + 7) // 8)):
            width = (self.size >> 8 * level) % 256
            number = self.size >> 8 * (level + 1)
            hashes = self.hashes(level, number, width) if width else []
            edge.append((level, number, hashes))
            for each in hashes:
                tree.push(each, 256**level)
        if tree.root() != self.root:
            raise TileError(f"the newest tiles do not lead to the root of {self.size:,} entries")
        for level, number, hashes in edge:
            yield from self._below(level, number, hashes)

    def _below(self, level: int, number: int, hashes: list[bytes]) -> Iterator[list[bytes]]:
        if level == 0:
            yield hashes
            return
        for at, expected in enumerate(hashes, number * 256):
            below = self.hashes(level - 1, at, 256)
            if subtree_root(below) != expected:
                raise TileError(f"{tile_name(level - 1, at, 256)} does not fit the tile above it")
            yield from self._below(level - 1, at, below)

    def hashes(self, level: int, number: int, width: int) -> list[bytes]:
        """Read the first hashes of a tile. Raises UnreadableError, TileError."""
        for name in (tile_name(level, number, width), tile_name(level, number, 256)):
            try:
                with open(self.folder / name, "rb") as stream:
                    data = stream.read(8193)
            except FileNotFoundError:
                continue
            if len(data) != (32 * width if ".p/" in name else 8192):
                raise TileError(f"{name} has {len(data):,} bytes, which is wrong")
            return [data[at : at + 32] for at in range(0, 32 * width, 32)]
        raise UnreadableError(self.folder, f"{tile_name(level, number, width)} is missing.")


def tile_name(level: int, number: int, width: int) -> str:
    """Return where a tile lies below the folder of published files."""
    parts = [f"{number % 1000:03}"]
    while number := number // 1000:
        parts.insert(0, f"x{number % 1000:03}")
    return f"tile/{level}/{'/'.join(parts)}" + (f".p/{width}" if width < 256 else "")


# --- The audit ----------------------------------------------------------------------------------


@dataclass
class Files:
    """What was given, by what it is."""

    exports: list[str] = field(default_factory=list)
    checkpoints: list[Checkpoint] = field(default_factory=list)
    proofs: list[Proof] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)
    entries: list[tuple[str, bytes]] = field(default_factory=list)
    policies: list[Policy] = field(default_factory=list)
    folders: list[tuple[Path, Checkpoint | None]] = field(default_factory=list)
    others: dict[str, UnreadableError] = field(default_factory=dict)
    fingerprints: dict[str, str] = field(default_factory=dict)
    beside_tiles: list[Policy] = field(default_factory=list)

    def add_checkpoint(self, name: str) -> None:
        """Read a file that must be a checkpoint."""
        self.checkpoints.append(Checkpoint.read(short(name), name))

    def add_entry(self, name: str) -> None:
        """Read a file that must be one entry."""
        self.entries.append((name, short(name).rstrip(b"\r\n")))

    def add_policy(self, name: str) -> None:
        """Read a file that must be a policy."""
        self.policies.append(Policy.read(short(name), name))

    def add(self, name: str) -> None:
        """Tell what a file or folder is, and read it; of an export, only its beginning."""
        path = Path(name)
        if path.is_dir():
            self._add_folder(path)
            return
        with open(path, "rb") as stream:
            data = stream.read(NOTE_BYTES)
        if data[:1] == b"{" and b"\n" not in data[:-1] and len(data) < NOTE_BYTES:
            self.lines.append(name)
        elif data[:1] in (b"{", b""):
            self.exports.append(name)
        elif data.startswith(PROOF_HEADING):
            self.proofs.append(Proof.read(data, name))
        elif b"\n\n\xe2\x80\x94 " in data:
            self.checkpoints.append(Checkpoint.read(data, name))
        elif re.match(rb"(?:[ \t]*(?:#.*)?\n)*[ \t]*(?:log|witness|group|quorum)[ \t]", data):
            self.policies.append(Policy.read(data, name))
        else:
            self.others[name] = unknown(data, name)

    def _add_folder(self, path: Path) -> None:
        newest = None
        if not (path / "tile").is_dir() and not (path / "checkpoint").is_file():
            raise UnreadableError(path, "no folder with a checkpoint and tiles.")
        if (path / "checkpoint").is_file():
            newest = Checkpoint.read(short(path / "checkpoint"), str(path / "checkpoint"))
            self.checkpoints.append(newest)
        if (path / "policy").is_file():
            self.beside_tiles.append(Policy.read(short(path / "policy"), str(path / "policy")))
        self.folders.append((path, newest))

    def settle(self) -> None:
        """See that they go together. A single line may be a whole log. Raises UnreadableError."""
        self._settle_others()
        if self.lines and not (self.exports or self.proofs):
            self.exports.append(self.lines.pop(0))
        for line in self.lines:
            self.add_entry(line)
        folders = [folder for folder, _ in self.folders]
        policies = [policy.file for policy in self.policies]
        for several in (self.exports, folders, policies):
            if len(several) > 1:
                raise UnreadableError(several[1], "only one of this kind can be checked at a time.")
        origins = {checkpoint.origin for checkpoint in self.all_checkpoints()}
        if len(origins) > 1:
            raise UnreadableError(
                "the checkpoints", f"of several logs: {', '.join(sorted(origins))}."
            )

    def _settle_others(self) -> None:
        """Tell files of which a proof names the fingerprint, whatever they look like, from what is nothing that
        can be checked. Raises UnreadableError."""
        named = {each for proof in self.proofs for each in proof.fingerprints()}
        for files in (self.exports, self.lines) if named else ():
            for name in [name for name in files if fingerprint(name) in named]:
                files.remove(name)
                self.fingerprints[name] = fingerprint(name)
        for name, error in self.others.items():
            if not named:
                raise error
            self.fingerprints[name] = fingerprint(name)

    def all_checkpoints(self) -> list[Checkpoint]:
        """List the checkpoints, also those in proofs, the smallest first."""
        everywhere = [*self.checkpoints, *(proof.checkpoint for proof in self.proofs)]
        return sorted(everywhere, key=lambda checkpoint: checkpoint.size)


def unknown(data: bytes, name: str) -> UnreadableError:
    """Return what to say of a file that is none of those which can be checked."""
    try:
        text_of(data, name)
    except UnreadableError as error:
        return error
    return UnreadableError(name, "not an export, checkpoint, proof or policy.")


def fingerprint(name: str) -> str:
    """Return the SHA-256 of a file of any length, as 64 hexadecimal digits."""
    digest = hashlib.sha256()
    with open(name, "rb") as stream:
        while block := stream.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()


def short(path: Path | str) -> bytes:
    """Read a file that cannot be long."""
    with open(path, "rb") as stream:
        data = stream.read(NOTE_BYTES)
    if len(data) == NOTE_BYTES:
        raise UnreadableError(path, "too long for what it should be.")
    return data


class Audit:
    """Compares the files with one another, and keeps what it finds in sentences."""

    def __init__(self, files: Files, keys: list[Key], signatures: bool):
        self.files, self.signatures = files, signatures
        self.policy = next(iter([*files.policies, *files.beside_tiles]), None)
        self.keys = [*keys, *(key for policy in files.policies for key in policy.logs)]
        self.checkpoints = files.all_checkpoints()
        self.sizes = {checkpoint.size for checkpoint in self.checkpoints}
        self.roots: dict[str, dict[int, bytes]] = {EXPORT: {}, TILES: {}}
        self.export_size: int | None = None
        self.first_bad: int | None = None
        self.first_bad_in: tuple[int, int] | None = None  # numbers of which one is the first bad
        self.matches: set[str] = set()  # files of single entries that were found
        self.proved: list[Proof] = []
        self.holds: list[str] = []
        self.faults: list[str] = []
        self.gaps: list[str] = []  # keeps the exit code from being 0
        self.remarks: list[str] = []

    def run(self) -> int:
        """Check everything and return the exit code."""
        for step in (
            self.check_signatures, self.check_proofs, self.check_fingerprints, self.read_export,
            self.read_tiles, self.check_checkpoints, self.check_export, self.check_quorum, self.check_entries,
        ):  # fmt: skip
            try:
                step()
            except (UnreadableError, OSError) as error:
                self.gaps.append(str(error))
            except TileError as untrue:
                self.faults.append(f"The published files: {untrue}.")
        return 3 if self.faults else 2 if self.gaps else 0

    def fault(self, sentence: str, bad: int) -> None:
        """Note that something does not hold, and an entry that is bad; the first one is kept."""
        self.faults.append(sentence)
        self.first_bad = bad if self.first_bad is None else min(bad, self.first_bad)

    def where(self) -> str:
        """Return a sentence that says where the log is bad first, as far as that is known, or nothing."""
        bad, among, size = self.first_bad, self.first_bad_in, self.export_size
        if among and (bad is None or bad > among[1]):
            first, last = among
            lines = f"lines {first + 1} to {last + 1} of an export"
            return f"The first bad entry is one of {first:,} to {last:,} ({lines})."
        if bad is None:
            return ""
        line = f"line {bad + 1} of an export"
        if size is not None and bad >= size:
            line = f"the export ends before it, with line {size}"
        return f"The first entry known to be bad is {bad:,} ({line})."

    def check_signatures(self) -> None:
        """See who signed each checkpoint: the log must have, and nobody known wrongly."""
        if not self.keys and self.checkpoints:
            why = "NO SIGNATURE WAS CHECKED, so anybody may have made these files"
            how = "give the log’s key (--key) or its policy (--policy), or say --no-signatures"
            (self.gaps if self.signatures else self.remarks).append(f"{why}: {how}.")
            return
        if self.policy and not self.files.policies:
            why = "The keys of the witnesses are those published beside the tiles"
            self.remarks.append(f"{why}: compare them with what the witnesses say.")
        for checkpoint in self.checkpoints:
            wrong = checkpoint.verify(self.keys, self.policy)
            if wrong:
                self.faults.append(f"{checkpoint.title} has a wrong signature of {wrong[0]}.")
            elif not checkpoint.signers:
                why = f"is of the log {checkpoint.origin}, and not signed with a key that you gave"
                self.faults.append(f"{checkpoint.title} {why}.")
            else:
                who = f"is signed by the log {checkpoint.origin}" + "".join(
                    f", cosigned by {name} on {at}" for name, at in checkpoint.cosigners.items()
                )
                self.holds.append(f"{checkpoint.title} {who}.")

    def check_proofs(self) -> None:
        """Follow each proof from its entry to the root of its checkpoint."""
        for proof in self.files.proofs:
            if proof.entry is None:
                bodies = (entry for _, entry in self.files.entries if proof.holds_for(entry))
                proof.entry = next(bodies, None)
            if proof.entry is None:
                self.gaps.append(f"{proof.file} does not contain its entry: give that too.")
            elif not proof.holds_for(proof.entry):
                why = "its entry, its hashes and its root do not fit together"
                self.faults.append(f"{proof.file} does not prove entry {proof.index:,}: {why}.")
                proof.entry = None
            elif not is_canonical(proof.entry):
                self.faults.append(f"{proof.file}: its entry is not written as entries are.")
            else:
                self.holds.append(
                    f"{proof.file} proves entry {proof.index:,}, which says:"
                    + "".join(f"\n      {line}" for line in in_words(proof.said()))
                )
                self.proved.append(proof)
                same = (name for name, entry in self.files.entries if entry == proof.entry)
                self.matches.update(same)

    def check_fingerprints(self) -> None:
        """See which proved entry names the fingerprint of each other file."""
        for name, sha256 in self.files.fingerprints.items():
            naming = [each for each in self.proved if sha256 in each.fingerprints()]
            if naming:
                where = " and ".join(f"entry {each.index:,}" for each in naming)
                self.holds.append(
                    f"{name} is a file that {where} names: its fingerprint (SHA-256) is {sha256}."
                )
            else:
                why = "is not a file that a proof names"
                self.faults.append(f"{name} {why}: its fingerprint (SHA-256) is {sha256}.")
        if self.proved:
            self.remarks.append(COMPARE)

    def read_export(self) -> None:
        """Work out roots from the entries themselves."""
        for file in self.files.exports:
            self.roots[EXPORT], self.export_size = roots_at(self.sizes, self.export_leaves(file))
            self.sizes.add(self.export_size)
            self.holds.append(f"The export {file} has {self.export_size:,} entries.")

    def export_leaves(self, file: str) -> Iterator[list[bytes]]:
        """Yield the hashes of an export's entries, and compare them with what else is known."""
        first, bad, count, turned, others = 0, None, 0, 0, list[tuple[str, int]]()
        proved = {proof.index: proof for proof in self.files.proofs if proof.entry is not None}
        for lines in lines_of(file):
            leaves = [leaf_hash(line) for line in lines]
            for number, line in enumerate(lines, first):
                if not is_canonical(line):
                    bad, count = number if bad is None else bad, count + 1
                    turned += line[-1:] == b"\r" and is_canonical(line[:-1])
            for index in proved.keys() & range(first, first + len(lines)):
                if proved[index].entry != lines[index - first]:
                    why = f"is not the one that {proved[index].file} proves"
                    others.append((f"Entry {index:,} of {file} {why}.", index))
            self.look_for_entries(leaves, first, file)
            yield leaves
            first += len(lines)
        if first and turned == first:
            why = (
                "every line ends as on Windows (CR LF): the line ends were changed in transit. Take"
            )
            raise UnreadableError(file, f"{why} the file as it came.")
        for sentence, index in others:
            self.fault(sentence, index)
        if bad is not None:
            more = f", nor are {count - 1:,} others" if count > 1 else ""
            self.fault(f"{file}: line {bad + 1}: not written as entries are{more}.", bad)

    def look_for_entries(self, leaves: list[bytes], first: int, file: object) -> None:
        """See whether a single entry is among these."""
        for name, entry in self.files.entries:
            if name not in self.matches and leaf_hash(entry) in leaves:
                self.matches.add(name)
                number = first + leaves.index(leaf_hash(entry))
                self.holds.append(f"{name} is entry {number:,} of {file}.")

    def tiles(self) -> Tiles | None:
        """Return the published tiles, by the checkpoint beside them or else the newest one."""
        for folder, beside in self.files.folders:
            if checkpoint := beside or next(reversed(self.checkpoints), None):
                return Tiles(folder, checkpoint)
        return None

    def read_tiles(self) -> None:
        """Work out roots from the published tiles. Raises TileError."""
        if tiles := self.tiles():
            self.roots[TILES], size = roots_at(self.sizes, self.tile_leaves(tiles))
            self.holds.append(f"The tiles in {tiles.folder} are the tree of {size:,} entries.")

    def tile_leaves(self, tiles: Tiles) -> Iterator[list[bytes]]:
        """Yield the published hashes of entries, and look for single entries among them."""
        first = 0
        for leaves in tiles.leaves():
            self.look_for_entries(leaves, first, tiles.folder)
            yield leaves
            first += len(leaves)

    def check_checkpoints(self) -> None:
        """See whether the export and the tiles are what each checkpoint vouches for."""
        if not self.checkpoints:
            self.gaps.append("No checkpoint was given: nothing says what should be there.")
        trees = {(checkpoint.size, checkpoint.root) for checkpoint in self.checkpoints}
        if len({size for size, _ in trees}) < len(trees):
            self.faults.append(
                "Two checkpoints of one size have different roots: the log was forked."
            )
        beside = [checkpoint for _, checkpoint in self.files.folders]
        held: dict[str, int | None] = {EXPORT: 0, TILES: 0}
        for checkpoint in self.checkpoints:
            size, root, linked = checkpoint.size, checkpoint.root, len(trees) == 1
            for source, roots in self.roots.items():
                if size not in roots:
                    continue
                linked = True
                if roots[size] != root:
                    self.name_first_bad(checkpoint, source, held[source])
                    held[source] = None
                    continue
                held[source] = size
                if size == max(roots):
                    self.holds.append(f"{checkpoint.title} is exactly the {source}.")
                else:
                    what = f"is a beginning of the {source}: it has only grown"
                    self.holds.append(f"{checkpoint.title} {what}.")
            expected = checkpoint in self.files.checkpoints and checkpoint not in beside
            if expected and self.export_size is not None and self.export_size < size:
                why = f"has more entries than the export: from {self.export_size:,} on, they are missing"
                self.fault(f"{checkpoint.title} {why}.", self.export_size)
            elif not linked:
                why = "could not be compared with the others: give an export or the published files"
                self.gaps.append(f"{checkpoint.title} {why}.")

    def name_first_bad(self, checkpoint: Checkpoint, source: str, held: int | None) -> None:
        """Say that a tree is not a checkpoint's, and which entry is bad: it was good up to `held`."""
        known = self.roots[TILES].get(checkpoint.size) == checkpoint.root
        bad = self.first_difference() if known and source == EXPORT else None
        title = f"{checkpoint.title} does not fit the {source}"
        if bad is not None:
            self.fault(f"{title}: entry {bad:,} (line {bad + 1}) is the first bad one.", bad)
        elif held is None:
            self.faults.append(f"{title} either.")
        elif held == checkpoint.size - 1:
            self.fault(f"{title}: entry {held:,} is bad.", held)
        else:
            where = f"the first bad entry is one of {held:,} to {checkpoint.size - 1:,}"
            self.faults.append(f"{title}: {where}.")
            self.first_bad_in = self.first_bad_in or (held, checkpoint.size - 1)

    def first_difference(self) -> int | None:
        """Return the first entry of the export that is not the one of the published tree."""
        if not (tiles := self.tiles()) or not self.roots[TILES]:
            return None
        export = (leaf_hash(line) for lines in lines_of(self.files.exports[0]) for line in lines)
        leaves = (leaf for batch in tiles.leaves() for leaf in batch)
        for number, leaf in enumerate(leaves):
            if next(export, None) != leaf:
                return number
        return None

    def check_export(self) -> None:
        """See how far the export is vouched for."""
        if (size := self.export_size) is None:
            return
        roots, published = self.roots[EXPORT], self.roots[TILES]
        fits = [each.size for each in self.checkpoints if roots.get(each.size) == each.root]
        if size in published and published[size] == roots[size]:
            self.holds.append("The export has the same entries as the published tree.")
        elif size in published:
            bad = self.first_difference()
            assert bad is not None, "two trees with different roots have a first difference"
            self.fault(f"From entry {bad:,} on the export is not the published tree.", bad)
        elif fits and max(fits) < size:
            why = "are newer than the newest checkpoint: nobody vouches for them yet"
            self.remarks.append(f"The last {size - max(fits):,} entries {why}.")
        elif not fits and not self.faults and self.checkpoints:
            self.gaps.append("No checkpoint was given that vouches for the export.")

    def check_quorum(self) -> None:
        """See whether enough witnesses cosigned."""
        if not (self.policy and self.keys and self.checkpoints):
            return
        if self.policy.quorum == "none":
            self.remarks.append("The policy asks for no witnesses: only the log itself vouches.")
            return
        newest = None
        for checkpoint in self.checkpoints:
            checkpoint.quorum = self.policy.reached(checkpoint.cosigners)
            if checkpoint.quorum and checkpoint.signed:
                newest = checkpoint
        if newest is None:
            self.faults.append("No checkpoint has the cosignatures that the policy asks for.")
            return
        self.holds.append(f"{newest.title} has the cosignatures that the policy asks for.")
        if newest.size < self.checkpoints[-1].size:
            self.remarks.append(f"For entries from {newest.size:,} on only the log itself vouches.")

    def check_entries(self) -> None:
        """See that each single entry was found."""
        for name, _ in self.files.entries:
            if name not in self.matches and any(self.roots.values()):
                self.faults.append(f"{name} is not an entry of the log.")
            elif name not in self.matches:
                self.gaps.append(f"{name} is not the entry of a proof that you gave.")

    def document(self, code: int) -> dict[str, object]:
        """Return the findings for another program."""
        return {
            "result": RESULTS[code][0],
            "first_bad_entry": None if "one of" in self.where() else self.first_bad,
            "export_size": self.export_size,
            "checked": self.holds,
            "does_not_hold": self.faults,
            "not_checked": self.gaps,
            "remarks": self.remarks,
            "proofs": [
                {"file": each.file, "entry": each.index, "says": each.said()}
                for each in self.proved
            ],
            "checkpoints": [
                {
                    "file": each.file,
                    "origin": each.origin,
                    "size": each.size,
                    "root": base64.b64encode(each.root).decode(),
                    "signed": each.signed,
                    "cosigners": each.cosigners,
                    "quorum": each.quorum,
                }
                for each in self.checkpoints
            ],
        }


EXPORT, TILES = "export", "published tree"
COMPARE = (
    "A proof shows that the log has the entry, not that the entry is about you: compare what it says with what you "
    "have, such as the reference number and the time on your receipt. Give a file of data along, and its fingerprint "
    "is compared."
)
RESULTS = {
    0: ("holds", "Everything that you gave was checked, and holds."),
    2: ("incomplete", "NOT EVERYTHING COULD BE CHECKED. What was checked holds."),
    3: (
        "does-not-hold",
        "SOMETHING DOES NOT HOLD. Keep all files as they are, and ask the council.",
    ),
}


def show(audit: Audit, code: int) -> None:
    """Print what was found, in sentences."""
    for heading, sentences in (
        ("Checked", audit.holds),
        ("To know", audit.remarks),
        ("Not checked", audit.gaps),
        ("Does not hold", audit.faults),
    ):
        for line in [f"{heading}:", *(f"  - {each}" for each in sentences)] if sentences else []:
            for part in line.split("\n"):
                print(printable(part))
    print(RESULTS[code][1])
    if where := audit.where():
        print(where)


def printable(text: str) -> str:
    """Return a text that cannot move the cursor of a terminal, whatever a file says."""
    return "".join(letter if letter.isprintable() else "?" for letter in text)


def when(cosignature: bytes) -> str:
    """Return the time at the beginning of a cosignature, in UTC."""
    seconds = int.from_bytes(cosignature[:8], "big")
    try:
        time = datetime(1970, 1, 1, tzinfo=timezone.utc) + timedelta(seconds=seconds)
    except OverflowError:
        return f"second {seconds} after 1970"
    return f"{time.day} {time:%B %Y at %H:%M} UTC"


def main(arguments: list[str] | None = None) -> int:
    """Read the command line, check, print, and return the exit code."""
    description, _, rest = (__doc__ or "").partition("\n\n")
    parser = argparse.ArgumentParser(
        description=description, epilog=rest, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("files", nargs="*", metavar="FILE", help="recognised by its contents")
    parser.add_argument("--key", action="append", default=[], metavar="VKEY", help="the log’s key")
    parser.add_argument("--policy", metavar="FILE", help="keys of log and witnesses, and quorum")
    parser.add_argument(
        "--older", action="append", default=[], metavar="FILE", help="a checkpoint that you kept"
    )
    parser.add_argument(
        "--entry", action="append", default=[], metavar="FILE", help="an entry, also of a folder"
    )
    parser.add_argument("--no-signatures", action="store_true", help="check the tree alone")
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    options = parser.parse_intermixed_args(arguments)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")
    files, keys, problems = Files(), list[Key](), list[str]()
    readings = [
        *((files.add, name) for name in options.files),
        *((files.add_checkpoint, name) for name in options.older),
        *((files.add_entry, name) for name in options.entry),
        *((files.add_policy, name) for name in [options.policy] if name),
        *((lambda vkey: keys.append(Key.read(vkey, "--key")), vkey) for vkey in options.key),
        (lambda _: files.settle(), ""),
    ]
    for read, name in readings:
        try:
            read(name)
        except (UnreadableError, OSError) as error:
            problems.append(str(error))
    if not options.files and not options.older:
        problems.append("Nothing to check: name at least one file, or see --help.")
    for problem in problems:
        print(printable(problem), file=sys.stderr)
    if problems:
        if options.json:
            print(json.dumps({"result": "unreadable", "problems": problems}, indent=2))
        return 2
    audit = Audit(files, keys, signatures=not options.no_signatures)
    code = audit.run()
    if options.json:
        print(json.dumps(audit.document(code), indent=2))
    else:
        show(audit, code)
    return code


if __name__ == "__main__":
    sys.exit(main())
