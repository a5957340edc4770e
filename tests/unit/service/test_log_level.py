"""More is logged for an hour, never less masked, and never by other software (SEC-145)."""

from __future__ import annotations

import logging

import pytest
import structlog

from api.app import PRODUCTION_ENDPOINTS
from bridge import logs
from bridge.service.loglevel import LogLevel
from tests.support.audit import AuditBench
from tests.support.logfiles import logging_to

NISS = "85073003328"


@pytest.fixture
def bench(tmp_path):
    with logging_to(tmp_path):
        yield AuditBench(tmp_path)


def level_of(bench) -> LogLevel:
    return LogLevel(clock=bench.clock, audit=bench.trail)


def said(bench) -> str:
    return (bench.folder / logs.FILE_NAME).read_text()


def test_sec_145_it_falls_back_after_an_hour_by_itself(bench):
    level = level_of(bench)
    until = level.make_verbose(where="window")
    assert level.until == until
    bench.clock.advance(minutes=59)
    level.look()
    assert logging.getLogger().level == logging.DEBUG
    bench.clock.advance(minutes=1)
    level.look()
    assert logging.getLogger().level == logging.INFO
    assert level.until is None
    told = [(record["action"], record["result"], record["client"]) for record in bench.records()]
    assert told == [
        ("log_level_changed", "verbose", "window"),
        ("log_level_changed", "normal", "time"),
    ]


def test_sec_145_setting_the_clock_back_does_not_prolong_it(bench):
    level = level_of(bench)
    level.make_verbose(where="window")
    bench.clock.set_wrong(hours=-6)
    bench.clock.advance(minutes=60)
    level.look()
    assert level.until is None


def test_it_can_be_ended_before_and_ending_twice_is_one_record(bench):
    level = level_of(bench)
    level.make_verbose(where="command_line")
    level.make_normal(where="command_line")
    level.make_normal(where="command_line")
    assert len(bench.records()) == 2


def test_log_04_verbose_masks_what_is_always_masked(bench):
    level_of(bench).make_verbose(where="window")
    log = structlog.get_logger("test")
    log.debug("test.said", operation=f"of {NISS}", content=NISS, code="cbr_abcdefghijkl")
    logging.getLogger("httpx").info("GET https://example/%s", NISS)
    text = said(bench)
    assert "test.said" in text
    assert '"logger": "httpx"' in text
    assert NISS not in text
    assert "cbr_abc" not in text
    assert "content" not in text


def test_what_is_said_while_normal_is_not_the_rest(bench):
    structlog.get_logger("test").debug("test.detail")
    assert "test.detail" not in said(bench)


def test_sec_145_no_address_of_the_interface_leads_there():
    paths = [endpoint.path for endpoint in PRODUCTION_ENDPOINTS]
    assert not [path for path in paths if "log" in path or "level" in path]
