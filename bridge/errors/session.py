"""Errors about the eHealth certificate and the eHealth session."""

from __future__ import annotations

from bridge.errors.base import BridgeError


class SessionError(BridgeError):
    """Something about the eHealth certificate or the eHealth session."""

    code = "ehealth_session_refused"


class SessionRequired(SessionError):
    """The work needs an open eHealth session."""

    code = "ehealth_session_required"


class SessionExpired(SessionError):
    """There was a session; its time is over."""

    code = "ehealth_session_expired"


class SessionWithdrawn(SessionError):
    """All sessions ended while this one was being opened; it is not kept."""

    code = "ehealth_session_withdrawn"


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
