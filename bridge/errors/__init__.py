"""The error tree: every failure Carebridge knows, each with a code of the problem catalogue.

::

    BridgeError
    |-- InputError             the caller sent something wrong (nothing happened)
    |-- AccessDenied           the caller has no valid token, or does not prove to hold its key
    |-- ActorNotAllowed        the person the software acts for has no right to do it
    |-- PairingRefused         a request to be connected leads to no token
    |-- StartRefused           others could see or change what the program does
    |-- CardError              reader, card, PIN
    |-- SessionError           eHealth certificate and eHealth session
    |-- NotDelivered           not one byte of the request was written (may be repeated)
    |-- OutcomeUnknown         the request left, the answer did not come (never repeated, D21)
    |-- ProtocolError
    |   |-- OurMessageInvalid  we built nonsense: a bug, nothing was sent
    |   |-- TheirAnswerInvalid they sent nonsense: a fact about the day, evidence is kept
    |   `-- ZoneRefused        one zone of a fixed-width record; records say where
    |-- RemoteRefusal          the platform or an insurer said no
    |-- UpdateError            a new version that is not to be believed, or not there
    |-- TrustStoreError        what browsers trust cannot be changed
    `-- StoreError             database, key store

An error carries a closed ``code`` and facts in ``params``; sentences are made at the edge from
the catalogue (``bridge.i18n``).
``params`` holds only values of a closed, non-sensitive kind: never input, identifiers of people,
tokens or parts of messages.
Source: *style anchors* 4.6 to 4.9, *REST API conventions* 9.
"""

from bridge.errors.access import (
    ActorNotAllowed,
    DpopProofInvalid,
    DpopProofReplayed,
    DpopRequired,
    PairingPaused,
    PairingRefused,
    StartRefused,
    TokenRevoked,
)
from bridge.errors.base import (
    AccessDenied,
    BridgeError,
    Conflict,
    Finding,
    InputError,
    InvalidIdentifier,
    KeyReused,
    KeyStoreUnavailable,
    NotFound,
    ParamValue,
    QueueFull,
    RemoteFault,
    StoreError,
    TokenExpired,
)
from bridge.errors.card import (
    CardChoiceNeeded,
    CardDataInvalid,
    CardError,
    CardExchanged,
    CardExpired,
    CardInUse,
    CardMissing,
    CardNotActivated,
    CardRemoved,
    CardServiceStopped,
    CardUnsupported,
    CardUntrusted,
    CardWithoutCertificate,
    KeypadBypassRefused,
    KeypadFailed,
    LastTryRefused,
    MiddlewareCannotSign,
    MiddlewareCrashed,
    MiddlewareMissing,
    MiddlewareWrongBitness,
    PinBlocked,
    PinCancelled,
    PinEntryInProgress,
    PinPaused,
    PinRequired,
    PinTimeout,
    PinWrong,
    PromptUnavailable,
    ReaderMissing,
    ReaderRemoved,
    ReaderTimeout,
)
from bridge.errors.remote import (
    AssertionExpired,
    AssertionForeign,
    AssertionSignatureInvalid,
    AssertionUnsigned,
    AssertionUntrusted,
    CertificateOutOfTime,
    CertificateUntrusted,
    MessageExpired,
    NotDelivered,
    OurMessageInvalid,
    OutcomeUnknown,
    ProtocolError,
    RemoteRefusal,
    SealForAnotherKey,
    SealUnreadable,
    SignatureInvalid,
    TheirAnswerInvalid,
)
from bridge.errors.session import (
    ActorMismatch,
    CertificateExpired,
    CertificateMissing,
    ClockSkew,
    KeystoreUnreadable,
    NotRecognised,
    PassphraseWrong,
    RegistrationMissing,
    SessionError,
    SessionExpired,
    SessionRequired,
    SessionWithdrawn,
)
from bridge.errors.updates import TrustStoreError, UpdateError, UpdateUnreachable
from bridge.errors.zones import (
    BREAKING,
    RecordInvalid,
    ZoneFault,
    ZoneFinding,
    ZoneRefused,
    ZoneUnreadable,
)

__all__ = [
    "BREAKING",
    "AccessDenied",
    "ActorMismatch",
    "ActorNotAllowed",
    "AssertionExpired",
    "AssertionForeign",
    "AssertionSignatureInvalid",
    "AssertionUnsigned",
    "AssertionUntrusted",
    "BridgeError",
    "CardChoiceNeeded",
    "CardDataInvalid",
    "CardError",
    "CardExchanged",
    "CardExpired",
    "CardInUse",
    "CardMissing",
    "CardNotActivated",
    "CardRemoved",
    "CardServiceStopped",
    "CardUnsupported",
    "CardUntrusted",
    "CardWithoutCertificate",
    "CertificateExpired",
    "CertificateMissing",
    "CertificateOutOfTime",
    "CertificateUntrusted",
    "ClockSkew",
    "Conflict",
    "DpopProofInvalid",
    "DpopProofReplayed",
    "DpopRequired",
    "Finding",
    "InputError",
    "InvalidIdentifier",
    "KeyReused",
    "KeyStoreUnavailable",
    "KeypadBypassRefused",
    "KeypadFailed",
    "KeystoreUnreadable",
    "LastTryRefused",
    "MessageExpired",
    "MiddlewareCannotSign",
    "MiddlewareCrashed",
    "MiddlewareMissing",
    "MiddlewareWrongBitness",
    "NotDelivered",
    "NotFound",
    "NotRecognised",
    "OurMessageInvalid",
    "OutcomeUnknown",
    "PairingPaused",
    "PairingRefused",
    "ParamValue",
    "PassphraseWrong",
    "PinBlocked",
    "PinCancelled",
    "PinEntryInProgress",
    "PinPaused",
    "PinRequired",
    "PinTimeout",
    "PinWrong",
    "PromptUnavailable",
    "ProtocolError",
    "QueueFull",
    "ReaderMissing",
    "ReaderRemoved",
    "ReaderTimeout",
    "RecordInvalid",
    "RegistrationMissing",
    "RemoteFault",
    "RemoteRefusal",
    "SealForAnotherKey",
    "SealUnreadable",
    "SessionError",
    "SessionExpired",
    "SessionRequired",
    "SessionWithdrawn",
    "SignatureInvalid",
    "StartRefused",
    "StoreError",
    "TheirAnswerInvalid",
    "TokenExpired",
    "TokenRevoked",
    "TrustStoreError",
    "UpdateError",
    "UpdateUnreachable",
    "ZoneFault",
    "ZoneFinding",
    "ZoneRefused",
    "ZoneUnreadable",
]
