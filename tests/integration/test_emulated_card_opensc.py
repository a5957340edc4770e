"""OpenSC, which knows Belgian cards from real ones, takes the emulated card for one of them."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest
from cryptography import x509

from bridge.adapters.pkcs11.modules import discover_modules
from bridge.crypto.algorithms import SignatureAlgorithm, verify
from tests.support import virtualreader as vr

pytestmark = [
    vr.needs_reader,
    pytest.mark.timeout(60),
    pytest.mark.skipif(
        shutil.which("pkcs11-tool") is None and not vr.IS_PROMISED,
        reason="OpenSC is not installed",
    ),
]
DATA = b"what is signed"


def module() -> str:
    found = [path for path in discover_modules("linux", {}) if "opensc" in path.name]
    return str(found[0])


def tool(*words: str) -> subprocess.CompletedProcess[str]:
    command = ["pkcs11-tool", "--module", module(), *words]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=30)


@pytest.fixture(scope="module")
def nurse_card():
    with vr.card(vr.document()) as card:
        yield card


def test_the_driver_names_the_card(nurse_card):
    found = subprocess.run(
        ["opensc-tool", "-n"], capture_output=True, text=True, check=True, timeout=30
    )
    assert "Belpic" in found.stdout


def test_the_token_is_shown_with_its_label_and_pin_lengths(nurse_card):
    shown = tool("-L").stdout
    assert "BELPIC (Basic PIN)" in shown
    assert "4/12" in shown


def test_certificates_and_keys_are_listed_after_login(nurse_card):
    shown = tool("-O", "--login", "--pin", "1234").stdout
    for label in ("Authentication", "Signature", "CA", "Root"):
        assert f"label:      {label}\n" in shown
    assert shown.count("Private Key Object; RSA") == 2
    assert "always authenticate" in shown


def test_a_certificate_read_by_others_is_ours(nurse_card, tmp_path: Path):
    target = tmp_path / "certificate.der"
    tool("-r", "--type", "cert", "--label", "Authentication", "--output-file", str(target))
    read = x509.load_der_x509_certificate(target.read_bytes())
    issued = vr.document().authentication
    assert issued is not None
    assert read == issued.certificate.x509


def test_a_signature_made_by_others_verifies(nurse_card, tmp_path: Path):
    data, signature = tmp_path / "data", tmp_path / "signature"
    data.write_bytes(DATA)
    words = ("--sign", "--mechanism", "SHA256-RSA-PKCS", "--label", "Authentication")
    files = ("--input-file", str(data), "--output-file", str(signature))
    made = tool("--login", "--pin", "1234", *words, *files)
    assert made.returncode == 0, made.stderr
    issued = vr.document().authentication
    assert issued is not None
    verify(
        issued.certificate.public_key,
        SignatureAlgorithm.RSA_SHA256,
        signature=signature.read_bytes(),
        data=DATA,
    )


def test_a_wrong_pin_is_counted_and_a_right_one_restores_the_tries(nurse_card):
    refused = tool("--login", "--pin", "9999", "-O")
    assert "CKR_PIN_INCORRECT" in refused.stderr
    assert nurse_card.state().tries_left == 2
    tool("--login", "--pin", "1234", "-O")
    assert nurse_card.state().tries_left == 3


def test_the_trap_others_leave_the_card_open_after_they_have_signed(nurse_card):
    tool("--login", "--pin", "1234", "-O")
    assert nurse_card.state().is_verified


def test_a_card_with_an_ec_key_is_listed_and_logs_in_but_cannot_sign(tmp_path: Path):
    with vr.card(vr.document("ec"), slot=1):
        data = tmp_path / "hash"
        data.write_bytes(bytes(32))
        slot = ("--slot-index", "1", "--login", "--pin", "1234")
        assert "Private Key Object; EC" in tool(*slot, "-O").stdout
        words = ("--sign", "--mechanism", "ECDSA", "--label", "Authentication")
        made = tool(*slot, *words, "--input-file", str(data), "--output-file", str(tmp_path / "s"))
        assert "CKR_MECHANISM_INVALID" in made.stderr
