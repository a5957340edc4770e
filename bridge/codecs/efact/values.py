"""What we send to an insurer, as values in the terms of the wire.

Amounts are eurocent; those of a credit note are negative or zero.
Identifiers are digits without fillers.
Source: *efact-nursing* 2, 4 and 5.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, time
from typing import Final

from bridge.domain.months import Month

PRODUCTION_INSTRUCTIONS: Final = "0001999"
TEST_INSTRUCTIONS: Final = "9991999"
PRODUCTION: Final = "12"
TEST: Final = "92"
CREDIT_NOTE: Final = "3"
NORMAL: Final = "0"
CORRECTION: Final = "1"


@dataclass(frozen=True, kw_only=True)
class FileHeader:
    """Everything a file says once: segments 200 and 300, record 10, and again record 90.

    Attributes:
        union: Union the file is for, such as ``300``; record 96 carries it.
        is_test: Test file; decides the message type and the version of the instructions.
        sender_reference: 1 to 14 digits, the only key that links answers to this file.
        sending_number: ``001`` to ``999``.
        invoiced_month: Month of care.
        created_on: Day the file is made.
        payer: NIHII number of the nurse or of the group, 11 digits.
        qualification: Qualification code of a single nurse, ``000`` for a group.
        enterprise: Enterprise number, 10 digits.
        bic: Of the account.
        iban: Of the account.
        contact_last_name: Whom the insurer may call; accents are taken off.
        contact_first_name: As above.
        contact_phone: At most 10 digits.
        file_reference: Free, 13 characters.
        own_reference: Free, 25 characters; in records 10 and 90.
        message_version: ``01`` or ``02``.
        content: Content of the invoicing, record 10 zone 13.
    """

    union: str
    is_test: bool
    sender_reference: str
    sending_number: str
    invoiced_month: Month
    created_on: date
    payer: str
    qualification: str
    enterprise: str
    bic: str = field(repr=False)
    iban: str = field(repr=False)
    contact_last_name: str = field(repr=False)
    contact_first_name: str = field(repr=False)
    contact_phone: str = field(repr=False)
    file_reference: str = ""
    own_reference: str = ""
    message_version: str = "02"
    content: str = "040"


@dataclass(frozen=True, kw_only=True)
class PreviousInvoicing:
    """What a credit note or a correction refers to: the invoice as it was sent before.

    Attributes:
        invoice_number: 12 digits.
        sending_number: 3 digits.
        mutuality: Mutuality of that invoicing.
        month: Month of that invoicing.
        payment_reference: Payment reference of that settlement, 22 characters at most.
    """

    invoice_number: str
    sending_number: str
    mutuality: str
    month: Month
    payment_reference: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class ActReading:
    """How the patient's identity was read for an act: record 52.

    Attributes:
        reading: Kind of reading, zone 9.
        support: Kind of support, zone 10.
        read_on: Day of reading; ``None`` when the entry is deferred.
        read_at: Hour of reading; ``None`` exactly when ``read_on`` is.
        manual_reason: Reason of manual entry, zone 3; ``0`` without.
        sticker_reason: Reason for the sticker, zone 11; ``0`` without.
        serial: Serial number of the support; empty without.
        document_number: Number of the supporting document, without leading zeros; empty without.
        agreement_number: 20 digits; empty without.
    """

    reading: str
    support: str
    read_on: date | None
    read_at: time | None
    manual_reason: str = "0"
    sticker_reason: str = "0"
    serial: str = field(default="", repr=False)
    document_number: str = field(default="", repr=False)
    agreement_number: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Commitment:
    """Payment commitment for an act: record 51.

    Attributes:
        reference: Reference that the consultation returned, 48 characters.
        informed_on: Date of the information.
        related_code_1: First part of the relative act, 4 digits; empty without.
        related_code_2: Second part, 3 digits; empty without.
    """

    reference: str
    informed_on: date
    related_code_1: str = ""
    related_code_2: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Act:
    """One act: record 50, with the records 51 and 52 that follow it.

    Attributes:
        code: Nomenclature or pseudo-code, 6 digits.
        first_day: Day of the act.
        last_day: Last day, when it covers a period; ``None`` for the same day.
        provider: NIHII number of the nurse who gave it, 11 digits.
        amount: Paid by insurance.
        patient_share: Due by the patient.
        supplement: Supplement.
        units: Number of units, negative in a credit note.
        norm: ``0`` normal, ``9`` statistical; zone 3.
        provider_norm: Zone 16.
        time_of_act: Zone 12.
        service: Zone 13; ``990`` is ambulatory outside institutions.
        place: NIHII number of the institution in which it was given, else ``None``.
        related_code: Code of the related act.
        prescribed_on: Date of the prescription.
        prescriber: NIHII number of the prescriber.
        prescriber_norm: Zone 26.
        derogation: Zone 23.
        own_reference: Own reference, 25 characters, unique: answers are matched by it.
        third_party_exception: Zone 32.
        share_billing: Zone 33.
        limb: Zone 34.
        convention: Zone 35.
        hour: Hour of the act; midnight cannot be told from no hour.
        base_value: Zone 47.
        assistant: NIHII number of the care assistant or second provider.
        forfait_share: Share in the lump sum in percent, zone 50a.
        counted_reading: Zone 50b.
        commitment: Payment commitment, when there is one.
        reading: Identity reading, when there is one.
    """

    code: str
    first_day: date
    provider: str
    amount: int
    patient_share: int = 0
    supplement: int = 0
    units: int = 1
    last_day: date | None = None
    norm: str = "0"
    provider_norm: str = "1"
    time_of_act: str = "0"
    service: str = "990"
    place: str | None = None
    related_code: str | None = None
    prescribed_on: date | None = None
    prescriber: str | None = None
    prescriber_norm: str = "0"
    derogation: str = "00"
    own_reference: str = ""
    third_party_exception: str = "0"
    share_billing: str = "0"
    limb: str = "0"
    convention: str = "1"
    hour: time | None = None
    base_value: int = 0
    assistant: str | None = None
    forfait_share: int = 0
    counted_reading: str = "0"
    commitment: Commitment | None = None
    reading: ActReading | None = None

    @property
    def code_count(self) -> int:
        """Records whose codes go into the check digits over codes."""
        return 1 + (self.commitment is not None) + (self.reading is not None)


@dataclass(frozen=True, kw_only=True)
class Invoice:
    """One invoice of one patient: records 20 and 80, and the acts between them.

    Attributes:
        number: Number of the individual invoice, at most 12 digits.
        patient: Person number of 11 digits; 13 digits of something else when it is no such number.
        sex: ``1`` male, ``2`` female.
        mutuality: Mutuality of affiliation, zone 7.
        destination: Mutuality of destination, zone 18.
        invoicer: NIHII number of the invoicing nurse or group, 11 digits.
        insured_codes: CT1 and CT2, 6 digits.
        acts: In the order in which they are written.
        invoicing: ``0`` normal, ``1`` correction, ``3`` credit note.
        invoice_type: ``3`` ambulatory.
        cause: Cause of treatment, zone 17.
        has_person_number: ``patient`` is a person number.
        is_limitation_interrupted: The limitation period was interrupted.
        agreed_on: Date of the agreement of the treatment.
        own_reference: Own reference, 25 characters; in records 20 and 80.
        previous: What a credit note or a correction refers to.
        commitment: Network reference of a consultation, 48 characters.
        invoiced_on: Date of the invoice; not for nurses.
        insured_from: Start of insurability.
        insured_until: End of insurability.
        communicated_on: Date of communication of the information.
        maximum_billing: Flags of the maximum billing: this year, the year before, two years before.
    """

    number: str
    patient: str = field(repr=False)
    sex: str = field(repr=False)
    mutuality: str
    destination: str
    invoicer: str
    insured_codes: str
    acts: tuple[Act, ...]
    invoicing: str = NORMAL
    invoice_type: str = "3"
    cause: str = "0000"
    has_person_number: bool = True
    is_limitation_interrupted: bool = False
    agreed_on: date | None = None
    own_reference: str = field(default="", repr=False)
    previous: PreviousInvoicing | None = None
    commitment: str = ""
    invoiced_on: date | None = None
    insured_from: date | None = None
    insured_until: date | None = None
    communicated_on: date | None = None
    maximum_billing: tuple[str, str, str] = ("0000", "0000", "0000")

    @property
    def is_credit_note(self) -> bool:
        """Whether it takes back what was paid."""
        return self.invoicing == CREDIT_NOTE


@dataclass(frozen=True, kw_only=True)
class InvoiceFile:
    """A whole file for one union.

    Attributes:
        header: What is said once.
        invoices: Credit notes first, then by mutuality of destination; any iterable, read once.
    """

    header: FileHeader
    invoices: Iterable[Invoice]
