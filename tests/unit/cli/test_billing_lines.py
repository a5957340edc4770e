"""Lines about invoices at billing services, with names only where they were asked for."""

from __future__ import annotations

from typing import Any

from api import billing_examples as examples
from bridge.cli.billinglines import (
    branch_lines,
    detail_lines,
    euros,
    invoice_line,
    service_line,
    who,
    without_names,
)

NAMED: dict[str, Any] = {
    **examples.INVOICE,
    "patient_ref": "patient-1",
    "patient": {
        "patient_ref": "patient-1",
        "niss": "85073003328",
        "last_name": "Pruikenmaker",
        "first_name": "Zoë",
    },
}


def test_sec_165_an_invoice_in_a_line_names_nobody_unless_asked():
    assert "Pruikenmaker Zoë 85073003328" in invoice_line(NAMED)
    bare = invoice_line(without_names(NAMED))
    assert "Pruikenmaker" not in bare
    assert "85073003328" not in bare
    assert "patient-1" in bare
    assert bare.startswith(f"{NAMED['state']['symbol']} {NAMED['number']}")


def test_what_has_no_patient_stays_as_it_is():
    assert without_names(examples.SERVICE) == examples.SERVICE


def test_reminders_and_findings_are_counted_in_the_line():
    told = {**NAMED, "reminders": {"count": 2, "last_on": None}, "findings_count": 1}
    assert " ×2" in invoice_line(told)  # noqa: RUF001  # the sign of a multiple is meant
    assert invoice_line(told).endswith("(!1)")


def test_history_instalments_and_findings_are_lines_of_their_own():
    lines = detail_lines(examples.DETAIL)
    plan = examples.DETAIL["instalments"]
    parts = [] if plan is None else plan["items"]
    expected = 1 + len(examples.DETAIL["history"]) + len(parts) + len(examples.DETAIL["findings"])
    assert len(lines) == expected
    for finding in examples.DETAIL["findings"]:
        assert f"  ! {finding['title']}" in lines


def test_the_tree_goes_from_patient_over_branch_to_invoice():
    patient = {**examples.TREE_PATIENT, "patient": None}
    lines = branch_lines(patient)
    assert lines[0] == who(patient) == patient["patient_ref"]
    branch = patient["branches"][0]
    assert lines[1] == f"  {branch['ref'] or '-'}"
    assert lines[2].startswith(f"    {branch['invoices'][0]['state']['symbol']} ")


def test_a_service_in_trouble_says_so():
    progress = {**examples.SERVICE["synchronisation"], "problem_code": "billing_access_refused"}
    assert "billing_access_refused" in service_line(
        {**examples.SERVICE, "synchronisation": progress}
    )
    assert "  ok  " in service_line(
        {**examples.SERVICE, "synchronisation": {**progress, "problem_code": None}}
    )


def test_amounts_are_written_as_in_belgium():
    assert (euros(12_005), euros(7)) == ("120,05 €", "0,07 €")
