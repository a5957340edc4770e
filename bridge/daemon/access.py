"""Who may call: pairings, tokens, tickets, and this installation's own key."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from typing import Final

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_der_private_key,
)

from bridge import __version__
from bridge.daemon.parts import Parts
from bridge.errors import KeyStoreUnavailable
from bridge.service.actors import ActorBook
from bridge.service.console import ConsoleDesk
from bridge.service.events import EventBook
from bridge.service.instance import InstanceFacts
from bridge.service.instanceproofs import InstanceProver
from bridge.service.pairedtokens import PairedTokens
from bridge.service.pairingdesk import PairingDesk
from bridge.service.pairings import PairingRequests
from bridge.service.pairingshelf import PairingParts, PairingShelf
from bridge.service.peers import PeerWatch
from bridge.service.programs import ProgramWatch
from bridge.service.secretwatch import SecretWatch
from bridge.service.securityjournal import AuditedJournal
from bridge.service.tickets import TicketBook
from bridge.service.tokens import TokenBook

INSTANCE_ID: Final = "instance-id"
INSTANCE_KEY: Final = "instance-key"


@dataclass(frozen=True, kw_only=True)
class Access:
    """The services about access, by their names in the façade."""

    tokens: TokenBook
    tickets: TicketBook
    console: ConsoleDesk
    instance: InstanceFacts
    instance_prover: InstanceProver
    pairing_shelf: PairingShelf
    pairing_desk: PairingDesk
    pairing_requests: PairingRequests
    paired_tokens: PairedTokens
    programs: ProgramWatch
    secret_watch: SecretWatch
    peers: PeerWatch | None


def build_access(parts: Parts, events: EventBook, actors: ActorBook) -> Access:
    """Build them."""
    instance_id, key = _instance_id(parts), _instance_key(parts)
    tokens = TokenBook(clock=parts.clock, ids=parts.ids, audit=parts.audit)
    journal = _journal(parts)
    shared = PairingParts(
        shelf=PairingShelf(store=parts.store, clock=parts.clock, instance_id=instance_id),
        clock=parts.clock,
        ids=parts.ids,
        events=events,
        journal=journal,
        instance_id=instance_id,
        limits=parts.token_limits,
        tickets=TicketBook(clock=parts.clock, ids=parts.ids),
        language=parts.language,
        known=parts.known_software,
        actors=actors,
        screen=parts.pairing_screen,
    )
    desk = PairingDesk(shared)
    return Access(
        tokens=tokens,
        tickets=shared.tickets,
        console=ConsoleDesk(
            tokens=tokens,
            tickets=TicketBook(clock=parts.clock, ids=parts.ids),
            clock=parts.clock,
            journal=journal,
        ),
        instance=_facts(parts, instance_id, key),
        instance_prover=InstanceProver(key, instance_id=instance_id, os_session=parts.os_session),
        pairing_shelf=shared.shelf,
        pairing_desk=desk,
        pairing_requests=PairingRequests(shared, desk=desk),
        paired_tokens=PairedTokens(shared, desk=desk, others=tokens),
        programs=ProgramWatch(shared),
        secret_watch=SecretWatch(shared),
        peers=_peers(parts),
    )


def _facts(parts: Parts, instance_id: str, key: ec.EllipticCurvePrivateKey) -> InstanceFacts:
    return InstanceFacts(
        id=instance_id,
        version=__version__,
        public_key=_public_text(key),
        is_simulator=parts.simulator is not None,
    )


def _peers(parts: Parts) -> PeerWatch | None:
    if parts.peers is None:
        return None
    return PeerWatch(parts.peers, mode=parts.peer_mode, clock=parts.clock)


def _journal(parts: Parts) -> AuditedJournal:
    """Give the journal, with the lists that could not be believed in it (PAIR-11)."""
    journal = AuditedJournal(parts.audit)
    for _ in range(parts.known_software.refused):
        journal.record("signed_list.refused", code="signed_list_refused")
    return journal


def _instance_id(parts: Parts) -> str:
    """Give this installation's name, made at the first start."""
    name = parts.secrets.get(INSTANCE_ID)
    if name is None:
        name = parts.ids.ulid("inst").encode()
        parts.secrets.put(INSTANCE_ID, name)
    return name.decode()


def _instance_key(parts: Parts) -> ec.EllipticCurvePrivateKey:
    """Give this installation's key, made at the first start (SEC-64).

    Raises:
        KeyStoreUnavailable: what the key store keeps under its name is no such key.
    """
    kept = parts.secrets.get(INSTANCE_KEY)
    if kept is None:
        fresh = ec.generate_private_key(ec.SECP256R1())
        kept = fresh.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
        parts.secrets.put(INSTANCE_KEY, kept)
    key = load_der_private_key(kept, None)
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        raise KeyStoreUnavailable("not the key of an instance")
    return key


def _public_text(key: ec.EllipticCurvePrivateKey) -> str:
    encoded = key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return base64.b64encode(encoded).decode()
