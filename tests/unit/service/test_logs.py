"""Logging by allow-list, and masking behind it (SEC-141, SEC-142)."""

from __future__ import annotations

import json
import logging
import stat
import sys
from pathlib import Path

import pytest
import structlog

from bridge import logs

PLANTED = [
    pytest.param("85123149853", id="niss-bare"),
    pytest.param("85.12.31-498.53", id="niss-printed"),
    pytest.param("cbr_AbCdEf0123456789AbCdEf0123456789AbCdEf01234", id="token"),
    pytest.param("Bearer abc.def", id="bearer"),
    pytest.param("DPoP eyJhbGciOi", id="dpop"),
    pytest.param("BE68 5390 0754 7034", id="account"),
    pytest.param("A" * 200, id="base64-run"),
    pytest.param("-----BEGIN PRIVATE KEY-----\nMIIx\n-----END PRIVATE KEY-----", id="pem"),
    pytest.param("<saml:Assertion ID='x'>secret</saml:Assertion>", id="assertion"),
    pytest.param('"pin": "1234"', id="pin-member"),
]


@pytest.mark.parametrize("planted", PLANTED)
def test_sec_142_masks_what_must_not_be_logged(planted: str) -> None:
    masked = logs.mask(f"before {planted} after")
    assert planted not in masked
    assert masked.startswith("before ")
    assert masked.endswith(" after")


@pytest.mark.parametrize(
    "harmless",
    [
        pytest.param("op_01JD3W7V7Q0M2N4Z8K5T6R1S9A", id="ulid"),
        pytest.param("2026-11-23T09:30:00.000Z", id="moment"),
        pytest.param("port 42110 is taken", id="port"),
    ],
)
def test_sec_142_leaves_harmless_text(harmless: str) -> None:
    assert logs.mask(harmless) == harmless


@pytest.fixture
def log_file(tmp_path: Path):
    root = logging.getLogger()
    before, level = root.handlers, root.level
    logs.configure(folder=tmp_path)
    yield tmp_path / "carebridge.log"
    for handler in root.handlers:
        handler.close()
    root.handlers = before
    root.setLevel(level)
    structlog.reset_defaults()


@pytest.mark.parametrize("planted", PLANTED)
def test_sec_141_unknown_fields_never_reach_the_file(log_file: Path, planted: str) -> None:
    structlog.get_logger().info("something.happened", operation="op_1", patient=planted)
    line = json.loads(log_file.read_text())
    assert line["operation"] == "op_1"
    assert "patient" not in line
    assert planted not in log_file.read_text()


@pytest.mark.parametrize("planted", PLANTED)
def test_sec_142_masks_libraries_and_tracebacks(log_file: Path, planted: str) -> None:
    logging.getLogger("some.library").warning("got %s", planted)
    try:
        raise ValueError(planted)
    except ValueError:
        structlog.get_logger().exception("broken")
    lines = [json.loads(line) for line in log_file.read_text().splitlines()]
    assert [line["level"] for line in lines] == ["warning", "error"]
    assert "ValueError" in lines[1]["exception"]
    assert all(planted not in str(line) for line in lines)


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX file modes")
def test_sec_104_the_file_is_for_its_owner_alone(log_file: Path) -> None:
    assert stat.S_IMODE(log_file.stat().st_mode) == 0o600
