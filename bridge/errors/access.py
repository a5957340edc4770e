"""Errors about tokens, proofs of possession and pairings."""

from __future__ import annotations

from bridge.errors.base import AccessDenied, BridgeError


class TokenRevoked(AccessDenied):
    """The user, or the software itself, withdrew the token."""

    code = "token_revoked"


class DpopRequired(AccessDenied):
    """The token is bound to a key and came without proof of it (RFC 9449, 7.2)."""

    code = "dpop_required"


class DpopProofInvalid(AccessDenied):
    """The proof is malformed, old, or about another request, key or token."""

    code = "dpop_proof_invalid"


class DpopProofReplayed(AccessDenied):
    """The proof was used before."""

    code = "dpop_proof_replayed"


class ActorNotAllowed(BridgeError):
    """The person the software acts for may not do this; nothing was done.

    Params ``action``, ``registration_id`` and ``kind`` say what is missing, never for whom;
    ``reason`` says why, as ``domain.rights.Reason``.
    """

    code = "actor_not_allowed"


class StartRefused(BridgeError):
    """A production build does not start here: others could see or change what it does.

    Its codes: ``start_variable_set``, ``start_watched``, ``installation_writable``,
    ``installation_changed``, ``start_elevated``.
    """

    code = "start_watched"


class PairingPaused(AccessDenied):
    """The user paused this software; its token is good again when she resumes it (7.5)."""

    code = "pairing_paused"


class PairingRefused(BridgeError):
    """A request to be connected did not lead, or no longer leads, to a token.

    Its codes: ``pairing_denied``, ``pairing_blocked``, ``pairing_expired``, ``pairing_consumed``,
    ``pairing_pending``, ``pairing_code_wrong``, ``client_kind_mismatch``, ``rate_limited``.
    """

    code = "pairing_denied"
