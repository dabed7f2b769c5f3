"""The layers around the service, in their order and with the reason for it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Protocol

from fastapi.routing import iter_route_contexts
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Mount

from search_service.edge.bodies import Bodies
from search_service.edge.compression import Compression
from search_service.edge.freshness import Freshness, Look, fingerprint_program
from search_service.edge.metrics import Metrics
from search_service.edge.origins import Origins
from search_service.edge.overload import Overload
from search_service.edge.policy import Policy
from search_service.edge.rates import Rates
from search_service.edge.records import Records
from search_service.edge.request_ids import RequestIds
from search_service.edge.sizes import Sizes
from search_service.guard import Cover, Guard
from search_service.problems import Kind

PROGRAM = Path(__file__).parents[1]


class Refuse(Protocol):
    """Answers a request with a problem, and with headers of its own."""

    def __call__(self, request: Request, kind: Kind, headers: Mapping[str, str] | None = None, /) -> Response:
        """Return the answer."""


def add_layers(
    app: Starlette,
    policy: Policy,
    metrics: Metrics,
    look: Look,
    *,
    refuse: Refuse,
    answer_crash: Callable[[Request], Response],
    secure: bool,
    keyed: bool,
) -> None:
    """Put the layers around `app`; `secure`: it is reached by https only, `keyed`: its contents are for keys only. `refuse` and
    `answer_crash` answer in the place of what they stand around.

    From the outside in:

    1. `RequestIds`: everything below can name the request.
    2. `Records`: sees every answer as it leaves, refusals and crashes included.
    3. `Guard`: security headers on every answer.
    4. `Origins`: a page of the portal must be able to read refusals too, so it stands outside of all that refuse.
    5. `Cover`: answers a crash of anything below.
    6. `Compression`: outside of what makes ETags, so that one made for the plain text is made weak here.
    7. `Sizes`: cheap, and before anything that looks into the header.
    8. `Rates`: before `Freshness`, so that a 304 costs a token; else a flood of them would be free.
    9. `Freshness`: before `Overload`: a client that has the answer already is never shed.
    10. `Bodies`: before `Overload`: a slow sender must not hold a worker.
    11. `Overload`: innermost, around nothing but the work.
    """
    variant = f"{fingerprint_program(PROGRAM)} {policy.variant}"
    # Starlette puts each one around those before it: the innermost comes first.
    app.add_middleware(
        Overload,
        workers=policy.working,
        waiting=policy.waiting,
        seconds=policy.seconds,
        answer=refuse,
        count_shed=metrics.count_shed,
    )
    app.add_middleware(Bodies, seconds=policy.body_seconds, max_upload=policy.max_upload, answer=refuse)
    app.add_middleware(Freshness, look=look, variant=variant, keyed=keyed)
    if policy.allowance is not None:
        app.add_middleware(
            Rates,
            allowance=policy.allowance,
            proxies=policy.proxies,
            answer=refuse,
            count_refused=metrics.count_limited,
        )
    app.add_middleware(Sizes, answer=refuse)
    app.add_middleware(Compression)
    app.add_middleware(Cover, answer_crash=answer_crash)
    app.add_middleware(Origins, allowed=policy.origins, answer=refuse)
    app.add_middleware(Guard, secure=secure)
    app.add_middleware(Records, metrics=metrics, list_templates=lambda: list_templates(app))
    app.add_middleware(RequestIds)


def list_templates(app: Starlette) -> list[str]:
    """Return the templates of the addresses that `app` answers to, as they are tried in turn; folders end in "/*"."""
    contexts = list(iter_route_contexts(app.routes))
    folders = [f"{context.path}/*" for context in contexts if isinstance(context.original_route, Mount)]
    addresses = [context.path for context in contexts if context.path and f"{context.path}/*" not in folders]
    return [*dict.fromkeys(addresses), *folders]
