"""The eID driven by commands (*Belgian eID card* 2, 3 and 6 to 8)."""

from __future__ import annotations

from typing import Final

from bridge.adapters.pcsc.connection import CardConnection, is_ok
from bridge.domain.secrets import Pin
from bridge.eid import apdu
from bridge.eid.carddata import SHORT_BYTES, CardData
from bridge.eid.files import APPLET_AID, MASTER_FILE, CardFiles, EidFile
from bridge.errors import (
    CardError,
    CardNotActivated,
    CardUnsupported,
    KeypadFailed,
    PinBlocked,
    PinCancelled,
    PinRequired,
    PinTimeout,
    PinWrong,
)

_NOT_VERIFIED: Final = 0x6982
_NOT_FOUND: Final = 0x6A82
_PAST_END: Final = 0x6B00
_NOT_ACTIVE: Final = frozenset({0x6D00, 0x6985})
_KEYPAD: Final[dict[int, type[CardError]]] = {
    0x6400: PinTimeout,
    0x6401: PinCancelled,
    0x6402: KeypadFailed,
    0x6403: KeypadFailed,
    0x6B80: KeypadFailed,
}
_MOST_FILE_BYTES: Final = 32_768


class EidCard:
    """One eID at the other end of a connection; select it before anything else."""

    def __init__(self, connection: CardConnection) -> None:
        """Speak over a connection; nothing is sent yet."""
        self._connection = connection

    def select(self) -> CardData:
        """Select the applet and ask what it is.

        Raises:
            CardUnsupported: no eID.
            CardNotActivated: the card is not in use yet.
            CardRemoved, CardError: about the connection.
        """
        if not is_ok(self._connection.transmit(apdu.select_application(APPLET_AID))):
            raise CardUnsupported("no applet of the eID")
        answer = self._connection.transmit(apdu.GET_CARD_DATA)
        if not is_ok(answer) or len(answer.data) < SHORT_BYTES:
            raise CardUnsupported("the applet does not say what it is")
        data = CardData.parse(answer.data)
        if not data.is_activated:
            raise CardNotActivated
        return data

    def read(self, file: EidFile) -> bytes | None:
        """Read a file whole; ``None`` when the card has no such file.

        Raises:
            CardNotActivated, CardRemoved, CardError: as named.
        """
        selected = self._connection.transmit(apdu.select_path(file.path))
        if selected.status == _NOT_FOUND:
            return None
        if not is_ok(selected):
            raise _failure(selected.status)
        content = bytearray()
        while len(content) < _MOST_FILE_BYTES:
            part = self._connection.transmit(apdu.read_binary(len(content), apdu.BLOCK))
            if part.status == _PAST_END and content:
                break
            if part.status in _NOT_ACTIVE:
                raise CardNotActivated
            if not is_ok(part):
                raise _failure(part.status)
            content += part.data
            if len(part.data) < apdu.BLOCK:
                break
        return bytes(content)

    def read_all(self, files: frozenset[EidFile], data: CardData) -> CardFiles:
        """Read files; those the card does not have are left out.

        Raises:
            As ``read``.
        """
        contents = {file: self.read(file) for file in sorted(files, key=lambda each: each.value)}
        return CardFiles(
            card_data=data.encode(),
            contents={file: held for file, held in contents.items() if held is not None},
        )

    def tries_left(self, data: CardData) -> int | None:
        """Ask for the tries left where that is free; ``None`` where it is not, or is not told.

        A verified card does not tell; applet 1.8 has another way then.

        Raises:
            CardRemoved, CardError: about the connection.
        """
        if not data.has_free_state:
            return None
        left = self._connection.transmit(apdu.VERIFY_STATE).tries_left
        if left is None and data.has_long_form:
            answer = self._connection.transmit(apdu.GET_CARD_DATA_WITH_TRIES)
            left = CardData.parse(answer.data).tries_left if is_ok(answer) else None
        return left

    def set_environment(self, algorithm: int) -> None:
        """Choose the authentication key and how it signs.

        Raises:
            CardError: the card refuses.
        """
        self._connection.transmit(apdu.select_path(MASTER_FILE + b"\xdf\x00"))
        command = apdu.set_environment(algorithm, apdu.KeyReference.AUTHENTICATION)
        answer = self._connection.transmit(command)
        if not is_ok(answer):
            raise _failure(answer.status)

    def verify(self, pin: Pin) -> None:
        """Verify a PIN once; PIN and command are overwritten whatever happens.

        Raises:
            PinWrong, PinBlocked: the card refuses.
            PinRequired: the PIN was wiped meanwhile; nothing was sent.
            CardRemoved, CardError: it is not known whether the card counted a try.
        """
        if not pin.buffer:
            raise PinRequired
        command = apdu.verify_command(pin)
        try:
            answer = self._connection.transmit(command)
        finally:
            command[:] = bytes(len(command))
            pin.wipe()
        judge_verify(answer)

    def sign(self, data: bytes) -> bytes:
        """Sign with the key and algorithm of the environment.

        Raises:
            PinRequired: somebody logged the card out.
            CardError: the card refuses.
        """
        answer = self._connection.transmit(apdu.compute_signature(data))
        if not is_ok(answer):
            raise _failure(answer.status)
        return answer.data

    def log_off(self) -> None:
        """Drop the verified PIN, so that no other program can sign (*eID card* 14).

        Raises:
            CardRemoved, CardError: about the connection.
        """
        self._connection.transmit(apdu.LOG_OFF)


def judge_verify(answer: apdu.Answer) -> None:
    """Say what the answer to VERIFY means, typed on a keyboard or on the reader.

    Raises:
        PinWrong, PinBlocked, PinCancelled, PinTimeout, KeypadFailed, CardError: as named.
    """
    if is_ok(answer):
        return
    left = answer.tries_left
    if left == 0:
        raise PinBlocked
    if left is not None:
        raise PinWrong(tries_left=left)
    raise _KEYPAD.get(answer.status, CardError)(f"VERIFY: {answer.status:04x}")


def _failure(status: int) -> CardError:
    if status == _NOT_VERIFIED:
        return PinRequired()
    return CardError(f"the card says {status:04x}")
