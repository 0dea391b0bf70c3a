"""The HTTP endpoints: what each action does, and the responses."""

import asyncio
import contextlib
import json
import random
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from typing import Any

from fastapi import Request, Response
from PIL import Image
from starlette.requests import ClientDisconnect

from volcedit.sandbox import service
from volcedit.sandbox.arguments import (
    EditArguments,
    read_arguments,
    read_result_arguments,
    read_submission,
)
from volcedit.sandbox.codes import Refused
from volcedit.sandbox.faults.connections import BREAKS, BrokenAnswer
from volcedit.sandbox.faults.corruption import corrupt
from volcedit.sandbox.faults.foreign import FOREIGN
from volcedit.sandbox.faults.names import (
    NUMBER_TASK_ID,
    UNDOCUMENTED_STATUS,
    UNKNOWN_STATUS,
    Fault,
    shows_in_result,
)
from volcedit.sandbox.faults.schedule import Faults, read_plan
from volcedit.sandbox.http.authorization import Authorization
from volcedit.sandbox.http.limits import Limits
from volcedit.sandbox.http.signatures import Denied
from volcedit.sandbox.models import SEED_MAX
from volcedit.sandbox.pictures import decode_base64, read_photo
from volcedit.sandbox.results import ResultStore
from volcedit.sandbox.tasks import TaskStore

VERSION = "2022-08-31"
PROCESS, SUBMIT, RESULT = ACTIONS = (
    "CVProcess",
    "CVSync2AsyncSubmitTask",
    "CVSync2AsyncGetResult",
)
"""All supported actions."""
MAX_BODY_BYTES = 8_000_000
# A body over the limit is still read up to this size and discarded. Closing the connection on a
# client that is still sending would show it a reset instead of the response.
_MAX_DISCARDED_BYTES = 64_000_000
_CHINA = timezone(timedelta(hours=8))


