"""The roots of the error tree, and what an error carries."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

ParamValue = str | int | None
"""What a parameter of an error may be."""


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One thing wrong at one place of the input.

    Attributes:
        pointer: JSON Pointer into the request (RFC 6901), such as ``/patient/niss``.
        code: Snake-case code of the rule, with a text in the catalogue.
        is_warning: Whether it may be sent all the same.
    """

    pointer: str
    code: str
    is_warning: bool = False


@dataclass(frozen=True, kw_only=True)
class RemoteFault:
    """What a remote party said, kept verbatim for support; never shown without our own text.

    Attributes:
        system: ``ehealth_sts``, ``ehealth_etk_depot``, ``mycarenet`` or ``insurer``.
        code: The party's own code, such as ``SOA-01002`` or ``UNKNOWN_NISS_ROUTING``.
        reference: The party's identifier of the incident, when it gave one.
    """

    system: str
    code: str
    reference: str | None = None


class BridgeError(Exception):
    """Root of everything Carebridge raises on purpose."""

    code: ClassVar[str] = "internal_error"

    def __init__(
        self,
        detail: str = "",
        *,
        code: str | None = None,
        findings: tuple[Finding, ...] = (),
        remote: RemoteFault | None = None,
        **params: ParamValue,
    ) -> None:
        """Describe one failure.

        Args:
            detail: Developer's note for the traceback; never shown, never logged, no input.
            code: A more exact code of the catalogue than the class's own.
            findings: Places in the input, for errors about input.
            remote: The remote party's own words.
            **params: Non-sensitive facts for the text, such as ``tries_left=2``.
        """
        super().__init__(detail or code or type(self).code)
        self.problem_code = code or type(self).code
        self.findings = findings
        self.remote = remote
        self.params = params


class InputError(BridgeError):
    """The caller sent something wrong; nothing happened."""

    code = "validation_failed"


class InvalidIdentifier(InputError):
    """A number has the wrong form or check digits; the text itself is never echoed."""

    code = "identifier_invalid"

    def __init__(self, *, kind: str) -> None:
        """Name the kind of number that is wrong: ``niss``, ``nihii``, ``cbe``, ``mutuality``."""
        super().__init__(kind=kind)


class NotFound(InputError):
    """The named object does not exist (or not for this caller)."""

    code = "not_found"


class Conflict(InputError):
    """The request is right, but not now."""

    code = "already_sent"


class QueueFull(InputError):
    """Too much of this caller's work is under way already (*Local API security* 17)."""

    code = "queue_full"


class KeyReused(InputError):
    """The idempotency key was used for another request (API-33)."""

    code = "idempotency_key_reused"


class AccessDenied(BridgeError):
    """The token is unknown, expired or withdrawn."""

    code = "token_invalid"


class TokenExpired(AccessDenied):
    """The token's time is over."""

    code = "token_expired"


class StoreError(BridgeError):
    """The database cannot be read or written."""

    code = "storage_unavailable"


class KeyStoreUnavailable(StoreError):
    """The operating system's key store cannot be used; we fail closed (SEC-131)."""

    code = "key_store_unavailable"
