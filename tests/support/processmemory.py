"""What lies in the memory of another process, on Linux."""

from __future__ import annotations

from pathlib import Path


def copies(pid: int, wanted: bytes) -> int:
    """Count how often bytes lie in the memory a process can write to."""
    found = 0
    with Path(f"/proc/{pid}/mem").open("rb") as memory:
        for line in Path(f"/proc/{pid}/maps").read_text().splitlines():
            span, rights = line.split()[:2]
            if "rw" not in rights:
                continue
            start, end = (int(place, 16) for place in span.split("-"))
            memory.seek(start)
            found += memory.read(end - start).count(wanted)
    return found
