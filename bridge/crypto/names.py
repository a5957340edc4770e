"""Distinguished names as text, and whom a certificate names.

Source: *STS session* 4.1, 9.7 and 10.1.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from cryptography import x509
from cryptography.x509.oid import NameOID

_KEYWORDS: Final = {
    NameOID.COMMON_NAME: "CN",
    NameOID.COUNTRY_NAME: "C",
    NameOID.LOCALITY_NAME: "L",
    NameOID.ORGANIZATION_NAME: "O",
    NameOID.ORGANIZATIONAL_UNIT_NAME: "OU",
    NameOID.STATE_OR_PROVINCE_NAME: "ST",
    NameOID.STREET_ADDRESS: "STREET",
}
"""Keywords of RFC 1779, table 1; every other type is written as ``OID.<number>``."""

_NEEDS_QUOTES: Final = re.compile(r'[,=+<>#;"\\\r\n]|^\s|\s$|^$')
_NUMBERED: Final = re.compile(r"(SSIN|CBE|NIHII-[A-Z0-9-]+)=([0-9]{8,11})(?:\s*,.*)?", re.DOTALL)
_NISS: Final = re.compile(r"[0-9]{11}")


@dataclass(frozen=True, kw_only=True)
class CertificateIdentity:
    """Whom a certificate names; a number it gives twice with two values is not given.

    Attributes:
        niss: ``serialNumber`` of an eID, or ``SSIN=`` of an eHealth certificate.
        cbe: ``CBE=`` of an eHealth certificate.
        nihii: ``NIHII-{QUALITY}=`` of an eHealth certificate, such as ``NIHII-GROUP=``.
        first_name: Given names of an eID.
        last_name: Surname of an eID.
    """

    niss: str | None
    cbe: str | None
    nihii: str | None
    first_name: str | None
    last_name: str | None

    def __repr__(self) -> str:
        return "CertificateIdentity(***)"


def name_text(name: x509.Name) -> str:
    """Write a name as the STS does: most specific part first, ``", "`` between, RFC 1779 quotes."""
    return ", ".join(
        " + ".join(_attribute_text(attribute) for attribute in part) for part in reversed(name.rdns)
    )


def identity_of(subject: x509.Name) -> CertificateIdentity:
    """Read whom a subject names (*STS session* 9.7)."""
    serial_numbers = set(filter(_NISS.fullmatch, _texts(subject, NameOID.SERIAL_NUMBER)))
    numbered = [
        (found[1], found[2])
        for oid in (NameOID.COMMON_NAME, NameOID.ORGANIZATIONAL_UNIT_NAME)
        for found in map(_NUMBERED.fullmatch, _texts(subject, oid))
        if found
    ]
    return CertificateIdentity(
        niss=_single(serial_numbers | {value for kind, value in numbered if kind == "SSIN"}),
        cbe=_single({value for kind, value in numbered if kind == "CBE"}),
        nihii=_single({value for kind, value in numbered if kind.startswith("NIHII-")}),
        first_name=_single(set(_texts(subject, NameOID.GIVEN_NAME))),
        last_name=_single(set(_texts(subject, NameOID.SURNAME))),
    )


def common_name_of(subject: x509.Name) -> str | None:
    """Give the only common name; ``None`` when there is none, or more than one."""
    return _single(set(_texts(subject, NameOID.COMMON_NAME)))


def _texts(name: x509.Name, oid: x509.ObjectIdentifier) -> list[str]:
    return [_text(attribute) for attribute in name.get_attributes_for_oid(oid)]


def _text(attribute: x509.NameAttribute[str | bytes]) -> str:
    value = attribute.value
    return value if isinstance(value, str) else "#" + value.hex()


def _attribute_text(attribute: x509.NameAttribute[str | bytes]) -> str:
    keyword = _KEYWORDS.get(attribute.oid, f"OID.{attribute.oid.dotted_string}")
    return f"{keyword}={_quoted(_text(attribute))}"


def _quoted(value: str) -> str:
    if not _NEEDS_QUOTES.search(value):
        return value
    return '"' + re.sub(r'(["\\])', r"\\\1", value) + '"'


def _single(values: set[str]) -> str | None:
    return next(iter(values)) if len(values) == 1 else None
