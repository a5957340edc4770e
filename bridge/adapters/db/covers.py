"""Answers about the insurance of patients, from checks and batches (port ``invoices``)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sqlalchemy import Table, literal_column, select

from bridge.adapters.db.tables import BATCH_ITEMS, CHECKS
from bridge.adapters.db.values import check_of, item_of
from bridge.domain.insurability import (
    InsurabilityFacts,
    InsurabilityQuestion,
    MemberFacet,
    Membership,
)
from bridge.domain.invoicecases import CoverAnswer

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import ColumnElement, Connection

    from bridge.domain.declarations import CarePatient

_ANSWERED: Final = ("accepted", "partially_accepted")
_PATIENT: Final = "json_extract(document, '$.question.patient."
_NISS: Final[ColumnElement[str]] = literal_column(f"{_PATIENT}digits')")
_MEMBER: Final[ColumnElement[str]] = literal_column(f"{_PATIENT}membership_number.text')")
"""The indexes of the tables are on exactly these expressions."""

_Answer = tuple["datetime | None", InsurabilityQuestion | None, InsurabilityFacts]


class SqlCovers:
    """Answers in the tables of checks and of batches."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def of_patient(self, patient: CarePatient) -> list[CoverAnswer]:
        """Read the answers about a patient, newest first."""
        checks = map(check_of, self._documents(CHECKS, patient))
        items = map(item_of, self._documents(BATCH_ITEMS, patient))
        found: list[_Answer] = [
            *((each.updated_at, each.question, each.facts) for each in checks),
            *((each.answered_at, each.question, each.facts) for each in items),
        ]
        dated = [
            (at, _cover(question, facts))
            for at, question, facts in found
            if at is not None and question is not None and _is_about(question, patient)
        ]
        dated.sort(key=lambda each: each[0], reverse=True)
        return [cover for _, cover in dated]

    def _documents(self, table: Table, patient: CarePatient) -> list[str]:
        query = select(table.c.document).where(_named(patient), table.c.status.in_(_ANSWERED))
        return list(self._connection.execute(query).scalars())


def _named(patient: CarePatient) -> ColumnElement[bool]:
    if patient.niss is not None:
        return _NISS.in_([patient.niss.digits])
    number = patient.membership_number
    return _MEMBER.in_([] if number is None else [number.text])


def _is_about(question: InsurabilityQuestion, patient: CarePatient) -> bool:
    """Tell whether insurability was asked, of this very patient."""
    asked = question.patient
    is_fund = not isinstance(asked, Membership) or asked.mutuality == patient.mutuality
    return is_fund and MemberFacet.INSURABILITY in question.facets


def _cover(question: InsurabilityQuestion, facts: InsurabilityFacts) -> CoverAnswer:
    return CoverAnswer(asked=question.period, is_insured=facts.is_insured, periods=facts.periods)
