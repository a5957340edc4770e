"""What reports about settlements and refusals share: words, numbers, tables."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Final

from bridge.domain.referencedata import NO_TEXTS, ErrorSource, OfficialTexts
from bridge.errors import ParamValue
from bridge.i18n import phrase
from bridge.i18n.forms import shown_moment
from bridge.ports.reports import (
    CellKind,
    ColumnPlace,
    ReportCell,
    ReportColumn,
    ReportDocument,
    ReportTable,
)
from bridge.service.errorsentences import error_code, error_sentence
from bridge.service.settlementerrors import listed_code

if TYPE_CHECKING:
    from datetime import datetime

    from bridge.domain.claims import Claim
    from bridge.domain.declarations import CarePatient
    from bridge.domain.invoices import InvoiceBatch
    from bridge.domain.registrations import Registration
    from bridge.ports.store import UnitOfWork
    from bridge.service.settlementerrors import ShownError

_NAMED: Final = frozenset({"100", "200", "300", "400", "500", "600", "900"})
"""Unions whose names are in the catalogue."""


class ReportWords:
    """Texts and tables of a report in one language."""

    def __init__(self, language: str, texts: OfficialTexts = NO_TEXTS) -> None:
        """Choose the language, and the official sentences that were imported."""
        self.language = language
        self._texts = texts

    def say(self, key: str, **params: ParamValue) -> str:
        """Give a text of reports."""
        return phrase("reports", key, self.language, params)

    def column(
        self,
        key: str,
        kind: CellKind = CellKind.TEXT,
        *,
        place: ColumnPlace = ColumnPlace.COLUMN,
        width: int = 1,
    ) -> ReportColumn:
        """Give a column by the key of its label."""
        label = phrase("report_columns", key, self.language)
        return ReportColumn(label=label, kind=kind, place=place, width=width)

    def table(
        self,
        key: str,
        columns: Sequence[ReportColumn],
        rows: Iterable[Sequence[ReportCell]],
        *,
        has_total: bool = True,
    ) -> ReportTable:
        """Give a table by the key of its title."""
        return ReportTable(
            title=self.say(key),
            columns=tuple(columns),
            rows=tuple(tuple(row) for row in rows),
            empty_text=self.say("nothing"),
            has_total=has_total,
        )

    def document(
        self,
        title: str,
        facts: Iterable[tuple[str, str]],
        tables: Sequence[ReportTable],
        *,
        at: datetime,
    ) -> ReportDocument:
        """Put a report together; its last table is the long one."""
        return ReportDocument(
            title=title,
            language=self.language,
            created_at=at,
            facts=tuple((self.say(key), value) for key, value in facts if value),
            summaries=tuple(tables[:-1]),
            main=tables[-1],
            total_label=self.say("total"),
            grand_total_label=self.say("grand_total"),
            page_text=self.say("page", page="{page}", pages="{pages}"),
            overview_label=self.say("overview"),
            made_text=self.say("made", at=shown_moment(at, self.language)),
        )

    def insurer(self, insurer: str) -> str:
        """Give number and name of a union."""
        key = insurer if insurer in _NAMED else "other"
        return f"{insurer} {phrase('unions', key, self.language)}"

    def codes(self, errors: Iterable[ShownError]) -> str:
        """Give the codes of errors, each once."""
        return ", ".join(dict.fromkeys(error_code(each) for each in errors))

    def sentences(self, errors: Iterable[ShownError]) -> str:
        """Explain errors, one a line."""
        said = (self._sentence(each) for each in errors)
        return "\n".join(dict.fromkeys(said))

    def _sentence(self, error: ShownError) -> str:
        """Explain an error, with the official sentence where it was imported (D4)."""
        ours = error_sentence(error, self.language)
        found = self._texts.find(ErrorSource.EFACT, listed_code(error.zone, error.code))
        if found is None:
            return ours
        official = (found.nl or found.fr) if self.language == "nl" else (found.fr or found.nl)
        return f"{ours}. {self.say('official', text=official)}"


def shown_patient(patient: CarePatient) -> str:
    """Give the number a secretary finds a patient by, as it is printed on cards."""
    if patient.niss is not None:
        digits = patient.niss.digits
        return f"{digits[:2]}.{digits[2:4]}.{digits[4:6]}-{digits[6:9]}.{digits[9:]}"
    member = patient.membership_number
    return f"{patient.mutuality.digits} {member.text}" if member is not None else ""


def shown_sending(batch: InvoiceBatch) -> str:
    """Give sending number and year; empty before the release."""
    if batch.sending_number is None:
        return ""
    return f"{batch.sending_number}/{batch.sending_year}"


def shown_month(batch: InvoiceBatch) -> str:
    """Give the invoiced month."""
    return f"{batch.month.month:02d}/{batch.month.year}"


def who_of(claim: Claim) -> tuple[str, str, str]:
    """Give invoice number, patient and the front end's reference of a claim."""
    return (claim.invoice_number or "", shown_patient(claim.patient), claim.client_ref or "")


def registration_of(unit: UnitOfWork, registration_id: str) -> Registration | None:
    """Give a registration; ``None`` when it is gone."""
    return next((each for each in unit.registrations.all() if each.id == registration_id), None)


def practice_name(unit: UnitOfWork, practice_id: str) -> str:
    """Give what people call a practice; empty when it is gone."""
    named = {each.id: each.name for each in unit.practices.all()}
    return named.get(practice_id, "")


def shown_registration(registration: Registration | None, batch: InvoiceBatch) -> str:
    """Give who is paid: name and number."""
    name = ""
    if registration is not None:
        name = registration.label or registration.holder.name
    return f"{name} ({batch.payer.digits})".strip()


def shown_account(registration: Registration | None) -> str:
    """Give the account payments go to; empty when the registration has none."""
    profile = None if registration is None else registration.invoicing
    if profile is None:
        return ""
    text = profile.iban.text
    return " ".join(text[place : place + 4] for place in range(0, len(text), 4))
