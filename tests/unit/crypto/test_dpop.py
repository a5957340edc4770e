"""Proofs of possession (RFC 9449): every way in which one proves nothing (RPL-01)."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from datetime import UTC, datetime

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

from bridge.crypto.dpop import ProvenRequest, check_proof, thumbprint_of
from bridge.errors import DpopProofInvalid
from tests.support.pairing import ProofMaker, base64url

NOW = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)
URL = "http://127.0.0.1:42110/v1/insurability-checks"
TOKEN = "cbr_some-token"
MAKER = ProofMaker()
OTHER = ProofMaker()
REQUEST = ProvenRequest(method="POST", url=URL, token=TOKEN, thumbprint=thumbprint_of(MAKER.jwk))


def claims(**changes):
    made = MAKER.claims(TOKEN, "POST", URL, NOW.timestamp())
    return {name: value for name, value in {**made, **changes}.items() if value is not None}


def check(proof: str):
    return check_proof(proof, REQUEST, now=NOW)


def refused(proof: str) -> None:
    with pytest.raises(DpopProofInvalid) as caught:
        check(proof)
    assert caught.value.problem_code == "dpop_proof_invalid"


def test_a_good_proof_gives_what_tells_it_from_others():
    said = claims(jti="one", iat=int(NOW.timestamp()) - 60)
    found = check(MAKER.proof(said))
    assert (found.jti, found.issued_at) == ("one", said["iat"])


@pytest.mark.parametrize(
    "url",
    [
        pytest.param(URL + "?limit=5#x", id="query-and-fragment-do-not-count"),
        pytest.param("HTTP://127.0.0.1:42110/v1/insurability-checks", id="scheme-in-capitals"),
    ],
)
def test_the_address_is_compared_as_the_rfc_says(url):
    assert check(MAKER.proof(claims(htu=url)))


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"iat": int(NOW.timestamp()) - 61}, id="61-seconds-old"),
        pytest.param({"iat": int(NOW.timestamp()) + 61}, id="61-seconds-ahead"),
        pytest.param({"iat": str(int(NOW.timestamp()))}, id="time-as-text"),
        pytest.param({"iat": NOW.timestamp()}, id="time-as-float"),
        pytest.param({"iat": True}, id="time-as-boolean"),
        pytest.param({"iat": None}, id="no-time"),
        pytest.param({"htm": "GET"}, id="other-method"),
        pytest.param({"htm": "post"}, id="method-in-small-letters"),
        pytest.param({"htm": None}, id="no-method"),
        pytest.param({"htu": URL + "/x"}, id="other-path"),
        pytest.param({"htu": URL.replace("42110", "42111")}, id="other-port"),
        pytest.param({"htu": URL.replace("127.0.0.1", "localhost")}, id="other-host"),
        pytest.param({"htu": URL.replace("http:", "https:")}, id="other-scheme"),
        pytest.param({"htu": "http://[::1"}, id="no-address"),
        pytest.param({"htu": 5}, id="address-as-number"),
        pytest.param({"ath": base64url(hashlib.sha256(b"cbr_other").digest())}, id="other-token"),
        pytest.param({"ath": None}, id="no-token"),
        pytest.param({"ath": "é"}, id="token-hash-not-ascii"),
        pytest.param({"jti": None}, id="no-id"),
        pytest.param({"jti": ""}, id="empty-id"),
        pytest.param({"jti": "x" * 129}, id="long-id"),
        pytest.param({"jti": 1}, id="id-as-number"),
    ],
)
def test_rpl_01_a_proof_about_something_else_proves_nothing(changes):
    refused(MAKER.proof(claims(**changes)))


@pytest.mark.parametrize(
    "header",
    [
        pytest.param({"alg": "none"}, id="alg-none"),
        pytest.param({"alg": "HS256"}, id="symmetric"),
        pytest.param({"alg": "ES384"}, id="other-curve"),
        pytest.param({"alg": "RS256"}, id="rsa"),
        pytest.param({"typ": "JWT"}, id="other-type"),
        pytest.param({"kid": "1"}, id="key-by-name"),
        pytest.param({"crit": ["exp"]}, id="critical-extension"),
        pytest.param({"jwk": OTHER.jwk}, id="other-key"),
        pytest.param({"jwk": {**MAKER.jwk, "d": "AAAA"}}, id="embedded-private-key"),
        pytest.param({"jwk": {"kty": "oct", "k": "AAAA"}}, id="symmetric-key"),
        pytest.param({"jwk": "x"}, id="key-as-text"),
        pytest.param({"jwk": {**MAKER.jwk, "x": "AAAA"}}, id="short-coordinate"),
    ],
)
def test_rpl_01_only_one_algorithm_and_the_bound_key(header):
    refused(MAKER.proof(claims(), **header))


def test_rpl_01_another_key_with_its_own_signature():
    refused(OTHER.proof(claims()))


def test_rpl_01_alg_none_without_signature():
    head = {"typ": "dpop+jwt", "alg": "none", "jwk": MAKER.jwk}
    signed = ".".join(base64url(json.dumps(part).encode()) for part in (head, claims()))
    refused(signed + ".")


def test_rpl_01_the_public_key_as_secret_of_a_symmetric_algorithm():
    head = {"typ": "dpop+jwt", "alg": "HS256", "jwk": MAKER.jwk}
    signed = ".".join(base64url(json.dumps(part).encode()) for part in (head, claims()))
    secret = json.dumps(MAKER.jwk).encode()
    refused(f"{signed}.{base64url(hmac.digest(secret, signed.encode(), 'sha256'))}")


def test_rpl_01_a_signature_in_der_is_none():
    signed = MAKER.proof(claims()).rpartition(".")[0]
    der = MAKER.key.sign(signed.encode(), ec.ECDSA(hashes.SHA256()))
    refused(f"{signed}.{base64url(der)}")


@pytest.mark.parametrize("part", [0, 1, 2], ids=["header", "claims", "signature"])
def test_rpl_01_each_part_is_covered(part):
    parts = MAKER.proof(claims()).split(".")
    other = "A" if parts[part][10] != "A" else "B"
    parts[part] = parts[part][:10] + other + parts[part][11:]
    refused(".".join(parts))


@pytest.mark.parametrize(
    "proof",
    [
        "", ".", "..", "a.b", "a.b.c.d", "!.!.!", "e30.e30.e30", "W10.e30.e30", "bnVsbA.e30.e30",
        "x" * 5000, "e.e30.e30", "e31.e30.e30", base64url(b'{"a":1,"a":2}') + ".e30.e30",
    ],
)  # fmt: skip
def test_rpl_01_what_is_no_proof_at_all(proof):
    refused(proof)


def test_rpl_01_a_member_twice_and_padding_are_refused():
    good = MAKER.proof(claims())
    head, _, value = good.split(".")
    twice = json.dumps(claims())[:-1] + ', "htm": "POST"}'
    refused(f"{head}.{base64url(twice.encode())}.{value}")
    refused(f"{good}=")


def test_the_thumbprint_is_the_one_of_rfc_7638():
    members = {name: MAKER.jwk[name] for name in ("crv", "kty", "x", "y")}
    text = json.dumps(members, separators=(",", ":"))
    digest = hashlib.sha256(text.encode()).digest()
    assert thumbprint_of(MAKER.jwk) == base64.urlsafe_b64encode(digest).decode().rstrip("=")


def test_a_point_beside_the_curve_is_no_key():
    with pytest.raises(DpopProofInvalid):
        thumbprint_of({**MAKER.jwk, "y": MAKER.jwk["x"]})
