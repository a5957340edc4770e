"""What is looked at before a declaration leaves: each rule with its name, source and dates.

A rule's name is the code of its finding, unless another code says the same better.
What each rule looks for is written beside ``bridge.domain.carerules``, under the same name.
Dates are those of the first day of care, or of today where a declaration states none.
Source: *Nursing messages* 3 to 7; decision D24.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Final

from bridge.domain.declarations import DeclarationKind

ALL_KINDS: Final = frozenset(DeclarationKind)
KATZ: Final = frozenset({DeclarationKind.KATZ})
PALLIATIVE: Final = frozenset({DeclarationKind.PALLIATIVE})
TECHNICAL: Final = frozenset({DeclarationKind.TECHNICAL_ACT})


@dataclass(frozen=True, kw_only=True)
class Dated:
    """A line of a table that holds from one day to another.

    Attributes:
        name: Stable name.
        source: Document and section.
        valid_from: First day it holds; ``None`` for as long as anybody remembers.
        valid_to: Last day it holds; ``None`` while it does.
    """

    name: str
    source: str
    valid_from: date | None = None
    valid_to: date | None = None

    def holds_on(self, day: date) -> bool:
        """Tell whether the line is in force on a day."""
        has_begun = self.valid_from is None or self.valid_from <= day
        return has_begun and (self.valid_to is None or day <= self.valid_to)


@dataclass(frozen=True, kw_only=True)
class SendingRule(Dated):
    """One rule.

    Attributes:
        kinds: Declarations it is about.
        is_warning: Whether it may be sent all the same.
        is_fixed: The message has no room for anything else, so no setting changes the rule.
        reads: Settings (members of ``CareSettings``) it depends on.
        finding: Code of its finding; empty when that is its name.
    """

    kinds: frozenset[DeclarationKind]
    is_warning: bool = False
    is_fixed: bool = False
    reads: tuple[str, ...] = ()
    finding: str = ""

    @property
    def code(self) -> str:
        """Code of its finding."""
        return self.finding or self.name


@dataclass(frozen=True, kw_only=True)
class RuleValue(Dated):
    """A number that rules depend on; a setting of the same name replaces it."""

    value: int


VALUES: Final = (
    RuleValue(
        name="latest_sending_days",
        value=10,
        source="Nursing messages 5.5 (royal decree of 25 April 2013)",
    ),
    RuleValue(name="renewal_window_days", value=30, source="Nursing messages 5.5; D24"),
    RuleValue(name="no_answer_days", value=30, source="Nursing messages 8 (convention)"),
    RuleValue(name="longest_months_toilet", value=3, source="Nursing messages 5.5"),
    RuleValue(name="longest_months_a", value=3, source="Nursing messages 5.5"),
    RuleValue(name="longest_months_b", value=3, source="Nursing messages 5.5"),
    RuleValue(name="longest_months_c", value=3, source="Nursing messages 5.5"),
)
"""Days and months; a law that changes one ends its line and adds another."""

LONGEST: Final = tuple(each.name for each in VALUES if each.name.startswith("longest_"))

_FOR_ALL: Final = (
    SendingRule(
        name="patient_reference_incomplete",
        source="Nursing messages 3",
        kinds=ALL_KINDS,
        is_fixed=True,
    ),
    SendingRule(
        name="mutuality_invalid", source="Nursing messages 3", kinds=ALL_KINDS, is_fixed=True
    ),
    SendingRule(
        name="nurse_reference_invalid", source="Nursing messages 3", kinds=ALL_KINDS, is_fixed=True
    ),
    SendingRule(
        name="requester_not_nurse",
        source="Identifiers 2; Nursing messages 5.6",
        kinds=ALL_KINDS,
        reads=("requester_prefixes",),
    ),
    SendingRule(name="care_start_missing", source="Nursing messages 5.5 and 7", kinds=ALL_KINDS),
    SendingRule(
        name="period_reversed", source="Nursing messages 5.6", kinds=KATZ | TECHNICAL, is_fixed=True
    ),
    SendingRule(
        name="sent_late",
        source="Nursing messages 5.5, 6 and 7 (royal decree of 25 April 2013)",
        kinds=ALL_KINDS,
        is_warning=True,
        reads=("latest_sending_days",),
    ),
    SendingRule(
        name="prescriber_unusual",
        source="Identifiers 2 (domain knowledge)",
        kinds=KATZ | TECHNICAL,
        is_warning=True,
        reads=("prescriber_prefixes",),
    ),
)

_KATZ_CONTENT: Final = (
    SendingRule(name="scores_missing", source="Nursing messages 4.1", kinds=KATZ),
    SendingRule(name="care_kind_missing", source="Nursing messages 4.1", kinds=KATZ),
    SendingRule(
        name="care_kind_too_strong",
        source="Nursing messages 5.2, 5.3 and 5.6",
        kinds=KATZ,
        reads=("has_wider_c",),
    ),
    SendingRule(
        name="care_kind_weaker",
        source="Nursing messages 5.6",
        kinds=KATZ,
        is_warning=True,
        reads=("has_wider_c",),
    ),
    SendingRule(
        name="toilets_more_than_allowed",
        source="Nursing messages 5.3 (domain knowledge)",
        kinds=KATZ,
        is_warning=True,
    ),
    SendingRule(
        name="toilets_fewer_than_allowed",
        source="Nursing messages 5.3 (domain knowledge)",
        kinds=KATZ,
        is_warning=True,
    ),
    SendingRule(
        name="toilets_incomplete", source="Nursing messages 4.1", kinds=KATZ, is_fixed=True
    ),
    SendingRule(
        name="toilets_unusual",
        source="Nursing messages 5.3 (inferred)",
        kinds=KATZ,
        is_warning=True,
    ),
    SendingRule(
        name="visits_too_few", source="Nursing messages 5.2 (VBZV)", kinds=KATZ, is_warning=True
    ),
    SendingRule(
        name="frequency_out_of_range",
        source="Nursing messages 4.1",
        kinds=KATZ,
        is_fixed=True,
        finding="out_of_range",
    ),
    SendingRule(
        name="care_place_invalid", source="Nursing messages 4.1", kinds=KATZ, is_fixed=True
    ),
    SendingRule(
        name="dementia_without_doctor",
        source="Nursing messages 5.6",
        kinds=KATZ,
        is_warning=True,
    ),
    SendingRule(
        name="dementia_doctor_number",
        source="Identifiers 2 (domain knowledge)",
        kinds=KATZ,
        is_warning=True,
        reads=("doctor_prefixes",),
        finding="doctor_number_expected",
    ),
    SendingRule(name="period_too_long", source="Nursing messages 5.5", kinds=KATZ, reads=LONGEST),
)

_KATZ_REQUEST: Final = (
    SendingRule(name="agreement_number_not_expected", source="Nursing messages 4.1", kinds=KATZ),
    SendingRule(name="agreement_number_missing", source="Nursing messages 4.1", kinds=KATZ),
    SendingRule(
        name="agreement_number_invalid", source="Nursing messages 3", kinds=KATZ, is_fixed=True
    ),
    SendingRule(
        name="agreement_unknown",
        source="Nursing messages 4.1 (convention)",
        kinds=KATZ,
        is_warning=True,
    ),
    SendingRule(name="care_end_missing", source="Nursing messages 5.5 (inferred)", kinds=KATZ),
    SendingRule(name="close_before_start", source="Nursing messages 5.5", kinds=KATZ),
    SendingRule(name="change_in_future", source="D24; Nursing messages 5.5", kinds=KATZ),
    SendingRule(name="renewal_without_agreement", source="D24", kinds=KATZ),
    SendingRule(name="renewal_scores_differ", source="D24", kinds=KATZ),
    SendingRule(name="renewal_start_wrong", source="D24", kinds=KATZ, reads=("renewal_start",)),
    SendingRule(
        name="renewal_too_early",
        source="D24; Nursing messages 5.5",
        kinds=KATZ,
        reads=("renewal_window_days",),
    ),
    SendingRule(
        name="agreement_overlap", source="D24; Nursing messages 5.5 (convention)", kinds=KATZ
    ),
    SendingRule(name="declaration_overlap", source="Nursing messages 5.5 (convention)", kinds=KATZ),
    SendingRule(
        name="agreement_of_other_nurse",
        source="Nursing messages 5.6",
        kinds=KATZ,
        is_warning=True,
    ),
)

_PALLIATIVE: Final = (
    SendingRule(
        name="usual_doctor_number",
        source="Nursing messages 6; Identifiers 2",
        kinds=PALLIATIVE,
        reads=("doctor_prefixes",),
        finding="doctor_number_expected",
    ),
    SendingRule(name="care_provider_missing", source="Nursing messages 6", kinds=PALLIATIVE),
    SendingRule(
        name="care_provider_number",
        source="Identifiers 2 (domain knowledge)",
        kinds=PALLIATIVE,
        is_warning=True,
        reads=("requester_prefixes",),
        finding="nurse_number_expected",
    ),
    SendingRule(
        name="palliative_agreement_exists",
        source="Nursing messages 6 (Corilus)",
        kinds=PALLIATIVE,
    ),
    SendingRule(
        name="palliative_waiting",
        source="Nursing messages 6",
        kinds=PALLIATIVE,
        is_warning=True,
    ),
)

_TECHNICAL: Final = (
    SendingRule(
        name="product_invalid", source="Nursing messages 7", kinds=TECHNICAL, is_fixed=True
    ),
)

SENDING_RULES: Final = (*_FOR_ALL, *_KATZ_CONTENT, *_KATZ_REQUEST, *_PALLIATIVE, *_TECHNICAL)
"""All rules, in the order of their findings."""


def value_on(name: str, *, on: date) -> int:
    """Give a number of the table as it is on a day.

    Raises:
        KeyError: no line of that name holds on that day; a test keeps that from happening.
    """
    for each in VALUES:
        if each.name == name and each.holds_on(on):
            return each.value
    raise KeyError(name)
