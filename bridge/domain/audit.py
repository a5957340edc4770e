"""The audit log as values: what is recorded, how records hang together, what does not hold.

A record is one line of JSON that ends with its MAC; the MAC covers the line before it, and with it
the MAC of the record before.
So a line that is changed, taken out, put in or moved breaks the chain at its place.
What is cut off at the end breaks nothing: anchors, kept elsewhere, tell how far the log once went.
Source: *Local API security* 15.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import Enum
from typing import Any, Final

from bridge.domain.identifiers import Niss
from bridge.errors import InputError

DONE: Final = "done"
"""Result of what went well."""

CLOCK_SLACK: Final = timedelta(minutes=1)
"""A step back of the clock that is no finding: computers correct their clocks by seconds."""

SHORT_MARK: Final = 24
"""Hexadecimal digits of a pseudonym where many stand in one record; 96 bits still name one."""

_NO_MAC: Final = "0" * 64
_LINE: Final = re.compile(rb'(\{.*),"mac":"([0-9a-f]{64})"\}', re.DOTALL)
_GAP: Final = b'"action":"gap_found"'
_TAME: Final = re.compile(r"[A-Za-z0-9_./{}:-]{1,120}")
_NUMBER: Final = re.compile(r"[0-9]{8,}")
_ULID: Final = re.compile(r"[a-z]{2,5}_[0-9A-HJKMNP-TV-Z]{26}")
_UNFIT: Final = "unfit"


class Action(Enum):
    """What is recorded; names are never changed, old records have them."""

    REQUEST_REFUSED = "request_refused"
    TOKEN_ISSUED = "token_issued"  # noqa: S105  # the name of an action, no secret
    CONSOLE_SIGNED_IN = "console_signed_in"
    PAIRING_REQUESTED = "pairing_requested"
    PAIRING_APPROVED = "pairing_approved"
    PAIRING_COLLECTED = "pairing_collected"
    PAIRING_ROTATED = "pairing_rotated"
    PAIRING_DENIED = "pairing_denied"
    PAIRING_BLOCKED = "pairing_blocked"
    PAIRING_REVOKED = "pairing_revoked"
    PAIRING_EXPIRED = "pairing_expired"
    PAIRING_ASSIGNED = "pairing_assigned"
    ACTOR_ALLOWED = "actor_allowed"
    ACTOR_REFUSED = "actor_refused"
    RIGHTS_CHANGED = "rights_changed"
    PAIRING_PAUSED = "pairing_paused"
    PAIRING_RESUMED = "pairing_resumed"
    EVERYTHING_STOPPED = "everything_stopped"
    SESSION_OPENED = "session_opened"
    SESSION_ENDED = "session_ended"
    SESSION_FAILED = "session_failed"
    SESSION_RESTORED = "session_restored"
    SESSION_NOT_RESTORED = "session_not_restored"
    PIN_ASKED = "pin_asked"
    PIN_FAILED = "pin_failed"
    KEYPAD_BYPASSED = "keypad_bypassed"
    MESSAGE_SENT = "message_sent"
    MESSAGE_ANSWERED = "message_answered"
    EXPORT_MADE = "export_made"
    DATA_ERASED = "data_erased"
    SETTING_CHANGED = "setting_changed"
    LOG_LEVEL_CHANGED = "log_level_changed"
    BACKUP_MADE = "backup_made"
    KEY_ROTATED = "key_rotated"
    SUPPORT_BUNDLE_MADE = "support_bundle_made"
    HANDED_OVER = "handed_over"
    PROGRAM_CONFIRMED = "program_confirmed"
    UPDATE_REFUSED = "update_refused"
    UPDATE_STARTED = "update_started"
    UPDATE_ROLLED_BACK = "update_rolled_back"
    GAP_FOUND = "gap_found"


class BreakKind(Enum):
    """What does not hold of a log."""

    UNREADABLE = "unreadable"
    CHANGED = "changed"
    MISSING = "missing"
    OUT_OF_ORDER = "out_of_order"
    TRUNCATED = "truncated"
    REPLACED = "replaced"
    TIME_BACKWARDS = "time_backwards"


@dataclass(frozen=True, kw_only=True)
class AuditEntry:
    """One thing that happened.

    Attributes:
        actor: Pseudonym of the nurse in whose name it was done; of a decision about rights the
            identifier of the actor.
        client: Who asked: pairing, or our own command line.
        object_id: What it was about: a resource's identifier, or the template of a route.
        result: ``done``, or the code of what went wrong; of a decision about rights what was
            wanted, such as ``send:katz``.
        patient: HMAC of the patient's number under a salt of hers.
        patients: The same of a message about several, shortened to ``SHORT_MARK``.
        repeats: How often the same happened again after a record was written, within a minute.
    """

    at: datetime
    action: Action
    result: str = DONE
    actor: str | None = None
    client: str | None = None
    object_id: str | None = None
    patient: str | None = None
    patients: tuple[str, ...] = ()
    repeats: int = 0


@dataclass(frozen=True, kw_only=True)
class Head:
    """The end of a chain: the sequence, the MAC and the time of its last record."""

    sequence: int
    mac: str
    at: datetime


_WITNESS: Final = re.compile(r"([0-9]{1,12}):([0-9a-f]{64})")


def parse_witness(text: str) -> Head:
    """Read an end of a chain that was written down as ``sequence:mac``.

    Raises:
        InputError: ``value_invalid``, it is none.
    """
    found = _WITNESS.fullmatch(text.strip())
    if found is None:
        raise InputError(code="value_invalid")
    return Head(sequence=int(found[1]), mac=found[2], at=GENESIS.at)


GENESIS: Final = Head(sequence=0, mac=_NO_MAC, at=datetime(1970, 1, 1, tzinfo=UTC))
"""The end of a chain without records."""


@dataclass(frozen=True, kw_only=True)
class Break:
    """What does not hold, and where.

    Attributes:
        sequence: Number of the record that should stand there.
        line: Line in the log; ``None`` where there is none.
    """

    kind: BreakKind
    sequence: int
    line: int | None = None

    @property
    def place(self) -> str:
        """Kind and sequence in one word, such as ``changed:17``."""
        return f"{self.kind.value}:{self.sequence}"


@dataclass(frozen=True, kw_only=True)
class AuditKeys:
    """The keys of one audit log, derived from the one in the key store."""

    chain: bytes = field(repr=False)
    people: bytes = field(repr=False)

    @classmethod
    def of(cls, key: bytes) -> AuditKeys:
        """Derive the keys; one secret serves both uses without them touching."""
        return cls(chain=_mac(key, b"chain"), people=_mac(key, b"people"))

    def pseudonym(self, niss: Niss) -> str:
        """Give the name under which a nurse stands in the log."""
        return "nurse_" + _mac(self.people, b"nurse:" + niss.digits.encode()).hex()[:24]

    def index(self, niss: Niss) -> bytes:
        """Give the name under which the salt of a patient is kept."""
        return _mac(self.people, b"salt:" + niss.digits.encode())

    def mark(self, niss: Niss, salt: bytes) -> str:
        """Give the HMAC by which a patient is found in the log, by who has number, key and salt."""
        return _mac(self.people, b"patient:" + salt + niss.digits.encode()).hex()


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """What became of looking at a whole log.

    Attributes:
        records: How many records hold, from the first one.
        broken: The first thing that does not hold; ``None`` when the log is intact.
        clock_step: The first record that is older than the one before.
        lost: Anchors the log no longer leads to.
    """

    records: int
    head: Head
    broken: Break | None = None
    clock_step: Break | None = None
    lost: tuple[Head, ...] = ()
    known_gaps: frozenset[str] = frozenset()

    @property
    def is_intact(self) -> bool:
        """Tell whether everything holds."""
        return self.broken is None and self.clock_step is None


def seal(entry: AuditEntry, *, after: Head, key: bytes) -> tuple[bytes, Head]:
    """Give the line of the next record, without its line end, and the new end of the chain."""
    at = entry.at.astimezone(UTC)
    members = {
        "sequence": after.sequence + 1,
        "at": at.isoformat(timespec="microseconds"),
        "actor": _fit(entry.actor),
        "client": _fit(entry.client),
        "action": entry.action.value,
        "object_id": _fit(entry.object_id),
        "result": _fit(entry.result),
        "patient": entry.patient,
        **({"patients": entry.patients} if entry.patients else {}),
        "repeats": entry.repeats,
        "previous_mac": after.mac,
    }
    body = json.dumps(members, separators=(",", ":")).encode()[:-1]
    mac = _mac(key, body).hex()
    line = body + f',"mac":"{mac}"}}'.encode()
    return line, Head(sequence=after.sequence + 1, mac=mac, at=at)


def members_of(line: bytes) -> dict[str, Any] | None:
    """Read a record without judging it; ``None`` when it is none."""
    read = _read(line)
    return None if read is None else read[1]


def head_of(line: bytes) -> Head | None:
    """Read where a chain ends that ends with this line; ``None`` when it is no record."""
    read = _read(line)
    return None if read is None else read[0]


def _read(line: bytes) -> tuple[Head, dict[str, Any]] | None:
    try:
        members = json.loads(line)
        at = datetime.fromisoformat(members["at"])
        sequence, mac = members["sequence"], members["mac"]
    except (ValueError, TypeError, KeyError, RecursionError):
        return None
    if not isinstance(sequence, int) or not isinstance(mac, str):
        return None
    return Head(sequence=sequence, mac=mac, at=at), members


def verify(lines: Iterable[bytes], *, key: bytes, anchors: Iterable[Head] = ()) -> Verdict:
    """Walk a log from its first record; the first thing that does not hold ends the chain.

    Beyond it only records of gaps are looked for: a gap that is known is not recorded again.
    """
    walk = _Walk(key, anchors)
    broken = None
    for number, line in enumerate(lines, 1):
        if broken is None:
            broken = walk.step(line, number)
        else:
            walk.look_beyond(line)
    return walk.verdict(broken)


class _Walk:
    """Where the walk stands."""

    def __init__(self, key: bytes, anchors: Iterable[Head]) -> None:
        self._key = key
        self._awaited: dict[int, set[str]] = {}
        self._anchors = sorted(set(anchors), key=lambda anchor: anchor.sequence)
        for anchor in self._anchors:
            self._awaited.setdefault(anchor.sequence, set()).add(anchor.mac)
        self._head = GENESIS
        self._clock_step: Break | None = None
        self._gaps: set[str] = set()
        self._reached: set[tuple[int, str]] = set()

    def step(self, line: bytes, number: int) -> Break | None:
        """Take one line: go on, or say what does not hold of it."""
        expected = self._head.sequence + 1
        read = _read(line)
        found = _LINE.fullmatch(line)
        if read is None or found is None:
            return Break(kind=BreakKind.UNREADABLE, sequence=expected, line=number)
        head, members = read
        if not self._is_ours(found):
            return Break(kind=BreakKind.CHANGED, sequence=expected, line=number)
        if head.sequence > expected:
            return Break(kind=BreakKind.MISSING, sequence=expected, line=number)
        if head.sequence < expected or members["previous_mac"] != self._head.mac:
            return Break(kind=BreakKind.OUT_OF_ORDER, sequence=expected, line=number)
        self._pass(head, members, number)
        return None

    def look_beyond(self, line: bytes) -> None:
        """Take a line behind what does not hold."""
        found = _LINE.fullmatch(line)
        if _GAP in line and found is not None and self._is_ours(found):
            self._gaps.add(str(json.loads(line)["object_id"]))

    def _is_ours(self, found: re.Match[bytes]) -> bool:
        return hmac.compare_digest(_mac(self._key, found[1]).hex().encode(), found[2])

    def verdict(self, broken: Break | None) -> Verdict:
        """Compare with the anchors what was walked."""
        lost = tuple(
            anchor for anchor in self._anchors if (anchor.sequence, anchor.mac) not in self._reached
        )
        if broken is None and lost:
            broken = self._missed(lost[0])
        return Verdict(
            records=self._head.sequence,
            head=self._head,
            broken=broken,
            clock_step=self._clock_step,
            lost=lost,
            known_gaps=frozenset(self._gaps),
        )

    def _missed(self, anchor: Head) -> Break:
        if anchor.sequence > self._head.sequence:
            return Break(kind=BreakKind.TRUNCATED, sequence=self._head.sequence + 1)
        return Break(kind=BreakKind.REPLACED, sequence=anchor.sequence, line=anchor.sequence)

    def _pass(self, head: Head, members: dict[str, Any], number: int) -> None:
        if self._clock_step is None and head.at < self._head.at - CLOCK_SLACK:
            kind = BreakKind.TIME_BACKWARDS
            self._clock_step = Break(kind=kind, sequence=head.sequence, line=number)
        if members["action"] == Action.GAP_FOUND.value:
            self._gaps.add(str(members["object_id"]))
        if head.mac in self._awaited.get(head.sequence, ()):
            self._reached.add((head.sequence, head.mac))
        self._head = head


def _fit(text: str | None) -> str | None:
    """Let through what can be a name of ours only: no patient's number fits in."""
    if text is None or _ULID.fullmatch(text) or text.startswith("nurse_"):
        return text
    return text if _TAME.fullmatch(text) and not _NUMBER.search(text) else _UNFIT


def _mac(key: bytes, content: bytes) -> bytes:
    return hmac.digest(key, content, hashlib.sha256)
