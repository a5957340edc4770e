"""The bodies of our contract with a billing service: an upload written, a state read.

Written strictly, read liberally: a member that is missing or of another kind is as if it were not
said, an unknown one is ignored.
Source: ``docs/billing-service.md`` and ``docs/billing-service.openapi.yaml``.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any, Final

from bridge.domain.billing import BillingState, Instalment, InstalmentPlan, StateReport
from bridge.domain.billinginvoices import BilledPatient
from bridge.errors import TheirAnswerInvalid
from bridge.ports.billing import ChangedPage, ReportedInvoice, Upload

MOST_CENTS: Final = 10**11
_MOST_TEXT: Final = 100
_MOST_RAW: Final = 16_000
_MOST_INSTALMENTS: Final = 120
_DAY: Final = re.compile(r"\d{4}-\d{2}-\d{2}")
_CODE: Final = re.compile(r"[a-z0-9][a-z0-9_.-]{0,63}")
_STATES: Final = {state.value: state for state in BillingState if state.value != "prepared"}
_SHOWN: Final = (
    "reference", "service_ref", "state", "changed_at", "amount_cents", "paid_cents", "reminders",
    "loss_on", "paid_on", "cancelled_on", "has_instalments", "instalments",
)  # fmt: skip
"""Members of the contract; others are not kept, so that no patient comes in by the way."""


def encode_upload(upload: Upload) -> bytes:
    """Write the body of an upload."""
    document = {
        "reference": upload.reference,
        "number": upload.references.number,
        "payment_reference": upload.references.payment_reference,
        "treatment_ref": upload.references.treatment_ref,
        "estimate_ref": upload.references.estimate_ref,
        "issued_on": upload.issued_on.isoformat(),
        "due_on": None if upload.due_on is None else upload.due_on.isoformat(),
        "patient": _patient(upload.patient),
        "amounts": {
            "total_cents": upload.amounts.total,
            "copayment_cents": upload.amounts.copayment,
            "supplement_cents": upload.amounts.supplement,
        },
        "document": {
            "media_type": "application/pdf",
            "sha256": hashlib.sha256(upload.pdf).hexdigest(),
            "content_base64": base64.b64encode(upload.pdf).decode("ascii"),
        },
    }
    return json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()


def _patient(patient: BilledPatient) -> dict[str, Any]:
    return {
        "patient_ref": patient.patient_ref,
        "niss": None if patient.niss is None else patient.niss.digits,
        "last_name": patient.last_name,
        "first_name": patient.first_name,
        "street": patient.street or None,
        "postal_code": patient.postal_code or None,
        "city": patient.city or None,
        "country": patient.country,
        "language": patient.language,
    }


def decode_invoice(body: bytes) -> ReportedInvoice:
    """Read what a service says of one invoice.

    Raises:
        TheirAnswerInvalid: it is no object of JSON, or does not say which invoice it is about.
    """
    return reported(parsed_object(body))


def decode_page(body: bytes) -> ChangedPage:
    """Read a page of the list of changes.

    Raises:
        TheirAnswerInvalid: it is no page, or does not say where the next one begins.
    """
    document = parsed_object(body)
    items, cursor = document.get("items"), document.get("next_cursor")
    if not isinstance(items, list) or not isinstance(cursor, str) or not cursor:
        raise TheirAnswerInvalid("no page of changes")
    found, unreadable = [], 0
    for item in items:
        try:
            found.append(reported(item))
        except TheirAnswerInvalid:
            unreadable += 1
    return ChangedPage(
        items=found,
        next_cursor=cursor,
        has_more=document.get("has_more") is True,
        unreadable=unreadable,
    )


def decode_plan(body: bytes) -> InstalmentPlan | None:
    """Read an instalment plan; ``None`` when there is none in it.

    Raises:
        TheirAnswerInvalid: it is no object of JSON.
    """
    return _plan(parsed_object(body))


def parsed_object(body: bytes) -> Mapping[str, Any]:
    """Read an object of JSON.

    Raises:
        TheirAnswerInvalid: it is none.
    """
    try:
        document = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise TheirAnswerInvalid("no JSON") from error
    if not isinstance(document, dict):
        raise TheirAnswerInvalid("no object")
    return document


def refusal_code(body: bytes) -> str | None:
    """Give the service's own code of a refusal, when it is a plain word."""
    try:
        code = parsed_object(body).get("code")
    except TheirAnswerInvalid:
        return None
    return code if isinstance(code, str) and _CODE.fullmatch(code) else None


