"""Pages under ASGI: whole answers, one thread for a request's whole work, and only so many."""

import asyncio
import contextvars
import io
import threading
from collections.abc import Coroutine, Iterator, Mapping
from typing import Any

import pytest
from asgiref.testing import ApplicationCommunicator
from django.core.signals import request_finished
from django.http import FileResponse, HttpRequest, HttpResponse, StreamingHttpResponse
from django.test import override_settings
from django.urls import path
from django.views.decorators.csrf import csrf_exempt

from kiplatform.core.pages import MOST_AT_ONCE, PageHandler

PATIENCE = 20.0

opened: list[io.BytesIO] = []
asked: list[str] = []
remembered = contextvars.ContextVar("remembered", default="nothing")
ended: list[str] = []
at_once = threading.Barrier(MOST_AT_ONCE)
full, released = threading.Event(), threading.Event()


class Sent:
    """How many messages have carried bodies."""

    parts = 0


class Busy:
    """How many requests are under way, and the most there were."""

    lock = threading.Lock()
    now = most = 0


@csrf_exempt
def echo(request: HttpRequest) -> HttpResponse:
    asked.append(request.path)
    return HttpResponse(request.body, headers={"X-Length": str(len(request.body))})


def file(request: HttpRequest) -> FileResponse:
    opened.append(io.BytesIO(b"0123456789" * 30_000))
    return FileResponse(opened[-1], filename="digits.txt")


def remembering(request: HttpRequest) -> HttpResponse:
    before = remembered.get()
    remembered.set("something")
    return HttpResponse(before)


def together(request: HttpRequest) -> HttpResponse:
    with Busy.lock:
        Busy.now += 1
        Busy.most = max(Busy.most, Busy.now)
    at_once.wait(PATIENCE)
    with Busy.lock:
        Busy.now -= 1
    return HttpResponse("done")


def held(request: HttpRequest) -> HttpResponse:
    if at_once.wait(PATIENCE) == 0:
        full.set()
    released.wait(PATIENCE)
    return HttpResponse("done")


def breaking(request: HttpRequest) -> StreamingHttpResponse:
    def parts() -> Iterator[bytes]:
        yield b"the first part"
        raise LookupError

    return StreamingHttpResponse(parts())


def failing(request: HttpRequest) -> HttpResponse:
    raise LookupError


def thread(request: HttpRequest) -> HttpResponse:
    return HttpResponse(threading.current_thread().name)


urlpatterns = [
    path(view.__name__, view)
    for view in (echo, file, remembering, together, held, breaking, failing, thread)
]


@pytest.fixture
def handler() -> Iterator[PageHandler]:
    with override_settings(ROOT_URLCONF=__name__):
        yield PageHandler()


def scope(page: str, method: str = "GET") -> dict[str, Any]:
    return {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": method,
        "scheme": "http",
        "path": page,
        "query_string": b"",
        "headers": [(b"host", b"testserver")],
        "server": ("testserver", 80),
        "client": ("127.0.0.1", 1),
    }


async def get(
    handler: PageHandler, page: str, *parts: bytes
) -> tuple[int, dict[bytes, bytes], bytes]:
    """Ask for a page, with a body in parts, and return status, headers and body."""
    browser = ApplicationCommunicator(handler, scope(page, "POST" if parts else "GET"))
    for part in parts:
        await browser.send_input({"type": "http.request", "body": part, "more_body": True})
    await browser.send_input({"type": "http.request", "body": b""})
    start = await browser.receive_output(PATIENCE)
    body = b""
    while True:
        message = await browser.receive_output(PATIENCE)
        Sent.parts += 1
        body += message.get("body", b"")
        if not message.get("more_body"):
            break
    await browser.wait(PATIENCE)
    return start["status"], dict(start["headers"]), body


def run(work: Coroutine[Any, Any, Any]) -> Any:
    return asyncio.run(asyncio.wait_for(work, 2 * PATIENCE))


