"""Logging by allow-list, and masking behind it (SEC-141, SEC-142)."""

from __future__ import annotations

import json
import logging
import os
import stat
import sys
import time
from logging.handlers import RotatingFileHandler
from pathlib import Path

import pytest
import structlog

from bridge import logs
from bridge.masks import unmasked
from tests.support.logfiles import logging_to

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
    pytest.param("85/12/31-498.53", id="niss-slashes"),
    pytest.param("x85123149853y", id="niss-among-letters"),
    pytest.param("85423149802", id="niss-mistyped"),
    pytest.param("be68539007547034", id="account-lower-case"),
    pytest.param("FR1420041010050500013M02606", id="account-abroad"),
    pytest.param("539-0075470-34", id="account-old"),
    pytest.param("eyJhbGciOiJFUzI1NiJ9.eyJqdGkiOiIxIn0.c2ln", id="proof"),
    pytest.param("\n".join(["QUJD" * 19] * 4), id="base64-in-lines"),
    pytest.param('{"eid_pin" : 1234}', id="pin-compound"),
    pytest.param("<PinCode>1234</PinCode>", id="pin-element"),
    pytest.param("PIN 1234", id="pin-in-words"),
]


@pytest.mark.parametrize("planted", PLANTED)
def test_sec_142_masks_what_must_not_be_logged(planted: str) -> None:
    masked = logs.mask(f"before {planted} after")
    assert planted not in masked
    assert masked.startswith("before ")
    assert masked.endswith(" after")
    assert unmasked(f"before {planted} after") is not None
    assert logs.mask(masked) == masked


@pytest.mark.parametrize(
    "harmless",
    [
        pytest.param("op_01JD3W7V7Q0M2N4Z8K5T6R1S9A", id="ulid"),
        pytest.param("2026-11-23T09:30:00.000Z", id="moment"),
        pytest.param("port 42110 is taken", id="port"),
        pytest.param("pin.paused", id="event-about-a-pin"),
        pytest.param("pin_wrong", id="code-about-a-pin"),
        pytest.param("Spin: fast", id="word-with-pin"),
        pytest.param("1764229850123", id="milliseconds"),
    ],
)
def test_sec_142_leaves_harmless_text(harmless: str) -> None:
    assert logs.mask(harmless) == harmless
    assert unmasked(harmless) is None


@pytest.fixture
def log_file(tmp_path: Path):
    with logging_to(tmp_path) as path:
        yield path


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


@pytest.mark.parametrize(
    "value",
    [
        pytest.param(85123149853, id="number"),
        pytest.param(["85123149853"], id="list"),
        pytest.param({"85123149853": 1}, id="member-name"),
        pytest.param(b"85123149853", id="bytes"),
    ],
)
def test_log_02_a_safe_field_holds_no_unsafe_value(log_file: Path, value: object) -> None:
    structlog.get_logger().info("something.happened", count=value, bytes=12, pid=None)
    line = json.loads(log_file.read_text())
    assert "85123149853" not in log_file.read_text()
    assert (line["bytes"], line["pid"]) == (12, None)


def test_log_02_words_of_libraries_and_exceptions_are_left_out(log_file: Path) -> None:
    """A name has no form that a mask could know."""
    try:
        try:
            raise KeyError("Janssens")
        except KeyError as error:
            raise ValueError("Pruikenmaker") from error
    except ValueError:
        logging.getLogger("some.library").exception("Wouters said %s", "Maes")
        structlog.get_logger().exception("broken")
    text = log_file.read_text()
    foreign, own = (json.loads(line) for line in text.splitlines())
    assert (foreign["event"], foreign["logger"]) == ("library.message", "some.library")
    assert foreign["place"].startswith("test_logs:")
    assert own["event"] == "broken"
    for line in (foreign, own):
        assert "ValueError" in line["exception"]
        assert "KeyError" in line["exception"]
    assert not [name for name in ("Janssens", "Pruikenmaker", "Wouters", "Maes") if name in text]
    assert str(Path(__file__).parent) not in text


@pytest.mark.parametrize("planted", PLANTED)
def test_log_04_verbose_masks_as_much(log_file: Path, planted: str) -> None:
    logging.getLogger().setLevel(logging.DEBUG)
    structlog.get_logger().debug("detail.seen", code=planted, patient=planted)
    logging.getLogger("some.library").debug("got %s", planted)
    lines = [json.loads(line) for line in log_file.read_text().splitlines()]
    assert [line["level"] for line in lines] == ["debug", "debug"]
    assert all(planted not in str(line.values()) for line in lines)


def own_handler() -> RotatingFileHandler:
    """Give the handler of the daemon; the test runner has handlers beside it."""
    return next(
        each for each in logging.getLogger().handlers if isinstance(each, RotatingFileHandler)
    )


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX file modes")
def test_sec_145_a_file_begun_by_rotation_is_for_its_owner_too(log_file: Path) -> None:
    structlog.get_logger().info("something.happened")
    own_handler().doRollover()
    structlog.get_logger().info("something.happened")
    found = logs.files(log_file.parent)
    assert [path.name for path in found] == ["carebridge.log", "carebridge.log.1"]
    assert {stat.S_IMODE(path.stat().st_mode) for path in found} == {0o600}


def test_sec_145_what_is_older_than_14_days_goes(tmp_path: Path) -> None:
    days = {1: 1, 2: 9, 3: 13, 4: 30}
    for number, age in days.items():
        path = tmp_path / f"carebridge.log.{number}"
        path.touch()
        os.utime(path, (time.time() - age * 86400,) * 2)
    with logging_to(tmp_path):
        names = [path.name for path in logs.files(tmp_path)]
    assert names == ["carebridge.log", "carebridge.log.1", "carebridge.log.2"]


def test_sec_145_ten_files_of_five_mebibytes_stay(tmp_path: Path) -> None:
    for number in range(1, 13):
        with (tmp_path / f"carebridge.log.{number}").open("wb") as file:
            file.truncate(5 * 1024 * 1024)
    with logging_to(tmp_path):
        assert len(logs.files(tmp_path)) == 10


def test_sec_145_a_file_spans_a_day(log_file: Path) -> None:
    handler = own_handler()
    for day in range(3):
        record = logging.makeLogRecord({"msg": "x", "created": time.time() + day * 90_000})
        handler.handle(record)
    assert len(logs.files(log_file.parent)) == 3
