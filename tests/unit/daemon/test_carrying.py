"""Carrying work from another thread to the daemon's loop, and settings of tokens."""

from __future__ import annotations

import asyncio
import threading
from datetime import timedelta

import pytest
from pydantic import ValidationError

from bridge.daemon.server import LoopThread
from bridge.domain.pairings import TokenLimits
from bridge.errors import Conflict, NotDelivered
from bridge.settings import PairingSettings


async def nothing() -> None:
    """Do nothing."""


async def thread_name() -> str:
    return threading.current_thread().name


async def failing() -> None:
    raise Conflict(code="state_not_allowed")


def test_work_is_done_on_the_loop_and_its_error_comes_back():
    started, ended = threading.Event(), threading.Event()

    async def hold() -> None:
        started.set()
        await asyncio.to_thread(ended.wait)

    loop = LoopThread(servers=[], before=hold, after=nothing)
    threading.Thread(target=loop.start, daemon=True).start()
    started.wait(30)
    try:
        assert loop.carry(thread_name()) == "loop"
        with pytest.raises(Conflict):
            loop.carry(failing())
    finally:
        ended.set()
    loop.stop()
    with pytest.raises(NotDelivered):
        loop.carry(thread_name())


def test_before_the_start_nobody_is_there():
    loop = LoopThread(servers=[], before=nothing, after=nothing)
    with pytest.raises(NotDelivered) as caught:
        loop.carry(thread_name())
    assert caught.value.problem_code == "daemon_not_running"


def test_an_administrator_may_shorten_the_life_of_tokens_and_not_lengthen_it():
    assert PairingSettings().limits == TokenLimits()
    short = PairingSettings(idle_days=1, absolute_days=7).limits
    assert short == TokenLimits(idle=timedelta(days=1), absolute=timedelta(days=7))
    for wrong in ({"idle_days": 31}, {"absolute_days": 181}, {"idle_days": 0}):
        with pytest.raises(ValidationError):
            PairingSettings(**wrong)
