"""Rows of the endpoint table for one kind of declaration."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, Final

from api import care_examples as examples
from api.care_query import DECLARATION_FILTERS
from api.declaration_kinds import DeclarationRow
from api.endpoints import Answer, Endpoint, Handler, Idempotency
from api.models.operations import OperationResource
from api.models.submissions import DeclarationSubmissionResource
from api.pages import PARAMETERS

SINCE: Final = "1.6"
SCOPES: Final = ("declarations:send",)
_STORED: Final = ("actor_not_allowed", "not_found", "storage_unavailable")
RELEASE_PROBLEMS: Final = (
    *_STORED,
    "not_submittable",
    "already_sent",
    "duplicate_suspected",
    "ehealth_session_required",
    "ehealth_session_expired",
)
RELEASE_ANSWERS: Final = {
    202: Answer(
        description="The operation to follow.",
        model=OperationResource,
        example=examples.OPERATION,
        headers=("Location", "Retry-After", "Idempotency-Replayed"),
    ),
    201: Answer(
        description="Every message was taken over.",
        model=DeclarationSubmissionResource,
        example=examples.SUBMISSION,
        headers=("Location", "Preference-Applied", "Idempotency-Replayed"),
    ),
}


def _endpoint(row: DeclarationRow, method: str, path: str, **members: Any) -> Endpoint:
    idempotency: Idempotency | None = "accepted" if method == "POST" else None
    chosen = {
        "scopes": SCOPES,
        "idempotency": idempotency,
        "tag": f"{row.name}s",
        "since": SINCE,
        **members,
    }
    return Endpoint(method=method, path=row.path + path, **chosen)


def _shown(row: DeclarationRow, description: str) -> Answer:
    return Answer(description=description, model=row.resource, example=row.later_example)


def _made(row: DeclarationRow, description: str) -> Answer:
    return Answer(
        description=description,
        model=row.resource,
        example=row.example,
        headers=("Location", "Preference-Applied"),
    )


def _create(row: DeclarationRow, handler: Handler) -> Endpoint:
    return _endpoint(
        row,
        "POST",
        "",
        operation_id=f"create_{row.name}",
        summary=f"Store a {row.noun}",
        description=(
            "A draft, with what speaks against sending it as `findings`; a warning may be "
            "sent, an error may not (D18). Nothing leaves before its submission."
        ),
        handler=handler,
        request_examples={"ordinary": row.request_example},
        answers={201: _made(row, "The draft.")},
        problems=(*_STORED, "registration_missing"),
    )


def _list(row: DeclarationRow, handler: Handler) -> Endpoint:
    return _endpoint(
        row,
        "GET",
        "",
        operation_id=f"list_{row.name}s",
        summary=f"List {row.name.replace('_', ' ')}s",
        description=(
            "The caller's own, newest first, or all with the scope `history:read-all` (D13). "
            "Everything combines with AND; an unknown parameter is refused."
        ),
        handler=handler,
        query=(*PARAMETERS, *DECLARATION_FILTERS),
        answers={
            200: Answer(
                description="A page of declarations.",
                model=row.listed,
                example=examples.listed(row.later_example, sort="-id"),
                headers=("Link",),
            ),
        },
    )


def _get(row: DeclarationRow, handler: Handler) -> Endpoint:
    return _endpoint(
        row,
        "GET",
        "/{declaration_id}",
        operation_id=f"get_{row.name}",
        summary=f"Show a {row.noun}",
        description="With every decision, what to do next, and what the file takes over.",
        handler=handler,
        answers={200: _shown(row, "The declaration.")},
        problems=("not_found",),
    )


def _change(row: DeclarationRow, handler: Handler) -> Endpoint:
    return _endpoint(
        row,
        "PATCH",
        "/{declaration_id}",
        operation_id=f"update_{row.name}",
        summary=f"Change a {row.noun}",
        description=(
            "JSON Merge Patch on the version named in `If-Match` (API-17); drafts only. "
            "The registration stays."
        ),
        handler=handler,
        request_examples={"one_member": row.change_example},
        answers={
            200: _shown(row, "The draft as it is now."),
            204: Answer(description="Changed; with `Prefer: return=minimal`."),
        },
        problems=(*_STORED, "already_sent", "precondition_required", "precondition_failed"),
    )


def _remove(row: DeclarationRow, handler: Handler) -> Endpoint:
    return _endpoint(
        row,
        "DELETE",
        "/{declaration_id}",
        operation_id=f"delete_{row.name}",
        summary=f"Delete a {row.noun}",
        description="Drafts only; what was released stays in the history.",
        handler=handler,
        answers={204: Answer(description="It is gone.")},
        problems=(*_STORED, "already_sent"),
    )


def _submit(row: DeclarationRow, handler: Handler) -> Endpoint:
    return _endpoint(
        row,
        "POST",
        "/{declaration_id}/submission",
        operation_id=f"create_{row.name}_submission",
        summary=f"Send a {row.noun}",
        description=(
            "A person releases the draft. With an error finding it stays a draft (D18). "
            "An Idempotency-Key is required."
        ),
        handler=handler,
        idempotency="required",
        request_examples={"now": {}, "with_the_next_session": {"hold_until_session": True}},
        answers=RELEASE_ANSWERS,
        problems=RELEASE_PROBLEMS,
    )


def _correct(row: DeclarationRow, handler: Handler) -> Endpoint:
    return _endpoint(
        row,
        "POST",
        "/{declaration_id}/correction",
        operation_id=f"create_{row.name}_correction",
        summary=f"Correct a {row.noun}",
        description=(
            "A new draft of what was refused or in error, with new references; the chain is "
            "kept in `corrects_id` and `corrected_by_id`."
        ),
        handler=handler,
        request_examples={"same_again": {}, "take_over": {"as_reference_provider": True}},
        answers={201: _made(row, "The draft of the correction.")},
        problems=(*_STORED, "state_not_allowed", "wait_do_not_resend", "correction_exists"),
    )


def _mark(row: DeclarationRow, handler: Handler) -> Endpoint:
    return _endpoint(
        row,
        "POST",
        "/marks",
        operation_id=f"mark_{row.name}s",
        summary=f"Mark {row.name.replace('_', ' ')}s",
        description=(
            "Read, processed, archived, or back; all or none. Archiving needs the mark "
            "`processed` first (D20). What did not change is left out of the answer."
        ),
        handler=handler,
        scopes=("history:mark",),
        request_examples={
            "one": {"declaration_ids": [row.example["id"]], "mark": "processed"},
        },
        answers={
            200: Answer(
                description="The declarations that changed, as they are now.",
                model=row.marked,
                example={"items": [row.later_example]},
            ),
        },
        problems=(*_STORED, "not_processed"),
    )


def _close(row: DeclarationRow, handler: Handler) -> Endpoint:
    return _endpoint(
        row,
        "POST",
        "/{declaration_id}/closure",
        operation_id=f"create_{row.name}_closure",
        summary="Close the agreement of a Katz declaration",
        description="A draft of type `close` with the agreement's reference and the last day.",
        handler=handler,
        request_examples={"last_day": {"end_on": "2026-12-31"}},
        answers={201: _made(row, "The draft of the closure.")},
        problems=(*_STORED, "agreement_missing"),
    )


_MAKERS: Final[Mapping[str, Callable[[DeclarationRow, Handler], Endpoint]]] = MappingProxyType(
    {
        "create": _create,
        "list": _list,
        "get": _get,
        "change": _change,
        "remove": _remove,
        "submit": _submit,
        "correct": _correct,
        "close": _close,
        "mark": _mark,
    },
)


def declaration_endpoints(row: DeclarationRow, handlers: Mapping[str, Handler]) -> list[Endpoint]:
    """Give the rows of a kind; an act without a handler does not exist for it."""
    return [make(row, handlers[name]) for name, make in _MAKERS.items() if name in handlers]
