"""Errors about messages, and about the parties at the other end."""

from __future__ import annotations

from bridge.errors.base import BridgeError


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


class SealUnreadable(TheirAnswerInvalid):
    """A sealed message does not open; the same error whatever the reason, so that none leaks."""

    code = "seal_unreadable"


class SealForAnotherKey(TheirAnswerInvalid):
    """A sealed message names none of our decryption keys."""

    code = "seal_for_another_key"


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
