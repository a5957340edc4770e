"""Which declaration an insurer's message is about.

Answers are matched by the reference of their header, then by the nurse's own reference, then by
the number of the decision; changes by the number of an agreement.
All but the first are shared or written by people, so the person must be the same as well.
Source: *Nursing messages* 8.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING

from bridge.errors import Conflict
from bridge.mycarenet.medadmin_names import RequestType
from bridge.mycarenet.medadmin_values import known
from bridge.service.caresteps import link

if TYPE_CHECKING:
    from datetime import datetime

    from bridge.domain.careupdates import CareUpdate
    from bridge.domain.declarations import Declaration
    from bridge.domain.ids import IdSource
    from bridge.mycarenet.medadmin_messages import Answer, Request
    from bridge.ports.store import UnitOfWork


def declaration_of(
    unit: UnitOfWork, registration_id: str, message: Answer | Request
) -> Declaration | None:
    """Find the declaration of an answer, or of our own request given back."""
    declarations = unit.declarations
    reference = message.header.sender_reference
    found = declarations.of_sender_reference(registration_id, reference) if reference else None
    if found is not None:
        return found
    nurse_reference = getattr(message, "nurse_reference", "").strip()
    if nurse_reference:
        found = declarations.of_nurse_reference(registration_id, nurse_reference)
    if found is None:
        number = _decided_number(message)
        found = declarations.of_agreement(registration_id, number) if number else None
    is_right = found is not None and found.exchange_id is not None and _is_about(found, message)
    return found if is_right else None


def declaration_of_update(unit: UnitOfWork, update: CareUpdate) -> Declaration | None:
    """Find the declaration whose agreement an insurer changed, when it is the same person.

    The register knows the numbers that earlier changes gave, which no declaration was told.
    """
    for number in (update.previous.agreement_number, update.new.agreement_number):
        found = None if number is None else _of_number(unit, update.registration_id, number)
        niss = None if found is None else found.patient.niss
        if niss is not None and update.patient_niss in (None, niss):
            return found
    return None


def link_waiting(
    unit: UnitOfWork, declaration: Declaration, *, ids: IdSource, now: datetime
) -> list[CareUpdate]:
    """Link the changes that came before the answer they are about; gives them."""
    if declaration.agreement_number is None:
        return []
    linked = []
    for update in unit.care_updates.unlinked(declaration.registration_id):
        found = declaration_of_update(unit, update)
        if found is None or found.id != declaration.id:
            continue
        with suppress(Conflict):
            changed = link(unit, update, declaration, ids=ids, now=now)
            unit.care_updates.put(changed)
            _own_message(unit, changed, now)
            linked.append(changed)
    return linked


def sole_owner(updates: list[CareUpdate]) -> str | None:
    """Give the one pairing that all changes of a message belong to; ``None`` shows it to none."""
    owners = {each.client_id for each in updates}
    return next(iter(owners)) or None if len(owners) == 1 else None


def _own_message(unit: UnitOfWork, update: CareUpdate, now: datetime) -> None:
    exchange = unit.exchanges.get(update.exchange_id)
    owner = sole_owner(unit.care_updates.of_exchange(update.exchange_id))
    if exchange is None or exchange.client_id or exchange.problem_code or owner is None:
        return
    unit.exchanges.replace(replace(exchange, client_id=owner, updated_at=now))


def _of_number(unit: UnitOfWork, registration_id: str, number: str) -> Declaration | None:
    agreement = unit.agreements.of_number(registration_id, number)
    if agreement is not None and agreement.declaration_id is not None:
        found = unit.declarations.get(agreement.declaration_id, client_id=None)
        if found is not None:
            return found
    return unit.declarations.of_agreement(registration_id, number)


def _decided_number(message: Answer | Request) -> str | None:
    """Give the number of a decision; that of a closure stands for what is closed."""
    decision, echo = getattr(message, "decision", None), getattr(message, "echo", None)
    is_closure = getattr(echo, "type", None) is RequestType.CLOSE
    return None if decision is None or is_closure else decision.reference.strip() or None


def _is_about(declaration: Declaration, message: Answer | Request) -> bool:
    receiver = getattr(message, "care_receiver", None)
    niss = None if receiver is None else known(receiver.niss)
    return niss is None or declaration.patient.niss in (None, niss)
