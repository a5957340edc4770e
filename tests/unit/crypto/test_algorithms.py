from __future__ import annotations

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.serialization import load_der_public_key

from bridge.crypto import algorithms
from bridge.crypto.algorithms import SignatureAlgorithm
from bridge.errors import CardUnsupported, OurMessageInvalid, SignatureInvalid
from tests.support import pki

RSA = pki.key("rsa", "algorithms")
P384 = pki.key("ec", "algorithms")
DATA = b"to be signed"

# RFC 6979, A.2.6: P-384, message "sample", SHA-256.
RFC6979_KEY = load_der_public_key(
    bytes.fromhex(
        "3076301006072a8648ce3d020106052b81040022036200"
        "04"
        "ec3a4e415b4e19a4568618029f427fa5da9a8bc4ae92e02e06aae5286b300c64"
        "def8f0ea9055866064a254515480bc13"
        "8015d9b72d7d57244ea8ef9ac0c621896708a59367f9dfb9f54ca84b3f1c9db1"
        "288b231c3ae0d4fe7344fd2533264720"
    )
)
RFC6979_SIGNATURE = bytes.fromhex(
    "21b13d1e013c7fa1392d03c5f99af8b30c570c6f98d4ea8e354b63a21d3daa33"
    "bde1e888e63355d92fa2b3c36d8fb2cd"
    "f3aa443fb107745bf4bd77cb3891674632068a10ca67e3d45db2266fa7d1feeb"
    "efdc63eccd1ac42ec0cb8668a4fa0ab0"
)


@pytest.mark.parametrize(
    ("key", "expected"),
    [
        pytest.param(RSA, SignatureAlgorithm.RSA_SHA256, id="rsa-2048"),
        pytest.param(P384, SignatureAlgorithm.ECDSA_SHA256, id="p-384"),
        pytest.param(
            ec.generate_private_key(ec.SECP256R1()), SignatureAlgorithm.ECDSA_SHA256, id="p-256"
        ),
    ],
)
def test_algorithm_follows_the_key(key, expected):
    assert algorithms.algorithm_for(key.public_key()) is expected


@pytest.mark.parametrize(
    "key",
    [
        pytest.param(ed25519.Ed25519PrivateKey.generate(), id="ed25519"),
        pytest.param(ec.generate_private_key(ec.SECP256K1()), id="secp256k1"),
        pytest.param(rsa.generate_private_key(public_exponent=65537, key_size=1024), id="rsa-1024"),
    ],
)
def test_other_keys_are_unsupported(key):
    with pytest.raises(CardUnsupported):
        algorithms.algorithm_for(key.public_key())


@pytest.mark.parametrize(
    ("algorithm", "uri", "hash_name"),
    [
        (SignatureAlgorithm.RSA_SHA256, "2001/04/xmldsig-more#rsa-sha256", "sha256"),
        (SignatureAlgorithm.ECDSA_SHA256, "2001/04/xmldsig-more#ecdsa-sha256", "sha256"),
        (SignatureAlgorithm.ECDSA_SHA384, "2001/04/xmldsig-more#ecdsa-sha384", "sha384"),
        (SignatureAlgorithm.RSA_SHA1, "2000/09/xmldsig#rsa-sha1", "sha1"),
    ],
)
def test_algorithms_have_their_uri_and_hash(algorithm, uri, hash_name):
    assert algorithm.value == f"http://www.w3.org/{uri}"
    assert algorithms.hash_for(algorithm).name == hash_name


def test_current_algorithms_are_sha256_only():
    used = {algorithms.hash_for(known).name for known in algorithms.CURRENT_ALGORITHMS}
    assert used == {"sha256"}


@pytest.mark.parametrize(
    ("key", "algorithm", "length"),
    [
        pytest.param(RSA, SignatureAlgorithm.RSA_SHA256, 256, id="rsa"),
        pytest.param(P384, SignatureAlgorithm.ECDSA_SHA256, 96, id="p384-sha256"),
        pytest.param(P384, SignatureAlgorithm.ECDSA_SHA384, 96, id="p384-sha384"),
    ],
)
def test_what_is_signed_verifies(key, algorithm, length):
    signature = algorithms.sign(key, algorithm, DATA)
    assert len(signature) == length
    algorithms.verify(key.public_key(), algorithm, signature=signature, data=DATA)
    with pytest.raises(SignatureInvalid):
        algorithms.verify(key.public_key(), algorithm, signature=signature, data=DATA + b".")


def test_published_vector_verifies():
    algorithms.verify(
        RFC6979_KEY,
        SignatureAlgorithm.ECDSA_SHA256,
        signature=RFC6979_SIGNATURE,
        data=b"sample",
    )


