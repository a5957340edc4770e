"""The fictitious nurses of the sandbox, with card, eHealth certificate and licence."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from typing import Final

from bridge.crypto.certificates import Certificate
from bridge.domain.identifiers import Nihii, Niss
from bridge.domain.ids import IdSource
from bridge.domain.registrations import Holder, Registration, RegistrationKind
from bridge.sandbox.keystorefile import write_keystore
from bridge.sandbox.pki import Credential, Pki
from bridge.sandbox.tokens import issue_encryption

_NURSE_QUALIFICATION: Final = "401"
_PIN: Final = b"1234"


@dataclass(frozen=True, kw_only=True)
class _Who:
    """A nurse as she is before she has any keys."""

    born_on: date
    serial: str
    nihii_stem: str
    first_name: str

    def holder(self) -> Holder:
        return Holder(
            niss=niss_of(f"{self.born_on:%y%m%d}", self.serial),
            nihii=nihii_of(self.nihii_stem, _NURSE_QUALIFICATION),
            first_name=self.first_name,
            last_name="Voorbeeld",
        )


_NURSE: Final = _Who(
    born_on=date(1987, 5, 19), serial="998", nihii_stem="400000", first_name="Fictive"
)
_OTHER: Final = _Who(
    born_on=date(1991, 2, 6), serial="996", nihii_stem="400011", first_name="Tweede"
)


@dataclass(frozen=True, kw_only=True)
class Nurse:
    """Who uses the simulator.

    Attributes:
        born_on: Her date of birth.
        registration: A nurse acting for herself.
        eid: Authentication key and certificate of her card.
        ehealth: Key and certificate in the keystore file.
        encryption: Key with which she opens what is sealed for her, in the same file.
        authority: Certificate of who issued hers, in the same file.
        keystore_passphrase: Opens that file.
        pin: The card's PIN, ASCII digits.
    """

    registration: Registration
    born_on: date = field(repr=False)
    eid: Credential = field(repr=False)
    ehealth: Credential = field(repr=False)
    encryption: Credential = field(repr=False)
    authority: Certificate
    keystore_passphrase: str = field(repr=False)
    pin: bytes = field(repr=False)

    @cached_property
    def keystore_p12(self) -> bytes:
        """The eHealth certificate file."""
        return write_keystore(
            self.ehealth,
            encryption=[self.encryption],
            others=[self.authority],
            passphrase=self.keystore_passphrase,
        )


def niss_of(born: str, serial: str) -> Niss:
    """Complete a number of somebody born before 2000 with its check digits.

    Args:
        born: ``YYMMDD``.
        serial: Three digits.
    """
    stem = born + serial
    return Niss.parse(f"{stem}{97 - int(stem) % 97:02d}")


def nihii_of(stem: str, qualification: str) -> Nihii:
    """Complete a care provider number with its check digits (*Identifiers* 2).

    Args:
        stem: Six digits.
        qualification: Three digits.
    """
    return Nihii.parse(f"{stem}{97 - int(stem) % 97:02d}{qualification}")


def other_holder() -> Holder:
    """Give the other nurse, who has patients of her own, before she has any keys."""
    return _OTHER.holder()


def new_nurse(pki: Pki, ids: IdSource) -> Nurse:
    """Make the nurse, with fresh keys and pass phrase."""
    return _equipped(_NURSE, pki, ids)


def new_other_nurse(pki: Pki, ids: IdSource) -> Nurse:
    """Make the other nurse, with fresh keys and pass phrase."""
    return _equipped(_OTHER, pki, ids)


def _equipped(who: _Who, pki: Pki, ids: IdSource) -> Nurse:
    holder = who.holder()
    name = f"{holder.first_name} {holder.last_name}"
    ehealth = pki.ehealth(holder.niss.digits, name)
    encryption = issue_encryption(ehealth, now=pki.now, key=pki.new_key("rsa"))
    return Nurse(
        registration=Registration(
            id=ids.ulid("reg"),
            kind=RegistrationKind.NURSE,
            holder=holder,
        ),
        born_on=who.born_on,
        eid=pki.eid(holder.niss.digits, holder.first_name, holder.last_name),
        ehealth=ehealth,
        encryption=encryption,
        authority=pki.ehealth_authority.certificate,
        keystore_passphrase=ids.secret(16).hex(),
        pin=_PIN,
    )
