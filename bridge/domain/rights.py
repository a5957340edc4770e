"""User rights: who may do what with which kind of message, for which registration.

An actor is a person software acts for; the owner is the operating-system user whose daemon it is.
Rights are lines of a matrix, actor by registration by kind of message; its rules:

* a line that refuses wins over every line that allows, however narrow or wide they are;
* a line that names no registration, or no kind, is about all of them;
* without a line the owner may do all, and everybody else nothing;
* an actor who was disabled may do nothing, whatever the lines say;
* neither may one who is proven by a card, unless a session of that card is open.

Source: *Local API security* 7.4 and 9; decisions D7, D12 and D13.
"""

from __future__ import annotations

import hmac
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from typing import Final

from bridge.domain.identifiers import Niss

OWNER_ID: Final = "act_" + "0" * 26
"""The owner of each daemon: a name that needs no looking up, so that what is older than rights,
and software nobody chose anybody for, acts for the owner."""

MOST_GRANTS: Final = 500
"""Lines of one actor: a hundred registrations by five kinds."""


class Right(Enum):
    """What can be allowed.

    ``ask`` covers a question that is answered at once, and all that is prepared: rows of work
    lists, drafts of declarations and of invoices.
    ``send`` releases a message, or releases it again.
    """

    ASK = "ask"
    SEND = "send"
    FETCH = "fetch"
    PROCESS = "process"
    ARCHIVE = "archive"


class MessageKind(Enum):
    """Kinds of message; those of declarations have the names of ``DeclarationKind``."""

    INSURABILITY = "insurability"
    KATZ = "katz"
    PALLIATIVE = "palliative"
    TECHNICAL_ACT = "technical_act"
    INVOICES = "invoices"
    BILLING_INVOICES = "billing_invoices"
    """At a billing service; its registrations are those with such services."""


FUND_KINDS: Final = tuple(kind for kind in MessageKind if kind is not MessageKind.BILLING_INVOICES)
"""Kinds of message that go to the sickness funds."""


class ActorKind(Enum):
    """What an actor is."""

    OS_USER = "os_user"
    PERSON = "person"


class Reason(Enum):
    """Why a decision is as it is."""

    LINE = "line"
    DEFAULT = "default"
    DISABLED = "disabled"
    UNKNOWN = "unknown"
    CARD = "card"


@dataclass(frozen=True, kw_only=True)
class Matter:
    """What something is about: messages of one kind, of one registration.

    Attributes:
        registration_id: ``reg_…``, and ``bsv_…`` for what goes to a billing service.
    """

    registration_id: str
    kind: MessageKind


@dataclass(frozen=True, kw_only=True)
class Grant:
    """One line of the matrix of an actor.

    Attributes:
        registration_id: ``None`` for all registrations, also those that come later.
        kind: ``None`` for all kinds.
        is_refusal: It takes away what it names; else it gives it.
    """

    rights: tuple[Right, ...]
    registration_id: str | None = None
    kind: MessageKind | None = None
    is_refusal: bool = False

    @property
    def place(self) -> tuple[str | None, MessageKind | None, bool]:
        """Give what there is one line of only."""
        return self.registration_id, self.kind, self.is_refusal

    def covers(self, right: Right, matter: Matter) -> bool:
        """Tell whether the line is about this."""
        is_registration = self.registration_id in (None, matter.registration_id)
        is_kind = self.kind in (None, matter.kind)
        return is_registration and is_kind and right in self.rights


@dataclass(frozen=True, kw_only=True)
class Actor:
    """Somebody software acts for, with the lines of the matrix that are about them.

    Attributes:
        id: ``act_…``; never anything about a person.
        name: For people; kept in the encrypted store only, and in no log, event or error.
        card: ``card_mark`` of the holder whose session proves that it is this person.
    """

    id: str
    kind: ActorKind
    created_at: datetime
    updated_at: datetime
    name: str = field(default="", repr=False)
    is_active: bool = True
    grants: tuple[Grant, ...] = ()
    card: str | None = field(default=None, repr=False)

    @property
    def is_owner(self) -> bool:
        """Tell whether it is the operating-system user whose daemon this is."""
        return self.id == OWNER_ID

    def is_proven(self, holders: Iterable[Niss]) -> bool:
        """Tell whether it is this person, as far as that needs a card: one of those is hers."""
        return self.card is None or any(card_mark(each, self.id) == self.card for each in holders)


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """A decision with its explanation.

    Attributes:
        grant: The line that decided, where one did.
    """

    right: Right
    matter: Matter
    is_allowed: bool
    reason: Reason
    grant: Grant | None = None


def decide(actor: Actor | None, right: Right, matter: Matter) -> Verdict:
    """Decide whether an actor may do something; ``None`` is an actor nobody knows.

    Whether it is this person is another question: ``Actor.is_proven``.
    """
    if actor is None or not actor.is_active:
        reason = Reason.UNKNOWN if actor is None else Reason.DISABLED
        return Verdict(right=right, matter=matter, is_allowed=False, reason=reason)
    lines = [grant for grant in actor.grants if grant.covers(right, matter)]
    if not lines:
        return Verdict(right=right, matter=matter, is_allowed=actor.is_owner, reason=Reason.DEFAULT)
    line = next((grant for grant in lines if grant.is_refusal), lines[0])
    is_allowed = not line.is_refusal
    return Verdict(
        right=right, matter=matter, is_allowed=is_allowed, reason=Reason.LINE, grant=line
    )


def card_mark(niss: Niss, owner_id: str) -> str:
    """Give what is kept of the number on a card: another hash for each actor, or message."""
    return hmac.digest(owner_id.encode(), niss.digits.encode(), "sha256").hex()


def allowed(actor: Actor, matter: Matter) -> tuple[Right, ...]:
    """Give all that an actor may do with some messages."""
    return tuple(right for right in Right if decide(actor, right, matter).is_allowed)


def matters_among(
    registration_ids: Iterable[str], billing_service_ids: Iterable[str]
) -> tuple[Matter, ...]:
    """Give all that rights can be about: each registration with each kind it has."""
    funds = (
        Matter(registration_id=each, kind=kind) for each in registration_ids for kind in FUND_KINDS
    )
    billing = (
        Matter(registration_id=each, kind=MessageKind.BILLING_INVOICES)
        for each in billing_service_ids
    )
    return (*funds, *billing)


def settled(grants: Iterable[Grant]) -> tuple[Grant, ...]:
    """Give lines in one order, with one line for each place; what says nothing is left out."""
    rights: dict[tuple[str | None, MessageKind | None, bool], set[Right]] = {}
    for grant in grants:
        rights.setdefault(grant.place, set()).update(grant.rights)
    lines = [
        Grant(
            rights=tuple(right for right in Right if right in named),
            registration_id=registration_id,
            kind=kind,
            is_refusal=is_refusal,
        )
        for (registration_id, kind, is_refusal), named in rights.items()
        if named
    ]
    return tuple(sorted(lines, key=_order))


def replaced(
    grants: Iterable[Grant], fresh: Iterable[Grant], *, at: tuple[str | None, MessageKind | None]
) -> tuple[Grant, ...]:
    """Give lines with those about one registration and kind replaced by others."""
    kept = [grant for grant in grants if grant.place[:2] != at]
    return settled([*kept, *fresh])


def _order(grant: Grant) -> tuple[str, str, bool]:
    kind = "" if grant.kind is None else grant.kind.value
    return grant.registration_id or "", kind, not grant.is_refusal
