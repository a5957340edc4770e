"""From parts to the services of care requests."""

from __future__ import annotations

from dataclasses import dataclass

from bridge.daemon.parts import Parts
from bridge.domain.operations import OperationKind
from bridge.service.agreements import AgreementService
from bridge.service.assessments import AssessmentService
from bridge.service.careageing import CareAgeing
from bridge.service.careanswers import CareAnswers
from bridge.service.careupdates import CareUpdateService
from bridge.service.declarations import DeclarationService
from bridge.service.engineparts import EngineParts
from bridge.service.events import EventBook
from bridge.service.operations import OperationBook
from bridge.service.outbox import Outbox
from bridge.service.registrations import RegistrationBook
from bridge.service.submissions import SubmissionService


@dataclass(frozen=True, kw_only=True)
class CareEngine:
    """The services of care requests that the edges use."""

    declarations: DeclarationService
    submissions: SubmissionService
    care_updates: CareUpdateService
    agreements: AgreementService
    assessments: AssessmentService


def build_care(
    parts: Parts,
    engine: EngineParts,
    *,
    outbox: Outbox,
    operations: OperationBook,
    registrations: RegistrationBook,
) -> CareEngine:
    """Build the services of care requests."""
    declarations = DeclarationService(engine, registrations=registrations, settings=parts.care)
    return CareEngine(
        declarations=declarations,
        submissions=SubmissionService(
            engine, outbox=outbox, operations=operations, declarations=declarations
        ),
        care_updates=CareUpdateService(engine),
        agreements=AgreementService(engine),
        assessments=AssessmentService(clock=parts.clock, settings=parts.care),
    )


def build_care_ageing(parts: Parts, engine: EngineParts, care: CareEngine) -> CareAgeing:
    """Build what looks for overdue answers once a day."""
    return CareAgeing(engine, declarations=care.declarations, settings=parts.care)


def build_care_answers(parts: Parts, operations: OperationBook, events: EventBook) -> CareAnswers:
    """Build who reads answers about care; a release can be cancelled while nothing has left."""
    answers = CareAnswers(
        store=parts.store,
        clock=parts.clock,
        ids=parts.ids,
        operations=operations,
        meanings=parts.refusal_meanings,
        events=events,
    )
    operations.on_cancel(OperationKind.DECLARATION_SUBMISSION, answers.withdraw)
    return answers
