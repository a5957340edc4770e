"""Proving to a front end that this is the genuine daemon of this user (SEC-64)."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from bridge.crypto.instanceproof import CHALLENGE, ProofSubject, sign_proof
from bridge.errors import Finding, InputError

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric import ec

_HINT_LENGTH: Final = 8


@dataclass(frozen=True, kw_only=True)
class InstanceProof:
    """What proves it.

    Attributes:
        os_session_hint: Tells the sessions of one user apart, and says nothing about them.
        signature: ``r || s``, base64url.
    """

    instance_id: str
    port: int
    os_session_hint: str
    signature: str


class InstanceProver:
    """Holds the instance's key, which signs proofs and nothing else."""

    def __init__(
        self, key: ec.EllipticCurvePrivateKey, *, instance_id: str, os_session: str
    ) -> None:
        """Take the key from the user's key store."""
        self._key = key
        self._instance_id = instance_id
        seed = f"{instance_id}\n{os_session}".encode()
        self._hint = hashlib.sha256(seed).hexdigest()[:_HINT_LENGTH]

    def prove(self, challenge: str, *, port: int, origin: str | None) -> InstanceProof:
        """Sign a caller's challenge with our real port and the caller's origin.

        Raises:
            InputError: the challenge is not 32 bytes in base64url.
        """
        if not CHALLENGE.fullmatch(challenge):
            raise InputError(findings=(Finding(pointer="/challenge", code="format_wrong"),))
        subject = ProofSubject(
            challenge=challenge, port=port, origin=origin, instance_id=self._instance_id
        )
        return InstanceProof(
            instance_id=self._instance_id,
            port=port,
            os_session_hint=self._hint,
            signature=sign_proof(self._key, subject),
        )
