"""Building the HTTP application of one daemon: routes behind the guard."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Any, Final, Literal

from fastapi import FastAPI
from starlette.types import ASGIApp

from api import failures
from api.access import Gatekeeper
from api.connections import ConnectionBook, WireLimits
from api.console import pages as console
from api.endpoints import Directory, Endpoint
from api.exchange import ExchangeSettings
from api.facts import Refusal
from api.guard import Guard, GuardSettings, Report
from api.guard_steps import is_web_site, is_web_site_or_local
from api.keys import KeyBook
from api.limits import RateLimits, Rates
from api.mounting import mounted
from api.openapi import build_document
from api.peers import PeerGate
from api.routes import (
    actors,
    batches,
    billing_invoices,
    billing_services,
    billing_tree,
    care_agreements,
    care_updates,
    checks,
    declarations,
    events,
    exchanges,
    exports,
    instance,
    invoice_balances,
    invoice_claims,
    invoices,
    katz_assessments,
    operations,
    pairings,
    patient_cards,
    practices,
    problem_types,
    readers,
    reference_data,
    registrations,
    reports,
    responses,
    sessions,
    settlements,
    submissions,
    support_bundles,
    tickets,
    views,
    worklists,
)
from bridge.service.facade import Services
from bridge.service.instance import API_MINOR
from bridge.service.proofs import ProofDesk

PRODUCTION_ENDPOINTS: Final = (
    *instance.ENDPOINTS,
    *pairings.ENDPOINTS,
    *tickets.ENDPOINTS,
    *sessions.ENDPOINTS,
    *actors.ENDPOINTS,
    *practices.ENDPOINTS,
    *registrations.ENDPOINTS,
    *checks.ENDPOINTS,
    *batches.ENDPOINTS,
    *declarations.ENDPOINTS,
    *submissions.ENDPOINTS,
    *katz_assessments.ENDPOINTS,
    *care_agreements.ENDPOINTS,
    *care_updates.ENDPOINTS,
    *invoices.ENDPOINTS,
    *invoice_claims.ENDPOINTS,
    *settlements.ENDPOINTS,
    *reports.ENDPOINTS,
    *invoice_balances.ENDPOINTS,
    *billing_services.ENDPOINTS,
    *billing_invoices.ENDPOINTS,
    *billing_tree.ENDPOINTS,
    # Before the history: its columns have a path of their own beside the exchanges.
    *views.ENDPOINTS,
    *exchanges.ENDPOINTS,
    *exports.ENDPOINTS,
    *responses.ENDPOINTS,
    *worklists.ENDPOINTS,
    *operations.ENDPOINTS,
    *readers.ENDPOINTS,
    *patient_cards.ENDPOINTS,
    *events.ENDPOINTS,
    *reference_data.ENDPOINTS,
    *problem_types.ENDPOINTS,
    *support_bundles.ENDPOINTS,
)
"""The endpoints every build has, beside those of our own page."""
_RUN_BYTES: Final = 8


@dataclass(frozen=True, kw_only=True)
class Door:
    """A way in: where we listen, and how we are spoken to there.

    Attributes:
        port: The port we really listen on; the only one accepted in ``Host``.
    """

    port: int
    scheme: Literal["http", "https"] = "http"

    @property
    def own_origin(self) -> str:
        """The origin of our own pages, when they came in here."""
        return f"{self.scheme}://127.0.0.1:{self.port}"


def create_app(
    services: Services,
    *,
    port: int,
    endpoints: tuple[Endpoint, ...] = PRODUCTION_ENDPOINTS,
    is_paired: Callable[[str], bool] | None = None,
    rates: Rates | None = None,
) -> ASGIApp:
    """Build the application.

    Args:
        services: What handlers may use; the simulator's routes need its ``simulator``.
        port: The port we really listen on; the only one accepted in ``Host``.
        endpoints: What is offered; the simulator build offers more (``api.simulated``).
        is_paired: Tells whether a web origin was approved; by default our own, and those
            of pairings.
        rates: Other rate limits than the specification's.
    """
    (app,) = create_doors(
        services,
        (Door(port=port),),
        endpoints=endpoints,
        is_paired=is_paired,
        rates=rates,
    )
    return app


def create_doors(
    services: Services,
    doors: Sequence[Door],
    *,
    endpoints: tuple[Endpoint, ...] = PRODUCTION_ENDPOINTS,
    is_paired: Callable[[str], bool] | None = None,
    rates: Rates | None = None,
) -> list[ASGIApp]:
    """Build the application once, behind a guard for each door; see ``create_app``.

    The guards differ by port, scheme and own origin alone: limits are counted together, so a
    second door is no second chance (SEC-63).
    """
    inner = _inner(services, endpoints)
    gatekeeper = Gatekeeper(
        authenticate=services.paired_tokens.authenticate,
        limits=RateLimits(services.clock, rates),
        proofs=ProofDesk(services.clock),
        tickets=services.tickets,
    )
    directory = Directory((*endpoints, *console.ENDPOINTS))
    gate, book = _peer_gate(services), _connections(services)

    def guarded(door: Door) -> Guard:
        settings = GuardSettings(
            port=door.port,
            is_paired=is_paired or _ours_or_paired(services, door),
            may_pair=is_web_site if services.simulator is None else is_web_site_or_local,
            gatekeeper=replace(gatekeeper, own_origin=door.own_origin, scheme=door.scheme),
            directory=directory,
            clock=services.clock,
            ids=services.ids,
            exchange=_exchange_settings(services),
            default_language=services.default_language,
            check_peer=None if gate is None else gate.check,
            check_program=None if gate is None else gate.check_program,
            report=_report_to(services),
            connections=book,
        )
        return Guard(inner, settings)

    return [guarded(door) for door in doors]


def _exchange_settings(services: Services) -> ExchangeSettings:
    return ExchangeSettings(
        api_version=f"1.{API_MINOR}",
        is_simulator=services.simulator is not None,
        clock=services.clock,
    )


def _connections(services: Services) -> ConnectionBook:
    """Count the connections of all doors together."""
    return ConnectionBook(WireLimits(), process_of=services.process_of)


def _ours_or_paired(services: Services, door: Door) -> Callable[[str], bool]:
    return lambda origin: origin == door.own_origin or services.paired_tokens.is_paired(origin)


def _peer_gate(services: Services) -> PeerGate | None:
    return None if services.peers is None else PeerGate(services.peers, services.programs)


def _report_to(services: Services) -> Report:
    def report(refusal: Refusal, route: str, client_id: str | None) -> None:
        services.audit.refused(refusal.code, route=route, client=client_id)
        services.secret_watch.hear(refusal.code, client_id)

    return report


def document_of(endpoints: tuple[Endpoint, ...]) -> dict[str, Any]:
    """Give the OpenAPI document of some endpoints (API-100)."""
    return build_document(mounted(endpoints), endpoints)


def _inner(services: Services, endpoints: tuple[Endpoint, ...]) -> FastAPI:
    """Build the application behind the guard."""
    app = mounted((*endpoints, *console.ENDPOINTS))
    app.state.console = console.ConsoleRun(services.ids.secret(_RUN_BYTES).hex())
    app.state.services = services
    app.state.keys = KeyBook()
    app.state.document = cache(lambda: document_of(endpoints))
    failures.install(app)
    return app
