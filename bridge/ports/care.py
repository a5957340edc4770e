"""Port: repositories of care requests, parts of the ``UnitOfWork``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from datetime import datetime

    from bridge.domain.agreements import CareAgreement
    from bridge.domain.careupdates import CareUpdate
    from bridge.domain.declarations import CarePatient, Declaration, DeclarationKind
    from bridge.domain.identifiers import Niss


@dataclass(frozen=True, kw_only=True)
class DeclarationFilter:
    """Which declarations; everything combines with AND, empty means any.

    Attributes:
        client_id: Only this caller's; ``None`` for all.
        status: Names of states as people see them.
    """

    client_id: str | None = None
    kind: DeclarationKind | None = None
    status: tuple[str, ...] = ()
    practice_id: tuple[str, ...] = ()
    registration_id: tuple[str, ...] = ()
    submission_id: str | None = None
    niss: Niss | None = None
    is_read: bool | None = None
    is_processed: bool | None = None
    is_archived: bool | None = None


@dataclass(frozen=True, kw_only=True)
class AgreementFilter:
    """Which agreements.

    Attributes:
        client_id: Only this caller's; ``None`` for all.
        covers_on: Day in ISO form that must lie in the agreement.
        ends_from: Ends on this day or later.
        ends_to: Ends on this day or earlier.
    """

    client_id: str | None = None
    kind: tuple[str, ...] = ()
    practice_id: tuple[str, ...] = ()
    registration_id: tuple[str, ...] = ()
    niss: Niss | None = None
    covers_on: str | None = None
    ends_from: str | None = None
    ends_to: str | None = None


@dataclass(frozen=True, kw_only=True)
class UpdateFilter:
    """Which changes that insurers made by themselves."""

    client_id: str | None = None
    practice_id: tuple[str, ...] = ()
    registration_id: tuple[str, ...] = ()
    is_processed: bool | None = None
    is_archived: bool | None = None


class Declarations(Protocol):
    """Repository of declarations.

    What is read is as people see it: until there is an answer of its own, a declaration stands
    where its message stands.
    """

    def put(self, declaration: Declaration, *, content_digest: str = "") -> None:
        """Insert a declaration, or replace the one with the same identifier.

        Args:
            declaration: What to write.
            content_digest: Fingerprint for the guard against duplicates; empty keeps the old one.
        """
        ...

    def get(self, declaration_id: str, *, client_id: str | None) -> Declaration | None:
        """Read one declaration; with a ``client_id`` only that caller's."""
        ...

    def remove(self, declaration_id: str) -> None:
        """Delete a draft."""
        ...

    def of_exchange(self, exchange_id: str) -> list[Declaration]:
        """Read the declarations of one message, oldest first."""
        ...

    def of_submission(self, submission_id: str) -> list[Declaration]:
        """Read what was released together, oldest first."""
        ...

    def of_operation(self, operation_id: str) -> list[Declaration]:
        """Read what an operation works on, oldest first."""
        ...

    def of_sender_reference(self, registration_id: str, reference: str) -> Declaration | None:
        """Read the declaration a header's reference stands for."""
        ...

    def of_nurse_reference(self, registration_id: str, reference: str) -> Declaration | None:
        """Read the latest declaration with a reference of the nurse."""
        ...

    def of_agreement(self, registration_id: str, number: str) -> Declaration | None:
        """Read the latest declaration whose decision has a number."""
        ...

    def of_patient(self, patient: CarePatient) -> list[Declaration]:
        """Read all declarations of a patient, oldest first."""
        ...

    def similar(self, content_digest: str) -> Declaration | None:
        """Read the latest one with the same content that was sent and did not fail."""
        ...

    def page(
        self, wanted: DeclarationFilter, *, limit: int, before_id: str | None
    ) -> tuple[list[Declaration], int]:
        """Read declarations, newest first, and count them all."""
        ...

    def unanswered(self, *, sent_before: datetime, limit: int) -> list[Declaration]:
        """Read what was sent before a moment and has no answer of its own."""
        ...


class Agreements(Protocol):
    """Repository of the register of agreements."""

    def put(self, agreement: CareAgreement) -> None:
        """Insert an agreement, or replace the one with the same identifier."""
        ...

    def get(self, agreement_id: str, *, client_id: str | None) -> CareAgreement | None:
        """Read one agreement; with a ``client_id`` only that caller's."""
        ...

    def of_declaration(self, declaration_id: str) -> CareAgreement | None:
        """Read the agreement a declaration led to."""
        ...

    def of_number(self, registration_id: str, number: str) -> CareAgreement | None:
        """Read the latest agreement with a number."""
        ...

    def of_patient(self, patient: CarePatient) -> list[CareAgreement]:
        """Read all agreements of a patient, oldest first."""
        ...

    def page(
        self, wanted: AgreementFilter, *, limit: int, before_id: str | None
    ) -> tuple[list[CareAgreement], int]:
        """Read agreements, newest first, and count them all."""
        ...


class CareUpdates(Protocol):
    """Repository of changes that insurers made by themselves."""

    def put(self, update: CareUpdate) -> None:
        """Insert a change, or replace the one with the same identifier."""
        ...

    def get(self, update_id: str, *, client_id: str | None) -> CareUpdate | None:
        """Read one change; with a ``client_id`` only that caller's."""
        ...

    def of_exchange(self, exchange_id: str) -> list[CareUpdate]:
        """Read the changes of one message, oldest first."""
        ...

    def unlinked(self, registration_id: str) -> list[CareUpdate]:
        """Read the changes that belong to no known declaration yet, oldest first."""
        ...

    def page(
        self, wanted: UpdateFilter, *, limit: int, before_id: str | None
    ) -> tuple[list[CareUpdate], int]:
        """Read changes, newest first, and count them all."""
        ...
