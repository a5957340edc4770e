"""Where an invoice stands, in parts that several answers share."""

from __future__ import annotations

from pydantic import Field

from api.models.common import AnswerModel, Day, Moment
from bridge.domain.billing import (
    SYMBOLS,
    BillingFinding,
    BillingState,
    Instalment,
    InstalmentPlan,
    StateChange,
)
from bridge.i18n import phrase, text


class BillingStateText(AnswerModel):
    """A state with its sign, the same in all languages, and its name."""

    code: str = Field(
        description="`prepared`, `sent`, `open`, `reminded`, `loss`, `paid` or `cancelled`; the "
        "last two are final."
    )
    symbol: str
    text: str = Field(description="Localised.")


class BillingReminders(AnswerModel):
    """How often the patient was reminded."""

    count: int
    last_on: Day | None


class BillingInstalment(AnswerModel):
    """One part of what is paid in parts."""

    number: int
    due_on: Day
    amount_cents: int
    paid_on: Day | None


class BillingInstalmentPlan(AnswerModel):
    """What patient and service agreed on, and how far it is kept."""

    agreed_on: Day | None
    instalments_count: int
    paid_count: int
    total_cents: int
    paid_cents: int
    next: BillingInstalment | None = Field(description="The first part that is not paid.")
    items: list[BillingInstalment]


class BillingStateChange(AnswerModel):
    """One line of the history of an invoice."""

    at: Moment = Field(description="When Carebridge learned it.")
    changed_at: Moment | None = Field(description="When it changed, as the service says.")
    state: BillingStateText
    raw_state: str | None = Field(description="As the service wrote it.")
    reminders_count: int
    paid_cents: int | None
    has_instalments: bool


class BillingInvoiceFinding(AnswerModel):
    """Something the service said that cannot be; it changed nothing."""

    at: Moment
    changed_at: Moment | None
    code: str
    title: str = Field(description="Localised.")
    detail: str = Field(description="Localised.")
    state: str = Field(description="Where the invoice stood, and stayed.")
    raw_state: str | None = Field(description="What the service said.")
    stated: int | None = Field(description="Cents or a count, where that is the matter.")


def state_text(state: BillingState, language: str) -> BillingStateText:
    """Show a state."""
    return BillingStateText(
        code=state.value,
        symbol=SYMBOLS[state],
        text=phrase("billing_states", state.value, language),
    )


def plan_resource(plan: InstalmentPlan) -> BillingInstalmentPlan:
    """Show an instalment plan."""
    return BillingInstalmentPlan(
        agreed_on=plan.agreed_on,
        instalments_count=len(plan.instalments),
        paid_count=plan.paid_count,
        total_cents=plan.total,
        paid_cents=plan.paid,
        next=None if plan.next is None else _instalment(plan.next),
        items=[_instalment(each) for each in plan.instalments],
    )


def _instalment(part: Instalment) -> BillingInstalment:
    return BillingInstalment(
        number=part.number, due_on=part.due_on, amount_cents=part.amount, paid_on=part.paid_on
    )


def change_resource(change: StateChange, language: str) -> BillingStateChange:
    """Show a line of the history."""
    return BillingStateChange(
        at=change.at,
        changed_at=change.changed_at,
        state=state_text(change.state, language),
        raw_state=change.raw_state or None,
        reminders_count=change.reminders,
        paid_cents=change.paid,
        has_instalments=change.has_plan,
    )


def finding_resource(finding: BillingFinding, language: str) -> BillingInvoiceFinding:
    """Show a finding."""
    return BillingInvoiceFinding(
        at=finding.at,
        changed_at=finding.changed_at,
        code=finding.code,
        title=text(finding.code, "title", language),
        detail=text(finding.code, "detail", language),
        state=finding.state.value,
        raw_state=finding.raw_state or None,
        stated=finding.stated,
    )
