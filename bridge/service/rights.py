"""The one place where user rights are asked, by every service that acts for somebody.

Rights are asked when something is prepared and when it is released, never in the background:
what was released stays released, and polling acts for nobody.
Each attempt is a record of the audit log, allowed or not, with the actor's identifier, the
registration, what was wanted and of which kind; never a name.
Source: *Local API security* 7.4, 9 and 15; AUD-03.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Final, Protocol

from bridge.domain.audit import Action
from bridge.domain.billinginvoices import SERVICE
from bridge.domain.exchanges import Mark
from bridge.domain.rights import FUND_KINDS, Matter, MessageKind, Reason, Right, decide
from bridge.errors import ActorNotAllowed
from bridge.mycarenet.services import GENERIC_INSURABILITY, INVOICING, MEDADMIN, MEMBERDATA

if TYPE_CHECKING:
    from bridge.domain.declarations import Declaration
    from bridge.domain.exchanges import Exchange
    from bridge.domain.identifiers import Niss
    from bridge.domain.invoices import InvoiceBatch
    from bridge.domain.rights import Actor
    from bridge.ports.audit import Auditor
    from bridge.ports.store import UnitOfWork
    from bridge.service.tokens import Client

_CARE: Final = (MessageKind.KATZ, MessageKind.PALLIATIVE, MessageKind.TECHNICAL_ACT)
_KINDS: Final = {
    MEMBERDATA.name: (MessageKind.INSURABILITY,),
    GENERIC_INSURABILITY.name: (MessageKind.INSURABILITY,),
    MEDADMIN.name: _CARE,
    INVOICING.name: (MessageKind.INVOICES,),
    SERVICE: (MessageKind.BILLING_INVOICES,),
}
_MARKS: Final = {
    Mark.PROCESSED: Right.PROCESS,
    Mark.UNPROCESSED: Right.PROCESS,
    Mark.ARCHIVED: Right.ARCHIVE,
    Mark.UNARCHIVED: Right.ARCHIVE,
}


class Rights(Protocol):
    """Who is asked before something is done for somebody."""

    def require(self, client: Client, right: Right, *matters: Matter) -> None:
        """Let pass what the caller's actor may do, all of it.

        From any thread, also within a transaction.

        Raises:
            ActorNotAllowed: not all of it; nothing may be done then.
        """
        ...


class EverybodyMay:
    """Rights that are never asked, for parts that are tried out by themselves."""

    def require(self, client: Client, right: Right, *matters: Matter) -> None:
        """Let pass."""


EVERYBODY_MAY: Final = EverybodyMay()


class RightsDesk:
    """Rights by the matrix of the actors."""

    def __init__(
        self,
        find: Callable[[str], Actor | None],
        *,
        holders: Callable[[], Iterable[Niss]],
        audit: Auditor,
    ) -> None:
        """Decide by the matrix.

        Args:
            find: Gives the actor of a caller.
            holders: Gives whose sessions are open.
            audit: Takes each attempt.
        """
        self._find = find
        self._holders = holders
        self._audit = audit

    def require(self, client: Client, right: Right, *matters: Matter) -> None:
        """Let pass what the caller's actor may do, all of it.

        Raises:
            ActorNotAllowed: with the first thing that is missing.
        """
        actor = self._find(client.actor_id)
        asked = tuple(dict.fromkeys(matters))
        for matter in asked:
            reason = self._refusal(actor, right, matter)
            if reason is not None:
                self._record(Action.ACTOR_REFUSED, client, right, matter)
                raise ActorNotAllowed(
                    action=right.value,
                    registration_id=matter.registration_id,
                    kind=matter.kind.value,
                    reason=reason.value,
                )
        for matter in asked:
            self._record(Action.ACTOR_ALLOWED, client, right, matter)

    def _refusal(self, actor: Actor | None, right: Right, matter: Matter) -> Reason | None:
        verdict = decide(actor, right, matter)
        if not verdict.is_allowed:
            return verdict.reason
        is_proven = actor is None or actor.is_proven(self._holders())
        return None if is_proven else Reason.CARD

    def _record(self, action: Action, client: Client, right: Right, matter: Matter) -> None:
        self._audit.record(
            action,
            result=f"{right.value}:{matter.kind.value}",
            actor=client.actor_id,
            client=client.id,
            object_id=matter.registration_id,
        )


def require_mark(rights: Rights, client: Client, mark: Mark, *matters: Matter) -> None:
    """Ask for the right that a mark of a person needs; having read something needs none.

    Raises:
        ActorNotAllowed: the caller's actor may not set, or take back, this mark.
    """
    right = _MARKS.get(mark)
    if right is not None:
        rights.require(client, right, *matters)


def insurability_of(registration_id: str) -> Matter:
    """Give what a question about insurability is about."""
    return Matter(registration_id=registration_id, kind=MessageKind.INSURABILITY)


def invoices_of(batch: InvoiceBatch) -> Matter:
    """Give what a batch of invoices is about."""
    return Matter(registration_id=batch.registration_id, kind=MessageKind.INVOICES)


def care_of(declaration: Declaration) -> Matter:
    """Give what a declaration is about."""
    kind = MessageKind(declaration.kind.value)
    return Matter(registration_id=declaration.registration_id, kind=kind)


def billing_of(service_id: str) -> Matter:
    """Give what an invoice at a billing service is about."""
    return Matter(registration_id=service_id, kind=MessageKind.BILLING_INVOICES)


def changes_of(registration_id: str) -> Matter:
    """Give what a change by an insurer is about: it ends or alters a Katz agreement."""
    return Matter(registration_id=registration_id, kind=MessageKind.KATZ)


def fetched_from(registration_id: str, service: str) -> tuple[Matter, ...]:
    """Give all that a mailbox may hold; what nobody foresaw may be anything."""
    kinds = _KINDS.get(service, FUND_KINDS)
    return tuple(Matter(registration_id=registration_id, kind=kind) for kind in kinds)


def matters_of(unit: UnitOfWork, exchange: Exchange) -> tuple[Matter, ...]:
    """Give what one message is about: one of care holds declarations of several kinds.

    Without any it is a change that an insurer sent by itself.
    """
    if exchange.service == SERVICE:
        invoice = unit.billing_invoices.get(exchange.subject_id or "", client_id=None)
        return (billing_of("" if invoice is None else invoice.service_id),)
    if exchange.service != MEDADMIN.name:
        return fetched_from(exchange.registration_id, exchange.service)
    found = tuple(care_of(each) for each in unit.declarations.of_exchange(exchange.id))
    return tuple(dict.fromkeys(found)) or (changes_of(exchange.registration_id),)
