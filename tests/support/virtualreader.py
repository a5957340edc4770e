"""A private smart-card service with a virtual reader, one per process of the tests.

libpcsclite reads the path of the service's socket once per process, so it must be set before
anything uses smart cards; importing this module does that, starting the service does not.
"""

from __future__ import annotations

import atexit
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from bridge.adapters.pcsc.api import STATE_PRESENT, STATE_UNAWARE, Pcsc, load_scard
from bridge.errors import BridgeError
from bridge.sandbox.documents import EidDocument, Person, new_document
from bridge.sandbox.nurse import niss_of
from bridge.sandbox.pcscd import SOCKET_VARIABLE, PrivatePcscd, pcscd_program
from bridge.sandbox.pki import KeyKind, Pki
from bridge.sandbox.virtualcard import VirtualCard

IS_PROMISED = sys.platform == "linux" and os.environ.get("CI") == "true"
PIN = b"1234"
WRONG_PIN = b"4321"
OUT_S = 0.9
"""The driver looks every 400 ms; a card that is out for less goes unseen."""

needs_reader = pytest.mark.skipif(
    pcscd_program() is None and not IS_PROMISED,
    reason="pcscd or vsmartcard-vpcd is not installed",
)

_FOLDER = Path(tempfile.mkdtemp(prefix="carebridge-tests-"))
_SOCKET = _FOLDER / "pcscd.comm"
os.environ[SOCKET_VARIABLE] = str(_SOCKET)


@cache
def service() -> PrivatePcscd:
    """Give the service of this process, started."""
    started = PrivatePcscd(socket_path=_SOCKET)
    started.start()
    atexit.register(_clean_up, started)
    return started


def _clean_up(started: PrivatePcscd) -> None:
    started.close()
    shutil.rmtree(_FOLDER, ignore_errors=True)


@cache
def pki(kind: KeyKind, issuers: KeyKind = "ec") -> Pki:
    return Pki(now=datetime.now(UTC), key_kind=kind, issuer_kind=issuers)


NURSE = Person(
    niss=niss_of("870519", "998"),
    last_name="Voorbeeld",
    first_names="Fictive",
    born_on=date(1987, 5, 19),
)
PATIENT = Person(
    niss=niss_of("600101", "001"),
    last_name="Patiënt",
    first_names="Denkbeeldige Anna",
    born_on=date(1960, 1, 1),
)


def document(
    kind: KeyKind = "rsa",
    person: Person = NURSE,
    document_type: int = 1,
    issuers: KeyKind = "ec",
) -> EidDocument:
    """Give the document of a person; the same one for the whole run."""
    return _issued(kind, person, document_type, issuers)


@cache
def _issued(kind: KeyKind, person: Person, document_type: int, issuers: KeyKind) -> EidDocument:
    """Remember by all arguments: a cache tells ``document()`` and ``document("rsa")`` apart."""
    return new_document(pki(kind, issuers), person, pin=PIN, document_type=document_type)


@contextmanager
def card(issued: EidDocument, *, slot: int = 0, is_inserted: bool = True) -> Iterator[VirtualCard]:
    """Start the process of a card, inserted unless told otherwise; a fresh one has all tries."""
    played = VirtualCard(issued.content(), port=service().ports[slot])
    try:
        if is_inserted:
            insert(played, slot=slot)
        yield played
    finally:
        was_inserted = played.state().is_inserted
        played.close()
        if was_inserted:
            until_out(slot)


def insert(played: VirtualCard, *, slot: int | None = None) -> None:
    """Put a card in and wait until the reader has given it power.

    With a slot of the service of this process, wait also until programs can connect to it: the
    service takes some more milliseconds to know what the reader knows.
    """
    before = played.state().resets
    played.insert()
    until(lambda: played.state().resets > before + 1)
    if slot is not None:
        with ExitStack() as stack:
            pcsc = Pcsc(load_scard())
            stack.callback(pcsc.release)
            until(lambda: _is_powered(pcsc, slot))


def until_out(slot: int = 0) -> None:
    """Wait until the service knows that a slot is empty, as it does some time after the driver."""
    pcsc = Pcsc(load_scard())
    try:
        until(lambda: not _is_present(pcsc, slot))
    except BridgeError:
        time.sleep(OUT_S)  # without a service nobody looks
    finally:
        pcsc.release()


def _is_present(pcsc: Pcsc, slot: int) -> bool:
    name = sorted(pcsc.readers())[slot]
    (status,) = pcsc.changes([(name, STATE_UNAWARE)], wait_ms=0)
    return bool(status.state & STATE_PRESENT)


def _is_powered(pcsc: Pcsc, slot: int) -> bool:
    name = sorted(pcsc.readers())[slot]
    (status,) = pcsc.changes([(name, STATE_UNAWARE)], wait_ms=0)
    return bool(status.state & STATE_PRESENT and status.atr)


def until(condition: Callable[[], Any], seconds: float = 30) -> Any:
    """Wait for something to become true and give it."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        found = condition()
        if found:
            return found
        time.sleep(0.01)
    raise AssertionError("did not happen in time")