def test_a_body_of_many_parts_reaches_the_page_and_the_answer_comes_whole(
    handler: PageHandler,
) -> None:
    parts = [bytes([65 + number]) * 200_000 for number in range(10)]
    status, headers, body = run(get(handler, "/echo", *parts))
    assert (status, headers[b"X-Length"], body) == (200, b"2000000", b"".join(parts))


def test_a_file_comes_whole_and_is_closed(handler: PageHandler) -> None:
    Sent.parts = 0
    status, headers, body = run(get(handler, "/file"))
    assert (status, body) == (200, b"0123456789" * 30_000)
    assert b"digits.txt" in headers[b"Content-Disposition"]
    assert Sent.parts < 10
    assert opened[-1].closed


def test_a_browser_that_leaves_while_it_sends_asks_for_nothing(handler: PageHandler) -> None:
    async def leave() -> None:
        browser = ApplicationCommunicator(handler, scope("/echo", "POST"))
        part = {"type": "http.request", "body": b"half a", "more_body": True}
        await browser.send_input(part)
        await browser.send_input({"type": "http.disconnect"})
        await browser.wait(PATIENCE)
        assert await browser.receive_nothing()

    asked.clear()
    run(leave())
    assert asked == []


def test_nothing_of_a_request_is_left_to_the_next_one(handler: PageHandler) -> None:
    async def one_after_the_other() -> list[bytes]:
        return [(await get(handler, "/remembering"))[2] for _ in range(2 * MOST_AT_ONCE)]

    assert set(run(one_after_the_other())) == {b"nothing"}


def test_a_rush_is_answered_by_so_many_threads(handler: PageHandler) -> None:
    async def rush() -> list[tuple[int, dict[bytes, bytes], bytes]]:
        return await asyncio.gather(*(get(handler, "/together") for _ in range(3 * MOST_AT_ONCE)))

    Busy.now = Busy.most = 0
    assert [answer[2] for answer in run(rush())] == [b"done"] * (3 * MOST_AT_ONCE)
    assert Busy.most == MOST_AT_ONCE


def test_whoever_leaves_while_waiting_in_line_is_not_answered(handler: PageHandler) -> None:
    async def leave_the_line() -> list[tuple[int, dict[bytes, bytes], bytes]]:
        busy = [asyncio.ensure_future(get(handler, "/held")) for _ in range(MOST_AT_ONCE)]
        while not full.is_set():
            await asyncio.sleep(0.001)
        waiting = ApplicationCommunicator(handler, scope("/echo", "POST"))
        await waiting.send_input({"type": "http.request", "body": b"hello"})
        await waiting.send_input({"type": "http.disconnect"})
        await waiting.wait(PATIENCE)
        released.set()
        return await asyncio.gather(*busy)

    asked.clear()
    full.clear()
    released.clear()
    assert len(run(leave_the_line())) == MOST_AT_ONCE
    assert asked == []


@pytest.fixture
def noted() -> Iterator[None]:
    """Note in which thread each request ends."""

    def note(**_: object) -> None:
        ended.append(threading.current_thread().name)

    ended.clear()
    request_finished.connect(note)
    yield
    request_finished.disconnect(note)


@pytest.mark.usefixtures("noted")
def test_a_request_ends_in_the_thread_that_answered_it(handler: PageHandler) -> None:
    """There its database connection is released."""
    body = run(get(handler, "/thread"))[2]
    assert ended == [body.decode()]
    assert ended != [threading.current_thread().name]


@pytest.mark.usefixtures("noted")
def test_a_stream_that_breaks_ends_its_request_as_well(handler: PageHandler) -> None:
    async def ask() -> None:
        inbox: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        inbox.put_nowait({"type": "http.request", "body": b""})
        await handler(scope("/breaking"), inbox.get, send)

    async def send(message: Mapping[str, Any]) -> None:
        raise AssertionError(message)

    with pytest.raises(LookupError):
        run(ask())
    assert len(ended) == 1


@pytest.mark.parametrize(("page", "status"), [("/failing", 500), ("/nowhere", 404)])
def test_a_fault_is_a_page(handler: PageHandler, page: str, status: int) -> None:
    assert run(get(handler, page))[0] == status
