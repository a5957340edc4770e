"""Shared parts of the OpenAPI document: parameters, headers, servers, tags (API-102, API-103)."""

from __future__ import annotations

from typing import Any, Final

SERVERS: Final[list[dict[str, Any] | Any]] = [
    {
        "url": "http://127.0.0.1:{port}",
        "description": "The program on the nurse's own computer.",
        "variables": {
            "port": {
                "default": "42110",
                "enum": [str(port) for port in range(42110, 42120)],
                "description": "The first free one of ten; ask each for /v1/instance.",
            },
        },
    },
]
TAGS: Final = (
    {"name": "instance", "description": "Life signs, version and health."},
    {"name": "pairings", "description": "Connecting software, by a decision of the user."},
    {"name": "console", "description": "Signing our own page in."},
    {"name": "ehealth_sessions", "description": "Sessions with the eHealth platform."},
    {"name": "actors", "description": "People software acts for, and what they may do."},
    {"name": "practices", "description": "Practices, which everything belongs to."},
    {"name": "registrations", "description": "Who sends, and on whose behalf."},
    {"name": "insurability_batches", "description": "Whether many patients are insured."},
    {"name": "katz_declarations", "description": "Katz: lump sums and toilets."},
    {"name": "palliative_declarations", "description": "Palliative care."},
    {"name": "technical_act_declarations", "description": "Specific technical acts."},
    {"name": "declaration_submissions", "description": "Sending declarations of care."},
    {"name": "care_agreements", "description": "The register of agreements."},
    {"name": "care_updates", "description": "What insurers changed by themselves."},
    {"name": "invoice_batches", "description": "Invoices: one file a month and insurer."},
    {"name": "settlements", "description": "What insurers decided about invoices."},
    {"name": "reports", "description": "Settlements and refusals as files to print."},
    {"name": "billing", "description": "Invoices that a billing service sends and follows."},
    {"name": "exchanges", "description": "The history of everything sent and received."},
    {"name": "views", "description": "How people want to see the history."},
    {"name": "work_lists", "description": "What is still to ask."},
    {"name": "insurability_checks", "description": "Whether a patient is insured."},
    {"name": "operations", "description": "Work that takes time."},
    {"name": "readers", "description": "Card readers and the cards in them."},
    {"name": "patient_cards", "description": "Reading a patient's identity card."},
    {"name": "events", "description": "What happens, as it happens."},
    {"name": "reference_data", "description": "Lists that were imported, with their dates."},
    {"name": "problem_types", "description": "What can go wrong, in four languages."},
    {"name": "support_bundles", "description": "Facts for support, with the user's consent."},
    {"name": "simulator", "description": "Steering the simulator build."},
)
DESCRIPTION: Final = """\
Local companion between a Belgian home nurse's software and the eHealth and MyCareNet platforms.

**Glossary.**
niss: person number (NISS, INSZ), 11 digits.
nihii: care provider number (INAMI, RIZIV), 8 or 11 digits.
insurer: insurance organisation, 3 digits.
mutuality: sickness fund, member of an insurer, 3 digits.
membership_number: number of a patient at the sickness fund.
insurability: whether and how a patient is insured.
preferential_rate: increased reimbursement.
ehealth_session: one holder and one registration profile, at most 12 hours.
declaration: request or notification of care: Katz, palliative, specific technical act.
agreement: right to give care that an insurer granted, with the days it holds.
care_kind: toilets, or lump sum A, B or C per day.
invoice batch: the invoices of one month for one insurer, sent as one file.
claim: the invoice of one patient; its lines are acts.
copayment: what the patient pays of an act.
operation: work that takes time, waits for a person, the card or a remote service.
registration: one way of acting towards the platform.

**Rules for front ends.**
Ignore members and enumeration values you do not know.
Test `features` of `/v1/instance`, not versions.
Send an `Idempotency-Key` with everything that sends, and keep it until the operation is final.
Never ask for a PIN: Carebridge does that itself.
"""
SECURITY_SCHEMES: Final = {
    "token": {
        "type": "http",
        "scheme": "bearer",
        "description": (
            "A token `cbr_…`; the scopes an operation needs are in x-required-scopes. One that is "
            "bound to a key comes as `DPoP`, with a proof in the header `DPoP` (RFC 9449)."
        ),
    },
    "pairing": {
        "type": "apiKey",
        "in": "header",
        "name": "Authorization",
        "description": "`Pairing` and the secret of a request to be connected.",
    },
    "ticket": {
        "type": "apiKey",
        "in": "header",
        "name": "Authorization",
        "description": "`Ticket` and the ticket with which our own page was opened.",
    },
    "event_ticket": {
        "type": "apiKey",
        "in": "query",
        "name": "ticket",
        "description": "A ticket of `POST /v1/event-tickets`, in place of a token.",
    },
}

