"""Encryption tokens of others, and of our own registrations: looked up, verified, kept a while.

A token is used for some hours and never beyond its certificates; a failure is remembered for
seconds only, so that a repaired depot is found again at once and a broken one is not stormed.
Source: *MyCareNet transport* 8.1 and 8.2, *STS session* 15.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from bridge.crypto.certificates import Certificate
from bridge.crypto.cms.enveloped import DecryptionKey
from bridge.crypto.cms.schemes import scheme_of_ehealth
from bridge.crypto.cms.signed import CmsSigner
from bridge.crypto.etk import EncryptionToken, EtkTrust, read_token
from bridge.ehealth import etkdepot
from bridge.ehealth.etkdepot import EtkIdentifier, EtkSettings, identifier_of
from bridge.errors import (
    CertificateUntrusted,
    RemoteFault,
    RemoteRefusal,
    SealForAnotherKey,
    TheirAnswerInvalid,
)
from bridge.ports.clock import Clock
from bridge.ports.keystore import EhealthCredential
from bridge.ports.transport import Transport
from bridge.service import remote
from bridge.soap import envelope, xml

SYSTEM: Final = "ehealth_etk_depot"
AMBIGUOUS: Final = "SEVERAL-TOKENS"
"""Our code for an answer that lists several owners instead of a token."""

HOLD_OFF: Final = timedelta(seconds=30)
"""How long a failure stands before the depot is asked again."""

MOST_KEPT: Final = 200
_SHORT_NIHII: Final = 8


@dataclass(frozen=True, kw_only=True)
class EtkPlace:
    """Where the depot is, and whom to believe about its tokens."""

    url: str
    trust: EtkTrust
    settings: EtkSettings = field(default_factory=EtkSettings)


@dataclass(frozen=True)
class _Kept:
    token: EncryptionToken
    looked_up_at: datetime
    until: datetime


@dataclass(frozen=True)
class _Failed:
    error: RemoteRefusal | TheirAnswerInvalid
    until: datetime


class EtkBook:
    """Gives verified tokens."""

    def __init__(self, *, transport: Transport, clock: Clock, place: EtkPlace) -> None:
        """Know no token yet."""
        self._transport = transport
        self._clock = clock
        self._place = place
        self._kept: dict[EtkIdentifier, _Kept] = {}
        self._failed: dict[EtkIdentifier, _Failed] = {}
        self._locks: dict[EtkIdentifier, asyncio.Lock] = {}

    async def mycarenet(self) -> EncryptionToken:
        """Give the token to seal requests for.

        Raises:
            As ``of``.
        """
        return await self.of(self._place.settings.mycarenet)

    async def own(
        self, certificate: Certificate, *, keys: Sequence[DecryptionKey]
    ) -> EncryptionToken:
        """Give the token that others seal answers to us for, after proving that we can open them.

        Args:
            certificate: Our eHealth certificate.
            keys: Our decryption keys.

        Raises:
            SealForAnotherKey: the token is for a key we do not have.
            CertificateUntrusted: the certificate is no eHealth certificate.
            NotDelivered, OutcomeUnknown, RemoteRefusal, TheirAnswerInvalid: as ``of``.
        """
        identifier = identifier_of(certificate)
        token = await self.of(identifier)
        if not _opens(keys, token):
            # It may have been renewed since it was looked up.
            token = await self.renewed(identifier, than=token)
        if not _opens(keys, token):
            raise SealForAnotherKey("own token is for a key that was not imported")
        return token

    async def of(self, identifier: EtkIdentifier) -> EncryptionToken:
        """Give the token of somebody, from memory when it was looked up lately.

        Raises:
            OurMessageInvalid: no identifier the depot knows.
            NotDelivered, OutcomeUnknown: the depot cannot be reached; nothing is sent by asking.
            RemoteRefusal: there is none, or several; the depot's status is in ``remote``.
            TheirAnswerInvalid: the answer is none, or the token does not hold or is somebody
                else's.
        """
        async with self._locks.setdefault(identifier, asyncio.Lock()):
            kept = self._kept.get(identifier)
            if kept is not None and self._clock.now() < kept.until:
                return kept.token
            return await self._look_up(identifier)

    async def renewed(self, identifier: EtkIdentifier, *, than: EncryptionToken) -> EncryptionToken:
        """Look a token up again because one could not be used.

        Nothing is asked when another one is known already, or this one was looked up just now.

        Raises:
            As ``of``.
        """
        async with self._locks.setdefault(identifier, asyncio.Lock()):
            kept = self._kept.get(identifier)
            if kept is not None and self._is_enough(kept, than):
                return kept.token
            return await self._look_up(identifier)

    def _is_enough(self, kept: _Kept, than: EncryptionToken) -> bool:
        now = self._clock.now()
        is_other = kept.token.encoded != than.encoded
        is_fresh = now < kept.looked_up_at + HOLD_OFF
        return now < kept.until and (is_other or is_fresh)

    async def _look_up(self, identifier: EtkIdentifier) -> EncryptionToken:
        failed = self._failed.get(identifier)
        if failed is not None and self._clock.now() < failed.until:
            raise _again(failed.error)
        try:
            token = await self._ask(identifier)
        except (RemoteRefusal, TheirAnswerInvalid) as error:
            _make_room(self._failed)
            self._failed[identifier] = _Failed(_again(error), self._clock.now() + HOLD_OFF)
            raise
        now = self._clock.now()
        lifetime = timedelta(hours=self._place.settings.lifetime_h)
        self._failed.pop(identifier, None)
        _make_room(self._kept)
        self._kept[identifier] = _Kept(token, now, min(now + lifetime, token.not_after))
        return token

    async def _ask(self, identifier: EtkIdentifier) -> EncryptionToken:
        body = xml.serialize(envelope.wrap(etkdepot.encode_request(identifier)))
        to = remote.Destination(system=SYSTEM, url=self._place.url, action=etkdepot.ACTION)
        reply = await remote.send(body, to=to, transport=self._transport)
        answer = etkdepot.decode_answer(remote.read(reply, to=to, clock=self._clock))
        if answer.etk is None:
            code = AMBIGUOUS if answer.matching else answer.code
            raise RemoteRefusal(remote=RemoteFault(system=SYSTEM, code=code))
        token = await asyncio.to_thread(
            read_token, answer.etk, trust=self._place.trust, at=self._clock.now()
        )
        if not _belongs(token, identifier):
            raise CertificateUntrusted("token of somebody else")
        return token


def signer_of(credential: EhealthCredential) -> CmsSigner:
    """Give the holder of an eHealth certificate as signer of a seal (*transport* 8.3)."""
    return CmsSigner(
        certificate=credential.certificate,
        scheme=scheme_of_ehealth(credential.certificate.public_key),
        sign=credential.sign_seal,
    )


def _opens(keys: Sequence[DecryptionKey], token: EncryptionToken) -> bool:
    return any(key.certificate == token.encryption for key in keys)


def _belongs(token: EncryptionToken, identifier: EtkIdentifier) -> bool:
    """Tell whether the certificate names whom we asked for.

    The application is not compared: every application of an owner speaks for that owner.
    """
    owner = token.owner
    if identifier.type == "CBE":
        return owner.cbe == identifier.value
    if identifier.type == "SSIN":
        return owner.niss == identifier.value
    return owner.nihii is not None and owner.nihii == identifier.value[:_SHORT_NIHII]


def _again(error: RemoteRefusal | TheirAnswerInvalid) -> RemoteRefusal | TheirAnswerInvalid:
    """Make the same error anew: one that was raised keeps the frames it came through."""
    return type(error)(code=error.problem_code, remote=error.remote)


def _make_room(kept: dict[EtkIdentifier, _Kept] | dict[EtkIdentifier, _Failed]) -> None:
    """Forget the oldest entry of a full book."""
    if len(kept) >= MOST_KEPT:
        kept.pop(next(iter(kept)))
