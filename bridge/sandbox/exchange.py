"""One HTTP exchange as the played services see it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

XML_TYPE: Final = "text/xml; charset=utf-8"


@dataclass(frozen=True, kw_only=True)
class SandboxRequest:
    """A POST that arrived.

    Attributes:
        path: Path of the address.
        soap_action: ``SOAPAction`` header as received, with or without quotes.
        content_type: Header as received, empty when absent.
    """

    path: str
    soap_action: str | None
    content_type: str
    body: bytes

    def __repr__(self) -> str:
        return f"SandboxRequest({self.path}, {len(self.body)} bytes)"

    @property
    def action(self) -> str:
        """The SOAPAction without quotes; empty when absent."""
        return (self.soap_action or "").strip().strip('"')

    @property
    def is_xml(self) -> bool:
        """Whether the content type is that of SOAP 1.1."""
        return self.content_type.split(";")[0].strip().lower() == "text/xml"


@dataclass(frozen=True, kw_only=True)
class SandboxReply:
    """What goes back.

    Attributes:
        sent_at: The platform's time, for the ``Date`` header; the world fills it in.
    """

    status: int
    body: bytes
    content_type: str = XML_TYPE
    sent_at: datetime | None = None

    def __repr__(self) -> str:
        return f"SandboxReply({self.status}, {len(self.body)} bytes)"
