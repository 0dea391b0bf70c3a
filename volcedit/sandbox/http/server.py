"""The sandbox as an HTTP server on loopback."""

from __future__ import annotations

import os
import random
import socket
import threading
import time
from collections.abc import Callable, Iterable, Mapping

import uvicorn
from fastapi import Depends, FastAPI, Response
from fastapi.security import HTTPBearer

from volcedit.sandbox.effects.table import EFFECTS
from volcedit.sandbox.faults.connections import OpenProtocol
from volcedit.sandbox.faults.names import NAMES, Fault
from volcedit.sandbox.faults.schedule import Faults, check_shares
from volcedit.sandbox.http.authorization import Authorization
from volcedit.sandbox.http.calls import ACTIONS, VERSION, Calls
from volcedit.sandbox.http.limits import Limits
from volcedit.sandbox.http.openapi import edit_operation, plan_operation
from volcedit.sandbox.http.signatures import AccessKey
from volcedit.sandbox.results import ResultStore
from volcedit.sandbox.tasks import Progress, TaskStore

HOST = "127.0.0.1"


class Sandbox:
    """A sandbox in its own thread. Use it as a context manager, or `start` and `stop` it."""

    def __init__(
        self,
        *,
        port: int = 0,
        key: str = "",
        access_keys: Iterable[AccessKey] = (),
        latency_s: float = 0.0,
        failures: Mapping[Fault, float] | None = None,
        progress: Progress | None = None,
        max_concurrent: int = 0,
        max_qps: int = 0,
        url_lifetime_s: float = 86400,
        seed: int | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        """Nothing is opened before `start`.

        `port` 0 lets the system pick one. `key` is the required Bearer key; empty requires none.
        `access_keys` are the key pairs that may sign calls to `/`; with neither these nor a `key`,
        any pair is accepted. Every edit takes at least `latency_s`. `failures` maps the service's
        codes, and the names in `faults`, to the share (0 … 1) of valid edits that get them.
        `progress` decides when a task is done; by default after `latency_s`. Over `max_concurrent`
        edits at a time, tasks included, or over `max_qps` calls per action and second, calls get
        the vendor's codes; 0 sets no limit. Result URLs live for `url_lifetime_s` (the vendor's for
        24 hours [V]). `seed` makes failures and random seeds repeatable. `clock` returns seconds
        since the epoch.

        Raises ValueError for values out of range.
        """
        failures = dict(failures or {})
        check_shares(failures)
        if not 0 <= port <= 65535:
            raise ValueError(f"port must be from 0 to 65535, not {port}")
        if not 0 <= latency_s < float("inf"):
            raise ValueError(f"latency_s must be 0 or more, not {latency_s}")
        if max_concurrent < 0 or max_qps < 0:
            raise ValueError("a limit must be 0 (none) or more")
        self._port = port
        self._key = key
        self._access_keys = {access_key.name: access_key for access_key in access_keys}
        self._latency_s = latency_s
        self._failures = failures
        self._progress = progress or Progress(seconds=latency_s)
        self._max_concurrent = max_concurrent
        self._max_qps = max_qps
        self._url_lifetime_s = url_lifetime_s
        self._seed = seed
        self._clock = clock
        self._server: _Server | None = None
        self._thread: threading.Thread | None = None

    @property
    def url(self) -> str:
        """The address, like `http://127.0.0.1:8000`. Raises RuntimeError before `start`."""
        if self._thread is None:
            raise RuntimeError("the sandbox is not running")
        return f"http://{HOST}:{self._port}"

    def start(self) -> Sandbox:
        """Start serving. Returns once connections are accepted.

        Raises OSError if the port is taken, and RuntimeError if already running.
        """
        if self._thread is not None:
            raise RuntimeError("the sandbox is already running")
        listener = _listen(self._port)
        self._port = listener.getsockname()[1]
        rng = random.Random(self._seed)
        calls = Calls(
            own_url=f"http://{HOST}:{self._port}",
            authorization=Authorization(self._key, self._access_keys, self._clock),
            latency_s=self._latency_s,
            faults=Faults(self._failures, rng),
            results=ResultStore(self._url_lifetime_s, self._clock),
            tasks=TaskStore(self._progress, self._clock, rng),
            limits=Limits(self._max_concurrent, self._max_qps, self._clock),
            rng=rng,
            clock=self._clock,
        )
        config = uvicorn.Config(
            build_app(calls),
            log_config=None,
            log_level="warning",
            access_log=False,
            lifespan="off",
            http=OpenProtocol,
            ws="none",
        )
        self._server = _Server(config, on_shutdown=calls.close)
        self._thread = threading.Thread(
            target=self._server.run, args=([listener],), name="volcedit-sandbox", daemon=True
        )
        self._thread.start()
        # The kernel accepts connections from `listen` on. Wait until the server answers them: a
        # `stop` before that would find nothing to stop.
        self._server.ready.wait()
        return self

    def stop(self) -> None:
        """Stop serving. Edits in progress are answered immediately, ignoring the latency."""
        if self._thread is None or self._server is None:
            return
        self._server.should_exit = True
        self._thread.join()
        self._thread = self._server = None

    def __enter__(self) -> Sandbox:
        """Start on entering a `with` block."""
        return self.start()

    def __exit__(self, *_: object) -> None:
        """Stop on leaving a `with` block."""
        self.stop()


class _Server(uvicorn.Server):
    """A uvicorn server that signals startup and announces shutdown."""

    def __init__(self, config: uvicorn.Config, on_shutdown: Callable[[], None]) -> None:
        super().__init__(config)
        self.ready = threading.Event()
        self._on_shutdown = on_shutdown

    def run(self, sockets: list[socket.socket] | None = None) -> None:
        try:
            super().run(sockets)
        finally:
            # Also if startup fails, or `start` would wait forever.
            self.ready.set()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.ready.set()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._on_shutdown()
        await super().shutdown(sockets)


def _listen(port: int) -> socket.socket:
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    try:
        if os.name == "posix":
            # Allow ports whose connections were just closed. On Windows this would share a port in
            # use.
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((HOST, port))
        listener.listen(2048)
    except OSError as error:
        listener.close()
        reason = f"cannot listen on {HOST}:{port}: {error.strerror}"
        raise OSError(error.errno, reason) from error
    return listener


def build_app(calls: Calls) -> FastAPI:
    """The ASGI app that serves `calls`."""
    app = FastAPI(
        title="volcedit sandbox",
        description="Volcengine's image editing API, served by offline filters, not SeedEdit.",
        version="1",
    )
    # Documentation only: `Calls.answer` checks the key.
    bearer = [Depends(HTTPBearer(auto_error=False))]
    for path in ("/volcv/v1", "/"):
        name = "edit_through_gateway" if path == "/volcv/v1" else "edit_direct"
        app.post(
            path,
            name=name,
            operation_id=name,
            dependencies=bearer,
            response_model=None,
            openapi_extra=edit_operation(),
        )(calls.answer)

    app.post(
        "/fail",
        summary="Make the next edits fail",
        dependencies=bearer,
        status_code=204,
        openapi_extra=plan_operation(),
    )(calls.plan)
    app.post(
        "/reset",
        summary="Delete all results, tasks and planned faults",
        dependencies=bearer,
        status_code=204,
    )(calls.reset)

    @app.get("/results/{name}", summary="Get a result file", response_class=Response)
    async def get_result(name: str) -> Response:
        return calls.result(name)

    @app.get("/", include_in_schema=False)
    async def get_index() -> Response:
        faults = ", ".join(("a code of the service", *NAMES))
        text = (
            "volcedit sandbox: offline filters, not SeedEdit.\n"
            f"POST /volcv/v1?Action=CVProcess&Version={VERSION}, described in /openapi.json\n"
            f"Actions: {', '.join(ACTIONS)}. POST /reset clears everything.\n"
            f'POST /fail with {{"next": [50430, "html502"]}} makes the next edits fail: {faults}\n'
            f"It knows: {', '.join(EFFECTS)}.\n"
        )
        return Response(text, media_type="text/plain; charset=utf-8")

    return app
