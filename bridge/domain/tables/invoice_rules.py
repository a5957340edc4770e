"""What is looked at before an invoice leaves: each rule with its name, zone, source and dates.

A rule's name is the code of its finding, unless another code says the same better.
What each rule looks for is written beside ``bridge.domain.invoicerules``, under the same name.
Dates are those of the act; of the day of sending for rules about a whole invoice.
Order and neighbours of records, sums and check digits are looked at by the codec.
Source: *eFact for nursing* 2.4, 4 and 5, its tables, and the official error list.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import Enum
from typing import Final

from bridge.domain.tables.sending_rules import Dated, RuleValue


class RuleScope(Enum):
    """What a rule is about."""

    CLAIM = "claim"
    LINE = "line"
    BLOCK = "block"
    """A day of a lump sum, as it is written."""
    DAY = "day"
    """All acts of one patient on one day."""
    BATCH = "batch"
    """Several claims together."""


@dataclass(frozen=True, kw_only=True)
class InvoiceRule(Dated):
    """One rule.

    Attributes:
        scope: What it is about.
        record: Type of the record the finding is about.
        zone: Zone of that record.
        official: Error codes an insurer would answer with.
        is_warning: Whether it may be sent all the same.
        is_fixed: The file has no room for anything else, so no setting changes the rule.
        reads: Settings (members of ``InvoiceSettings``) it depends on.
        finding: Code of its finding; empty when that is its name.
    """

    scope: RuleScope
    record: str
    zone: str
    official: tuple[str, ...] = ()
    is_warning: bool = False
    is_fixed: bool = False
    reads: tuple[str, ...] = ()
    finding: str = ""

    @property
    def code(self) -> str:
        """Code of its finding."""
        return self.finding or self.name


INVOICE_VALUES: Final = (
    RuleValue(name="limitation_years", value=2, source="eFact for nursing 5.7 (domain knowledge)"),
    RuleValue(name="months_after", value=1, source="eFact for nursing 5.2 table, zone 5 (500547)"),
    RuleValue(name="supplement_least_visits", value=2, source="eFact for nursing 5.3 (inferred)"),
    RuleValue(
        name="most_manual_percent",
        value=10,
        source="eFact for nursing 5.5 (ten percent)",
        valid_from=date(2017, 10, 1),
    ),
)
"""Numbers that rules depend on; a law that changes one ends its line and adds another."""

_ZONES: Final = "eFact for nursing 5, tables of records"
_LIST: Final = "official error list"

_CLAIM: Final = (
    InvoiceRule(
        name="claim_empty", scope=RuleScope.CLAIM, record="20", zone="1",
        source="eFact for nursing 2.1", official=("200111",), is_fixed=True,
    ),
    InvoiceRule(
        name="patient_reference_incomplete", scope=RuleScope.CLAIM, record="20", zone="8a,8b",
        source=_ZONES, official=("200801",), is_fixed=True,
    ),
    InvoiceRule(
        name="patient_without_niss", scope=RuleScope.CLAIM, record="20", zone="32",
        source=_ZONES, official=("203210",), is_warning=True,
    ),
    InvoiceRule(
        name="mutuality_is_union", scope=RuleScope.CLAIM, record="20", zone="7",
        source="eFact for nursing 2.4", official=("200703",),
    ),
    InvoiceRule(
        name="mutuality_of_other_insurer", scope=RuleScope.CLAIM, record="20", zone="18",
        source="eFact for nursing 2.4", official=("200710", "200711"), is_fixed=True,
    ),
    InvoiceRule(
        name="sex_unlike_niss", scope=RuleScope.CLAIM, record="20", zone="9",
        source="Identifiers 1 (domain knowledge)", official=("200921",), is_warning=True,
    ),
    InvoiceRule(
        name="insured_codes_invalid", scope=RuleScope.CLAIM, record="20", zone="27",
        source=_ZONES, official=("202701", "202704"), is_fixed=True,
    ),
    InvoiceRule(
        name="previous_invoice_missing", scope=RuleScope.CLAIM, record="20", zone="29,30,31",
        source="eFact for nursing 4", is_fixed=True,
        finding="previous_invoice_wrong",
    ),
    InvoiceRule(
        name="previous_invoice_invalid", scope=RuleScope.CLAIM, record="20", zone="29,30,31",
        source="eFact for nursing 4", is_fixed=True,
        finding="previous_invoice_wrong",
    ),
    InvoiceRule(
        name="previous_invoice_not_expected", scope=RuleScope.CLAIM, record="20",
        zone="29,30,31", source="eFact for nursing 4",
        finding="previous_invoice_wrong",
    ),
    InvoiceRule(
        name="claim_reference_invalid", scope=RuleScope.CLAIM, record="20", zone="28",
        source="eFact for nursing 2", is_fixed=True, finding="reference_invalid",
    ),
    InvoiceRule(
        name="claim_total_too_large", scope=RuleScope.CLAIM, record="80", zone="19",
        source="eFact for nursing 2", official=("801910",), is_fixed=True,
        finding="amount_too_large",
    ),
)  # fmt: skip

_ACT: Final = (
    InvoiceRule(
        name="act_code_invalid", scope=RuleScope.LINE, record="50", zone="4",
        source="Identifiers 6", official=("500402",),
    ),
    InvoiceRule(
        name="act_code_unknown", scope=RuleScope.LINE, record="50", zone="4",
        source="eFact for nursing 5.2 (the list is not complete)", official=("500420",),
        is_warning=True,
    ),
    InvoiceRule(
        name="act_code_not_in_force", scope=RuleScope.LINE, record="50", zone="4",
        source="eFact for nursing 5.2",
    ),
    InvoiceRule(
        name="act_in_future", scope=RuleScope.LINE, record="50", zone="5",
        source=_ZONES, official=("500555",), is_fixed=True,
    ),
    InvoiceRule(
        name="act_after_month", scope=RuleScope.LINE, record="50", zone="5",
        source=_ZONES, official=("500547",), reads=("months_after",),
    ),
    InvoiceRule(
        name="act_too_old", scope=RuleScope.LINE, record="50", zone="5",
        source="eFact for nursing 5.7 (domain knowledge)", reads=("limitation_years",),
    ),
    InvoiceRule(
        name="provider_not_person", scope=RuleScope.LINE, record="50", zone="15",
        source="eFact for nursing 5.6; Identifiers 2", official=("501530",),
        reads=("provider_prefixes",), finding="nurse_number_expected",
    ),
    InvoiceRule(
        name="provider_norm_wrong", scope=RuleScope.LINE, record="50", zone="16",
        source="eFact for nursing 5.1 and 5.3",
    ),
    InvoiceRule(
        name="assistant_missing", scope=RuleScope.LINE, record="50", zone="49",
        source="eFact for nursing 5.3", official=("504911",), is_fixed=True,
    ),
    InvoiceRule(
        name="assistant_not_expected", scope=RuleScope.LINE, record="50", zone="49",
        source="eFact for nursing 5.3", official=("504912", "504942"),
        reads=("allows_second_nurse",),
    ),
    InvoiceRule(
        name="second_nurse_not_provider", scope=RuleScope.LINE, record="50", zone="49",
        source="eFact for nursing 5.3", official=("504918",), reads=("provider_prefixes",),
        finding="assistant_not_expected",
    ),
    InvoiceRule(
        name="act_reference_invalid", scope=RuleScope.LINE, record="50", zone="28",
        source="eFact for nursing 3.1", is_fixed=True, finding="reference_invalid",
    ),
    InvoiceRule(
        name="weekend_code_expected", scope=RuleScope.LINE, record="50", zone="4",
        source="eFact for nursing 5.2; law of 4 January 1974", reads=("weekend_days",),
        finding="act_code_of_other_day",
    ),
    InvoiceRule(
        name="week_code_expected", scope=RuleScope.LINE, record="50", zone="4",
        source="eFact for nursing 5.2; law of 4 January 1974", reads=("weekend_days",),
        finding="act_code_of_other_day",
    ),
    InvoiceRule(
        name="code_unlike_place", scope=RuleScope.LINE, record="50", zone="4",
        source="eFact for nursing 5.2",
    ),
    InvoiceRule(
        name="institution_missing", scope=RuleScope.LINE, record="50", zone="14",
        source="eFact for nursing 5.2 (table)", is_warning=True,
        finding="institution_wrong",
    ),
    InvoiceRule(
        name="institution_not_expected", scope=RuleScope.LINE, record="50", zone="14",
        source="eFact for nursing 5.2 (table)",
        finding="institution_wrong",
    ),
    InvoiceRule(
        name="lump_sum_in_rest_home", scope=RuleScope.LINE, record="50", zone="4",
        source="eFact for nursing 5.3", official=("500424",),
    ),
    InvoiceRule(
        name="norm_unlike_code", scope=RuleScope.LINE, record="50", zone="3",
        source="eFact for nursing 5.3",
    ),
    InvoiceRule(
        name="lump_sum_share_not_expected", scope=RuleScope.LINE, record="50", zone="50a",
        source="eFact for nursing 5.3 (list of 2024)", official=("505003", "505012"),
        reads=("lump_sum_shares_from",),
    ),
)  # fmt: skip

_PRESCRIPTION: Final = (
    InvoiceRule(
        name="prescription_missing", scope=RuleScope.LINE, record="50", zone="24,25",
        source="eFact for nursing 5.1", official=("502405",), reads=("prescribed_kinds",),
    ),
    InvoiceRule(
        name="prescription_date_missing", scope=RuleScope.LINE, record="50", zone="20,21",
        source="eFact for nursing 5.1", official=("502011",), is_fixed=True,
        finding="prescription_incomplete",
    ),
    InvoiceRule(
        name="prescriber_missing", scope=RuleScope.LINE, record="50", zone="24,25",
        source="eFact for nursing 5.1", official=("502012",), is_fixed=True,
        finding="prescription_incomplete",
    ),
    InvoiceRule(
        name="prescription_after_act", scope=RuleScope.LINE, record="50", zone="20,21",
        source="eFact for nursing 5.1", official=("502014",),
    ),
    InvoiceRule(
        name="prescription_too_old", scope=RuleScope.LINE, record="50", zone="20,21",
        source="eFact for nursing 5.2 (table); the number of days is not public",
        official=("502015",), reads=("longest_prescription_days",),
    ),
    InvoiceRule(
        name="prescription_not_expected", scope=RuleScope.LINE, record="50", zone="20,21",
        source="eFact for nursing 5.1", official=("502021",), is_warning=True,
        reads=("unprescribed_kinds",),
    ),
    InvoiceRule(
        name="prescriber_norm_wrong", scope=RuleScope.LINE, record="50", zone="26",
        source=_ZONES, official=("502640", "502641"),
    ),
    InvoiceRule(
        name="act_prescriber_unusual", scope=RuleScope.LINE, record="50", zone="24,25",
        source="Identifiers 2 (domain knowledge)", official=("502420",), is_warning=True,
        reads=("prescriber_prefixes",), finding="prescriber_unusual",
    ),
)  # fmt: skip

_MONEY: Final = (
    InvoiceRule(
        name="credit_not_negative", scope=RuleScope.LINE, record="50", zone="19",
        source="eFact for nursing 4", official=("201140",), is_fixed=True,
        finding="amount_sign_wrong",
    ),
    InvoiceRule(
        name="amount_negative", scope=RuleScope.LINE, record="50", zone="19",
        source="eFact for nursing 4", is_fixed=True,
        finding="amount_sign_wrong",
    ),
    InvoiceRule(
        name="units_invalid", scope=RuleScope.LINE, record="50", zone="22",
        source=_ZONES, official=("502212",), is_fixed=True,
    ),
    InvoiceRule(
        name="statistical_with_amount", scope=RuleScope.LINE, record="50", zone="19",
        source="eFact for nursing 5.3", official=("500344",), is_fixed=True,
    ),
    InvoiceRule(
        name="amount_missing", scope=RuleScope.LINE, record="50", zone="19",
        source="eFact for nursing 5.2 (table, convention)", is_warning=True,
    ),
    InvoiceRule(
        name="amount_too_large", scope=RuleScope.LINE, record="50", zone="19",
        source="eFact for nursing 2", official=("501901",), is_fixed=True,
    ),
    InvoiceRule(
        name="copayment_too_large", scope=RuleScope.LINE, record="50", zone="27",
        source="eFact for nursing 2", official=("502701",), is_fixed=True,
        finding="amount_too_large",
    ),
    InvoiceRule(
        name="supplement_too_large", scope=RuleScope.LINE, record="50", zone="30,31",
        source="eFact for nursing 2", official=("503001",), is_fixed=True,
        finding="amount_too_large",
    ),
    InvoiceRule(
        name="base_value_too_large", scope=RuleScope.LINE, record="50", zone="47",
        source="eFact for nursing 2", official=("504705",), is_fixed=True,
        finding="amount_too_large",
    ),
    InvoiceRule(
        name="amount_unlike_tariff", scope=RuleScope.LINE, record="50", zone="19",
        source="eFact for nursing 5.2 (loaded tariffs)", is_warning=True,
    ),
    InvoiceRule(
        name="copayment_of_other_rate", scope=RuleScope.LINE, record="50", zone="27",
        source="eFact for nursing 5.1; Insurability 4 (CT1)", official=("500522",),
    ),
    InvoiceRule(
        name="copayment_unlike_tariff", scope=RuleScope.LINE, record="50", zone="27",
        source="eFact for nursing 5.1 (loaded tariffs)", is_warning=True,
        finding="amount_unlike_tariff",
    ),
    InvoiceRule(
        name="waiver_with_copayment", scope=RuleScope.LINE, record="50", zone="33",
        source="eFact for nursing 5.1 (inferred)", official=("502744",), is_warning=True,
    ),
)  # fmt: skip

_BLOCK: Final = (
    InvoiceRule(
        name="statistics_without_lump_sum", scope=RuleScope.BLOCK, record="50", zone="3",
        source="eFact for nursing 5.3",
        finding="lump_sum_incomplete",
    ),
    InvoiceRule(
        name="lump_sum_without_statistics", scope=RuleScope.BLOCK, record="50", zone="4",
        source="eFact for nursing 5.3", official=("500417",),
        finding="lump_sum_incomplete",
    ),
    InvoiceRule(
        name="lump_sum_first_basic_act", scope=RuleScope.BLOCK, record="50", zone="4",
        source="eFact for nursing 5.3", official=("500452", "500458"),
        finding="lump_sum_basic_acts_wrong",
    ),
    InvoiceRule(
        name="lump_sum_basic_act_missing", scope=RuleScope.BLOCK, record="50", zone="4",
        source="eFact for nursing 5.3", official=("500458",),
        finding="lump_sum_basic_acts_wrong",
    ),
    InvoiceRule(
        name="lump_sum_basic_acts_wrong", scope=RuleScope.BLOCK, record="50", zone="4",
        source="eFact for nursing 5.3", official=("500418", "500459"),
    ),
    InvoiceRule(
        name="lump_sum_without_toilet", scope=RuleScope.BLOCK, record="50", zone="4",
        source="eFact for nursing 5.3", official=("500458",),
    ),
    InvoiceRule(
        name="lump_sum_act_without_visit", scope=RuleScope.BLOCK, record="50", zone="4",
        source="eFact for nursing 5.3", official=("500459",),
        finding="lump_sum_basic_acts_wrong",
    ),
    InvoiceRule(
        name="lump_sum_days_differ", scope=RuleScope.BLOCK, record="50", zone="5",
        source="eFact for nursing 5.3", official=("500517", "500617"), is_fixed=True,
        finding="lump_sum_records_differ",
    ),
    InvoiceRule(
        name="lump_sum_places_differ", scope=RuleScope.BLOCK, record="50", zone="14",
        source="eFact for nursing 5.3", official=("501417",),
        finding="lump_sum_records_differ",
    ),
    InvoiceRule(
        name="lump_sum_provider_wrong", scope=RuleScope.BLOCK, record="50", zone="15",
        source="eFact for nursing 5.3", official=("501512",),
    ),
    InvoiceRule(
        name="lump_sum_norm_several", scope=RuleScope.BLOCK, record="50", zone="16",
        source="eFact for nursing 5.3", official=("501614",),
        finding="lump_sum_norm_wrong",
    ),
    InvoiceRule(
        name="lump_sum_norm_alone", scope=RuleScope.BLOCK, record="50", zone="16",
        source="eFact for nursing 5.3", official=("501615",), reads=("counts_assistants",),
        finding="lump_sum_norm_wrong",
    ),
    InvoiceRule(
        name="lump_sum_norms_differ", scope=RuleScope.BLOCK, record="50", zone="16",
        source="eFact for nursing 5.3", official=("501616", "501617"),
        finding="lump_sum_norm_wrong",
    ),
    InvoiceRule(
        name="lump_sum_assistants_differ", scope=RuleScope.BLOCK, record="50", zone="49",
        source="eFact for nursing 5.3 (list of 2024)", official=("504943",),
        finding="lump_sum_assistants_wrong",
    ),
    InvoiceRule(
        name="lump_sum_assistant_same", scope=RuleScope.BLOCK, record="50", zone="49",
        source="eFact for nursing 5.3 (list of 2024)", official=("504944",),
        finding="lump_sum_assistants_wrong",
    ),
    InvoiceRule(
        name="palliative_assistant", scope=RuleScope.BLOCK, record="50", zone="49",
        source="eFact for nursing 5.3 (which acts is not public)", official=("5049A0",),
        is_warning=True,
    ),
    InvoiceRule(
        name="lump_sum_share_missing", scope=RuleScope.BLOCK, record="50", zone="50a",
        source="eFact for nursing 5.3 (list of 2024)", official=("505010",),
        reads=("lump_sum_shares_from",),
        finding="lump_sum_shares_wrong",
    ),
    InvoiceRule(
        name="lump_sum_shares_wrong", scope=RuleScope.BLOCK, record="50", zone="50a",
        source="eFact for nursing 5.3 (list of 2024)", official=("505011",),
        reads=("lump_sum_shares_from",),
    ),
)  # fmt: skip

_DAY: Final = (
    InvoiceRule(
        name="lump_sum_twice", scope=RuleScope.DAY, record="50", zone="4",
        source="eFact for nursing 5.3", official=("500423",),
    ),
    InvoiceRule(
        name="act_in_lump_sum", scope=RuleScope.DAY, record="50", zone="4",
        source="eFact for nursing 5.2 and 5.3", official=("500459",),
    ),
    InvoiceRule(
        name="act_with_palliative_lump_sum", scope=RuleScope.DAY, record="50", zone="4",
        source="eFact for nursing 5.3; Nursing messages 5.4", official=("5004G3",),
        reads=("palliative_compatible_kinds",),
    ),
    InvoiceRule(
        name="supplement_without_visits", scope=RuleScope.DAY, record="50", zone="4",
        source="eFact for nursing 5.3", official=("500453",),
        reads=("supplement_least_visits",),
    ),
    InvoiceRule(
        name="act_twice", scope=RuleScope.DAY, record="50", zone="23",
        source="eFact for nursing 5.7", official=("500423",),
    ),
    InvoiceRule(
        name="act_already_invoiced", scope=RuleScope.DAY, record="50", zone="4",
        source="eFact for nursing 5.7", official=("500423",),
    ),
)  # fmt: skip

_RIGHT: Final = (
    InvoiceRule(
        name="insurability_unchecked", scope=RuleScope.LINE, record="50", zone="5",
        source="issue: practice setting insurability_required",
        official=("200840", "500540"), reads=("insurability_required",),
    ),
    InvoiceRule(
        name="patient_not_insured", scope=RuleScope.LINE, record="50", zone="5",
        source="eFact for nursing 5.7", official=("200840", "500540"),
    ),
    InvoiceRule(
        name="mutuality_unlike_insurability", scope=RuleScope.LINE, record="20", zone="7",
        source="eFact for nursing 2.4", official=("200710", "200820"),
    ),
    InvoiceRule(
        name="insured_codes_unlike_insurability", scope=RuleScope.LINE, record="20", zone="27",
        source=_ZONES, official=("500522", "500524"), is_warning=True,
    ),
    InvoiceRule(
        name="act_without_agreement", scope=RuleScope.LINE, record="50", zone="4",
        source="eFact for nursing 5.4", official=("500446", "500449", "5004K2", "5004K3"),
        reads=("agreement_kinds",),
    ),
    InvoiceRule(
        name="act_outside_agreement", scope=RuleScope.LINE, record="50", zone="5",
        source="Nursing messages 10", official=("500548", "500648"), reads=("agreement_kinds",),
    ),
    InvoiceRule(
        name="act_stronger_than_agreement", scope=RuleScope.LINE, record="50", zone="4",
        source="eFact for nursing 5.4", official=("500448",), reads=("agreement_kinds",),
    ),
    InvoiceRule(
        name="act_agreement_unknown", scope=RuleScope.LINE, record="50", zone="4",
        source="eFact for nursing 5.4 (convention)", is_warning=True,
        finding="agreement_unknown",
    ),
)  # fmt: skip

_READING: Final = (
    InvoiceRule(
        name="identity_reading_missing", scope=RuleScope.DAY, record="52", zone="1",
        source="eFact for nursing 5.5", official=("500112",),
        valid_from=date(2017, 10, 1), reads=("reading_scope",),
    ),
    InvoiceRule(
        name="reading_within_lump_sum", scope=RuleScope.LINE, record="52", zone="1",
        source="eFact for nursing 5.3 (inferred)", official=("500417",),
    ),
    InvoiceRule(
        name="reading_kind_wrong", scope=RuleScope.LINE, record="52", zone="9",
        source="eFact for nursing 5.5", official=("520910",),
    ),
    InvoiceRule(
        name="reading_reason_missing", scope=RuleScope.LINE, record="52", zone="3",
        source="eFact for nursing 5.5", official=("520304",),
        finding="reading_reason_wrong",
    ),
    InvoiceRule(
        name="reading_reason_not_expected", scope=RuleScope.LINE, record="52", zone="3",
        source="eFact for nursing 5.5", official=("520310",),
        finding="reading_reason_wrong",
    ),
    InvoiceRule(
        name="reading_moment_missing", scope=RuleScope.LINE, record="52", zone="6a,6b",
        source="eFact for nursing 5.5", official=("520604", "521204"),
        finding="reading_moment_wrong",
    ),
    InvoiceRule(
        name="reading_moment_not_expected", scope=RuleScope.LINE, record="52", zone="6a,6b",
        source="eFact for nursing 5.5",
        finding="reading_moment_wrong",
    ),
    InvoiceRule(
        name="reading_on_other_day", scope=RuleScope.LINE, record="52", zone="6a,6b",
        source="eFact for nursing 5.5 (convention)", is_warning=True,
    ),
    InvoiceRule(
        name="reading_in_future", scope=RuleScope.LINE, record="52", zone="6a,6b",
        source="eFact for nursing 5.7 (convention)",
        finding="reading_moment_wrong",
    ),
    InvoiceRule(
        name="sticker_reason_wrong", scope=RuleScope.LINE, record="52", zone="11",
        source="eFact for nursing 5.5", official=("521104", "521110"),
    ),
    InvoiceRule(
        name="sticker_without_contact", scope=RuleScope.LINE, record="52", zone="11",
        source="eFact for nursing 5.5 (which acts is not public)", official=("521105",),
        is_warning=True,
    ),
    InvoiceRule(
        name="reading_serial_wrong", scope=RuleScope.LINE, record="52", zone="16",
        source="eFact for nursing 5.5", official=("521604", "521610", "521611", "521612"),
    ),
)  # fmt: skip

_BATCH: Final = (
    InvoiceRule(
        name="reference_twice", scope=RuleScope.BATCH, record="50", zone="28",
        source="eFact for nursing 3.1 (convention)", is_fixed=True,
    ),
    InvoiceRule(
        name="act_in_two_claims", scope=RuleScope.BATCH, record="50", zone="4",
        source="eFact for nursing 5.7", official=("500423",), finding="act_twice",
    ),
    InvoiceRule(
        name="batch_total_too_large", scope=RuleScope.BATCH, record="90", zone="19",
        source="eFact for nursing 2", is_fixed=True, finding="amount_too_large",
    ),
    InvoiceRule(
        name="second_file_of_day", scope=RuleScope.BATCH, record="10", zone="7",
        source="eFact for nursing 5.6", official=("100724",),
    ),
    InvoiceRule(
        name="manual_readings_many", scope=RuleScope.BATCH, record="52", zone="9",
        source="eFact for nursing 5.5", is_warning=True, reads=("most_manual_percent",),
    ),
)  # fmt: skip

INVOICE_RULES: Final = (
    *_CLAIM, *_ACT, *_PRESCRIPTION, *_MONEY, *_BLOCK, *_DAY, *_RIGHT, *_READING, *_BATCH,
)  # fmt: skip
"""All rules, in the order of their findings."""
