"""Lines for people about invoices at billing services."""

from __future__ import annotations

from typing import Any


def without_names(item: dict[str, Any]) -> dict[str, Any]:
    """Give an item of a list without who the patient is, whatever the list said."""
    return {**item, "patient": None} if "patient" in item else item


def invoice_line(item: dict[str, Any]) -> str:
    """Show one invoice in a line: sign, number, state, amounts, patient."""
    state = item["state"]
    words = [
        f"{state['symbol']} {item['number']}",
        f"{state['text']}{_times(item['reminders']['count'])}",
        f"{euros(item['paid_cents'])} / {euros(item['total_cents'])}",
        who(item),
        item["id"],
    ]
    if item["findings_count"]:
        words.append(f"(!{item['findings_count']})")
    return "  ".join(words)


def detail_lines(item: dict[str, Any]) -> list[str]:
    """Show one invoice with its history, its instalments and its findings."""
    lines = [invoice_line(item)]
    lines += [
        f"  {line['changed_at'] or line['at']}  {line['state']['symbol']} {line['state']['text']}"
        f"{_times(line['reminders_count'])}"
        for line in item["history"]
    ]
    plan = item["instalments"]
    if plan is not None:
        lines += [
            f"  {each['number']}. {each['due_on']}  {euros(each['amount_cents'])}"
            f"  {each['paid_on'] or '-'}"
            for each in plan["items"]
        ]
    return [*lines, *(f"  ! {each['title']}" for each in item["findings"])]


def branch_lines(patient: dict[str, Any]) -> list[str]:
    """Show one patient of the tree."""
    lines = [who(patient)]
    for branch in patient["branches"]:
        lines.append(f"  {branch['ref'] or '-'}")
        lines += [
            f"    {each['state']['symbol']} {each['number']}  {each['state']['text']}"
            f"{_times(each['reminders_count'])}  {euros(each['total_cents'])}"
            for each in branch["invoices"]
        ]
    return lines


def service_line(item: dict[str, Any]) -> str:
    """Show one billing service and how far it is kept in step."""
    progress = item["synchronisation"]
    return "  ".join(
        [
            item["name"],
            progress["last_run_at"] or "-",
            progress["problem_code"] or "ok",
            str(item["invoices_count"]),
            item["id"],
        ]
    )


def who(item: dict[str, Any]) -> str:
    """Name the patient, by name where that was asked for."""
    named = item.get("patient")
    if named is None:
        return str(item["patient_ref"])
    return " ".join([named["last_name"], named["first_name"], named["niss"] or ""]).strip()


def euros(cents: int) -> str:
    """Write an amount as it is written in Belgium."""
    return f"{cents // 100},{cents % 100:02d} €"


def _times(count: int) -> str:
    return f" ×{count}" if count else ""  # noqa: RUF001  # the sign of a multiple is meant
