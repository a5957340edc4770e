"""Identity documents of the sandbox: an eID with its holder, keys, certificates and files.

The same document serves the in-process card, the card that speaks over the virtual reader, and
the daemon's trust in the sandbox's root.
Source: *Belgian eID card* 1, 3, 4, 9 and 10.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cached_property
from typing import Final, Literal

from cryptography.hazmat.primitives.asymmetric.ec import SECP384R1
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from bridge.domain.cards import Address, CardHolder, DocumentKind
from bridge.domain.identifiers import Niss
from bridge.domain.secrets import Pin
from bridge.eid import atr, register
from bridge.eid.apdu import verify_command
from bridge.eid.carddata import CardData
from bridge.eid.dates import write_birth
from bridge.eid.files import CardFiles, EidFile
from bridge.eid.identity import IdentityTag, document_kind, write_address, write_identity
from bridge.eid.trust import key_hash
from bridge.sandbox import pkcs15
from bridge.sandbox.eidcard.applet import AUTHENTICATION, SIGNATURE, CardContent
from bridge.sandbox.pki import Credential, Pki, new_key

Applet = Literal["1.7", "1.8"]

_APPLETS: Final[dict[Applet, tuple[bytes, int, int, int]]] = {
    "1.7": (atr.ATR_17, 0x17, 50, 1300),
    "1.8": (atr.ATR_18, 0x18, 1100, 2500),
}
"""ATR, byte of GET CARD DATA, zeros after a certificate, size of the file of an absent one."""

_PORTRAIT: Final = bytes.fromhex("FFD8FFE000104A46494600010100000100010000FFD9")
"""The head and the end of a JPEG file: a picture of nobody."""
_CHILDREN: Final = frozenset({DocumentKind.KIDS, DocumentKind.KIDS_FOREIGNER})
"""Documents that may be issued without certificates."""
_MUNICIPALITY: Final = "Brussel"
_VALID_BEFORE: Final = timedelta(days=400)
_VALID_AFTER: Final = timedelta(days=9 * 365)
_PIN_BLOCK_AT: Final = 5
_CARD_NUMBER_STEM: Final = 592_000_0000
_CHECK: Final = 97


@dataclass(frozen=True, kw_only=True)
class EidDocument:
    """One document, complete.

    Attributes:
        authentication: ``None`` on a child's card without certificates.
        is_activated: Put into use by the municipality.
    """

    holder: CardHolder
    applet: Applet
    pki: Pki = field(repr=False)
    authentication: Credential | None = field(repr=False)
    pin: bytes = field(repr=False)
    is_activated: bool = True

    @property
    def atr(self) -> bytes:
        """Answer to reset of its chip."""
        return _APPLETS[self.applet][0]

    @cached_property
    def signature(self) -> Credential | None:
        """Signature key and certificate, which Carebridge never uses; made when first read."""
        if self.holder.document in _CHILDREN:
            return None
        names = (self.holder.niss.digits, self.holder.first_names, self.holder.last_name)
        return self.pki.eid_signature(*names)

    @property
    def root_key(self) -> str:
        """SHA-256 of the root's public key: a daemon that trusts it believes this document."""
        return key_hash(self.pki.root.certificate)

    @cached_property
    def contents(self) -> dict[EidFile, bytes]:
        """Every file as it lies on the card, padding included."""
        signer = self.pki.national_register
        address = write_address(self.holder.address or _address())
        identity = write_identity(
            self.holder,
            chip_number=self._serial,
            municipality=_MUNICIPALITY,
            portrait_hash=hashlib.sha256(_PORTRAIT).digest(),
            further={
                int(IdentityTag.CARD_KEY_HASH): hashlib.sha384(key).digest()
                for key in self._card_key.values()
            },
        )
        over_identity = register.sign(signer.key, identity)
        certificates = self._certificates(signer)
        is_ec = self.applet == "1.8"
        return {
            EidFile.DIRECTORY: pkcs15.directory(),
            EidFile.OBJECTS: pkcs15.objects(),
            EidFile.TOKEN_INFO: pkcs15.token_info(self._serial),
            EidFile.PINS: pkcs15.pins(),
            EidFile.PRIVATE_KEYS: pkcs15.private_keys(bits=384 if is_ec else 2048, is_ec=is_ec),
            EidFile.CERTIFICATES: pkcs15.certificates(self._present),
            EidFile.IDENTITY: identity,
            EidFile.IDENTITY_SIGNATURE: over_identity,
            EidFile.ADDRESS: address,
            EidFile.ADDRESS_SIGNATURE: register.sign(
                signer.key, register.address_text(address, over_identity)
            ),
            EidFile.PORTRAIT: _PORTRAIT,
            **self._card_key,
            **certificates,
        }

    @cached_property
    def card_data(self) -> CardData:
        """What the card says of itself."""
        return CardData(
            serial=self._serial,
            applet_byte=_APPLETS[self.applet][1],
            life_cycle=0x0F if self.is_activated else 0x07,
        )

    def files(self) -> CardFiles:
        """Give the files as a reader gives them."""
        return CardFiles(card_data=self.card_data.encode(), contents=self.contents)

    def content(self) -> CardContent:
        """Give the card that speaks."""
        command = verify_command(Pin(self.pin))
        keys = {AUTHENTICATION: self.authentication, SIGNATURE: self.signature}
        return CardContent(
            atr=self.atr,
            card_data=self.card_data,
            files={file.path: content for file, content in self.contents.items()},
            keys={number: held.key for number, held in keys.items() if held is not None},
            pin_block=bytes(command[_PIN_BLOCK_AT:]),
        )

    @cached_property
    def _serial(self) -> bytes:
        """The chip's number, made from the card's number so that it is the same in every file."""
        return hashlib.sha256(self.holder.card_number.encode()).digest()[: pkcs15.SERIAL_BYTES]

    @cached_property
    def _card_key(self) -> dict[EidFile, bytes]:
        """The file of the chip's own public key, which only applet 1.8 has."""
        if self.applet != "1.8":
            return {}
        public = new_key("ec", SECP384R1()).public_key()
        return {
            EidFile.CARD_KEY: public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        }

    @property
    def _present(self) -> tuple[EidFile, ...]:
        issued = {
            EidFile.AUTHENTICATION_CERTIFICATE: self.authentication,
            EidFile.SIGNATURE_CERTIFICATE: self.signature,
        }
        mine = tuple(file for file, held in issued.items() if held is not None)
        return (*mine, EidFile.CITIZEN_CA, EidFile.ROOT_CA)

    def _certificates(self, signer: Credential) -> dict[EidFile, bytes]:
        _, _, padding, absent = _APPLETS[self.applet]
        issued = {
            EidFile.AUTHENTICATION_CERTIFICATE: self.authentication,
            EidFile.SIGNATURE_CERTIFICATE: self.signature,
            EidFile.REGISTER_CERTIFICATE: signer,
            EidFile.CITIZEN_CA: self.pki.eid_authority,
            EidFile.ROOT_CA: self.pki.root,
        }
        return {
            file: bytes(absent) if held is None else held.certificate.der + bytes(padding)
            for file, held in issued.items()
        }


