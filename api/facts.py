"""What the guard knows of a request, and how it says no."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from bridge.errors import ParamValue


@dataclass(frozen=True, kw_only=True)
class Facts:
    """One request as it came in, taken from the raw ASGI scope.

    Attributes:
        raw_path: Path as sent, before any decoding.
        path: Path after percent-decoding, by which routes are chosen.
        headers: Header lines in the order received, names in lower case.
    """

    method: str
    raw_path: bytes
    path: str
    query: bytes
    headers: tuple[tuple[bytes, bytes], ...]

    @classmethod
    def of(cls, scope: Mapping[str, Any]) -> Facts:
        """Read a scope of the ASGI server."""
        return cls(
            method=scope["method"],
            raw_path=scope.get("raw_path") or b"",
            path=scope["path"],
            query=scope.get("query_string", b""),
            headers=tuple((name.lower(), value) for name, value in scope["headers"]),
        )

    def lines(self, name: bytes) -> list[bytes]:
        """Give all values of a header, in order."""
        return [value for key, value in self.headers if key == name]

    def line(self, name: bytes) -> str | None:
        """Give the first value of a header as text."""
        values = self.lines(name)
        return values[0].decode("latin-1") if values else None

    @property
    def origin(self) -> str | None:
        """The ``Origin`` header, if there is one."""
        return self.line(b"origin")

    @property
    def is_browser(self) -> bool:
        """Tell whether a browser made the request: no page can leave these lines out."""
        return any(name.startswith(b"sec-fetch-") for name, _ in self.headers)


@dataclass(frozen=True, kw_only=True)
class Refusal:
    """Why the guard stops a request.

    Attributes:
        code: Code of the problem catalogue; its status comes from there.
        params: Non-sensitive facts for the text.
        headers: Further header lines, such as ``Allow``.
        closes: Close the connection, because what follows on it cannot be trusted.
        client_id: Who was refused, where that is known.
    """

    code: str
    params: Mapping[str, ParamValue] = field(default_factory=dict)
    headers: tuple[tuple[str, str], ...] = ()
    closes: bool = False
    retry_after_s: int | None = None
    client_id: str | None = None