class Calls:
    """Handles all calls, on one event loop."""

    def __init__(
        self,
        *,
        own_url: str,
        authorization: Authorization,
        latency_s: float,
        faults: Faults,
        results: ResultStore,
        tasks: TaskStore,
        limits: Limits,
        rng: random.Random,
        clock: Callable[[], float],
    ) -> None:
        """`own_url` is where the server listens. For the rest see `Sandbox`."""
        self._own_url = own_url
        self._authorization = authorization
        self._latency_s = latency_s
        self._faults = faults
        self._results = results
        self._tasks = tasks
        self._limits = limits
        self._random = rng
        self._clock = clock
        self._closing = asyncio.Event()
        self._actions = {PROCESS: self._process, SUBMIT: self._submit, RESULT: self._get_result}

    def close(self) -> None:
        """Let edits in progress finish immediately, ignoring the latency."""
        self._closing.set()

    async def answer(self, request: Request) -> Response:
        """Handle one call, whatever its action."""
        started = self._clock()
        try:
            # Read the body first: a client that is still sending would not see the response.
            body = await _read_body(request)
            if not self._authorization.admits(request, body):
                return _unauthorized()
            action = request.query_params.get("Action", "")
            if action not in ACTIONS or request.query_params.get("Version") != VERSION:
                raise Refused(50402, f"the sandbox answers {', '.join(ACTIONS)}, version {VERSION}")
            self._limits.count(action)
            return _json(200, await self._actions[action](request, body, started))
        except Refused as refused:
            envelope = service.refusal(refused, self._call_info(started))
            return _json(refused.http_status, envelope)
        except Denied as denied:
            request_id = self._call_info(started).request_id
            return _json(denied.http_status, denied.envelope(request_id, request.query_params))
        except _FaultInjected as injected:
            return self._answer_with(injected.fault)
        except ClientDisconnect:
            # The client hung up while sending: nobody will read this.
            return Response(status_code=400)

    def result(self, name: str) -> Response:
        """The result file, or 404 if it does not exist or has expired."""
        jpeg = self._results.get(name)
        if jpeg is None:
            return Response("This result does not exist or has expired.\n", 404)
        return Response(jpeg, media_type="image/jpeg")

    async def reset(self, request: Request) -> Response:
        """Clear all results, tasks, rate limits and queued faults, as a restart would."""
        if not self._authorization.has_key(request):
            return _unauthorized()
        for kept in (self._results, self._tasks, self._limits, self._faults):
            kept.clear()
        return Response(status_code=204)

    async def plan(self, request: Request) -> Response:
        """Queue faults for the next edits."""
        if not self._authorization.has_key(request):
            return _unauthorized()
        try:
            self._faults.plan(read_plan(await _read_body(request)))
        except (ValueError, RecursionError, Refused) as error:
            return _json(400, service.gateway_error(str(error), "invalid_request", "invalid_fault"))
        except ClientDisconnect:
            return Response(status_code=400)
        return Response(status_code=204)

    async def _process(self, request: Request, body: bytes, started: float) -> dict[str, Any]:
        """CVProcess: edit synchronously and return the result."""
        arguments, photo = await self._read_edit(request, body, read_arguments)
        with self._limits.slot(self._tasks.in_progress):
            fault = self._faults.next()
            _inject(fault)
            seed = self._resolve_seed(arguments)
            edited, _ = await asyncio.gather(
                asyncio.to_thread(service.edit, photo, arguments, seed), self._pause()
            )
        return self._success(request, arguments, edited, started, fault)

    async def _submit(self, request: Request, body: bytes, started: float) -> dict[str, Any]:
        """CVSync2AsyncSubmitTask: accept an edit as a task and return its id."""
        arguments, photo = await self._read_edit(request, body, read_submission)
        self._limits.check(self._tasks.in_progress)
        fault = self._faults.next()
        if fault is not None and not shows_in_result(fault):
            _inject(fault)
        task_id = self._tasks.put(arguments, photo, self._resolve_seed(arguments), fault)
        shown = int(task_id) if fault == NUMBER_TASK_ID else task_id
        return service.submitted(shown, self._call_info(started))

    async def _get_result(self, request: Request, body: bytes, started: float) -> dict[str, Any]:
        """CVSync2AsyncGetResult: return a task's status, and its picture once it is done."""
        poll = await asyncio.to_thread(read_result_arguments, body)
        state, task = self._tasks.poll(poll.task_id, poll.req_key)
        if task is None:
            return service.not_done(state, self._call_info(started))
        if task.failure == UNKNOWN_STATUS:
            return service.not_done(UNDOCUMENTED_STATUS, self._call_info(started))
        _inject(task.failure, {"status": state})
        arguments = replace(task.arguments, return_url=poll.return_url, watermark=poll.watermark)
        # Rendered on every poll, because the watermark comes with the poll.
        edited = await asyncio.to_thread(service.edit, task.photo, arguments, task.seed)
        envelope = self._success(request, arguments, edited, started, task.failure)
        return service.done(envelope, state)

    def _success(
        self,
        request: Request,
        arguments: EditArguments,
        edited: service.Edited,
        started: float,
        fault: Fault | None,
    ) -> dict[str, Any]:
        results = f"{_origin(request)}/results"
        url = f"{results}/{self._results.put(edited.jpeg)}" if arguments.return_url else None
        envelope = service.success(arguments, edited, url, self._call_info(started))
        return corrupt(envelope, fault, dead_url=f"{results}/gone.jpg")

    def _answer_with(self, fault: str) -> Response:
        """The response, or broken connection, that replaces the service's response."""
        if fault in BREAKS:
            return BrokenAnswer(fault, self._closing)
        foreign = FOREIGN[fault]
        return Response(foreign.body, foreign.http_status, media_type=foreign.media_type)

    def _resolve_seed(self, arguments: EditArguments) -> int:
        return self._random.randint(1, SEED_MAX) if arguments.seed == -1 else arguments.seed

    async def _read_edit(
        self, request: Request, body: bytes, read: Callable[[bytes], EditArguments]
    ) -> tuple[EditArguments, Image.Image]:
        arguments = await asyncio.to_thread(read, body)
        if arguments.image_base64 is not None:
            data = await asyncio.to_thread(decode_base64, arguments.image_base64)
        else:
            data = self._stored_result(arguments.image_url or "", _origin(request))
        return arguments, await asyncio.to_thread(read_photo, data, arguments.size_px)

    def _stored_result(self, url: str, origin: str) -> bytes:
        """The bytes of one of the sandbox's own results. It never fetches other URLs."""
        base, _, name = url.rpartition("/results/")
        data = self._results.get(name) if base in (origin, self._own_url) else None
        if data is not None:
            return data
        raise Refused(
            50215,
            "the sandbox does not fetch; image_urls may only hold the URL of one of its own "
            "results while it lives. Send other images in binary_data_base64",
        )

    async def _pause(self) -> None:
        """Wait for the latency, or until the sandbox stops."""
        with contextlib.suppress(asyncio.TimeoutError):
            await asyncio.wait_for(self._closing.wait(), self._latency_s)

    def _call_info(self, started: float) -> service.CallInfo:
        moment = datetime.fromtimestamp(started, _CHINA)
        # Same shape as the published ids: the time, then hex digits.
        digits = self._random.randbytes(9).hex().upper()
        return service.CallInfo(
            request_id=f"{moment:%Y%m%d%H%M%S}{digits}",
            algorithm_request_id=self._random.randbytes(32).hex(),
            started=moment,
            elapsed_s=self._clock() - started,
        )


class _FaultInjected(Exception):
    """Raised to replace the service's response with a fault."""

    def __init__(self, fault: str) -> None:
        self.fault = fault
        super().__init__(fault)


def _inject(fault: Fault | None, data: Mapping[str, Any] | None = None) -> None:
    """Raise `fault`, unless it only alters an otherwise normal response."""
    if isinstance(fault, int):
        raise Refused(fault, "injected by the sandbox", data)
    if fault is not None and (fault in FOREIGN or fault in BREAKS):
        raise _FaultInjected(fault)


async def _read_body(request: Request) -> bytes:
    """The body, with at most the limit held in memory. Raises `Refused` 50213 beyond it."""
    body = bytearray()
    received = 0
    async for chunk in request.stream():
        received += len(chunk)
        if received <= MAX_BODY_BYTES:
            body += chunk
        elif received > _MAX_DISCARDED_BYTES:
            break
    if received > MAX_BODY_BYTES:
        raise Refused(50213, f"more than {MAX_BODY_BYTES} bytes")
    return bytes(body)


def _unauthorized() -> Response:
    message = "The API key is missing or wrong."
    error = service.gateway_error(message, "authentication_error", "invalid_api_key")
    return _json(401, error, {"WWW-Authenticate": "Bearer"})


def _origin(request: Request) -> str:
    """Scheme, host and port that the client used to reach the sandbox."""
    return str(request.base_url).rstrip("/")


def _json(status: int, content: dict[str, Any], headers: dict[str, str] | None = None) -> Response:
    # FastAPI's JSON response leaves non-ASCII unescaped. Escaped, any client can read it.
    return Response(json.dumps(content), status, headers, media_type="application/json")
