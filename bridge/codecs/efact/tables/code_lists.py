"""Codes that zones may hold, with what they mean.

A meaning that is not public says so; whoever writes such a code needs a source of its own.
Source: *efact-nursing* 5, table ``efact/code-lists.csv``; lists without a line there are taken from
the column ``value`` of the table of their record.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

Codes = Mapping[str, str]

INVOICE_TYPES: Final[Codes] = MappingProxyType(
    {
        "1": "hospital stay",
        "3": "ambulatory",
        "4": "other ambulatory sector",
        "5": "rehabilitation or lump sums",
        "6": "other",
        "9": "mixed or other",
    },
)
"""Record 20 zone 10."""

INVOICING: Final[Codes] = MappingProxyType(
    {
        "0": "normal",
        "1": "correction after a credit note",
        "3": "credit note",
        "4": "other (only medical houses seen)",
        "6": "advance for low-variable care (hospital)",
        "7": "balance of low-variable care (hospital)",
    },
)
"""Record 20 zone 11."""

CAUSES: Final[Codes] = MappingProxyType(
    {
        "0000": "other",
        "0050": "chemotherapy",
        "0060": "occupational disease",
        "0070": "work accident",
        "0080": "accident",
        "0090": "allowed, meaning not public",
    },
)
"""Record 20 zone 17."""

SEXES: Final[Codes] = MappingProxyType(
    {
        "1": "male",
        "2": "female",
    },
)
"""Record 20 zone 9."""

ACT_NORMS: Final[Codes] = MappingProxyType(
    {
        "0": "normal",
        "1": "surgical aid",
        "2": "surgical aid",
        "3": "reduced fee",
        "4": "special",
        "5": "second act at half rate",
        "6": "amount below the official tariff",
        "7": "for information, no amount",
        "8": "same surgical field",
        "9": "statistical act or block member, zero amounts",
    },
)
"""Record 50 zone 3."""

ACT_TIMES: Final[Codes] = MappingProxyType(
    {
        "0": "other",
        "1": "night",
        "2": "weekend",
        "3": "holiday",
        "4": "urgency",
    },
)
"""Record 50 zone 12."""

PROVIDER_NORMS: Final[Codes] = MappingProxyType(
    {
        "0": "no individual provider",
        "1": "one provider",
        "2": "care assistant under a nurse",
        "4": "manager of the medical record",
        "5": "trainee",
        "9": "several providers",
    },
)
"""Record 50 zone 16."""

DEROGATIONS: Final[Codes] = MappingProxyType(
    {
        "00": "other",
        "01": "derogation to the maximum number",
        "02": "other session or prescription",
        "03": "second identical act of the day",
        "04": "third or later identical act of the day",
    },
)
"""Record 50 zone 23."""

PRESCRIBER_NORMS: Final[Codes] = MappingProxyType(
    {
        "0": "no prescriber",
        "1": "one prescriber",
        "3": "prescriber is the provider",
        "4": "additional act",
        "5": "one prescriber, substituted",
        "6": "several prescribers, substituted",
        "9": "several prescribers",
    },
)
"""Record 50 zone 26."""

SHARE_BILLING: Final[Codes] = MappingProxyType(
    {
        "0": "patient share due",
        "1": "patient share waived",
        "3": "maximum billing reached",
        "4": "maximum billing reached",
        "6": "interned person",
        "7": "interned person and maximum billing",
        "8": "interned person and maximum billing",
        "9": "specific social category",
    },
)
"""Record 50 zone 33."""

CONVENTION: Final[Codes] = MappingProxyType(
    {
        "1": "adheres to the convention",
        "9": "does not adhere",
    },
)
"""Record 50 zone 35."""

MANUAL_REASONS: Final[Codes] = MappingProxyType(
    {
        "0": "no manual entry",
        "1": "manual at the contact, meaning not public",
        "2": "manual at the contact, meaning not public",
        "3": "deferred: system not available",
        "4": "deferred: no valid document",
        "5": "deferred: document forgotten",
        "6": "deferred, meaning not public",
        "7": "manual at the contact, meaning not public (newer)",
        "8": "deferred, meaning not public (newer)",
    },
)
"""Record 52 zone 3."""

READINGS: Final[Codes] = MappingProxyType(
    {
        "1": "chip",
        "2": "bar code",
        "3": "data matrix or QR",
        "4": "manual entry",
        "A": "electronic identity app (itsme)",
    },
)
"""Record 52 zone 9."""

SUPPORTS: Final[Codes] = MappingProxyType(
    {
        "1": "electronic identity card, 12-digit serial",
        "2": "foreigner card or residence document, 9 digits or B + 9",
        "4": "social or ISI+ card, 10-digit serial",
        "7": "mutuality sticker",
        "8": "document without serial",
        "9": "document without serial",
        "A": "document without serial (probably itsme)",
    },
)
"""Record 52 zone 10."""

STICKER_REASONS: Final[Codes] = MappingProxyType(
    {
        "0": "no sticker",
        "1": "no patient contact needed",
        "2": "no valid document",
    },
)
"""Record 52 zone 11."""

INVOICE_KINDS: Final[Codes] = MappingProxyType(
    {
        "01": "hospital",
        "03": "ambulatory",
        "09": "mixed",
    },
)
"""Segment 300 zone 308."""

INVOICING_KINDS: Final[Codes] = MappingProxyType(
    {
        "01": "one file, one account",
        "02": "one file, two accounts",
    },
)
"""Segment 300 zone 309."""

REFUSAL_KINDS: Final[Codes] = MappingProxyType(
    {
        "00": "not refused",
        "01": "blocking error",
        "02": "more than 5 percent of errors",
    },
)
"""Segment 300 zone 311."""

LIMBS: Final[Codes] = MappingProxyType(
    {
        "0": "none",
        "1": "left",
        "2": "right",
    },
)
"""Record 50 zone 34."""

THIRD_PARTY_EXCEPTIONS: Final[Codes] = MappingProxyType(
    {
        "0": "no exception",
        "N": "justification linked to a relative act",
    },
)
"""Record 50 zone 32."""

IDENTIFICATION: Final[Codes] = MappingProxyType(
    {
        "1": "person number in zone 8",
        "0": "no person number: newborns and international conventions",
    },
)
"""Records 20 and 80 zone 32."""

LIMITATION: Final[Codes] = MappingProxyType(
    {
        "0": "not interrupted",
        "1": "the limitation period was interrupted",
    },
)
"""Record 20 zone 16."""

CONTENTS: Final[Codes] = MappingProxyType(
    {
        "040": "electronic invoicing through MyCareNet",
        "030": "medical house",
        "000": "other media",
    },
)
"""Record 10 zone 13."""

MESSAGE_TYPES: Final[Codes] = MappingProxyType(
    {
        "12": "production",
        "92": "test",
    },
)
"""Segment 200 zone 202."""

SIGNS: Final[Codes] = MappingProxyType(
    {
        "+": "plus",
        "-": "minus",
    },
)
"""Zones of signs of the records 91, 92, 95 and 96."""