@pytest.mark.parametrize(
    ("key", "algorithm"),
    [
        pytest.param(RSA, SignatureAlgorithm.ECDSA_SHA256, id="rsa-as-ecdsa"),
        pytest.param(P384, SignatureAlgorithm.RSA_SHA256, id="ec-as-rsa"),
        pytest.param(RSA, SignatureAlgorithm.RSA_SHA1, id="sha1"),
        pytest.param(
            ed25519.Ed25519PrivateKey.generate(), SignatureAlgorithm.RSA_SHA256, id="ed25519"
        ),
    ],
)
def test_signing_with_the_wrong_algorithm_is_our_fault(key, algorithm):
    with pytest.raises(OurMessageInvalid):
        algorithms.sign(key, algorithm, DATA)


@pytest.mark.parametrize(
    ("key", "algorithm"),
    [
        pytest.param(RSA, SignatureAlgorithm.ECDSA_SHA256, id="rsa-as-ecdsa"),
        pytest.param(P384, SignatureAlgorithm.RSA_SHA256, id="ec-as-rsa"),
        pytest.param(P384, SignatureAlgorithm.ECDSA_SHA384, id="other-hash"),
        pytest.param(
            ec.generate_private_key(ec.SECP256K1()),
            SignatureAlgorithm.ECDSA_SHA256,
            id="unknown-curve",
        ),
        pytest.param(
            ec.generate_private_key(ec.SECP256R1()), SignatureAlgorithm.ECDSA_SHA256, id="p-256"
        ),
    ],
)
def test_key_must_fit_the_algorithm(key, algorithm):
    signature = algorithms.sign(P384, SignatureAlgorithm.ECDSA_SHA256, DATA)
    with pytest.raises(SignatureInvalid):
        algorithms.verify(key.public_key(), algorithm, signature=signature, data=DATA)


def test_short_rsa_keys_are_refused():
    short = rsa.generate_private_key(public_exponent=65537, key_size=1024)
    signature = short.sign(DATA, padding.PKCS1v15(), hashes.SHA256())
    with pytest.raises(SignatureInvalid):
        algorithms.verify(
            short.public_key(), SignatureAlgorithm.RSA_SHA256, signature=signature, data=DATA
        )


def test_old_sha1_signatures_can_still_be_verified():
    signature = RSA.sign(DATA, padding.PKCS1v15(), hashes.SHA1())  # noqa: S303  # an old signature
    algorithms.verify(RSA.public_key(), SignatureAlgorithm.RSA_SHA1, signature=signature, data=DATA)


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda raw: b"", id="empty"),
        pytest.param(lambda raw: raw[:-1], id="short"),
        pytest.param(lambda raw: raw + b"\0", id="long"),
        pytest.param(lambda raw: bytes(96), id="zero"),
        pytest.param(lambda raw: b"\xff" * 96, id="above-the-order"),
        pytest.param(lambda raw: raw[48:] + raw[:48], id="swapped"),
        pytest.param(algorithms.der_from_raw, id="der"),
        pytest.param(lambda raw: b"\0" + raw[:48] + b"\0" + raw[48:], id="padded-numbers"),
    ],
)
def test_only_raw_values_of_exact_length_are_accepted(change):
    raw = algorithms.sign(P384, SignatureAlgorithm.ECDSA_SHA256, DATA)
    with pytest.raises(SignatureInvalid):
        algorithms.verify(
            P384.public_key(),
            SignatureAlgorithm.ECDSA_SHA256,
            signature=change(raw),
            data=DATA,
        )


@pytest.mark.parametrize(
    ("raw", "der"),
    [
        pytest.param("0102", "3006020101020102", id="small"),
        pytest.param("80ff", "3008020200800202 00ff", id="sign-bytes"),
        pytest.param("00010002", "3006020101020102", id="leading-zeros"),
    ],
)
def test_raw_and_der_are_the_same_numbers(raw, der):
    as_raw, as_der = bytes.fromhex(raw), bytes.fromhex(der)
    assert algorithms.der_from_raw(as_raw) == as_der
    assert algorithms.raw_from_der(as_der, coordinate_size=len(as_raw) // 2) == as_raw


@pytest.mark.parametrize(
    "der",
    [
        pytest.param(b"", id="empty"),
        pytest.param(b"no der", id="text"),
        pytest.param(bytes.fromhex("300702020100020102"), id="number-too-long"),
        pytest.param(bytes.fromhex("30060201ff020102"), id="negative"),
    ],
)
def test_what_is_no_der_value_is_refused(der):
    with pytest.raises(SignatureInvalid):
        algorithms.raw_from_der(der, coordinate_size=1)


@pytest.mark.parametrize("raw", [b"", b"\1", b"\1\2\3"])
def test_raw_values_have_two_halves(raw):
    with pytest.raises(SignatureInvalid):
        algorithms.der_from_raw(raw)