_KEY: Final = {
    "name": "Idempotency-Key",
    "in": "header",
    "schema": {"type": "string", "pattern": '^"?[A-Za-z0-9_-]{16,64}"?$'},
    "description": "Fresh for each new request, the same for a repetition (API-30 to API-35).",
    "example": "01JD3WDQ5W3T2M8Q9V5N7B6C1X",
}
PARAMETERS: Final[dict[str, Any]] = {
    "AcceptLanguage": {
        "name": "Accept-Language",
        "in": "header",
        "required": False,
        "schema": {"type": "string"},
        "description": "Language of texts: fr, nl, de or en (API-71).",
        "example": "nl",
    },
    "ApiMinimum": {
        "name": "API-Minimum",
        "in": "header",
        "required": False,
        "schema": {"type": "string", "pattern": r"^1\.[0-9]{1,4}$"},
        "description": "Oldest interface the caller can use; else 409 `daemon_too_old` (API-23).",
        "example": "1.1",
    },
    "ClientRequestId": {
        "name": "X-Client-Request-Id",
        "in": "header",
        "required": False,
        "schema": {"type": "string", "maxLength": 64},
        "description": "The caller's own identifier of the request (API-19).",
        "example": "my-request-1",
    },
    "IdempotencyKey": {**_KEY, "required": True},
    "OptionalIdempotencyKey": {**_KEY, "required": False},
    "Fields": {
        "name": "fields",
        "in": "query",
        "required": False,
        "schema": {"type": "string", "maxLength": 400},
        "description": (
            "Only these members of each item, divided by commas. Members that say who a patient "
            "is (`patient`, `patient_niss`, `niss`, `membership_number`) are left out of lists "
            "unless they are named here; `*` stands for all others."
        ),
        "example": "*,patient",
    },
    "IfNoneMatch": {
        "name": "If-None-Match",
        "in": "header",
        "required": False,
        "schema": {"type": "string"},
        "description": "An `ETag` seen before; 304 when nothing changed (API-68).",
        "example": '"00000000000000000000000000000000"',
    },
    "Prefer": {
        "name": "Prefer",
        "in": "header",
        "required": False,
        "schema": {"type": "string"},
        "description": "`wait=<s>` up to 30, `return=minimal` (RFC 7240; API-18, API-41).",
        "example": "wait=10",
    },
}


def _header(description: str) -> dict[str, Any]:
    return {"description": description, "schema": {"type": "string"}}


HEADERS: Final = {
    "API-Version": _header("Version of the interface, major and minor (API-23)."),
    "Content-Language": _header("Language of the texts."),
    "Idempotency-Replayed": _header("`true` when an earlier request had the same key."),
    "Link": _header("The next page, `rel=next`."),
    "Location": _header("Path of what was made, or of the operation to follow."),
    "Preference-Applied": _header("Which preferences were honoured."),
    "Retry-After": _header("Seconds after which to ask again."),
    "X-Request-Id": _header("Our identifier of the request."),
}


def refer(kind: str, name: str) -> dict[str, str]:
    """Point at a shared component."""
    return {"$ref": f"#/components/{kind}/{name}"}
