"""Programs that use the token of native software: a new one waits until the user confirms it.

A token that was copied is of no use to the program it was copied to; the one it was given to goes
on meanwhile.
A program is known by the path of its file; of the path only a hash is kept.
Source: *Local API security* 11; LOC-03.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import structlog

from bridge.domain.pairings import ClientKind, Pairing, PairingState
from bridge.domain.softwarenames import shown_name
from bridge.errors import BridgeError, NotFound, PairingRefused

if TYPE_CHECKING:
    from bridge.ports.peers import Program
    from bridge.service.pairingshelf import PairingParts
    from bridge.service.tokens import Client

NEW: Final = "program.new"
CONFIRMED: Final = "program.confirmed"
MOST_KNOWN: Final = 10
UNNAMED: Final = "?"
"""Name of a program that the system does not tell."""

log = structlog.get_logger()


@dataclass(frozen=True)
class SeenProgram:
    """A program that used a token: its name, and the hash by which it is known."""

    name: str
    digest: str


class ProgramWatch:
    """Remembers who used which token; used on the loop alone."""

    def __init__(self, parts: PairingParts) -> None:
        """Know nothing that waits."""
        self._parts = parts
        self._waiting: dict[str, SeenProgram] = {}

    def concerns(self, client: Client) -> bool:
        """Tell whether it matters which program a client is: only native software has one."""
        return self._native(client.id) is not None

    async def check(self, client: Client, program: Program | None) -> None:
        """Let a known program go on; the first one that uses a token is known from then on.

        Raises:
            PairingRefused: ``program_unconfirmed``, another one used it so far.
        """
        pairing = self._native(client.id)
        seen = _seen(program)
        if pairing is None or seen.digest in pairing.programs:
            return
        if not pairing.programs:
            await self._remember(pairing, seen)
            return
        if self._waiting.get(pairing.id) != seen:
            self._waiting[pairing.id] = seen
            self._parts.journal.record(NEW, pairing=pairing.id)
            if self._parts.screen is not None:
                self._parts.screen.tell("program_new", pairing.shown_as, seen.name)
        raise PairingRefused(
            code="program_unconfirmed", program=seen.name, software=pairing.display_name
        )

    def waiting(self, pairing_id: str) -> str | None:
        """Give the name of the program that waits to be confirmed for a pairing."""
        seen = self._waiting.get(pairing_id)
        return None if seen is None else seen.name

    async def confirm(self, pairing_id: str, *, where: str) -> Pairing:
        """Let the program that waits use the token too.

        Raises:
            NotFound: none waits.
        """
        pairing, seen = self._native(pairing_id), self._waiting.get(pairing_id)
        if pairing is None or seen is None:
            raise NotFound
        del self._waiting[pairing_id]
        self._parts.journal.record(CONFIRMED, pairing=pairing.id, where=where)
        return await self._remember(pairing, seen)

    def _native(self, pairing_id: str) -> Pairing | None:
        pairing = self._parts.shelf.get(pairing_id)
        if pairing is None or pairing.client_kind is not ClientKind.NATIVE:
            return None
        return pairing if pairing.state is PairingState.COLLECTED else None

    async def _remember(self, pairing: Pairing, seen: SeenProgram) -> Pairing:
        known = replace(pairing, programs=(seen.digest, *pairing.programs)[:MOST_KNOWN])
        try:
            await self._parts.shelf.keep(known)
        except BridgeError as error:
            # It is known for this run at least; a full disk must not stop the work.
            self._parts.shelf.note(known)
            log.warning("pairing.program_not_written", code=error.problem_code)
        return known


def _seen(program: Program | None) -> SeenProgram:
    path = "" if program is None else program.path
    name = UNNAMED if program is None else shown_name(program.name)
    return SeenProgram(name, hashlib.sha256(path.encode("utf-8", "replace")).hexdigest()[:32])
