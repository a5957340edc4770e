"""A card as one line of JSON, handed to the card's process over its standard input.

Keys travel in that line only: never on disk, never as an argument (SEC-86).
"""

from __future__ import annotations

import base64
from typing import Any

from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_der_private_key,
)

from bridge.eid.carddata import CardData
from bridge.sandbox.eidcard.applet import CardContent, Key


def to_json(content: CardContent) -> dict[str, Any]:
    """Describe a card."""
    return {
        "atr": content.atr.hex(),
        "card_data": content.card_data.encode().hex(),
        "files": {path.hex(): _text(file) for path, file in content.files.items()},
        "keys": {str(reference): _key_text(key) for reference, key in content.keys.items()},
        "pin_block": content.pin_block.hex(),
    }


def from_json(described: dict[str, Any]) -> CardContent:
    """Make the card that was described."""
    return CardContent(
        atr=bytes.fromhex(described["atr"]),
        card_data=CardData.parse(bytes.fromhex(described["card_data"])),
        files={
            bytes.fromhex(path): base64.b64decode(file) for path, file in described["files"].items()
        },
        keys={int(reference): _key(text) for reference, text in described["keys"].items()},
        pin_block=bytes.fromhex(described["pin_block"]),
    )


def _text(content: bytes) -> str:
    return base64.b64encode(content).decode("ascii")


def _key_text(key: Key) -> str:
    return _text(key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption()))


def _key(text: str) -> Any:
    return load_der_private_key(base64.b64decode(text), None)
