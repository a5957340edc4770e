"""Ports: where the audit log lies, where its anchors lie, and who records in it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from bridge.domain.audit import DONE

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator

    from bridge.domain.audit import Action, Head
    from bridge.domain.identifiers import Niss

MOST_ANCHORS = 8


class AuditFile(Protocol):
    """The records, one line each.

    Contract: ``append`` gives the line to the operating system before it returns, so that it
    survives a kill; ``flush`` makes what was appended survive a power cut.
    Several processes of the same user may append; their records stand one behind the other.
    What was written is never written again.
    Failures are ``StoreError``.
    """

    @property
    def is_new(self) -> bool:
        """Tell whether there is no record yet."""
        ...

    def append(self, make: Callable[[Head], tuple[bytes, Head]]) -> Head:
        """Write the line that ``make`` gives for what is now the end; gives the new end."""
        ...

    def lines(self) -> Iterator[bytes]:
        """Give the lines that are there now, without their ends."""
        ...

    def flush(self) -> None:
        """Wait until everything is on the disk."""
        ...

    def close(self) -> None:
        """Flush and close."""
        ...


class AnchorPlace(Protocol):
    """A second place that tells how far the log went, at most ``MOST_ANCHORS`` times."""

    def read(self) -> list[Head]:
        """Give the anchors, oldest first."""
        ...

    def write(self, anchors: list[Head]) -> None:
        """Replace the anchors."""
        ...


class PatientSalts(Protocol):
    """Keeps a salt for each patient, found by a keyed hash of her number (SEC-163).

    Contract: the salt of a patient is always the same until it is forgotten; then it is destroyed.
    Failures are ``StoreError``.
    """

    def salt(self, index: bytes) -> bytes:
        """Give the salt of a patient, made now when there is none."""
        ...

    def find(self, index: bytes) -> bytes | None:
        """Give the salt of a patient; ``None`` when there is none."""
        ...

    def forget(self, index: bytes) -> None:
        """Destroy the salt of a patient."""
        ...


class Auditor(Protocol):
    """Takes what happened for the audit log, from any thread; ``record`` never raises."""

    def record(  # the members of a record, all by name
        self,
        action: Action,
        *,
        result: str = DONE,
        actor: Niss | str | None = None,
        client: str | None = None,
        object_id: str | None = None,
        patient: Niss | None = None,
        patients: Collection[Niss] = (),
    ) -> None:
        """Record one thing that happened; ``patients`` are those of a message about several.

        A nurse is named by a pseudonym made from her number, an actor by its identifier.
        """
        ...

    def forget(self, patient: Niss) -> None:
        """Make sure that nobody can find the records about a patient any more (SEC-163).

        Raises:
            StoreError: that cannot be done.
        """
        ...


class NoAudit:
    """An auditor that records nothing, for parts that are tried out by themselves."""

    def record(  # as the port
        self,
        action: Action,
        *,
        result: str = DONE,
        actor: Niss | str | None = None,
        client: str | None = None,
        object_id: str | None = None,
        patient: Niss | None = None,
        patients: Collection[Niss] = (),
    ) -> None:
        """Do nothing."""

    def forget(self, patient: Niss) -> None:
        """Do nothing."""


NO_AUDIT = NoAudit()
