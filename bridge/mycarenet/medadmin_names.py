"""Names and closed lists of the medical-administrative messages of home nurses.

Source: *Nursing messages* 1, 1.1, 3, 4, 6 and 7.
"""

from __future__ import annotations

from enum import Enum
from typing import Final

CARENET: Final = "urn:be:cin:mycarenet:1.0:carenet:types"
"""Namespace of every message (*Nursing messages* 1)."""

REFERENCE_CHARACTERS: Final = frozenset("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZÖËÜ '.*+,-/:;=?()[]<>")
"""What a nurse's reference may consist of (3)."""

PRODUCT_CHARACTERS: Final = REFERENCE_CHARACTERS | {"%"}
"""What the name of an administered product may consist of (7)."""


class TransportName(Enum):
    """``MessageName`` of the generic asynchronous service (*Nursing messages* 1.1)."""

    XML = "M4A_XML"
    FLAT = "M4A_FLAT"
    CONFIRMATION_XML = "M4A_CNF_XML"
    CONFIRMATION_FLAT = "M4A_CNF_FLAT"
    REJECT = "REJECT"

    @property
    def is_flat(self) -> bool:
        """Tell whether the content is in zones, whose widths are not public (11)."""
        return self in {TransportName.FLAT, TransportName.CONFIRMATION_FLAT}

    @property
    def is_confirmation(self) -> bool:
        """Tell whether the content is our request, given back as proof of sending (D19)."""
        return self in {TransportName.CONFIRMATION_XML, TransportName.CONFIRMATION_FLAT}


class CareFamily(Enum):
    """What a message is about (*Nursing messages* 1)."""

    CONTRACTUAL = "contractual"
    PALLIATIVE = "palliative"
    TECHNICAL = "technical"
    INSURABILITY = "insurability"
    UNKNOWN = "unknown"


class Meaning(Enum):
    """What a message does in its flow (*Nursing messages* 1)."""

    REQUEST = "request"
    RECEIPT = "receipt"
    ERROR = "error"
    POSITIVE = "positive"
    NEGATIVE = "negative"
    UNSOLICITED = "unsolicited"
    UNKNOWN = "unknown"


_FAMILIES: Final = {
    "41": CareFamily.CONTRACTUAL,
    "42": CareFamily.PALLIATIVE,
    "43": CareFamily.TECHNICAL,
    "80": CareFamily.INSURABILITY,
}
_MEANINGS: Final = {
    "000": Meaning.REQUEST,
    "001": Meaning.RECEIPT,
    "000ERR": Meaning.ERROR,
    "900": Meaning.POSITIVE,
    "908": Meaning.UNSOLICITED,
    "999": Meaning.NEGATIVE,
}


class MessageName(Enum):
    """The closed list of the attribute ``MessageName`` (*Nursing messages* 1)."""

    CONTRACTUAL_REQUEST = "M410000"
    CONTRACTUAL_RECEIPT = "M410001"
    CONTRACTUAL_ERROR = "M410000ERR"
    CONTRACTUAL_POSITIVE = "M410900"
    CONTRACTUAL_NEGATIVE = "M410999"
    CONTRACTUAL_UPDATE = "M410908"
    PALLIATIVE_REQUEST = "M420000"
    PALLIATIVE_RECEIPT = "M420001"
    PALLIATIVE_ERROR = "M420000ERR"
    PALLIATIVE_POSITIVE = "M420900"
    PALLIATIVE_NEGATIVE = "M420999"
    TECHNICAL_REQUEST = "M430000"
    TECHNICAL_RECEIPT = "M430001"
    TECHNICAL_ERROR = "M430000ERR"
    INSURABILITY_REQUEST = "M801000"
    INSURABILITY_RECEIPT = "M801001"
    INSURABILITY_ERROR = "M801000ERR"
    INSURABILITY_POSITIVE = "M801900"
    GENERIC = "M891000"
    """No public meaning: for a person to look at."""

    @property
    def family(self) -> CareFamily:
        """What the message is about."""
        return _FAMILIES.get(self.value[1:3], CareFamily.UNKNOWN)

    @property
    def meaning(self) -> Meaning:
        """What the message does in its flow; receipts and errors by analogy [inferred]."""
        if self.family is CareFamily.UNKNOWN:
            return Meaning.UNKNOWN
        return _MEANINGS[self.value[4:]]


class LengthUnit(Enum):
    """Unit of the length of a period."""

    WEEKS = "weeks"
    MONTHS = "months"


class ContractualType(Enum):
    """Kind of contractual care.

    ``NOMENCLATURE`` stands in answers only: back to separate acts (*Nursing messages* 4.1).
    """

    A = "A"
    B = "B"
    C = "C"
    TOILET = "toilet"
    NOMENCLATURE = "nomenclature"


class RequestType(Enum):
    """What a contractual request does.

    ``EXTENSION`` and ``MODIFICATION`` are of schema 3.17.1 and older: read, never written
    (*Nursing messages* 4.1).
    """

    NEW = "new"
    CLOSE = "close"
    EXTENSION = "extention"
    MODIFICATION = "modification"


class UpdateNature(Enum):
    """Why a mutuality changes an agreement by itself (*Nursing messages* 4.3)."""

    VISIT = "visit"
    AGREEMENT_CLOSURE = "agreementClosure"
    NEW_PROVIDER = "newProvider"
    DECISION_MODIFICATION = "decisionModification"


class DecisionResult(Enum):
    """What the advising doctor decided (*Nursing messages* 4.4)."""

    AGREEMENT = "agreement"
    PARTIAL_AGREEMENT = "partialAgreement"
    ONLY_MEDICAL_AGREEMENT = "onlyMedicalAgreement"
    ONLY_MEDICAL_AGREEMENT_WITHOUT_SMALL_RISKS = "onlyMedicalAgreementWithoutSmallRisks"
    REJECTION = "rejection"

    @property
    def is_positive(self) -> bool:
        """Tell whether anything was agreed to."""
        return self is not DecisionResult.REJECTION


class FaultCode(Enum):
    """Why a message was refused before a decision; the last two are about routing (4.6)."""

    INPUT_ERROR = "INPUT_ERROR"
    NO_IO_ERROR = "NO_IO_ERROR"
    MULTIIO_ERROR = "MULTIIO_ERROR"
