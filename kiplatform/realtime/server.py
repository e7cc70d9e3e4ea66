"""How a web process is served: the options that live pages need of uvicorn.

No compression of frames: they are short, and a compressor for each of thousands of sockets costs
more memory than everything else together. The sans-I/O websocket implementation needs no task of
its own for each socket.
"""

import resource
from typing import Any

import uvicorn

# Sockets, plus the files of the database, the log and the libraries.
FILES = 20_000


def allow_many_sockets(files: int = FILES) -> int:
    """Raise this process's limit of open files towards `files`, and return what it is now."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = files if hard == resource.RLIM_INFINITY else min(files, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
        soft = wanted
    return soft


def configuration(
    app: Any = "kiplatform.asgi:application",
    *,
    host: str = "127.0.0.1",
    port: int = 8000,
    **options: Any,
) -> uvicorn.Config:
    """Return uvicorn's configuration for this platform; `options` are uvicorn's own.

    :param app: the ASGI application or where to import it from.
    """
    allow_many_sockets()
    chosen: dict[str, Any] = {
        "host": host,
        "port": port,
        "ws": "websockets-sansio",
        "ws_per_message_deflate": False,
        "ws_max_size": 64 * 1024,
        # The browser's own pings keep proxies from closing; these find browsers that are gone.
        "ws_ping_interval": 45.0,
        "ws_ping_timeout": 30.0,
        "lifespan": "on",
        "log_config": None,
        "access_log": False,
        "backlog": 4096,
        "timeout_graceful_shutdown": 5,
    }
    return uvicorn.Config(app, **(chosen | options))
