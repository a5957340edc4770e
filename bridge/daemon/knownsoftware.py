"""Reading signed lists about software: what is forged is ignored and counted (PAIR-11)."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from bridge.crypto.signedlist import open_list
from bridge.domain.knownsoftware import KnownSoftware
from bridge.errors import SignatureInvalid
from bridge.ports.clock import Clock


def read_lists(files: Sequence[Path], keys: Sequence[str], *, clock: Clock) -> KnownSoftware:
    """Read all lists; one that cannot be believed is counted and otherwise passed over.

    Args:
        files: Where they lie.
        keys: Whose signatures are believed, Ed25519 public keys in base64.
        clock: Tells whether their time is over.
    """
    known = KnownSoftware()
    for file in files:
        try:
            known = known.with_list(open_list(file.read_bytes(), keys, now=clock.now()))
        except (OSError, SignatureInvalid):
            known = known.with_refused()
    return known
