"""Guard step 6: the process at the other end of a connection, looked at once (SEC-102)."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from api.facts import Refusal
from bridge.errors import PairingRefused
from bridge.ports.peers import Ends, Program
from bridge.service.peers import PeerWatch
from bridge.service.programs import ProgramWatch
from bridge.service.tokens import Client

CONNECTION: Final = "carebridge.connection"
"""Name in the ASGI ``state`` under which the server keeps what is known of a connection."""


@dataclass(kw_only=True)
class ConnectionFacts:
    """What was found out about one connection; requests on it share it.

    Attributes:
        is_judged: Its other end was looked at.
        code: Code of the refusal, where it was refused.
        program: The program there; looked for only where that matters.
        is_program_known: The program was looked for.
    """

    is_judged: bool = False
    code: str | None = None
    program: Program | None = None
    is_program_known: bool = False
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)


class PeerGate:
    """Asks about connections on a thread, so that nothing else waits."""

    def __init__(self, watch: PeerWatch, programs: ProgramWatch | None = None) -> None:
        """Ask ``watch``; ``programs`` knows which may use a native token."""
        self._watch = watch
        self._programs = programs

    async def check(self, scope: Mapping[str, Any]) -> Refusal | None:
        """Take step 6."""
        facts = _facts(scope)
        async with facts.lock:
            if not facts.is_judged:
                facts.code = await asyncio.to_thread(self._watch.judge, _ends(scope))
                facts.is_judged = True
        return None if facts.code is None else Refusal(code=facts.code, closes=True)

    async def check_program(self, scope: Mapping[str, Any], client: Client) -> Refusal | None:
        """Hold up a program that never used this native token before (LOC-03)."""
        if self._programs is None or not self._programs.concerns(client):
            return None
        try:
            await self._programs.check(client, await self.program_of(scope))
        except PairingRefused as refused:
            return Refusal(code=refused.problem_code, params=refused.params, client_id=client.id)
        return None

    async def program_of(self, scope: Mapping[str, Any]) -> Program | None:
        """Give the program at the other end, where the system tells."""
        facts = _facts(scope)
        async with facts.lock:
            if not facts.is_program_known:
                facts.program = await asyncio.to_thread(self._watch.program_of, _ends(scope))
                facts.is_program_known = True
        return facts.program


def _facts(scope: Mapping[str, Any]) -> ConnectionFacts:
    known = scope.get("state", {}).get(CONNECTION)
    return known if isinstance(known, ConnectionFacts) else ConnectionFacts()


def _ends(scope: Mapping[str, Any]) -> Ends:
    client, server = scope["client"], scope["server"]
    return Ends(client=(client[0], client[1]), server=(server[0], server[1]))
