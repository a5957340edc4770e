"""Whose turn it is: the one sentence that support needs first.

"Us, you or MyCareNet", and since when: a pure choice among the checks of health.
Source: *REST API conventions* 10 and 9 (``who_can_fix``).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import Final

from bridge.domain.health import HealthCheck, HealthStatus


class Party(Enum):
    """Who can put it right; the values are keys of the section ``verdicts``."""

    NOBODY = "nobody"
    """All is well."""
    YOU = "you"
    US = "us"
    MYCARENET = "mycarenet"
    BILLING_SERVICE = "billing_service"


_PARTIES: Final = {
    "user": Party.YOU,
    "front_end": Party.US,
    "support": Party.US,
    "insurer": Party.MYCARENET,
    "authority": Party.MYCARENET,
}

_BILLING: Final = "billing_service:answers"
_CAUSES_FIRST: Final = (
    "storage:integrity",
    "key_store:available",
    "storage:free",
    "port:bound",
    "clock:skew",
    "proxy:mode",
    "network:online",
    "ehealth_sts:reachability",
    "mycarenet:reachability",
    "mailbox:answers",
    _BILLING,
    "smartcard_service",
    "certificate:validity",
    "middleware:version",
    "card:held",
    "card:kind",
    "card:validity",
    "audit_log:chain",
    "outcome_unknown:count",
    "queue:oldest",
)
"""What comes first can be the cause of what follows: without a network no service answers."""
_SOME_DAY: Final = (
    "reference_data:age",
    "backup:age",
    "autostart:entry",
    "daemon:crashes",
    "update:available",
    "update:signing_expiry",
    "billing_service:certificate",
)
"""What can wait until the end of the round; spoken of when nothing else is."""
_ORDINARY: Final = ("reader:connected", "card:present", "ehealth_session:remaining")
"""What every morning begins with; spoken of when nothing hinders more, and nobody's fault."""


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """The one thing to say.

    Attributes:
        check: The check it is about; ``None`` when all is well.
        since: Since when it does not pass, as far as this run knows.
    """

    party: Party
    check: HealthCheck | None = None
    since: datetime | None = None

    @property
    def is_ordinary(self) -> bool:
        """Whether it is only that the day has not begun: no reader, card or session yet."""
        return self.check is not None and self.check.name in _ORDINARY

    @property
    def code(self) -> str | None:
        """The code of the problem; ``None`` when all is well."""
        return None if self.check is None else self.check.code


def verdict(
    checks: Iterable[HealthCheck],
    *,
    fixer: Callable[[str], str],
    since: Callable[[HealthCheck], datetime | None],
) -> Verdict:
    """Choose what to say.

    Args:
        checks: All checks of one moment.
        fixer: Gives who can solve the problem with a code, in the words of the catalogue.
        since: Gives since when a check does not pass.
    """
    troubles = [check for check in checks if check.code is not None]
    if not troubles:
        return Verdict(party=Party.NOBODY)
    check = min(troubles, key=_rank)
    party = _PARTIES[fixer(check.code or "")]
    if party is Party.MYCARENET and check.name == _BILLING:
        party = Party.BILLING_SERVICE
    return Verdict(party=party, check=check, since=since(check))


def _rank(check: HealthCheck) -> tuple[bool, int]:
    """Put our own failure first, then causes before what they lead to."""
    if check.name in _ORDINARY:
        place = len(_CAUSES_FIRST) + 1 + _ORDINARY.index(check.name)
    elif check.name in _SOME_DAY:
        place = len(_CAUSES_FIRST) + 1 + len(_ORDINARY)
    elif check.name in _CAUSES_FIRST:
        place = _CAUSES_FIRST.index(check.name)
    else:
        place = len(_CAUSES_FIRST)
    return check.status is not HealthStatus.FAIL, place
