"""Port: who is at the other end of a connection on loopback (SEC-102)."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from typing import Protocol


class PeerOwner(Enum):
    """Whose process is at the other end.

    ``hidden``: the system does not let us see it, so it is not ours.
    ``gone``: the other end was closed meanwhile, so nobody is there to read an answer.
    ``unknown``: the system does not tell anything about connections.
    """

    OURS = "ours"
    ANOTHERS = "anothers"
    HIDDEN = "hidden"
    GONE = "gone"
    UNKNOWN = "unknown"


@dataclass(frozen=True, kw_only=True)
class Ends:
    """Both ends of a connection that we accepted, as our socket names them."""

    client: tuple[str, int]
    server: tuple[str, int]


@dataclass(frozen=True, kw_only=True)
class Program:
    """A running program.

    Attributes:
        name: Name of its file, chosen by whoever made it; made safe before it is shown.
        path: Its file; may name a person, so it is never shown or logged.
    """

    name: str
    path: str = field(repr=False)


class PeerObserver(Protocol):
    """Looks at processes and connections of this computer.

    Contract: never raises; may take some ten milliseconds, so it is asked on a thread of its own.
    """

    def owner_of(self, ends: Ends) -> PeerOwner:
        """Tell whose process is at the client's end: same user and, on Windows, same session."""
        ...

    def program_of(self, ends: Ends) -> Program | None:
        """Give the program at the client's end, where the system tells."""
        ...

    def listener_on(self, port: int) -> Program | None:
        """Give the program that listens on a loopback port, where the system tells."""
        ...

    def is_shared(self) -> bool:
        """Tell whether others work on this computer now: a server, two sessions, or remotely."""
        ...