@dataclass(frozen=True, kw_only=True)
class Person:
    """Somebody fictitious to whom a document is issued.

    Attributes:
        niss: With valid check digits.
        first_names: The first two given names.
        sex: ``male`` or ``female``.
    """

    niss: Niss = field(repr=False)
    last_name: str
    first_names: str
    born_on: date
    sex: str = "female"


def new_document(
    pki: Pki,
    person: Person,
    *,
    pin: bytes,
    authentication: Credential | None = None,
    document_type: int = 1,
    card_number: str | None = None,
    valid_until: date | None = None,
    is_activated: bool = True,
) -> EidDocument:
    """Issue a document.

    Args:
        pki: Who signs; its root is the document's root.
        person: To whom.
        pin: 4 to 12 ASCII digits.
        authentication: Key and certificate; made here when not given, and left out for a
            child's card.
        document_type: As on the card, 1 for a citizen.
        card_number: By default made from the NISS.
        valid_until: By default in nine years.
        is_activated: Put into use by the municipality; else its files cannot be read.
    """
    today = pki.now.date()
    kind = document_kind(document_type)
    names = (person.niss.digits, person.first_names, person.last_name)
    if authentication is None and kind not in _CHILDREN:
        authentication = pki.eid(*names)
    return EidDocument(
        holder=CardHolder(
            niss=person.niss,
            last_name=person.last_name,
            first_names=person.first_names,
            initial="",
            born_on=person.born_on,
            born_text=write_birth(person.born_on),
            sex=person.sex,
            nationality="Belg",
            card_number=card_number or card_number_of(person.niss),
            valid_from=today - _VALID_BEFORE,
            valid_until=valid_until or today + _VALID_AFTER,
            document_type=document_type,
            document=kind,
            address=_address(),
        ),
        applet="1.8" if pki.key_kind == "ec" else "1.7",
        pki=pki,
        authentication=authentication,
        pin=pin,
        is_activated=is_activated,
    )


def card_number_of(niss: Niss) -> str:
    """Make a card number of 12 digits, the last two being check digits."""
    stem = _CARD_NUMBER_STEM + int(niss.digits) % 10_000_000
    return f"{stem:010d}{stem % _CHECK or _CHECK:02d}"


def _address() -> Address:
    return Address(street="Voorbeeldstraat 1", postal_code="1000", municipality=_MUNICIPALITY)
