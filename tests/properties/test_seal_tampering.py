"""Random damage to any layer of a seal ends in an error of ours, or changes nothing."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bridge.crypto.cms.enveloped import write_enveloped
from bridge.crypto.cms.signed import write_signed
from bridge.crypto.seal import seal_signed, unseal
from bridge.errors import TheirAnswerInvalid
from tests.support import pki
from tests.support.fakes import CountingIds
from tests.support.sealing import decryption, encryption, signer

CONTENT = b"<short/>"
KEYS = [decryption(encryption())]
SENDER = signer(pki.ehealth(identifier=f"SSIN={pki.OTHER_NISS}"))
RECIPIENTS = [encryption().certificate]
INNER = write_signed(CONTENT, signer=SENDER, has_certificate=True)
SEALED = seal_signed(INNER, signer=SENDER, recipients=RECIPIENTS, ids=CountingIds())


def damaged(message, chance):
    start = chance.randrange(len(message))
    end = start + chance.randrange(1, 5)
    return message[:start] + chance.randbytes(chance.randrange(6)) + message[end:]


def holds(message):
    """Tell whether the content came out unchanged; raises whatever is no error of ours."""
    try:
        return unseal(message, keys=KEYS).content == CONTENT
    except TheirAnswerInvalid:
        return None


@settings(max_examples=150, deadline=None)
@given(st.randoms(use_true_random=False), st.integers(1, 5))
def test_damage_outside(chance, times):
    message = SEALED
    for _ in range(times):
        message = damaged(message, chance)
    assert holds(message) in {None, True}


@settings(max_examples=100, deadline=None)
@given(st.randoms(use_true_random=False), st.booleans())
@pytest.mark.timeout(60)
def test_damage_inside_under_a_genuine_outer_signature(chance, is_deeper):
    inner = damaged(INNER, chance) if is_deeper else INNER
    layer = write_enveloped(inner, recipients=RECIPIENTS, ids=CountingIds())
    layer = layer if is_deeper else damaged(layer, chance)
    message = write_signed(layer, signer=SENDER, has_certificate=True)
    assert holds(message) in {None, True}
