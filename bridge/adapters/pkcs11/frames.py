"""What goes through the pipe between the daemon and the card worker.

A frame is the length of a JSON document (4 bytes, big-endian) and the document.
A PIN is no part of a document: its digits follow the frame as they are, and are read straight into
a buffer that can be wiped.
Both ends use the pipe unbuffered, because a buffer of Python's would keep a copy of the digits.
"""

from __future__ import annotations

import base64
import json
import struct
from io import FileIO
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import bridge.errors as catalogue
from bridge.adapters.childtask import place_of
from bridge.adapters.pipes import PipeClosed, fill, write
from bridge.adapters.pkcs11.job import CardChoice, CardPart, SignJob
from bridge.crypto.algorithms import SignatureAlgorithm
from bridge.domain.secrets import PIN_MAX_DIGITS, Pin
from bridge.errors import BridgeError, CardError, InputError, PinWrong
from bridge.ports.card import CardFacts

if TYPE_CHECKING:
    from collections.abc import Mapping

_HEADER: Final = struct.Struct(">I")
_MOST_BYTES: Final = 64 * 1024 * 1024


def send(pipe: FileIO, document: Mapping[str, Any], pin: Pin | None = None) -> None:
    """Write a frame, and the digits of a PIN after it.

    Raises:
        PipeClosed: nobody reads any more.
    """
    body = json.dumps(document).encode("ascii")
    write(pipe, _HEADER.pack(len(body)) + body)
    if pin is not None:
        write(pipe, pin.buffer)


def receive(pipe: FileIO) -> dict[str, Any]:
    """Read a frame.

    Raises:
        PipeClosed: the other end is gone, or wrote no frame.
    """
    header = bytearray(_HEADER.size)
    fill(pipe, header)
    (length,) = _HEADER.unpack(header)
    if length > _MOST_BYTES:
        raise PipeClosed
    body = bytearray(length)
    fill(pipe, body)
    try:
        document: dict[str, Any] = json.loads(body)
    except ValueError as error:
        raise PipeClosed from error
    return document


def receive_pin(pipe: FileIO, digits: int) -> Pin:
    """Read the digits that follow a frame; no other copy of them is left.

    Raises:
        PipeClosed: the other end is gone.
        InputError: these are not the digits of a PIN.
    """
    buffer = bytearray(min(digits, PIN_MAX_DIGITS))
    try:
        fill(pipe, buffer)
        return Pin(buffer)
    finally:
        buffer[:] = bytes(len(buffer))


def part_document(part: CardPart) -> dict[str, Any]:
    """Describe library and key for the worker."""
    return {
        "module": None if part.module is None else str(part.module),
        "key_label": part.choice.key_label,
        "token_label": part.choice.token_label,
        "token_serial": part.choice.token_serial,
        "has_dialogue": part.has_dialogue,
    }


def part_from(document: Mapping[str, Any]) -> CardPart:
    """Read what ``part_document`` wrote."""
    module = document["module"]
    return CardPart(
        module=None if module is None else Path(module),
        choice=CardChoice(
            key_label=document["key_label"],
            token_label=document["token_label"],
            token_serial=document["token_serial"],
        ),
        has_dialogue=document["has_dialogue"],
    )


def job_document(job: SignJob, pin: Pin | None) -> dict[str, Any]:
    """Describe a signature for the worker; of the PIN only how many digits follow."""
    return {
        "data": _text(job.data),
        "algorithm": job.algorithm.name,
        "expected": None if job.expected is None else _text(job.expected),
        "has_failed_before": job.has_failed_before,
        "pin_digits": None if pin is None else len(pin.buffer),
    }


def job_from(document: Mapping[str, Any]) -> SignJob:
    """Read what ``job_document`` wrote."""
    expected = document["expected"]
    return SignJob(
        data=_bytes(document["data"]),
        algorithm=SignatureAlgorithm[document["algorithm"]],
        expected=None if expected is None else _bytes(expected),
        has_failed_before=document["has_failed_before"],
    )


def facts_document(facts: CardFacts) -> dict[str, Any]:
    """Describe a card for the daemon."""
    return {
        "reader": facts.reader,
        "certificate": _text(facts.authentication_certificate),
        "has_keypad": facts.has_keypad,
        "tries_left": facts.tries_left,
        "asks_itself": facts.asks_itself,
    }


def facts_from(document: Mapping[str, Any]) -> CardFacts:
    """Read what ``facts_document`` wrote."""
    return CardFacts(
        reader=document["reader"],
        authentication_certificate=_bytes(document["certificate"]),
        has_keypad=document["has_keypad"],
        tries_left=document["tries_left"],
        asks_itself=document["asks_itself"],
    )


def signature_document(signature: bytes) -> dict[str, Any]:
    """Wrap a signature."""
    return {"signature": _text(signature)}


def signature_from(document: Mapping[str, Any]) -> bytes:
    """Read what ``signature_document`` wrote."""
    return _bytes(document["signature"])


def error_document(error: BridgeError) -> dict[str, Any]:
    """Describe a failure: class, code and facts, never its developer's note."""
    return {
        "error": type(error).__name__,
        "code": error.problem_code,
        "params": error.params,
    }


def bug_document(error: Exception) -> dict[str, Any]:
    """Describe a bug."""
    return {"bug": place_of(error)}


def raise_error_in(document: Mapping[str, Any]) -> None:
    """Raise the failure that a document describes; nothing happens when it describes none.

    Raises:
        CardError, InputError: as described; a class we do not know is a ``CardError``.
        RuntimeError: the worker met a bug.
    """
    if "bug" in document:
        raise RuntimeError(f"card worker: {document['bug']}")
    if "error" not in document:
        return
    kind = getattr(catalogue, document["error"], CardError)
    if kind is PinWrong:
        raise PinWrong(tries_left=document["params"]["tries_left"])
    if not (isinstance(kind, type) and issubclass(kind, (CardError, InputError))):
        raise CardError
    raise kind(code=document["code"], **document["params"])


def _text(content: bytes) -> str:
    return base64.b64encode(content).decode("ascii")


def _bytes(text: str) -> bytes:
    return base64.b64decode(text, validate=True)
