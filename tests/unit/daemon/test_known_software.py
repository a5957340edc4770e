"""Signed lists about software: what they change, and what a forged one does not (PAIR-11)."""

from __future__ import annotations

import asyncio
import base64
import json
from datetime import datetime

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from bridge.crypto.signedlist import PREFIX
from bridge.daemon.knownsoftware import read_lists
from bridge.domain.knownsoftware import KnownOrigin, KnownSoftware
from bridge.errors import InputError
from tests.support.fakes import FixedClock
from tests.support.pairing import EVIL, GOOD, WEB, office

KEY = Ed25519PrivateKey.generate()
OTHER = Ed25519PrivateKey.generate()
VENDORS = {
    "kind": "vendor_directory",
    "expires_at": "2027-01-01T00:00:00Z",
    "entries": [{"origin": GOOD, "vendor": "Voorbeeld Thuiszorg"}],
}
POLICY = {
    "kind": "pairing_policy",
    "expires_at": "2027-01-01T00:00:00Z",
    "entries": [{"origin": GOOD, "scopes": ["status:read"]}],
}


def public(key: Ed25519PrivateKey) -> str:
    return base64.b64encode(key.public_key().public_bytes_raw()).decode()


def signed(document, key=KEY, *, prefix=PREFIX) -> bytes:
    payload = document if isinstance(document, str) else json.dumps(document)
    value = base64.b64encode(key.sign(prefix + payload.encode())).decode()
    return json.dumps({"payload": payload, "signature": value}).encode()


def read(tmp_path, *contents: bytes, keys=None):
    files = []
    for place, content in enumerate(contents):
        files.append(tmp_path / f"list{place}.json")
        files[-1].write_bytes(content)
    keys = (public(KEY),) if keys is None else keys
    return read_lists(files, keys, clock=FixedClock())


def test_two_lists_about_one_origin_are_joined(tmp_path):
    known = read(tmp_path, signed(VENDORS), signed(POLICY))
    assert known.refused == 0
    assert known.of(GOOD) == KnownOrigin(
        vendor="Voorbeeld Thuiszorg", scopes=frozenset({"status:read"})
    )
    assert known.of(EVIL) is known.of(None) is None


OLD = {**VENDORS, "expires_at": "2026-11-23T09:30:00Z"}
FORGED = [
    pytest.param(signed(VENDORS, OTHER), id="other-key"),
    pytest.param(signed(VENDORS, prefix=b""), id="without-the-first-line"),
    pytest.param(signed(VENDORS).replace(b"vendor.example", b"evil.example"), id="changed"),
    pytest.param(signed(OLD), id="too-old"),
    pytest.param(signed({**VENDORS, "expires_at": "2027-01-01"}), id="end-without-zone"),
    pytest.param(signed({"kind": "vendor_directory", "entries": []}), id="without-end"),
    pytest.param(signed("[]"), id="no-object-inside"),
    pytest.param(signed("garbage"), id="no-json-inside"),
    pytest.param(json.dumps(VENDORS).encode(), id="unsigned"),
    pytest.param(
        json.dumps({"payload": json.dumps(VENDORS), "signature": ""}).encode(), id="empty"
    ),
    pytest.param(json.dumps({"payload": "\ud800", "signature": "~"}).encode(), id="no-base64"),
    pytest.param(b"", id="nothing"),
    pytest.param(b"[]", id="no-object"),
    pytest.param(b'"' + b"x" * 1_000_001 + b'"', id="endless"),
]


@pytest.mark.parametrize("content", FORGED)
def test_pair_11_a_forged_list_is_ignored_and_counted(content, tmp_path):
    known = read(tmp_path, content, signed(POLICY))
    assert known.refused == 1
    assert known.of(GOOD) == KnownOrigin(scopes=frozenset({"status:read"}))


def test_pair_11_without_a_key_nobody_is_believed(tmp_path):
    for keys in ((), ("",), ("AAAA",), ("no base64",)):
        assert read(tmp_path, signed(VENDORS), keys=keys).refused == 1


def test_pair_11_a_file_that_is_not_there_is_told(tmp_path):
    files = [tmp_path / "none.json"]
    known = read_lists(files, (public(KEY),), clock=FixedClock())
    assert known == KnownSoftware(refused=1)


@pytest.mark.parametrize(
    "entries",
    [
        None, "x", [1, None, {}], [{"origin": 5, "vendor": "x"}],
        [{"origin": "http://app.vendor.example", "vendor": "x"}],
    ],
)  # fmt: skip
def test_entries_that_are_none_are_passed_over(entries, tmp_path):
    known = read(tmp_path, signed({**VENDORS, "entries": entries}))
    assert known == KnownSoftware()


def test_sec_185_the_first_end_of_the_lists_is_known(tmp_path):
    known = read(tmp_path, signed(VENDORS))
    assert known.ends_at == datetime.fromisoformat(VENDORS["expires_at"])
    later = {**VENDORS, "expires_at": "2999-01-01T00:00:00+00:00"}
    assert known.with_list(later).ends_at == known.ends_at
    assert KnownSoftware().with_refused().ends_at is None


async def test_a_listed_origin_opens_its_window_at_once_and_is_not_granted(tmp_path):
    known = KnownSoftware(origins={GOOD: KnownOrigin(vendor="Voorbeeld Thuiszorg")})
    async with office(tmp_path, known=known) as has:
        opened = has.requests.open(WEB)
        await asyncio.sleep(0)
        (request,) = has.screen.asked
        assert request.vendor == "Voorbeeld Thuiszorg"
        assert not has.poll(opened).is_ready


async def test_a_policy_narrows_what_is_asked_for(tmp_path):
    known = KnownSoftware(origins={GOOD: KnownOrigin(scopes=frozenset({"status:read"}))})
    async with office(tmp_path, known=known) as has:
        assert has.requests.open(WEB).pairing.scopes == ("status:read",)
    nothing = KnownSoftware(origins={GOOD: KnownOrigin(scopes=frozenset())})
    async with office(tmp_path, known=nothing) as has:
        with pytest.raises(InputError):
            has.requests.open(WEB)
