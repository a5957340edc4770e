"""Decisions about access in the audit log."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from bridge.domain.audit import DONE, Action

if TYPE_CHECKING:
    from bridge.errors import ParamValue
    from bridge.service.audit import AuditTrail

_REPEATABLE: Final = frozenset({"pairing.not_taken", "pairing.code_wrong", "signed_list.refused"})
"""What others can cause as often as they like: counted when it repeats."""

_RECORDED_ELSEWHERE: Final = frozenset({"pairing.foreign_origin", "program.new"})
"""What the refusal of its request records already: each decision is one record."""


class AuditedJournal:
    """Port ``SecurityJournal`` in the audit log.

    A web origin is no member of a record: the pairing has it, and before there is a pairing it is
    whatever a stranger wrote.
    """

    def __init__(self, audit: AuditTrail) -> None:
        """Record in ``audit``."""
        self._audit = audit

    def record(self, kind: str, **facts: ParamValue) -> None:
        """Record one decision."""
        if kind in _RECORDED_ELSEWHERE:
            return
        pairing = _text(facts.get("pairing"))
        if kind in _REPEATABLE:
            code = _text(facts.get("code")) or kind.rpartition(".")[2]
            self._audit.refused(code, route=kind, client=pairing)
            return
        result = _text(facts.get("where")) or DONE
        action = Action(kind.replace(".", "_"))
        self._audit.record(action, result=result, client=pairing, object_id=pairing)


def _text(value: ParamValue) -> str | None:
    return None if value is None else str(value)
