"""eHealth sessions over a restart of the program, where the user wants that (D8, SEC-91).

What is kept is the assertion with the times of the session.
The key it is bound to is that of the eHealth certificate, which lies sealed in the keystore; it is
looked up again, so it is nowhere a second time.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

import structlog

from bridge.domain.audit import Action
from bridge.domain.identifiers import Niss
from bridge.domain.sessions import SessionAge
from bridge.errors import BridgeError, InputError
from bridge.ports.audit import Auditor
from bridge.ports.sessionvault import SessionVault
from bridge.service.sessionshelf import OpenSession

_FORMAT: Final = 1
_REFUSED: Final = "sealed_session_refused"

log = structlog.get_logger()


@dataclass(frozen=True, kw_only=True)
class KeptSession:
    """One session as it was kept.

    Attributes:
        acting: Who opened it, when that is not the registration's holder.
        assertion: As the platform gave it.
    """

    id: str
    registration_id: str
    acting: Niss | None = field(repr=False)
    expires_at: datetime
    age: SessionAge
    assertion: bytes = field(repr=False)

    @classmethod
    def of(cls, session: OpenSession, age: SessionAge) -> KeptSession:
        """Take from a session what a restart needs."""
        return cls(
            id=session.facts.id,
            registration_id=session.facts.registration_id,
            acting=session.registration.acting,
            expires_at=age.opened_at + age.lifetime,
            age=age,
            assertion=session.assertion.xml,
        )


class SessionSurvival:
    """Keeps open sessions for the next process, or nothing at all."""

    def __init__(self, vault: SessionVault | None, audit: Auditor, *, is_wanted: bool) -> None:
        """Keep in ``vault`` if the user wants that; switched off, what lies there is destroyed."""
        self._vault = vault
        self._audit = audit
        self._is_wanted = is_wanted and vault is not None

    @property
    def is_wanted(self) -> bool:
        """Tell whether sessions come back after a restart."""
        return self._is_wanted

    def take(self) -> list[KeptSession]:
        """Give what the last process kept; it is no longer there then.

        What does not open here is destroyed, and that is recorded.
        """
        if self._vault is None:
            return []
        if not self._is_wanted:
            self.destroy()
            return []
        try:
            kept = self._vault.take()
        except BridgeError as error:
            log.warning("session_vault.unreadable", code=error.problem_code)
            return []
        sessions = None if kept.content is None else _read(kept.content)
        if kept.is_refused or (kept.content is not None and sessions is None):
            self._audit.record(Action.SESSION_NOT_RESTORED, result=_REFUSED)
            log.warning("session_vault.refused", code=_REFUSED)
        return sessions or []

    def keep(self, sessions: Iterable[KeptSession]) -> None:
        """Keep these sessions and no others."""
        if self._vault is None or not self._is_wanted:
            return
        kept = list(sessions)
        if not kept:
            self.destroy()
            return
        try:
            self._vault.keep(_write(kept))
        except BridgeError as error:
            # Work goes on with the session in memory; a restart then needs card and PIN.
            log.warning("session_vault.not_kept", code=error.problem_code)

    def destroy(self) -> None:
        """Destroy what is kept."""
        if self._vault is None:
            return
        try:
            self._vault.destroy()
        except BridgeError as error:
            log.warning("session_vault.not_destroyed", code=error.problem_code)


def _write(sessions: list[KeptSession]) -> bytes:
    document = {
        "format": _FORMAT,
        "sessions": [
            {
                "id": each.id,
                "registration_id": each.registration_id,
                "acting": None if each.acting is None else each.acting.digits,
                "expires_at": each.expires_at.isoformat(),
                "opened_at": each.age.opened_at.isoformat(),
                "opened_tick": each.age.opened_tick,
                "lifetime_s": each.age.lifetime.total_seconds(),
                "lasted_s": each.age.lasted.total_seconds(),
                "assertion": base64.b64encode(each.assertion).decode(),
            }
            for each in sessions
        ],
    }
    return json.dumps(document).encode()


def _read(content: bytes) -> list[KeptSession] | None:
    """Read what was kept; ``None`` when it is of another version."""
    try:
        document = json.loads(content)
        if document["format"] != _FORMAT:
            return None
        return [_session_of(each) for each in document["sessions"]]
    except (ValueError, TypeError, KeyError, InputError):
        return None


def _session_of(members: dict[str, Any]) -> KeptSession:
    acting = members["acting"]
    return KeptSession(
        id=members["id"],
        registration_id=members["registration_id"],
        acting=None if acting is None else Niss.parse(acting),
        expires_at=datetime.fromisoformat(members["expires_at"]),
        age=SessionAge(
            opened_at=datetime.fromisoformat(members["opened_at"]),
            opened_tick=members["opened_tick"],
            lifetime=timedelta(seconds=members["lifetime_s"]),
            lasted=timedelta(seconds=members["lasted_s"]),
        ),
        assertion=base64.b64decode(members["assertion"], validate=True),
    )
