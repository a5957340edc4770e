"""Where the user decides about software: in our window, or on her own command line (D10).

Our own console may take away, pause and resume (7.5); connecting is not for it.

A page cannot make windows pop up: a request shows a badge, and a window only when the user has
just said that she is about to connect something, opens it herself, or a signed list names the
origin.
Source: *Local API security* 7.2, 7.5.
"""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Final

import structlog

from bridge.domain.openuris import return_address
from bridge.domain.pairings import CONNECTED, Pairing, PairingMove, PairingState, digest_of
from bridge.domain.promptlimits import Setbacks
from bridge.domain.rights import OWNER_ID
from bridge.domain.softwarenames import shown_origin
from bridge.errors import BridgeError, Conflict, InputError, NotFound, StoreError
from bridge.ports.pairings import ActorChoice, Consent, ConsentRequest

if TYPE_CHECKING:
    from datetime import datetime

    from bridge.service.pairingshelf import PairingParts

EXPECTED_FOR: Final = timedelta(minutes=5)
"""How long after "Allow a new connection" a request opens its window by itself (7.2, step 2)."""
MOST_OFFERED: Final = 10
"""People a window offers; for others there is the command line."""
WINDOW: Final = "window"
COMMAND_LINE: Final = "command_line"
CONSOLE: Final = "console"
MOST_INVITED: Final = 20
_HANDLE_BYTES: Final = 16

log = structlog.get_logger()


