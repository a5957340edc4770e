"""Check digits as the played insurers compute them.

Source: *Identifiers* 1 to 4, 6 and 7.
"""

from __future__ import annotations

from typing import Final

_MODULUS: Final = 97
_PROVIDER_MODULI: Final = (97, 89, 83, 79)
_CODE_MODULUS: Final = 7
_IBAN_LENGTH: Final = 16
_BIC_LENGTHS: Final = (8, 11)
_BIC_COUNTRY_AT: Final = slice(4, 6)


def is_person(zone: str) -> bool:
    """Judge 13 positions with a person number."""
    digits = zone[2:]
    if not zone.isdigit() or zone[:2] != "00":
        return False
    stem, check = digits[:9], int(digits[9:])
    return check in {_MODULUS - int(century + stem) % _MODULUS for century in ("", "2")}


def is_provider(zone: str) -> bool:
    """Judge 12 positions with a care provider number."""
    if not zone.isdigit() or zone[0] != "0":
        return False
    stem, check = int(zone[1:7]), int(zone[7:9])
    return check in {modulus - stem % modulus for modulus in _PROVIDER_MODULI}


def is_enterprise(zone: str) -> bool:
    """Judge 10 positions with an enterprise number."""
    return zone.isdigit() and int(zone[8:]) == _MODULUS - int(zone[:8]) % _MODULUS


def is_iban(zone: str) -> bool:
    """Judge 34 positions with a Belgian account."""
    account = zone.rstrip(" ")
    if len(account) != _IBAN_LENGTH or account[:2] != "BE" or not account[2:].isdigit():
        return False
    return int(account[4:] + "1114" + account[2:4]) % _MODULUS == 1


def is_bic(zone: str) -> bool:
    """Judge 11 positions with the code of a bank."""
    bank = zone.rstrip(" ")
    return len(bank) in _BIC_LENGTHS and bank.isalnum() and bank[_BIC_COUNTRY_AT].isalpha()


def is_code(code: str) -> bool:
    """Judge the six digits of a nomenclature code."""
    return code.isdigit() and int(code[:5]) % _CODE_MODULUS == int(code[5])
