"""Whether a token came with the proof it needs, and whether that proof is new (RFC 9449)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from bridge.crypto.dpop import MOST_SECONDS, ProvenRequest, check_proof
from bridge.errors import DpopProofInvalid, DpopProofReplayed, DpopRequired

if TYPE_CHECKING:
    from bridge.ports.clock import Clock
    from bridge.service.tokens import Client

MOST_REMEMBERED: Final = 20_000
"""Proofs of one key; more than the rate limits let through while a proof is young enough."""


@dataclass(frozen=True, kw_only=True)
class ShownToken:
    """A token as it came with a request.

    Attributes:
        has_proof_scheme: It came as ``DPoP``, not as ``Bearer``.
        proofs: The ``DPoP`` header lines.
        url: Scheme, host with port, and path of the request.
    """

    token: str = field(repr=False)
    has_proof_scheme: bool
    proofs: tuple[str, ...] = field(default=(), repr=False)
    method: str
    url: str


class ProofDesk:
    """Checks proofs and remembers them for as long as they could be used again."""

    def __init__(self, clock: Clock) -> None:
        """Start with none remembered."""
        self._clock = clock
        self._seen: dict[str, dict[str, int]] = {}

    def check(self, client: Client, shown: ShownToken) -> None:
        """Check how a client's token came.

        Raises:
            DpopRequired: the token is bound to a key and came as ``Bearer``.
            DpopProofInvalid: the proof is not about this request, or the token has no key.
            DpopProofReplayed: the proof was used before.
        """
        if client.key_thumbprint is None:
            if shown.has_proof_scheme:
                raise DpopProofInvalid("the token is bound to no key")
            return
        if not shown.has_proof_scheme:
            raise DpopRequired
        if len(shown.proofs) != 1:
            raise DpopProofInvalid("not exactly one proof")
        wanted = ProvenRequest(
            method=shown.method,
            url=shown.url,
            token=shown.token,
            thumbprint=client.key_thumbprint,
        )
        now = self._clock.now()
        proof = check_proof(shown.proofs[0], wanted, now=now)
        seen = self._young(client.key_thumbprint, now.timestamp())
        if proof.jti in seen:
            raise DpopProofReplayed
        seen[proof.jti] = proof.issued_at

    def _young(self, thumbprint: str, now: float) -> dict[str, int]:
        """Give what a key's proofs still have to be compared with."""
        seen = self._seen.setdefault(thumbprint, {})
        if len(seen) >= MOST_REMEMBERED // 2:
            seen = {jti: at for jti, at in seen.items() if now - at <= MOST_SECONDS}
            self._seen[thumbprint] = seen
        if len(seen) >= MOST_REMEMBERED:
            # Only the holder of the key can get here; what cannot be compared is refused.
            raise DpopProofReplayed("too many proofs at once")
        return seen
