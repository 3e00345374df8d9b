"""An Ollama server on a real socket that takes its time: ``python -m ... PORT MILLISECONDS``.

It serves one call after the other, as a machine with one model does.
"""

from __future__ import annotations

import asyncio
import sys
from typing import TYPE_CHECKING

import uvicorn
from starlette.applications import Starlette
from starlette.responses import JSONResponse
from starlette.routing import Route

if TYPE_CHECKING:
    from starlette.requests import Request

MODEL = "tiny:latest"
DIGEST = "ab" * 32


def application(milliseconds: float) -> Starlette:
    """Returns the server's application; a call of infinite length hangs."""
    turn = asyncio.Lock()

    async def chat(request: Request) -> JSONResponse:
        asked = (await request.json())["messages"][-1]["content"]
        async with turn:
            await asyncio.sleep(min(milliseconds / 1000, 3600))
        worked_ns = int(1e6 * milliseconds)
        return JSONResponse(
            {
                "model": MODEL,
                "message": {"role": "assistant", "content": f"echo {asked}"},
                "done": True,
                "done_reason": "stop",
                "prompt_eval_count": 10,
                "prompt_eval_duration": worked_ns // 2,
                "eval_count": 2,
                "eval_duration": worked_ns // 2,
            }
        )

    async def tags(_request: Request) -> JSONResponse:
        return JSONResponse({"models": [{"model": MODEL, "digest": DIGEST}]})

    return Starlette(routes=[Route("/api/chat", chat, methods=["POST"]), Route("/api/tags", tags)])


if __name__ == "__main__":
    uvicorn.run(
        application(float(sys.argv[2])), port=int(sys.argv[1]), log_level="error", access_log=False
    )
