"""Finds order numbers in customers' messages, and takes feedback by decision id.

* ``POST /order-number`` with ``{"message": "...", "customer": "..."}`` (the customer may be left
  out) answers ``{"order_number": ..., "decision": "..."}``.
* ``POST /feedback`` with ``{"decision": "...", "quality": 1.0}``, and ``"expected"`` where somebody
  knows the right answer, answers ``{"counted": true}`` once that is in the store. The first
  feedback of a decision counts.
* ``GET /health`` tells whether candidates get traffic here, or why not.

Whoever can reach it can ask and tell: authentication is the business of what stands before it.
The environment says where things are: ``PROMPTEVO_LOCK``, ``PROMPTEVO_SUITE``, ``PROMPTEVO_STATE``.
"""

from __future__ import annotations

import json
import os
from contextlib import asynccontextmanager
from json import JSONDecodeError
from pathlib import Path
from typing import TYPE_CHECKING, Any

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse
from starlette.routing import Route

from pytest_promptevo.errors import ProviderError, SettingsError
from pytest_promptevo.runtime import InvalidAnswer, Live, live

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from starlette.requests import Request
    from starlette.responses import Response

LOCK = Path(__file__).parents[1] / "promptevo.lock"
LARGEST_BODY = 64 << 10
LONGEST_MESSAGE = 4_000


@asynccontextmanager
async def lifespan(app: Starlette) -> AsyncIterator[None]:
    """Opens the traffic of this worker process, and closes it in the end."""
    environ = os.environ
    with live(
        environ.get("PROMPTEVO_LOCK", LOCK),
        environ.get("PROMPTEVO_SUITE", "order-number"),
        environ.get("PROMPTEVO_STATE") or None,
    ) as orders:
        app.state.orders = orders
        yield


async def order_number(request: Request) -> Response:
    """Finds the order number of a message."""
    asked = await _body(request)
    message, customer = asked.get("message"), asked.get("customer")
    if not isinstance(message, str) or not 0 < len(message) <= LONGEST_MESSAGE:
        raise HTTPException(400, f"message: a text of 1 to {LONGEST_MESSAGE} letters")
    if customer is not None and not isinstance(customer, str):
        raise HTTPException(400, "customer: a text, or nothing")
    turn = _orders(request).choose(customer)
    try:
        done = await turn.aanswer(message=message)
    except InvalidAnswer:  # reported by the turn: quality 0
        return JSONResponse({"order_number": None, "decision": turn.id})
    except ProviderError as exc:
        raise HTTPException(503, "the model does not answer") from exc
    return JSONResponse({"order_number": done.data, "decision": turn.id})


async def feedback(request: Request) -> Response:
    """Takes the outcome of a decision, whichever process has made it."""
    told = await _body(request)
    decision, expected = told.get("decision"), {}
    if not isinstance(decision, str):
        raise HTTPException(400, "decision: the id that came with the answer")
    if "expected" in told:
        expected["expected"] = told["expected"]
    try:
        counted = await _orders(request).areport(decision, told.get("quality"), **expected)
    except SettingsError as exc:
        raise HTTPException(400, str(exc)) from None
    return JSONResponse({"counted": counted})


async def health(request: Request) -> Response:
    """Tells whether the candidates get traffic."""
    return JSONResponse({"process": os.getpid(), "why_locked": _orders(request).why_locked})


def _orders(request: Request) -> Live:
    return request.app.state.orders


async def _body(request: Request) -> dict[str, Any]:
    """Returns the JSON object of a request."""
    body = b""
    async for part in request.stream():
        body += part
        if len(body) > LARGEST_BODY:
            raise HTTPException(413, f"at most {LARGEST_BODY >> 10} KiB")
    try:
        data = json.loads(body)
    except (JSONDecodeError, UnicodeDecodeError, RecursionError):
        data = None
    if not isinstance(data, dict):
        raise HTTPException(400, "a JSON object is needed")
    return data


async def _in_words(_request: Request, exc: Exception) -> Response:
    status = getattr(exc, "status_code", 500)
    return JSONResponse({"error": getattr(exc, "detail", "internal error")}, status)


app = Starlette(
    routes=[
        Route("/order-number", order_number, methods=["POST"]),
        Route("/feedback", feedback, methods=["POST"]),
        Route("/health", health),
    ],
    lifespan=lifespan,
    exception_handlers={HTTPException: _in_words},
)
