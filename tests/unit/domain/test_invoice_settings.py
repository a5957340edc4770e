"""Settings, numbers and texts of the invoice rules."""

from __future__ import annotations

from datetime import date

import pytest

from bridge.domain.invoicesettings import InvoiceSettings
from bridge.domain.tables.invoice_rules import INVOICE_RULES, INVOICE_VALUES
from bridge.errors import InputError
from bridge.i18n import LANGUAGES, PROBLEMS, text

FIXED = sorted(rule.name for rule in INVOICE_RULES if rule.is_fixed)
SWITCHABLE = sorted(rule.name for rule in INVOICE_RULES if not rule.is_fixed)
NUMBERS = sorted({each.name for each in INVOICE_VALUES} | {"longest_prescription_days"})
DAY = date(2026, 11, 25)


@pytest.mark.parametrize("member", ["silent_rules", "lenient_rules"])
@pytest.mark.parametrize("name", [*FIXED, "act_twise"])
def test_a_rule_that_is_unknown_or_fixed_cannot_be_switched(member: str, name: str) -> None:
    with pytest.raises(InputError) as caught:
        InvoiceSettings(**{member: frozenset({name})})
    assert caught.value.problem_code == "setting_invalid"
    assert caught.value.params == {"setting": f"invoices.{member}"}


@pytest.mark.parametrize("name", SWITCHABLE)
def test_every_other_rule_can_be_switched(name: str) -> None:
    assert InvoiceSettings(silent_rules=frozenset({name}), lenient_rules=frozenset({name}))


@pytest.mark.parametrize("name", NUMBERS)
def test_a_number_below_zero_is_refused(name: str) -> None:
    with pytest.raises(InputError) as caught:
        InvoiceSettings(**{name: -1})
    assert caught.value.params == {"setting": f"invoices.{name}"}
    assert getattr(InvoiceSettings(**{name: 0}), name) == 0


@pytest.mark.parametrize("name", sorted({each.name for each in INVOICE_VALUES}))
def test_a_setting_goes_before_the_table(name: str) -> None:
    (line,) = [each for each in INVOICE_VALUES if each.name == name and each.holds_on(DAY)]
    assert InvoiceSettings().value(name, on=DAY) == line.value
    assert InvoiceSettings(**{name: 77}).value(name, on=DAY) == 77


def test_a_number_that_did_not_hold_yet_is_none() -> None:
    assert InvoiceSettings().value("most_manual_percent", on=date(2017, 9, 30)) is None
    assert InvoiceSettings().value("most_manual_percent", on=date(2017, 10, 1)) == 10


def test_the_settings_a_rule_reads_exist() -> None:
    members = set(InvoiceSettings.__dataclass_fields__)
    assert {name for rule in INVOICE_RULES for name in rule.reads} <= members


@pytest.mark.parametrize("rule", INVOICE_RULES, ids=lambda rule: rule.name)
def test_every_rule_has_a_source_and_texts_in_four_languages(rule) -> None:
    assert rule.source
    assert PROBLEMS[rule.code].family == "finding"
    for member in ("title", "detail"):
        said = [text(rule.code, member, language) for language in LANGUAGES]
        assert len(set(said)) == len(LANGUAGES)
        assert all(0 < len(each) <= 160 for each in said)


@pytest.mark.parametrize(
    "code",
    [
        "settlement_act_unknown",
        "settlement_invoice_unknown",
        "settlement_amount_unexplained",
        "settlement_total_differs",
        "carried_act_paid",
        "visits_out_of_range",
        "visit_without_acts",
    ],
)
def test_other_findings_of_invoices_are_in_the_catalogue(code: str) -> None:
    assert PROBLEMS[code].family == "finding"
