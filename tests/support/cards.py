"""Every implementation of ``CardSigner``, prepared for the conformance suite."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

from bridge.adapters.pkcs11.job import CardPart
from bridge.adapters.pkcs11.process import WorkerSigner
from bridge.adapters.selfcall import own_command
from bridge.crypto.certificates import Certificate
from bridge.ports.card import CardSigner
from bridge.sandbox.world import World
from tests.support import pki, softhsm
from tests.support.fakes import CountingIds, FixedClock


@dataclass(frozen=True)
class PreparedCard:
    """A card with its PIN and the certificate it must show."""

    signer: CardSigner
    pin: bytes
    wrong_pin: bytes
    certificate: Certificate


def softhsm_card(kind: pki.KeyKind) -> PreparedCard:
    token = softhsm.token(kind)
    return PreparedCard(
        softhsm.signer(token), softhsm.PIN, softhsm.WRONG_PIN, pki.eid(kind).certificate
    )


def worker_card(kind: pki.KeyKind) -> PreparedCard:
    return PreparedCard(_worker(kind), softhsm.PIN, softhsm.WRONG_PIN, pki.eid(kind).certificate)


def software_card(kind: pki.KeyKind) -> PreparedCard:
    world = _world(kind)
    world.card.unblock()
    pin = world.nurse.pin
    wrong = bytes(reversed(pin)) if pin != bytes(reversed(pin)) else b"0" + pin[1:]
    return PreparedCard(world.card, pin, wrong, world.nurse.eid.certificate)


CARDS: dict[str, Callable[[], PreparedCard]] = {
    "softhsm-rsa": lambda: softhsm_card("rsa"),
    "softhsm-ec": lambda: softhsm_card("ec"),
    "worker-rsa": lambda: worker_card("rsa"),
    "worker-ec": lambda: worker_card("ec"),
    "software-rsa": lambda: software_card("rsa"),
    "software-ec": lambda: software_card("ec"),
}


@cache
def _worker(kind: pki.KeyKind) -> WorkerSigner:
    """Give a signer whose worker lives as long as the test process."""
    token = softhsm.token(kind)
    part = CardPart(module=token.module, choice=token.choice)
    return WorkerSigner(own_command("--card-worker"), part)


@cache
def _world(kind: pki.KeyKind) -> World:
    return World.create(clock=FixedClock(), ids=CountingIds(), key_kind=kind)
