"""Whom the settings believe about encryption tokens."""

from __future__ import annotations

import pytest

from bridge.daemon import anchors
from bridge.errors import CertificateUntrusted, InputError
from bridge.settings import Settings, TrustSettings
from tests.support import pki


def trust_of(**changes):
    return anchors.etk_trust(Settings(trust=TrustSettings(**changes)))


def test_nobody_is_believed_unless_the_settings_say_whom():
    assert trust_of().anchors.anchors == ()
    assert trust_of().signer_cbe == "0809394427"


def test_anchors_come_from_a_file(tmp_path):
    file = tmp_path / "anchors.pem"
    file.write_bytes(pki.root().certificate_pem)
    trust = trust_of(etk_anchors=file, etk_signer_cbe="")
    assert trust.anchors.anchors == (pki.root().certificate,)
    assert trust.signer_cbe is None


def test_anchors_that_cannot_be_read_are_named(tmp_path):
    with pytest.raises(InputError) as caught:
        trust_of(etk_anchors=tmp_path / "missing.pem")
    assert caught.value.params == {"setting": "trust.etk_anchors"}
    (tmp_path / "nonsense.pem").write_bytes(b"nonsense")
    with pytest.raises(CertificateUntrusted):
        trust_of(etk_anchors=tmp_path / "nonsense.pem")
