"""The check a front end makes before it shows its token (SEC-64, SQ-02, SQ-03)."""

from __future__ import annotations

import base64
from dataclasses import replace

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from bridge.crypto.instanceproof import ProofSubject, verify_proof
from bridge.errors import InputError, SignatureInvalid
from bridge.service.instanceproofs import InstanceProver

KEY = ec.generate_private_key(ec.SECP256R1())
CHALLENGE = base64.urlsafe_b64encode(bytes(range(32))).decode().rstrip("=")
ORIGIN = "https://app.vendor.example"
SUBJECT = ProofSubject(challenge=CHALLENGE, port=42110, origin=ORIGIN, instance_id="inst_1")


def public(key) -> str:
    der = key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return base64.b64encode(der).decode()


def prover(key=KEY, *, os_session: str = "1") -> InstanceProver:
    return InstanceProver(key, instance_id="inst_1", os_session=os_session)


def test_the_genuine_daemon_is_recognised():
    proof = prover().prove(CHALLENGE, port=42110, origin=ORIGIN)
    assert (proof.instance_id, proof.port) == ("inst_1", 42110)
    verify_proof(public(KEY), SUBJECT, proof.signature)


def test_native_software_has_no_origin():
    proof = prover().prove(CHALLENGE, port=42110, origin=None)
    verify_proof(public(KEY), replace(SUBJECT, origin=None), proof.signature)


def test_sq_02_a_fake_daemon_on_the_port_fails_sec_12():
    fake = ec.generate_private_key(ec.SECP256R1())
    proof = prover(fake).prove(CHALLENGE, port=42110, origin=ORIGIN)
    with pytest.raises(SignatureInvalid):
        verify_proof(public(KEY), SUBJECT, proof.signature)


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"challenge": CHALLENGE[::-1]}, id="other-challenge"),
        pytest.param({"port": 42111}, id="other-port"),
        pytest.param({"origin": "https://evil.example"}, id="other-origin"),
        pytest.param({"origin": None}, id="no-origin"),
        pytest.param({"instance_id": "inst_2"}, id="other-instance"),
    ],
)
def test_sq_03_a_proof_about_something_else_is_worth_nothing(changes):
    proof = prover().prove(CHALLENGE, port=42110, origin=ORIGIN)
    with pytest.raises(SignatureInvalid):
        verify_proof(public(KEY), replace(SUBJECT, **changes), proof.signature)


@pytest.mark.parametrize("signature", ["", "AAAA", "~", "é", "A" * 86])
def test_sq_02_what_is_no_signature_is_refused(signature):
    with pytest.raises(SignatureInvalid):
        verify_proof(public(KEY), SUBJECT, signature)


@pytest.mark.parametrize("key", ["", "AAAA", "not base64"])
def test_sq_02_what_is_no_key_recognises_nobody(key):
    with pytest.raises(SignatureInvalid):
        verify_proof(key, SUBJECT, "A" * 86)


def test_sq_02_a_key_of_another_kind_recognises_nobody():
    with pytest.raises(SignatureInvalid):
        verify_proof(public(rsa.generate_private_key(65537, 2048)), SUBJECT, "A" * 86)


@pytest.mark.parametrize("challenge", ["", CHALLENGE[:-1], CHALLENGE + "A", CHALLENGE[:-1] + "\n"])
def test_only_challenges_are_signed(challenge):
    with pytest.raises(InputError):
        prover().prove(challenge, port=42110, origin=None)


def test_sessions_of_one_user_are_told_apart_and_not_named():
    hints = {
        prover(os_session=name).prove(CHALLENGE, port=1, origin=None).os_session_hint
        for name in ("session-1", "session-2")
    }
    assert len(hints) == 2
    assert not any("session" in hint for hint in hints)
