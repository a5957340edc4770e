"""The description of its own objects that the card carries (PKCS#15), as BELPIC cards have it.

Other programs, such as OpenSC, find keys and certificates by these files.
Source: *Belgian eID card* 3; ISO/IEC 7816-15.
"""

from __future__ import annotations

from typing import Final

from bridge.eid.files import MASTER_FILE, PKCS15_AID, EidFile

SERIAL_BYTES: Final = 16
_LABEL: Final = b"BELPIC"
_FOLDER: Final = MASTER_FILE + b"\xdf\x00"
_PRIVATE_MODIFIABLE: Final = b"\x06\xc0"
_MODIFIABLE: Final = b"\x06\x40"
_PIN_ID: Final = b"\x01"
_OID: Final = bytes.fromhex("060360380202")
_ISO_9564: Final = 4

_SEQUENCE, _BITS, _OCTETS, _INTEGER, _ENUMERATED, _UTF8, _BOOLEAN = (
    0x30,
    0x03,
    0x04,
    0x02,
    0x0A,
    0x0C,
    0x01,
)


def der(tag: int, *parts: bytes) -> bytes:
    """Write one element of DER."""
    content = b"".join(parts)
    size = len(content)
    if size < 0x80:  # noqa: PLR2004  # DER: short form of the length
        return bytes([tag, size]) + content
    encoded = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes([tag, 0x80 | len(encoded)]) + encoded + content


def directory() -> bytes:
    """Write EF(DIR): the application and where it lies."""
    return der(
        0x61,
        der(0x4F, PKCS15_AID),
        der(0x50, _LABEL),
        der(0x51, _FOLDER),
        der(0x73, _OID),
    )


def objects() -> bytes:
    """Write the ODF: where keys, certificates and the PIN are described."""
    return b"".join(
        der(tag, _path(file.path))
        for tag, file in (
            (0xA0, EidFile.PRIVATE_KEYS),
            (0xA4, EidFile.CERTIFICATES),
            (0xA8, EidFile.PINS),
        )
    )


def token_info(serial: bytes, personalisation: bytes = b"\x01\x02\x03\x00") -> bytes:
    """Write TokenInfo; the last four bytes are the versions of the personalisation."""
    return der(
        _SEQUENCE,
        der(_INTEGER, b"\x00"),
        der(_OCTETS, serial),
        der(0x80, _LABEL),
        der(_BITS, b"\x04\x30"),
        der(0x9E, personalisation),
    )


def pins() -> bytes:
    """Write the AODF: the one PIN, 4 to 12 digits in a block of 8 bytes."""
    attributes = der(
        _SEQUENCE,
        der(_BITS, b"\x02\x0c"),
        der(_ENUMERATED, bytes([_ISO_9564])),
        der(_INTEGER, b"\x04"),
        der(_INTEGER, b"\x08"),
        der(0x80, b"\x01"),
        der(_OCTETS, b"\xff"),
        _path(MASTER_FILE),
    )
    return der(
        _SEQUENCE,
        der(_SEQUENCE, der(_UTF8, b"Basic PIN"), der(_BITS, _PRIVATE_MODIFIABLE)),
        der(_SEQUENCE, der(_OCTETS, _PIN_ID)),
        der(0xA1, attributes),
    )


def private_keys(*, bits: int, is_ec: bool) -> bytes:
    """Write the PrKDF: the authentication key 82 and the signature key 83."""
    return _private_key("Authentication", 2, 0x82, b"\x05\x20", bits=bits, is_ec=is_ec) + (
        _private_key("Signature", 3, 0x83, b"\x06\x00\x40", bits=bits, is_ec=is_ec)
    )


def certificates(present: tuple[EidFile, ...]) -> bytes:
    """Write the CDF; a certificate that was not issued has no entry."""
    known = {
        EidFile.AUTHENTICATION_CERTIFICATE: ("Authentication", 2, False),
        EidFile.SIGNATURE_CERTIFICATE: ("Signature", 3, False),
        EidFile.CITIZEN_CA: ("CA", 4, True),
        EidFile.ROOT_CA: ("Root", 6, True),
    }
    entries = [(file, *known[file]) for file in present if file in known]
    return b"".join(
        der(
            _SEQUENCE,
            der(_SEQUENCE, der(_UTF8, label.encode()), der(_BITS, _MODIFIABLE)),
            der(
                _SEQUENCE,
                der(_OCTETS, bytes([number])),
                *([der(_BOOLEAN, b"\xff")] if is_authority else []),
            ),
            der(0xA1, der(_SEQUENCE, _path(file.path))),
        )
        for file, label, number, is_authority in entries
    )


def _private_key(
    label: str,
    number: int,
    reference: int,
    usage: bytes,
    *,
    bits: int,
    is_ec: bool,
) -> bytes:
    consent = [der(_INTEGER, b"\x01")] if label == "Signature" else []
    common = der(
        _SEQUENCE,
        der(_UTF8, label.encode()),
        der(_BITS, _PRIVATE_MODIFIABLE),
        der(_OCTETS, _PIN_ID),
        *consent,
    )
    key = der(
        _SEQUENCE,
        der(_OCTETS, bytes([number])),
        der(_BITS, usage),
        der(_BITS, b"\x03\xb8"),
        der(_INTEGER, b"\x00" + bytes([reference])),
    )
    size = [] if is_ec else [der(_INTEGER, bits.to_bytes(2, "big"))]
    special = der(0xA1, der(_SEQUENCE, _path(_FOLDER), *size))
    return der(0xA0 if is_ec else _SEQUENCE, common, key, special)


def _path(path: bytes) -> bytes:
    return der(_SEQUENCE, der(_OCTETS, path))
