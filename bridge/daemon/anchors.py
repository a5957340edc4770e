"""Whom to believe, from the PEM files that the settings name."""

from __future__ import annotations

from pathlib import Path

from bridge.codecs.blob import Encoding
from bridge.crypto.etk import EtkTrust
from bridge.crypto.trust import TrustList
from bridge.errors import InputError
from bridge.service.wrapping import SignatureCheck, WrappingSettings
from bridge.settings import Settings


def sts_anchors(settings: Settings) -> TrustList:
    """Read the issuers of the STS certificate; without them no assertion is believed."""
    path = settings.trust.sts_anchors
    if path is None:
        raise InputError(code="setting_missing", setting="trust.sts_anchors")
    return _read(path, setting="trust.sts_anchors")


def etk_trust(settings: Settings) -> EtkTrust:
    """Give whom to believe about encryption tokens; nobody unless the settings say whom."""
    path = settings.trust.etk_anchors
    return EtkTrust(
        anchors=TrustList([]) if path is None else _read(path, setting="trust.etk_anchors"),
        signer_cbe=settings.trust.etk_signer_cbe or None,
    )


def wrapping(settings: Settings) -> WrappingSettings:
    """Give how content is wrapped, and whose signatures on answers are believed."""
    chosen, path = settings.genasync, settings.trust.mycarenet_anchors
    return WrappingSettings(
        check=SignatureCheck(chosen.answer_signatures),
        signers=None if path is None else _read(path, setting="trust.mycarenet_anchors"),
        content_encoding=Encoding(chosen.sealed_content_encoding),
        blob_encoding=Encoding(chosen.sealed_blob_encoding),
    )


def _read(path: Path, *, setting: str) -> TrustList:
    try:
        return TrustList.from_pem(path.read_bytes())
    except OSError as error:
        raise InputError(code="setting_invalid", setting=setting) from error