class PairingDesk:
    """Shows what waits and takes the user's decisions; used on the loop alone."""

    def __init__(self, parts: PairingParts) -> None:
        """Start with nothing decided in this run."""
        self._parts = parts
        self._setbacks: dict[str, Setbacks] = {}
        self._expected_until: datetime | None = None
        self._asking: set[asyncio.Task[None]] = set()
        self._invited: dict[str, tuple[str, datetime]] = {}

    def all(self) -> list[Pairing]:
        """Give all pairings, newest first."""
        self.expire_late()
        return self._parts.shelf.all()

    def get(self, pairing_id: str) -> Pairing:
        """Give one pairing.

        Raises:
            NotFound: there is none.
        """
        self.expire_late()
        pairing = self._parts.shelf.get(pairing_id)
        if pairing is None:
            raise NotFound
        return pairing

    def expect(self) -> None:
        """Let the user say that she is about to connect something."""
        self._expected_until = self._parts.clock.now() + EXPECTED_FOR

    @property
    def is_expecting(self) -> bool:
        """Whether the next request opens its window by itself."""
        until = self._expected_until
        return until is not None and self._parts.clock.now() < until

    def invite(self, origin: str, *, port: int) -> str:
        """Give the address of a web site's page, because the user clicked for it (SEC-45).

        In its fragment are our port and a handle; a request that shows the handle opens its
        window at once, as after ``expect``, but for this origin alone, and once.

        Raises:
            InputError: ``open_uri_refused``, the site is neither connected nor listed.
        """
        path = self._return_path(origin)
        if path is None:
            raise InputError(code="open_uri_refused")
        now = self._parts.clock.now()
        handle = self._parts.ids.secret(_HANDLE_BYTES).hex()
        alive = {key: each for key, each in self._invited.items() if now < each[1]}
        while len(alive) >= MOST_INVITED:
            del alive[next(iter(alive))]
        self._invited = {**alive, digest_of(handle): (origin, now + EXPECTED_FOR)}
        return return_address(origin, path, port=port, handle=handle)

    def arrived(self, pairing: Pairing, *, handle: str | None = None) -> None:
        """Show that a request waits; its window opens if it was expected, or a list names it."""
        self._show_waiting()
        is_expected = self.is_expecting
        is_expected = self._is_invited(pairing, handle) or is_expected
        if is_expected:
            self._expected_until = None
        if is_expected or self._parts.known.of(pairing.origin) is not None:
            task = asyncio.get_running_loop().create_task(self.ask(pairing.id))
            self._asking.add(task)
            task.add_done_callback(self._asking.discard)

    async def ask(self, pairing_id: str) -> None:
        """Ask the user in a window, because she opened it; does what she chose."""
        screen, pairing = self._parts.screen, self._parts.shelf.get(pairing_id)
        if screen is None or pairing is None or pairing.state is not PairingState.PENDING:
            return
        consent = await screen.ask(
            ConsentRequest(
                pairing_id=pairing.id,
                display_name=pairing.display_name,
                origin=None if pairing.origin is None else shown_origin(pairing.origin),
                scopes=pairing.scopes,
                code=pairing.code,
                language=self._parts.language,
                vendor=self.vendor_of(pairing),
                actors=self._choices(),
            )
        )
        try:
            await self._do(pairing_id, consent)
        except BridgeError as error:
            # Meanwhile it ran out of time, or was decided on the command line.
            log.info("pairing.too_late", code=error.problem_code)

    async def approve(
        self,
        pairing_id: str,
        *,
        where: str,
        has_all_history: bool = False,
        actor_id: str = OWNER_ID,
    ) -> Pairing:
        """Allow what was asked; the software fetches its token.

        Args:
            pairing_id: Which request.
            where: ``window`` or ``command_line``.
            has_all_history: Also let it see exchanges made by other software (D13).
            actor_id: Whom it will act for.

        Raises:
            NotFound: there is none, or no such actor.
            Conflict: ``state_not_allowed``, it does not wait.
        """
        now = self._parts.clock.now()
        pairing = self.get(pairing_id).approved(
            now,
            where=where,
            has_all_history=has_all_history,
            actor_id=self._parts.actors.require(actor_id).id,
        )
        self._setbacks.pop(pairing.subject, None)
        self._parts.shelf.note(pairing)
        self._decided(pairing, pairing.state.value, where)
        return pairing

    async def deny(self, pairing_id: str, *, where: str) -> Pairing:
        """Refuse a request.

        Raises:
            NotFound, Conflict: as ``approve``.
        """
        pairing = await self._move(pairing_id, PairingMove.DENY, where)
        self._count_setback(pairing.subject)
        return pairing

    async def block(self, pairing_id: str, *, where: str) -> Pairing:
        """Refuse this software until the block is taken back, and withdraw what it has.

        Raises:
            NotFound, Conflict: as ``approve``.
            StoreError: the block holds, but may be gone after a restart.
        """
        blocked = await self._move(pairing_id, PairingMove.BLOCK, where)
        for other in self._parts.shelf.all():
            if other.subject == blocked.subject and other.state in CONNECTED:
                await self._move(other.id, PairingMove.REVOKE, where)
        return blocked

    async def unblock(self, pairing_id: str, *, where: str) -> Pairing:
        """Take a block back; the software may ask again.

        Raises:
            NotFound, Conflict, StoreError: as ``block``.
        """
        return await self._move(pairing_id, PairingMove.UNBLOCK, where)

    async def revoke(self, pairing_id: str, *, where: str) -> Pairing:
        """Withdraw a token: the next request is refused, open streams end (7.5).

        Raises:
            NotFound, Conflict, StoreError: as ``block``.
        """
        return await self._move(pairing_id, PairingMove.REVOKE, where)

    async def assign(self, pairing_id: str, actor_id: str, *, where: str) -> Pairing:
        """Let software act for somebody else from its next request on.

        What it released before stays in the name it was released in.

        Raises:
            NotFound: there is no such pairing, or no such actor.
            Conflict: ``state_not_allowed``, it is not connected.
            StoreError: it cannot be kept; the former actor stays.
        """
        pairing = self.get(pairing_id)
        actor = self._parts.actors.require(actor_id)
        if pairing.state not in CONNECTED:
            raise Conflict(code="state_not_allowed")
        assigned = replace(pairing, actor_id=actor.id, updated_at=self._parts.clock.now())
        # A ticket carries its caller with it.
        self._parts.tickets.drop(pairing.id)
        await self._parts.shelf.keep(assigned)
        self._parts.journal.record("pairing.assigned", pairing=pairing.id, where=where)
        self._parts.tell_changed(assigned)
        return assigned

    async def pause(self, pairing_id: str, *, where: str) -> Pairing:
        """Let software do nothing until it is resumed; open streams end (7.5).

        Raises:
            NotFound, Conflict, StoreError: as ``block``.
        """
        now = self._parts.clock.now()
        return await self._change(self.get(pairing_id).paused(now), "paused", where)

    async def resume(self, pairing_id: str, *, where: str) -> Pairing:
        """Let paused software go on with the token it has.

        Raises:
            NotFound, Conflict, StoreError: as ``block``.
        """
        now = self._parts.clock.now()
        return await self._change(self.get(pairing_id).resumed(now), "resumed", where)

    async def revoke_all(self, *, where: str) -> int:
        """Withdraw every token and refuse what waits; gives how many had one (7.5).

        Raises:
            StoreError: all are withdrawn, but some may be back after a restart.
        """
        connected = [each for each in self.all() if each.state in CONNECTED]
        trouble: StoreError | None = None
        for pairing in connected:
            try:
                await self._move(pairing.id, PairingMove.REVOKE, where)
            except StoreError as error:
                trouble = error
        for pairing in self.all():
            if pairing.state is PairingState.PENDING:
                await self._move(pairing.id, PairingMove.DENY, where)
        if trouble is not None:
            raise trouble
        return len(connected)

    async def pause_all(self, *, where: str) -> int:
        """Pause everything that has a token and goes on; gives how many (7.5).

        Raises:
            StoreError: as ``pause``; what was paused before stays so.
        """
        going = [each.id for each in self._with_token() if each.paused_at is None]
        for pairing_id in going:
            await self.pause(pairing_id, where=where)
        return len(going)

    async def resume_all(self, *, where: str) -> int:
        """Let everything that is paused go on; gives how many (7.5).

        Raises:
            StoreError: as ``resume``.
        """
        paused = [each.id for each in self._with_token() if each.paused_at is not None]
        for pairing_id in paused:
            await self.resume(pairing_id, where=where)
        return len(paused)

    @property
    def is_paused(self) -> bool | None:
        """Whether all that is connected is paused; ``None`` when nothing is."""
        connected = self._with_token()
        return all(each.paused_at is not None for each in connected) if connected else None

    def void(self, pairing: Pairing) -> timedelta:
        """Make a request void; gives the pause before the next one."""
        now = self._parts.clock.now()
        self._parts.shelf.note(pairing.moved(PairingMove.EXPIRE, now))
        self._parts.journal.record("pairing.expired", pairing=pairing.id, origin=pairing.origin)
        self._count_setback(pairing.subject)
        self._show_waiting()
        return self._setbacks[pairing.subject].until - now

    def expire_late(self) -> None:
        """Make void what waited too long."""
        now = self._parts.clock.now()
        for pairing in self._parts.shelf.all():
            if pairing.is_late(now):
                self.void(pairing)
        self._parts.shelf.forget_old()

    def vendor_of(self, pairing: Pairing) -> str | None:
        """Give whom an origin belongs to, where the signed directory says so."""
        known = self._parts.known.of(pairing.origin)
        return None if known is None else known.vendor

    def setbacks(self, subject: str) -> Setbacks | None:
        """Give how often in a row some software got no yes."""
        return self._setbacks.get(subject)

    def _with_token(self) -> list[Pairing]:
        return [each for each in self.all() if each.state is PairingState.COLLECTED]

    def _choices(self) -> tuple[ActorChoice, ...]:
        active = [actor for actor in self._parts.actors.all() if actor.is_active]
        return tuple(ActorChoice(id=each.id, name=each.name) for each in active[:MOST_OFFERED])

    def _return_path(self, origin: str) -> str | None:
        """Give where a site's page is: as a list says, else as it said when it was connected."""
        known = self._parts.known.of(origin)
        pairings = self._parts.shelf.all()
        connected = [each for each in pairings if each.origin == origin and each.state in CONNECTED]
        if known is not None and known.return_path is not None:
            return known.return_path
        if connected:
            return connected[0].return_path
        return None if known is None else "/"

    def _is_invited(self, pairing: Pairing, handle: str | None) -> bool:
        invited = self._invited.pop(digest_of(handle or ""), None)
        if invited is None:
            return False
        origin, until = invited
        return origin == pairing.origin and self._parts.clock.now() < until

    async def _do(self, pairing_id: str, consent: Consent) -> None:
        if consent.decision == "approve":
            await self.approve(
                pairing_id,
                where=WINDOW,
                has_all_history=consent.has_all_history,
                actor_id=consent.actor_id,
            )
        elif consent.decision == "deny":
            await self.deny(pairing_id, where=WINDOW)
        elif consent.decision == "block":
            await self.block(pairing_id, where=WINDOW)

    async def _move(self, pairing_id: str, move: PairingMove, where: str) -> Pairing:
        pairing = self.get(pairing_id).moved(move, self._parts.clock.now())
        return await self._change(pairing, pairing.state.value, where)

    async def _change(self, pairing: Pairing, what: str, where: str) -> Pairing:
        # First what the software can still do, then the disk, which may fail.
        self._parts.events.cut(pairing.id)
        self._parts.tickets.drop(pairing.id)
        try:
            await self._parts.shelf.keep(pairing)
        finally:
            self._decided(pairing, what, where)
        return pairing

    def _decided(self, pairing: Pairing, what: str, where: str) -> None:
        self._parts.journal.record(
            f"pairing.{what}", pairing=pairing.id, origin=pairing.origin, where=where
        )
        self._parts.tell_changed(pairing)
        self._show_waiting()
        if self._parts.screen is not None and where != WINDOW:
            self._parts.screen.tell(what, pairing.shown_as, where)

    def _count_setback(self, subject: str) -> None:
        now = self._parts.clock.now()
        before = self._setbacks.get(subject)
        first = Setbacks(count=1, last_at=now)
        self._setbacks[subject] = first if before is None else before.another(now)

    def _show_waiting(self) -> None:
        if self._parts.screen is not None:
            pairings = self._parts.shelf.all()
            count = sum(each.state is PairingState.PENDING for each in pairings)
            self._parts.screen.show_waiting(count)
