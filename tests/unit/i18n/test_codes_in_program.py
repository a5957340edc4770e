"""Each code the program can raise or answer is in the catalogue (CI-06)."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from bridge import errors
from bridge.i18n import PROBLEMS

ROOT = Path(__file__).resolve().parents[3]
CALLED = {
    "BridgeError", "InputError", "Conflict", "Finding", "Refusal", "PydanticCustomError",
    *(name for name, kind in vars(errors).items() if isinstance(kind, type)),
}  # fmt: skip
SANDBOX_WORDS = re.compile(r"[A-Z]{2,}|^\d+$")
# The played platform answers with codes of its own, which are no codes of ours.


def tree_files():
    return [path for folder in ("bridge", "api") for path in sorted((ROOT / folder).rglob("*.py"))]


def classes():
    pending = [errors.BridgeError]
    while pending:
        kind = pending.pop()
        yield kind
        pending.extend(kind.__subclasses__())


def literal_codes(path: Path):
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "code":
            yield from strings(node.value)
        if not isinstance(node, ast.Call):
            continue
        name = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
        if name not in CALLED:
            continue
        for keyword in node.keywords:
            if keyword.arg in {"code", "problem_code"}:
                yield from strings(keyword.value)
        if name == "PydanticCustomError" and node.args:
            yield from strings(node.args[0])


def strings(node: ast.expr):
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
    elif isinstance(node, ast.IfExp):
        yield from strings(node.body)
        yield from strings(node.orelse)


@pytest.mark.parametrize("kind", sorted(set(classes()), key=lambda kind: kind.__name__))
def test_the_code_of_each_error_class_is_in_the_catalogue(kind):
    assert kind.code in PROBLEMS


@pytest.mark.timeout(60)  # reads the whole program
def test_each_code_written_anywhere_in_the_program_is_in_the_catalogue():
    missing = {
        f"{path.relative_to(ROOT)}: {code}"
        for path in tree_files()
        for code in literal_codes(path)
        if not SANDBOX_WORDS.search(code) and code not in PROBLEMS
    }
    assert not missing


def test_the_search_finds_codes_where_they_are_known_to_be():
    found = set(literal_codes(ROOT / "api" / "guard_steps.py"))
    assert "daemon_not_running" in set(literal_codes(ROOT / "bridge" / "cli" / "speech.py"))
    assert {"host_not_allowed", "fetch_metadata_rejected", "unsupported_media_type"} <= found


def test_each_code_of_a_refused_answer_is_in_the_catalogue():
    from bridge.mycarenet.tables.memberdata_errors import VERDICTS  # noqa: PLC0415  # its own test

    assert {verdict.meaning.code for verdict in VERDICTS.values()} <= set(PROBLEMS)


def test_statuses_are_those_of_the_conventions():
    allowed = {
        400, 401, 403, 404, 405, 406, 409, 410, 412, 413, 415, 421, 422, 428, 429, 431,
        500, 502, 503, 504,
    }  # fmt: skip
    assert {entry.status for entry in PROBLEMS.values()} <= allowed


@pytest.mark.parametrize(
    ("code", "status"),
    [
        ("request_target_invalid", 400), ("request_framing_invalid", 400),
        ("host_header_invalid", 400), ("json_invalid", 400), ("idempotency_key_missing", 400),
        ("idempotency_key_invalid", 400), ("authentication_required", 401),
        ("token_invalid", 401), ("token_expired", 401), ("origin_not_allowed", 403),
        ("fetch_metadata_rejected", 403), ("peer_user_mismatch", 403), ("peer_unverified", 403),
        ("token_origin_mismatch", 403), ("insufficient_scope", 403), ("not_found", 404),
        ("method_not_allowed", 405), ("pin_entry_in_progress", 409), ("actor_mismatch", 409),
        ("card_pin_blocked", 409), ("ehealth_session_required", 409),
        ("idempotency_key_in_progress", 409), ("content_too_large", 413),
        ("unsupported_media_type", 415), ("host_not_allowed", 421), ("validation_failed", 422),
        ("secret_in_request", 422), ("idempotency_key_reused", 422), ("rate_limited", 429),
        ("headers_too_large", 431), ("internal_error", 500), ("key_store_unavailable", 503),
        ("reader_missing", 409), ("card_missing", 409), ("pin_wrong", 409),
        ("middleware_missing", 503), ("certificate_missing", 409), ("clock_skew", 409),
        ("remote_unavailable", 503), ("remote_timeout", 504), ("remote_invalid_answer", 502),
        ("remote_refused", 422), ("tls_intercepted", 502), ("cursor_invalid", 400),
        ("cursor_mismatch", 400), ("cursor_expired", 410), ("parameter_unknown", 400),
        ("not_acceptable", 406), ("storage_full", 503), ("daemon_too_old", 409),
    ],
)  # fmt: skip
def test_statuses_of_the_published_lists(code, status):
    """*Local API security* 20 and *REST API conventions* 9.3."""
    assert PROBLEMS[code].status == status
