"""Registrations: who sends, and on whose behalf; several per practice, one the default."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from bridge.domain.audit import Action
from bridge.domain.registrations import Registration, check, prerequisites
from bridge.errors import (
    BridgeError,
    Conflict,
    Finding,
    InputError,
    NotFound,
    RegistrationMissing,
)
from bridge.ports.audit import NO_AUDIT, Auditor
from bridge.ports.store import Store
from bridge.service.events import EventBook

if TYPE_CHECKING:
    from bridge.ports.store import UnitOfWork

ACCESS_REFUSALS: Final = frozenset(
    {"care_provider_not_recognised", "data_not_authorised", "ehealth_session_refused"},
)
"""Codes of ours by which the platform keeps somebody out."""

REMOTE_ACCESS_REFUSALS: Final = frozenset({"SOA-01001", "SOA-01002", "AUTHORIZATION_ERROR"})
"""The platform's codes for the same, within ``remote_refused`` (*MyCareNet transport* 9.1, 5.4)."""


class RegistrationBook:
    """Makes, changes and finds registrations."""

    def __init__(self, *, store: Store, events: EventBook, audit: Auditor = NO_AUDIT) -> None:
        """Keep registrations in ``store``, and tell each change."""
        self._audit = audit
        self._store = store
        self._events = events

    async def all(self) -> list[Registration]:
        """Give all registrations, the default one first."""
        return await self._store.read(lambda unit: unit.registrations.all())

    async def get(self, registration_id: str | None = None) -> Registration:
        """Give a registration by its identifier, or the default one.

        Raises:
            NotFound: none of that identifier.
            RegistrationMissing: none at all.
        """
        found = await self.all()
        if registration_id is None:
            if not found:
                raise RegistrationMissing
            return found[0]
        for registration in found:
            if registration.id == registration_id:
                return registration
        raise NotFound

    async def create(self, registration: Registration, *, is_default: bool = False) -> Registration:
        """Add a registration; without a practice it belongs to the default one.

        Raises:
            InputError: findings, or there is no such practice.
        """
        refuse_findings(registration)
        return self._told(
            await self._store.write(lambda unit: _keep(unit, registration, is_default))
        )

    async def change(
        self, registration: Registration, *, expected: Registration, is_default: bool = False
    ) -> Registration:
        """Write a changed registration, unless somebody changed it since it was read.

        Raises:
            NotFound: it was removed in the meantime.
            Conflict: ``precondition_failed``, it is no longer as ``expected``.
            InputError: findings, or there is no such practice.
        """
        refuse_findings(registration)

        def work(unit: UnitOfWork) -> Registration:
            kept = [each for each in unit.registrations.all() if each.id == registration.id]
            if not kept:
                raise NotFound
            if kept[0] != expected:
                raise Conflict(code="precondition_failed")
            return _keep(unit, registration, is_default)

        return self._told(await self._store.write(work))

    async def remove(self, registration_id: str) -> None:
        """Delete a registration; what was sent with it stays in the history.

        Raises:
            NotFound: none of that identifier.
        """

        def work(unit: UnitOfWork) -> None:
            if registration_id not in {kept.id for kept in unit.registrations.all()}:
                raise NotFound
            unit.registrations.remove(registration_id)

        await self._store.write(work)
        self._tell(registration_id)

    def _told(self, registration: Registration) -> Registration:
        self._tell(registration.id)
        return registration

    def _tell(self, registration_id: str) -> None:
        path = f"/v1/registrations/{registration_id}"
        self._events.changed("registration", registration_id, path)
        self._audit.record(Action.SETTING_CHANGED, object_id=registration_id)


def refuse_findings(registration: Registration) -> None:
    """Refuse what cannot work, before anything is sent.

    Raises:
        InputError: with the findings.
    """
    findings = check(registration)
    if findings:
        raise InputError(findings=findings)


def is_access_refusal(code: str | None, remote_code: str | None) -> bool:
    """Tell whether a trouble means that the platform does not let somebody in."""
    is_remote = code == "remote_refused" and remote_code in REMOTE_ACCESS_REFUSALS
    return code in ACCESS_REFUSALS or is_remote


def name_prerequisites(error: BridgeError, registration: Registration) -> None:
    """Add to a refusal of access what must be arranged outside the product.

    Params ``registration_kind`` and ``prerequisites``: codes with blanks between, which have
    their sentences in ``/v1/registrations/{id}``.
    """
    remote_code = error.remote.code if error.remote else None
    if is_access_refusal(error.problem_code, remote_code):
        error.params["registration_kind"] = registration.kind.value
        error.params["prerequisites"] = " ".join(prerequisites(registration.kind))


def _keep(
    unit: UnitOfWork,
    registration: Registration,
    is_default: bool,  # noqa: FBT001  # of the two public functions, which name it
) -> Registration:
    practices = unit.practices.all()
    wanted = registration.practice_id or (practices[0].id if practices else "")
    if wanted not in {practice.id for practice in practices}:
        raise InputError(findings=(Finding(pointer="/practice_id", code="value_not_allowed"),))
    kept = replace(registration, practice_id=wanted)
    unit.registrations.put(kept)
    if is_default:
        unit.registrations.make_default(kept.id)
    return kept
