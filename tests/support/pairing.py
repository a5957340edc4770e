"""The services of pairings on a real store, with a user who answers what a test says."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec

from bridge.crypto.algorithms import SignatureAlgorithm, sign
from bridge.domain.identifiers import Niss
from bridge.domain.knownsoftware import KnownSoftware
from bridge.domain.pairings import ClientKind, Pairing, TokenLimits
from bridge.ports.pairings import Consent, ConsentRequest
from bridge.ports.store import Store
from bridge.service.actors import ActorBook
from bridge.service.events import EventBook
from bridge.service.pairedtokens import PairedTokens
from bridge.service.pairingdesk import COMMAND_LINE, PairingDesk
from bridge.service.pairings import GivenToken, OpenedPairing, PairingRequests, WantedPairing
from bridge.service.pairingshelf import PairingParts, PairingShelf
from bridge.service.programs import ProgramWatch
from bridge.service.tickets import TicketBook
from bridge.service.tokens import TokenBook
from tests.support import stores
from tests.support.fakes import CountingIds, FixedClock

GOOD = "https://app.vendor.example"
EVIL = "https://evil.example"
SCOPES = ("insurability:check", "status:read")
WEB = WantedPairing(
    client_kind=ClientKind.WEB, origin=GOOD, is_browser=True, display_name="Zorg", scopes=SCOPES
)
NATIVE = replace(WEB, client_kind=ClientKind.NATIVE, origin=None, is_browser=False)


@dataclass
class Journal:
    """Keeps what was recorded."""

    records: list[tuple[str, dict[str, Any]]] = field(default_factory=list)

    def record(self, kind: str, **facts: Any) -> None:
        self.records.append((kind, facts))

    @property
    def kinds(self) -> list[str]:
        return [kind for kind, _ in self.records]


LATER = Consent(decision="later")


@dataclass
class Screen:
    """A screen whose user answers as the test says."""

    consent: Consent = LATER
    badges: list[int] = field(default_factory=list)
    told: list[tuple[str, str, str]] = field(default_factory=list)
    asked: list[ConsentRequest] = field(default_factory=list)

    def show_waiting(self, count: int) -> None:
        self.badges.append(count)

    def tell(self, state: str, software: str, where: str) -> None:
        self.told.append((state, software, where))

    async def ask(self, request: ConsentRequest) -> Consent:
        self.asked.append(request)
        return self.consent


@dataclass
class Office:
    """Everything about pairings of one daemon."""

    parts: PairingParts
    clock: FixedClock
    journal: Journal
    screen: Any
    desk: PairingDesk
    requests: PairingRequests
    tokens: PairedTokens
    events: EventBook
    tickets: TicketBook
    others: TokenBook
    programs: ProgramWatch
    holders: list[Niss] = field(default_factory=list)

    async def approved(self, wanted: WantedPairing = WEB, **options: Any) -> OpenedPairing:
        opened = self.requests.open(wanted)
        await self.desk.approve(opened.pairing.id, where=COMMAND_LINE, **options)
        return opened

    async def token(self, wanted: WantedPairing = WEB, **options: Any) -> GivenToken:
        opened = await self.approved(wanted, **options)
        if wanted.origin is None:
            self.requests.enter_code(
                opened.pairing.id, opened.secret, opened.pairing.code, origin=None
            )
        return await self.requests.collect(self.poll(opened))

    def poll(self, opened: OpenedPairing, **changes: Any) -> Pairing:
        asked = {"secret": opened.secret, "origin": opened.pairing.origin, **changes}
        return self.requests.poll(opened.pairing.id, asked["secret"], origin=asked["origin"])


@asynccontextmanager
async def office(
    folder: Path,
    *,
    clock: FixedClock | None = None,
    instance_id: str = "inst_1",
    store: Store | None = None,
    screen: Any = None,
    known: KnownSoftware | None = None,
) -> AsyncIterator[Office]:
    """Open the office of one run of the daemon in a folder."""
    if not (folder / "carebridge.db").exists():
        stores.new_database(folder)
    clock, ids = clock or FixedClock(), CountingIds()
    async with stores.opened(folder) as opened:
        events = EventBook(clock=clock, ids=ids)
        journal, screen = Journal(), screen or Screen()
        tickets = TicketBook(clock=clock, ids=ids)
        shelf = PairingShelf(store=store or opened, clock=clock, instance_id=instance_id)
        actors = ActorBook(store=opened, clock=clock, ids=ids, events=events)
        if store is None:
            await shelf.load()
            await actors.load()
        parts = PairingParts(
            shelf=shelf,
            actors=actors,
            clock=clock,
            ids=ids,
            events=events,
            journal=journal,
            instance_id=instance_id,
            limits=TokenLimits(),
            tickets=tickets,
            language="en",
            known=known or KnownSoftware(),
            screen=screen,
        )
        desk = PairingDesk(parts)
        others = TokenBook(clock=clock, ids=ids)
        tokens = PairedTokens(parts, desk=desk, others=others)
        requests = PairingRequests(parts, desk=desk)
        yield Office(
            parts, clock, journal, screen, desk, requests, tokens, events, tickets, others,
            ProgramWatch(parts),
        )  # fmt: skip
        await tokens.close()


class ProofMaker:
    """A front end's key, and the proofs made with it."""

    def __init__(self) -> None:
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.count = 0

    @property
    def jwk(self) -> dict[str, str]:
        numbers = self.key.public_key().public_numbers()
        return {
            "kty": "EC",
            "crv": "P-256",
            "x": base64url(numbers.x.to_bytes(32)),
            "y": base64url(numbers.y.to_bytes(32)),
        }

    def claims(self, token: str, method: str, url: str, at: float) -> dict[str, Any]:
        self.count += 1
        return {
            "jti": f"proof-{self.count}",
            "htm": method,
            "htu": url,
            "iat": int(at),
            "ath": base64url(hashlib.sha256(token.encode()).digest()),
        }

    def proof(self, claims: dict[str, Any], **header: Any) -> str:
        head = {"typ": "dpop+jwt", "alg": "ES256", "jwk": self.jwk, **header}
        signed = ".".join(base64url(json.dumps(part).encode()) for part in (head, claims))
        value = sign(self.key, SignatureAlgorithm.ECDSA_SHA256, signed.encode())
        return f"{signed}.{base64url(value)}"


def base64url(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()
