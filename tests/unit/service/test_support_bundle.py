"""A support bundle holds what support needs and nothing that a mask knows (SEC-146, LOG-05)."""

from __future__ import annotations

import io
import json
import zipfile
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bridge.daemon.support import described, versions
from bridge.errors import Conflict
from bridge.service.supportbundle import assemble, document, masked
from bridge.settings import Settings

NOW = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)
CANARIES = [
    pytest.param("85.12.31-498.53", "niss", id="niss"),
    pytest.param("cbr_AbCdEf0123456789", "token", id="token"),
    pytest.param("BE68 5390 0754 7034", "account", id="account"),
    pytest.param("-----BEGIN CERTIFICATE-----", "pem", id="pem"),
    pytest.param("<saml:Assertion>x", "assertion", id="assertion"),
    pytest.param('"pin": "4321"', "pin", id="pin"),
    pytest.param("QUJD" * 60, "base64", id="base64"),
]


@pytest.mark.parametrize(("canary", "kind"), CANARIES)
def test_log_05_a_planted_canary_keeps_the_bundle_from_being_made(canary: str, kind: str) -> None:
    files = {"versions.json": document(versions()), "logs/carebridge.log": f"a {canary} b\n"}
    with pytest.raises(Conflict) as caught:
        assemble(files, reference="K7QF-29", created_at=NOW)
    assert caught.value.problem_code == "bundle_unmasked"
    assert caught.value.params == {"file": "logs/carebridge.log", "kind": kind}
    assert canary not in str(vars(caught.value))


def test_a_bundle_lists_its_files_and_each_can_be_opened() -> None:
    files = {"versions.json": document(versions()), "logs/carebridge.log": "{}\n"}
    content = assemble(files, reference="K7QF-29", created_at=NOW)
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert archive.namelist() == ["contents.json", *files]
        assert {name: archive.read(name).decode() for name in files} == files
        contents = json.loads(archive.read("contents.json"))
    assert contents["reference"] == "K7QF-29"
    assert list(contents["files"]) == list(files)


def test_names_that_others_chose_are_masked() -> None:
    told = masked([{"about": "Reader 85123149853", "value": 3, "more": ("cbr_AbCdEf0123",)}])
    assert told == [{"about": "Reader [niss]", "value": 3, "more": ["[token]"]}]


def test_settings_are_shown_without_texts_of_their_own() -> None:
    chosen = Settings.model_validate(
        {
            "environment": "production",
            "data_folder": "/home/pruikenmaker/data",
            "network": {"proxy": "http://pruikenmaker:geheim@proxy:8080", "read_timeout_s": 90},
            "software": {"licence_username": "pruikenmaker"},
            "card": {"root_keys": ["pruikenmaker"], "signing": "middleware"},
            "genasync": {"interval_s": 200},
        }
    )
    told = described(chosen)
    assert "pruikenmaker" not in document(told)
    assert told["environment"] == "production"
    assert told["data_folder"] == "[set]"
    assert told["network"]["proxy"] == "[set]"
    assert told["network"]["read_timeout_s"] == 90
    assert told["card"]["signing"] == "middleware"
    assert set(told) == set(Settings.model_fields)


def test_versions_name_no_computer_and_no_user() -> None:
    text = document(versions())
    assert "carebridge" in text
    assert str(Path.home()) not in text