def reported(item: Any) -> ReportedInvoice:
    """Read the members of one invoice.

    Raises:
        TheirAnswerInvalid: it is no object, or does not say which invoice it is about.
    """
    if not isinstance(item, dict):
        raise TheirAnswerInvalid("no object")
    service_ref = _text(item, "service_ref")
    if not service_ref:
        raise TheirAnswerInvalid("an invoice without the service's reference")
    reminders = item.get("reminders")
    reminded = reminders if isinstance(reminders, dict) else {}
    raw_state = _text(item, "state")
    plan = _plan(item.get("instalments"))
    report = StateReport(
        service_ref=service_ref,
        raw_state=raw_state,
        state=_STATES.get(raw_state),
        reference=_text(item, "reference") or None,
        changed_at=_moment(item.get("changed_at")),
        amount=_count(item, "amount_cents"),
        reminders=_count(reminded, "count") or 0,
        last_reminder_on=_day(reminded.get("last_on")),
        loss_on=_day(item.get("loss_on")),
        paid_on=_day(item.get("paid_on")),
        cancelled_on=_day(item.get("cancelled_on")),
        paid=_count(item, "paid_cents"),
        plan=plan,
    )
    lacks_plan = plan is None and item.get("has_instalments") is True
    return ReportedInvoice(report=report, raw=_raw(item), lacks_plan=lacks_plan)


def _raw(item: Mapping[str, Any]) -> str:
    kept = {name: item[name] for name in _SHOWN if name in item}
    return json.dumps(kept, ensure_ascii=False)[:_MOST_RAW]


def _plan(value: Any) -> InstalmentPlan | None:
    if not isinstance(value, dict):
        return None
    items = value.get("items")
    if not isinstance(items, list) or not 0 < len(items) <= _MOST_INSTALMENTS:
        return None
    parts = [_instalment(each) for each in items]
    known = tuple(sorted((each for each in parts if each), key=lambda each: each.number))
    if not known:
        return None
    return InstalmentPlan(instalments=known, agreed_on=_day(value.get("agreed_on")))


def _instalment(value: Any) -> Instalment | None:
    if not isinstance(value, dict):
        return None
    number, due_on = _count(value, "number"), _day(value.get("due_on"))
    amount = _count(value, "amount_cents")
    if number is None or due_on is None or amount is None:
        return None
    return Instalment(
        number=number, due_on=due_on, amount=amount, paid_on=_day(value.get("paid_on"))
    )


def _text(item: Mapping[str, Any], name: str) -> str:
    value = item.get(name)
    return value if isinstance(value, str) and len(value) <= _MOST_TEXT else ""


def _count(item: Mapping[str, Any], name: str) -> int | None:
    value = item.get(name)
    if not isinstance(value, int) or isinstance(value, bool):
        return None
    return value if 0 <= value < MOST_CENTS else None


def _day(value: Any) -> date | None:
    if not isinstance(value, str) or not _DAY.fullmatch(value):
        return None
    try:
        return date.fromisoformat(value)
    except ValueError:
        return None


def _moment(value: Any) -> datetime | None:
    if not isinstance(value, str):
        return None
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        return None
    try:
        return None if moment.tzinfo is None else moment.astimezone(UTC)
    except OverflowError:
        return None
