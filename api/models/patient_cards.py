"""Patients' cards and holders of cards as callers with the scope for it see them."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Final, Literal

from pydantic import Field, StringConstraints
from pydantic.json_schema import SkipJsonSchema

from api.models.common import AnswerModel, Day, Links, Moment, RequestModel
from bridge.domain.cards import Address, CardHolder, IdentityReading, PatientReading
from bridge.domain.periods import BRUSSELS
from bridge.i18n import text

PATH: Final = "/v1/patient-cards"
_NOT_VALID_TODAY: Final = "document_not_valid_today"

ReaderRef = Annotated[
    str, StringConstraints(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9_]+$")
]


class PatientCardRequest(RequestModel):
    """Which card is read, and what is kept of it; ``{}`` reads and keeps nothing."""

    reader_id: ReaderRef | SkipJsonSchema[None] = None
    has_address: bool = Field(default=False, description="Read the address too.")
    is_kept: bool = Field(
        default=False,
        description="Keep NISS and the facts for the invoice, encrypted, after the 15 minutes.",
    )


class HolderAddress(AnswerModel):
    """Where the holder lives, signed by the National Register."""

    street: str
    postal_code: str
    municipality: str


class CardHolderFacts(AnswerModel):
    """The holder as on the chip, after the National Register's signature was verified."""

    niss: str
    last_name: str
    first_names: str
    initial: str
    born_on: Day | None = Field(description="Null where day or month is not known.")
    born_text: str = Field(description="As on the card, in its language.")
    sex: str = Field(description="`male`, `female` or `unknown`.")
    nationality: str
    document: str = Field(
        description="`citizen`, `kids`, `foreigner`, `kids_foreigner` or `other`."
    )
    card_number: str
    valid_from_on: Day
    valid_until_on: Day
    is_valid_today: bool
    address: HolderAddress | None = Field(description="Null unless it was asked for.")


class CardHolderResource(CardHolderFacts):
    """Who the card in a reader belongs to."""

    object: Literal["card_holder"]
    links: Links


class IdentityReadingFacts(AnswerModel):
    """What an invoice tells of the reading (record 52)."""

    reading_kind: str = Field(description="Zone 9: `1` is the chip.")
    support_kind: str = Field(
        description="Zone 10: `1` identity card, `2` foreigner's or residence document."
    )
    support_serial: str = Field(description="Zone 16.")
    read_on: Day = Field(description="Zone 6, day in Brussels.")
    read_time: str = Field(description="Zones 12 and 13, `HHMM` in Brussels.")


class ReadingWarning(AnswerModel):
    """Something about the card that does not keep it from being read."""

    code: str = Field(description="Stable code; see /v1/problem-types.")
    title: str
    detail: str


class PatientCardReadingResource(AnswerModel):
    """One reading; after 15 minutes only what was kept is left."""

    id: str
    object: Literal["patient_card_reading"]
    niss: str
    holder: CardHolderFacts | None = Field(description="Null when only the kept part is left.")
    identity_reading: IdentityReadingFacts | None = Field(
        description="Null for a serial number that fits no kind of support."
    )
    warnings: list[ReadingWarning] = Field(
        description="`document_not_valid_today`: the card has expired, or its time has not begun."
    )
    is_kept: bool
    created_at: Moment
    updated_at: Moment
    links: Links


def holder_resource(holder: CardHolder, reader_id: str, *, today: date) -> CardHolderResource:
    """Show the holder of the card in a reader."""
    facts = holder_facts(holder, today=today)
    return CardHolderResource(
        object="card_holder",
        links=Links(self=f"/v1/readers/{reader_id}/holder"),
        **facts.model_dump(),
    )


def holder_facts(holder: CardHolder, *, today: date) -> CardHolderFacts:
    """Show a holder."""
    return CardHolderFacts(
        niss=holder.niss.digits,
        last_name=holder.last_name,
        first_names=holder.first_names,
        initial=holder.initial,
        born_on=holder.born_on,
        born_text=holder.born_text,
        sex=holder.sex,
        nationality=holder.nationality,
        document=holder.document.value,
        card_number=holder.card_number,
        valid_from_on=holder.valid_from,
        valid_until_on=holder.valid_until,
        is_valid_today=holder.valid_from <= today <= holder.valid_until,
        address=None if holder.address is None else _address(holder.address),
    )


def reading_resource(
    reading: PatientReading,
    *,
    today: date,
    language: str,
) -> PatientCardReadingResource:
    """Show a reading."""
    identity = reading.identity_reading
    holder = None if reading.holder is None else holder_facts(reading.holder, today=today)
    is_doubtful = holder is not None and not holder.is_valid_today
    return PatientCardReadingResource(
        id=reading.id,
        object="patient_card_reading",
        niss=reading.niss.digits,
        holder=holder,
        identity_reading=None if identity is None else _identity(identity),
        warnings=[_warning(_NOT_VALID_TODAY, language)] if is_doubtful else [],
        is_kept=reading.is_kept,
        created_at=reading.read_at,
        updated_at=reading.read_at,
        links=Links(self=f"{PATH}/readings/{reading.id}"),
    )


def _warning(code: str, language: str) -> ReadingWarning:
    return ReadingWarning(
        code=code,
        title=text(code, "title", language),
        detail=text(code, "detail", language),
    )


def _address(address: Address) -> HolderAddress:
    return HolderAddress(
        street=address.street,
        postal_code=address.postal_code,
        municipality=address.municipality,
    )


def _identity(reading: IdentityReading) -> IdentityReadingFacts:
    local = reading.read_at.astimezone(BRUSSELS)
    return IdentityReadingFacts(
        reading_kind=reading.reading_kind,
        support_kind=reading.support_kind,
        support_serial=reading.support_serial,
        read_on=local.date(),
        read_time=f"{local:%H%M}",
    )
