"""The error tree: every failure Carebridge knows, each with a code of the problem catalogue.

::

    BridgeError
    |-- InputError             the caller sent something wrong (nothing happened)
    |-- AccessDenied           the caller has no valid token
    |-- CardError              reader, card, PIN
    |-- SessionError           eHealth certificate and eHealth session
    |-- NotDelivered           not one byte of the request was written (may be repeated)
    |-- OutcomeUnknown         the request left, the answer did not come (never repeated, D21)
    |-- ProtocolError
    |   |-- OurMessageInvalid  we built nonsense: a bug, nothing was sent
    |   `-- TheirAnswerInvalid they sent nonsense: a fact about the day, evidence is kept
    |-- RemoteRefusal          the platform or an insurer said no
    `-- StoreError             database, key store

An error carries a closed ``code`` and facts in ``params``; sentences are made at the edge from
the catalogue (``bridge.i18n``).
``params`` holds only values of a closed, non-sensitive kind: never input, identifiers of people,
tokens or parts of messages.
Source: *style anchors* 4.6 to 4.9, *REST API conventions* 9.
"""

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
    """

    pointer: str
    code: str


@dataclass(frozen=True, kw_only=True)
class RemoteFault:
    """What a remote party said, kept verbatim for support; never shown without our own text.

    Attributes:
        system: ``ehealth_sts``, ``mycarenet`` or ``insurer``.
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


class KeyReused(InputError):
    """The idempotency key was used for another request (API-33)."""

    code = "idempotency_key_reused"


class AccessDenied(BridgeError):
    """The token is unknown, expired or withdrawn."""

    code = "token_invalid"


class TokenExpired(AccessDenied):
    """The token's time is over."""

    code = "token_expired"


class CardError(BridgeError):
    """Something about reader, card or PIN."""

    code = "card_unreadable"


class ReaderMissing(CardError):
    """No card reader, or no token slot, is there."""

    code = "reader_missing"


class CardMissing(CardError):
    """There is no usable card in the reader."""

    code = "card_missing"


class CardRemoved(CardError):
    """The card went away while it was needed."""

    code = "card_removed"


class CardExpired(CardError):
    """The authentication certificate of the card is not valid at this moment."""

    code = "card_expired"


class CardUnsupported(CardError):
    """The card has no authentication key we can use (child, foreigner, other card)."""

    code = "card_unsupported"


class MiddlewareMissing(CardError):
    """The PKCS#11 library cannot be loaded."""

    code = "middleware_missing"


class PinWrong(CardError):
    """The card refused the PIN; it counts the tries, we do not."""

    code = "pin_wrong"

    def __init__(self, *, tries_left: int | None) -> None:
        """Keep the number of tries the card still grants, where it tells."""
        super().__init__(tries_left=tries_left)


class PinBlocked(CardError):
    """The card refuses every PIN until it is unblocked with the PUK."""

    code = "card_pin_blocked"


class PinCancelled(CardError):
    """The user closed the PIN prompt."""

    code = "pin_cancelled"


class PinTimeout(CardError):
    """Nobody answered the PIN prompt within its 120 s (D9)."""

    code = "pin_timeout"


class PinEntryInProgress(CardError):
    """Another PIN prompt is open (SEC-84)."""

    code = "pin_entry_in_progress"


class PromptUnavailable(CardError):
    """There is no keypad, window or terminal on which to ask for the PIN."""

    code = "prompt_unavailable"


class SessionError(BridgeError):
    """Something about the eHealth certificate or the eHealth session."""

    code = "ehealth_session_refused"


class SessionRequired(SessionError):
    """The work needs an open eHealth session."""

    code = "ehealth_session_required"


class SessionExpired(SessionError):
    """There was a session; its time is over."""

    code = "ehealth_session_expired"


class CertificateMissing(SessionError):
    """No eHealth certificate was imported for this registration."""

    code = "certificate_missing"


class CertificateExpired(SessionError):
    """The eHealth certificate is not valid at this moment."""

    code = "certificate_expired"


class PassphraseWrong(SessionError):
    """The pass phrase does not open the eHealth certificate file."""

    code = "certificate_passphrase_wrong"


class KeystoreUnreadable(SessionError):
    """The file is not a PKCS#12 file with an ``authentication`` key."""

    code = "certificate_unreadable"


class ActorMismatch(SessionError):
    """The card, or the certificate, belongs to someone else than the registration's holder."""

    code = "actor_mismatch"


class RegistrationMissing(SessionError):
    """No registration is configured, so there is nobody to open a session for."""

    code = "registration_missing"


class NotRecognised(SessionError):
    """EHealth issued an assertion but does not recognise the holder as this care provider."""

    code = "care_provider_not_recognised"


class ClockSkew(SessionError):
    """This computer's clock differs too much from the platform's."""

    code = "clock_skew"


class NotDelivered(BridgeError):
    """Not one byte of the request was written; it may be repeated (D21)."""

    code = "remote_unavailable"


class OutcomeUnknown(BridgeError):
    """The request may have left the house and the answer did not come (D21)."""

    code = "remote_timeout"


class ProtocolError(BridgeError):
    """A message does not hold."""

    code = "remote_invalid_answer"


class OurMessageInvalid(ProtocolError):
    """Our own check failed before sending: a bug, nothing was sent."""

    code = "internal_error"


class TheirAnswerInvalid(ProtocolError):
    """Signature, schema, hash or reference of what the other side sent does not hold."""

    code = "remote_invalid_answer"


class SignatureInvalid(TheirAnswerInvalid):
    """A signature, its references or its algorithms do not hold."""

    code = "signature_invalid"


class CertificateUntrusted(TheirAnswerInvalid):
    """A certificate does not chain to an anchor that is trusted for this role."""

    code = "certificate_untrusted"


class CertificateOutOfTime(TheirAnswerInvalid):
    """A certificate of the other side is expired or not yet valid."""

    code = "certificate_untrusted"


class AssertionUnsigned(TheirAnswerInvalid):
    """The assertion carries no signature."""

    code = "assertion_unsigned"


class AssertionSignatureInvalid(TheirAnswerInvalid):
    """The assertion's signature does not hold over the assertion."""

    code = "assertion_signature_invalid"


class AssertionUntrusted(TheirAnswerInvalid):
    """The assertion is signed by somebody who is not the eHealth STS of the trust list."""

    code = "assertion_untrusted"


class AssertionExpired(TheirAnswerInvalid):
    """The assertion's window does not contain this moment."""

    code = "assertion_expired"


class AssertionForeign(TheirAnswerInvalid):
    """The assertion is bound to another key, or names another person, than ours."""

    code = "assertion_foreign"


class MessageExpired(TheirAnswerInvalid):
    """The timestamp of a message is too old, too long, or in the future."""

    code = "message_expired"


class RemoteRefusal(BridgeError):
    """The platform or an insurer said no, with its own code in ``remote``."""

    code = "remote_refused"


class StoreError(BridgeError):
    """The database cannot be read or written."""

    code = "storage_unavailable"


class KeyStoreUnavailable(StoreError):
    """The operating system's key store cannot be used; we fail closed (SEC-131)."""

    code = "key_store_unavailable"
