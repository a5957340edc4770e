"""Every implementation of ``CardSigner``, prepared for the conformance suite."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from functools import cache
from typing import Any

from bridge.adapters.cardthread import CardThread
from bridge.adapters.pcsc.api import load_scard
from bridge.adapters.pcsc.signer import CommandSigner
from bridge.adapters.pkcs11.job import CardPart
from bridge.adapters.pkcs11.process import WorkerSigner
from bridge.adapters.selfcall import own_command
from bridge.crypto.certificates import Certificate
from bridge.ports.card import CardSigner
from bridge.sandbox.world import World
from tests.support import pki, softhsm, virtualreader
from tests.support.fakes import CountingIds, FixedClock
from tests.support.keypool import PooledKeys


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


def command_card(kind: pki.KeyKind) -> PreparedCard:
    """Give the signer by card commands; its card stays in the virtual reader, see ``take_out``."""
    if kind not in _played:
        _played[kind] = _PlayedCard(kind)
    played = _played[kind]
    played.card.unblock()
    issued = virtualreader.document(kind).authentication
    if issued is None:
        raise AssertionError("a citizen's card has the certificate")
    pins = (virtualreader.PIN, virtualreader.WRONG_PIN)
    return PreparedCard(played.signer, *pins, issued.certificate)


def take_out() -> None:
    """Take the cards of ``command_card`` out: other tests need the slots."""
    for kind in list(_played):
        _played.pop(kind).close()


def software_card(kind: pki.KeyKind) -> PreparedCard:
    world = _world(kind)
    world.card.unblock()
    pin = world.nurse.pin
    wrong = bytes(reversed(pin)) if pin != bytes(reversed(pin)) else b"0" + pin[1:]
    return PreparedCard(world.card, pin, wrong, world.nurse.eid.certificate)


class _OneReader:
    """The library of PC/SC, as a computer with one reader of several would show it."""

    def __init__(self, scard: Any, place: int) -> None:
        self._scard = scard
        self._place = place

    def __getattr__(self, name: str) -> Any:
        return getattr(self._scard, name)

    def SCardListReaders(self, context: Any, groups: list[str]) -> tuple[int, list[str]]:  # noqa: N802  # the name is PC/SC's
        result, names = self._scard.SCardListReaders(context, groups)
        return result, sorted(names)[self._place :][:1]


class _PlayedCard:
    """An emulated card in a slot of its own, and a signer that sees this slot only."""

    def __init__(self, kind: pki.KeyKind) -> None:
        place = ["rsa", "ec"].index(kind)
        self._thread = CardThread()
        self._stack = ExitStack()
        issued = virtualreader.document(kind)
        self.card = self._stack.enter_context(virtualreader.card(issued, slot=place))
        self.signer = CommandSigner(_OneReader(load_scard(), place), thread=self._thread)

    def close(self) -> None:
        asyncio.run(self.signer.close())
        asyncio.run(self._thread.close())
        self._stack.close()


_played: dict[pki.KeyKind, _PlayedCard] = {}

CARDS: dict[str, Callable[[], PreparedCard]] = {
    "softhsm-rsa": lambda: softhsm_card("rsa"),
    "softhsm-ec": lambda: softhsm_card("ec"),
    "commands-rsa": lambda: command_card("rsa"),
    "commands-ec": lambda: command_card("ec"),
    "worker-rsa": lambda: worker_card("rsa"),
    "worker-ec": lambda: worker_card("ec"),
    "software-rsa": lambda: software_card("rsa"),
    "software-ec": lambda: software_card("ec"),
}


NEEDS = {name: virtualreader.needs_reader for name in CARDS if name.startswith("commands")}
"""What a card needs of the computer, where it is not always there."""


@cache
def _worker(kind: pki.KeyKind) -> WorkerSigner:
    """Give a signer whose worker lives as long as the test process."""
    token = softhsm.token(kind)
    part = CardPart(module=token.module, choice=token.choice)
    return WorkerSigner(own_command("--card-worker"), part)


@cache
def _world(kind: pki.KeyKind) -> World:
    keys = PooledKeys()
    return World.create(clock=FixedClock(), ids=CountingIds(), key_kind=kind, key_maker=keys)
