"""Serves the pages under ASGI: the work of a request is done in one thread, in one go.

All views are written for threads. Django's own handler hops between the event loop and a thread
of the request's own up to five times on the way through the middlewares, which costs as much as a
small page itself. Here the loop reads the body, a thread answers, and the loop sends. As there are
only so many threads, a rush waits in line instead of slowing down whoever came before.
"""

import asyncio
import contextvars
import functools
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import IO, Any

from django.core import signals
from django.core.exceptions import RequestAborted
from django.core.handlers.asgi import ASGIHandler, get_script_prefix
from django.core.handlers.base import BaseHandler
from django.http import FileResponse, HttpResponseBase
from django.http.response import StreamingHttpResponse
from django.urls import set_script_prefix

# Requests that are answered at the same time.
MOST_AT_ONCE = 16

Receive = Callable[[], Awaitable[Mapping[str, Any]]]
Send = Callable[[Mapping[str, Any]], Awaitable[None]]


class PageHandler(ASGIHandler):
    """Django's handler for ASGI, with middlewares and views called as under WSGI."""

    def __init__(self) -> None:
        BaseHandler.__init__(self)
        self.load_middleware(is_async=False)
        self._threads = ThreadPoolExecutor(MOST_AT_ONCE, "page")

    async def __call__(self, scope: dict[str, Any], receive: Receive, send: Send) -> None:
        try:
            body = await self.read_body(receive)
        except RequestAborted:
            return
        work = functools.partial(contextvars.copy_context().run, self._answer, scope, body)
        answer = asyncio.get_running_loop().run_in_executor(self._threads, work)
        leaving = asyncio.ensure_future(receive())
        try:
            await asyncio.wait((answer, leaving), return_when=asyncio.FIRST_COMPLETED)
            if answer.done():
                await self.send_response(answer.result(), send)
        finally:
            # Whoever has left and still waits in line is not answered.
            answer.cancel()
            leaving.cancel()

    def _answer(self, scope: dict[str, Any], body: IO[bytes]) -> HttpResponseBase:
        """Answer a request; called in a thread, whose connections are released before it ends."""
        with body:
            set_script_prefix(get_script_prefix(scope))
            signals.request_started.send(sender=type(self), scope=scope)
            request, response = self.create_request(scope, body)
            if request is not None:
                response = self.get_response(request)
            assert response is not None  # noqa: S101 - what is not a request is refused
            try:
                if isinstance(response, FileResponse):
                    response.block_size = self.chunk_size
                if isinstance(response, StreamingHttpResponse):
                    response.streaming_content = _at_hand(list(response))
            finally:
                response.close()
            return response


async def _at_hand(parts: Iterable[bytes]) -> AsyncIterator[bytes]:
    for part in parts:
        yield part
