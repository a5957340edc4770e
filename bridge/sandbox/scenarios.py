"""Named ways in which the played platform, its card or its prompt misbehave.

One scenario is in force at a time; it disturbs answers only after the received message was
verified, so no scenario makes the sandbox accept more.
"""

from __future__ import annotations

from typing import Final

from bridge.errors import InputError

NORMAL: Final = "normal"

STS_SCENARIOS: Final[dict[str, str]] = {
    "sts_down": "The token service cannot be reached.",
    "sts_soap_fault": "The token service answers with a SOAP fault, SOA-02001.",
    "sts_garbage": "The token service answers with something that is no XML.",
    "assertion_unsigned": "The assertion carries no signature.",
    "assertion_wrongly_signed": "The assertion's signature was made with another key.",
    "assertion_tampered": "The assertion was changed after it was signed.",
    "assertion_untrusted": "The assertion is signed by an authority nobody trusts.",
    "assertion_expired": "The assertion's window is over when it arrives.",
    "assertion_foreign": "The assertion is bound to the key of somebody else.",
    "assertion_other_person": "The assertion names another person than the nurse.",
    "not_recognised": "The assertion says the holder is not recognised as a nurse.",
    "challenge_always": "A challenge is sent even when one certificate plays both roles.",
    "challenge_direct": "The token is issued at once, without a challenge.",
}
PLATFORM_SCENARIOS: Final[dict[str, str]] = {
    "clock_skew": "The platform's clock is one hour ahead of this computer's.",
}
CARD_SCENARIOS: Final[dict[str, str]] = {
    "card_missing": "There is no card in the reader.",
    "card_removed": "The card is pulled out while it signs.",
    "card_expired": "The card's authentication certificate has expired.",
    "card_without_certificate": "The card is one without keys, such as a child's.",
    "pin_wrong": "The wrong PIN is entered.",
    "pin_last_try": "One try is left, and the user keeps it.",
    "last_try_consented": "One try is left, and the user consents to use it.",
    "pin_blocked": "The card's PIN is blocked.",
    "pin_cancelled": "The user closes the PIN prompt.",
    "pin_timeout": "Nobody answers the PIN prompt.",
}

SCENARIOS: Final[dict[str, str]] = {
    NORMAL: "Everything works.",
    **PLATFORM_SCENARIOS,
    **CARD_SCENARIOS,
    **STS_SCENARIOS,
}
"""Name to description; a service with scenarios of its own adds them here."""


class ScenarioBoard:
    """Knows the scenario in force."""

    def __init__(self, available: dict[str, str] | None = None) -> None:
        """Offer ``available``, by default all of ``SCENARIOS``, and start with ``normal``."""
        self._available = dict(SCENARIOS if available is None else available)
        self._name = NORMAL

    @property
    def name(self) -> str:
        """The scenario in force."""
        return self._name

    @property
    def available(self) -> dict[str, str]:
        """All scenarios with their descriptions."""
        return dict(self._available)

    def choose(self, name: str) -> None:
        """Put a scenario in force.

        Raises:
            InputError: there is none of that name (``scenario_unknown``).
        """
        if name not in self._available:
            raise InputError(code="scenario_unknown")
        self._name = name
