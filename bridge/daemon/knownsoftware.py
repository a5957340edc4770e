"""Reading signed lists about software: what is forged is ignored, told, recorded (PAIR-11)."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from bridge.crypto.signedlist import open_list
from bridge.domain.knownsoftware import KnownSoftware
from bridge.errors import SignatureInvalid
from bridge.ports.clock import Clock
from bridge.ports.pairings import SecurityJournal
from bridge.service.securityjournal import LoggedJournal
from bridge.settings import PairingSettings


def known_software(settings: PairingSettings, clock: Clock) -> KnownSoftware:
    """Read the lists of the settings; refusals go where decisions go as long as nobody listens."""
    journal = LoggedJournal()
    return read_lists(settings.list_files, settings.list_keys, clock=clock, journal=journal)


def read_lists(
    files: Sequence[Path], keys: Sequence[str], *, clock: Clock, journal: SecurityJournal
) -> KnownSoftware:
    """Read all lists; one that cannot be believed is counted and otherwise passed over.

    Args:
        files: Where they lie.
        keys: Whose signatures are believed, Ed25519 public keys in base64.
        clock: Tells whether their time is over.
        journal: Takes each refusal.
    """
    known = KnownSoftware()
    for place, file in enumerate(files, 1):
        try:
            known = known.with_list(open_list(file.read_bytes(), keys, now=clock.now()))
        except (OSError, SignatureInvalid):
            known = known.with_refused()
            journal.record("signed_list.refused", place=place)
    return known
