"""What the running daemon answers when a ``carebridge:`` address was clicked (SEC-45)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from bridge.domain.openuris import parse
from bridge.errors import InputError

if TYPE_CHECKING:
    from bridge.adapters.localprotocol import Handler
    from bridge.daemon.localverbs import Carry
    from bridge.service.facade import Services

OPEN: Final = "open-uri"


class OpenVerbs:
    """Gives the address that may be shown; nothing is opened here, and nothing is started."""

    def __init__(self, services: Services, carry: Carry[dict[str, Any]], *, port: int) -> None:
        """Answer with services that live on the loop."""
        self._services = services
        self._carry = carry
        self._port = port

    def handlers(self) -> dict[object, Handler]:
        """Give the handlers by their verbs."""
        return {OPEN: lambda request: self._carry(self._open(request))}

    async def _open(self, request: dict[str, Any]) -> dict[str, Any]:
        text = request.get("uri")
        try:
            wanted = parse(text if isinstance(text, str) else "")
            if wanted.origin is None:
                return {"address": None}
            desk = self._services.pairing_desk
            return {"address": desk.invite(wanted.origin, port=self._port)}
        except InputError as error:
            self._services.audit.refused(error.problem_code, route=OPEN, client=None)
            raise
