"""Opening an eHealth session: our own share of it, without card and network."""

from __future__ import annotations

import asyncio
import tempfile
import time
from pathlib import Path
from typing import Any

from benchmarks.table import quiet, row, show
from bridge.sandbox.pki import KeyKind
from bridge.sandbox.transport import SandboxTransport
from tests.support.daemon import running_daemon

RUNS = 30


class Stopwatch:
    """Wraps a part and adds up the time spent in one of its methods."""

    def __init__(self, inner: Any, method: str) -> None:
        """Measure ``method`` of ``inner``."""
        self._inner = inner
        self._method = method
        self.seconds = 0.0

    def __getattr__(self, name: str) -> Any:
        """Give a member of the part, measured when it is the one."""
        member = getattr(self._inner, name)
        if name != self._method:
            return member

        async def measured(*args: Any, **kwargs: Any) -> Any:
            begun = time.perf_counter()
            try:
                return await member(*args, **kwargs)
            finally:
                self.seconds += time.perf_counter() - begun

        return measured


async def measure(key_kind: KeyKind) -> tuple[list[float], list[float]]:
    """Open sessions and give whole and own milliseconds."""
    whole, own = [], []
    with tempfile.TemporaryDirectory() as folder:
        async with running_daemon(
            Path(folder),
            key_kind=key_kind,
            card=lambda world: Stopwatch(world.card, "sign"),
            transport=lambda world: Stopwatch(SandboxTransport(world), "exchange"),
        ) as daemon:
            for _ in range(RUNS):
                daemon.clock.advance(seconds=1)
                watches: tuple[Any, ...] = (daemon.parts.card, daemon.parts.transport)
                before = sum(watch.seconds for watch in watches)
                begun = time.perf_counter()
                operation = await daemon.open_session()
                seconds = time.perf_counter() - begun
                if operation.problem is not None:
                    raise RuntimeError(operation.problem.code)
                outside = sum(watch.seconds for watch in watches) - before
                whole.append(seconds * 1000)
                own.append((seconds - outside) * 1000)
    return whole, own


def main() -> None:
    """Print the tables."""
    quiet()
    cards: tuple[tuple[KeyKind, str], ...] = (("rsa", "RSA-2048 card"), ("ec", "P-384 card"))
    for key_kind, title in cards:
        whole, own = asyncio.run(measure(key_kind))
        rows = [
            row("whole opening, with card and sandbox in this process", whole, unit="ms"),
            row("our share: without card signature and both exchanges", own, unit="ms"),
        ]
        show(f"Opening an eHealth session, {title}", rows)


if __name__ == "__main__":
    main()
