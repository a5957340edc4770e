"""This installation: version, name, public key, features (API-22, SEC-64)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

API_MAJORS: Final = ("v1",)
API_MINOR: Final = 9
MIN_HELPER: Final = "0.1"
FEATURES: Final = (
    "care_requests",
    "dpop",
    "ehealth_sessions",
    "events",
    "exchanges",
    "insurability_batches",
    "insurability_checks",
    "invoices",
    "operations",
    "pairings",
    "patient_cards",
    "prefer_wait",
    "readers",
    "reports",
    "work_lists",
)


@dataclass(frozen=True, kw_only=True)
class InstanceFacts:
    """What anybody on this machine may know of this installation.

    Attributes:
        id: ``inst_…``, made at the first start.
        public_key: DER SubjectPublicKeyInfo of the instance's P-256 key, base64.
        is_simulator: The simulator build, which refuses real certificates.
    """

    id: str
    version: str
    public_key: str
    is_simulator: bool

    @property
    def features(self) -> tuple[str, ...]:
        """Names of what this build can do; front ends test these, not versions."""
        return (*FEATURES, "simulator") if self.is_simulator else FEATURES
