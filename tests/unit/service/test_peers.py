"""Who is served, by what the system tells of the other end (SEC-102; PEER-01 to PEER-03)."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest

from bridge.domain.health import HealthStatus
from bridge.ports.peers import Ends, PeerOwner, Program
from bridge.service.peers import CHECK, MODE_CHECK, SHOWN_FOR, PeerWatch
from tests.support.fakes import FixedClock

ENDS = Ends(client=("127.0.0.1", 50000), server=("127.0.0.1", 42110))
PROXY = Program(name="proxy.exe", path=r"C:\Users\An\proxy.exe")


@dataclass
class Observer:
    """A computer as a test wants it."""

    owner: PeerOwner
    has_others: bool = False
    program: Program | None = PROXY
    looks: list[Ends] = field(default_factory=list)

    def owner_of(self, ends: Ends) -> PeerOwner:
        self.looks.append(ends)
        return self.owner

    def program_of(self, ends: Ends) -> Program | None:
        return self.program

    def listener_on(self, port: int) -> Program | None:
        return None

    def is_shared(self) -> bool:
        return self.has_others


def watch(owner: PeerOwner, mode: str = "auto", **facts) -> PeerWatch:
    return PeerWatch(Observer(owner, **facts), mode=mode, clock=FixedClock())


def remarks(made):
    """Give what is said beside how strict we are."""
    return [check for check in made.checks() if check.name == CHECK]


@pytest.mark.parametrize("mode", ["auto", "enforce", "warn"])
def test_health_says_how_strict_we_are(mode):
    (check,) = watch(PeerOwner.OURS, mode).checks()
    assert (check.name, check.code, check.about) == (MODE_CHECK, None, mode)


@pytest.mark.parametrize("mode", ["auto", "enforce", "warn"])
@pytest.mark.parametrize(
    ("owner", "code"),
    [
        pytest.param(PeerOwner.OURS, None, id="ours"),
        pytest.param(PeerOwner.ANOTHERS, "peer_user_mismatch", id="PEER-01"),
        pytest.param(PeerOwner.HIDDEN, "peer_user_mismatch", id="PEER-01-hidden"),
        pytest.param(PeerOwner.GONE, "peer_unverified", id="gone"),
    ],
)
def test_what_no_mode_changes(owner, code, mode):
    assert watch(owner, mode).judge(ENDS) == code


@pytest.mark.parametrize(
    ("mode", "has_others", "code"),
    [
        pytest.param("enforce", False, "peer_unverified", id="PEER-03-enforce"),
        pytest.param("warn", True, None, id="PEER-03-warn"),
        pytest.param("auto", True, "peer_unverified", id="PEER-03-auto-shared"),
        pytest.param("auto", False, None, id="PEER-03-auto-alone"),
    ],
)
def test_the_mode_decides_where_the_system_tells_nothing(mode, has_others, code):
    made = watch(PeerOwner.UNKNOWN, mode, has_others=has_others)
    assert made.judge(ENDS) == code
    (check,) = remarks(made)
    assert (check.code, check.status) == ("peer_unverified", HealthStatus.WARN)


def test_health_names_the_program_and_not_its_folder():
    made = watch(PeerOwner.HIDDEN)
    assert remarks(made) == []
    made.judge(ENDS)
    (check,) = remarks(made)
    assert (check.name, check.code, check.about) == (
        "peer:owner",
        "peer_user_mismatch",
        "proxy.exe",
    )


def test_health_says_it_also_where_no_program_is_known():
    made = watch(PeerOwner.ANOTHERS, program=None)
    made.judge(ENDS)
    assert remarks(made)[0].about is None


def test_what_is_over_for_an_hour_is_no_remark_any_more():
    clock = FixedClock()
    made = PeerWatch(Observer(PeerOwner.ANOTHERS), mode="auto", clock=clock)
    made.judge(ENDS)
    clock.advance(seconds=SHOWN_FOR.total_seconds() - 1)
    assert remarks(made)
    clock.advance(seconds=1)
    assert remarks(made) == []


def test_ours_and_those_who_left_are_no_remark():
    for owner in (PeerOwner.OURS, PeerOwner.GONE):
        made = watch(owner)
        made.judge(ENDS)
        assert remarks(made) == []
