"""Calls over HTTP: who may call, what each action does, and the answers."""

import asyncio
import contextlib
import hmac
import json
import random
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta, timezone
from typing import Any

from fastapi import Request, Response
from PIL import Image
from starlette.requests import ClientDisconnect

from volcedit.sandbox import service
from volcedit.sandbox.arguments import SEED_MAX, EditArguments, read_arguments
from volcedit.sandbox.codes import Refused
from volcedit.sandbox.pictures import decode_base64, read_photo
from volcedit.sandbox.results import ResultStore

VERSION = "2022-08-31"
MAX_BODY_BYTES = 8_000_000
# A body over the limit is read to here and thrown away: a connection closed on a client that is
# still sending shows it a reset instead of the answer.
_MAX_DISCARDED_BYTES = 64_000_000
_CHINA = timezone(timedelta(hours=8))


class Calls:
    """Answers calls, all of them on one event loop."""

    def __init__(
        self,
        *,
        own_url: str,
        key: str,
        latency_s: float,
        failures: Mapping[int, float],
        results: ResultStore,
        chance: random.Random,
        clock: Callable[[], float],
    ) -> None:
        """`own_url` is where the server listens; the rest is as in `Sandbox`."""
        self._own_url = own_url
        self._key = key
        self._latency_s = latency_s
        self._failures = failures
        self._results = results
        self._random = chance
        self._clock = clock
        self._closing = asyncio.Event()

    def close(self) -> None:
        """Let edits under way end at once, whatever the latency."""
        self._closing.set()

    async def answer(self, request: Request) -> Response:
        """The answer to one call, whatever its action."""
        started = self._clock()
        try:
            # The body first: an answer to a client that is still sending would not arrive.
            body = await _read_body(request)
            if not self._has_key(request):
                return _unauthorized()
            query = (request.query_params.get("Action"), request.query_params.get("Version"))
            if query not in _ACTIONS:
                raise Refused(50402, "the sandbox answers CVProcess, version 2022-08-31")
            return _json(200, await _ACTIONS[query](self, request, body, started))
        except Refused as refused:
            envelope = service.refusal(refused, self._call_info(started))
            return _json(refused.http_status, envelope)
        except ClientDisconnect:
            # It hung up while sending; nobody is there to read this.
            return Response(status_code=400)

    def result(self, name: str) -> Response:
        """One result's file, or 404 when there is none or its time is over."""
        jpeg = self._results.get(name)
        if jpeg is None:
            return Response("This result does not exist, or its time is over.\n", 404)
        return Response(jpeg, media_type="image/jpeg")

    async def _process(self, request: Request, body: bytes, started: float) -> dict[str, Any]:
        """CVProcess: edit now, answer with the result."""
        arguments, photo = await self._read_edit(request, body)
        failure = service.injected_code(self._failures, self._random.random())
        if failure is not None:
            raise Refused(failure, "injected by the sandbox")
        seed = self._random.randint(1, SEED_MAX) if arguments.seed == -1 else arguments.seed
        edited, _ = await asyncio.gather(
            asyncio.to_thread(service.edit, photo, arguments, seed), self._pause()
        )
        url = None
        if arguments.return_url:
            url = f"{_origin(request)}/results/{self._results.put(edited.jpeg)}"
        return service.success(arguments, edited, url, self._call_info(started))

    async def _read_edit(self, request: Request, body: bytes) -> tuple[EditArguments, Image.Image]:
        arguments = await asyncio.to_thread(read_arguments, body)
        if arguments.image_url is not None:
            data = self._own_result(arguments.image_url, _origin(request))
        else:
            data = await asyncio.to_thread(decode_base64, arguments.image_base64)
        return arguments, await asyncio.to_thread(read_photo, data)

    def _own_result(self, url: str, origin: str) -> bytes:
        """The bytes of one of its own results; the sandbox never fetches anything."""
        base, _, name = url.rpartition("/results/")
        data = self._results.get(name) if base in (origin, self._own_url) else None
        if data is not None:
            return data
        raise Refused(
            50215,
            "the sandbox does not fetch; image_urls may only hold the URL of one of its own "
            "results while it lives. Send other images in binary_data_base64",
        )

    def _has_key(self, request: Request) -> bool:
        if not self._key:
            return True
        scheme, _, given = request.headers.get("Authorization", "").partition(" ")
        # Headers are decoded as Latin-1; as bytes they compare with any key.
        same = hmac.compare_digest(given.strip().encode("latin-1"), self._key.encode())
        return scheme.lower() == "bearer" and same

    async def _pause(self) -> None:
        """Wait for the latency, or until the sandbox stops."""
        with contextlib.suppress(asyncio.TimeoutError):
            await asyncio.wait_for(self._closing.wait(), self._latency_s)

    def _call_info(self, started: float) -> service.CallInfo:
        moment = datetime.fromtimestamp(started, _CHINA)
        # Shaped like the published ids: the time, then hex digits.
        digits = self._random.randbytes(9).hex().upper()
        return service.CallInfo(
            request_id=f"{moment:%Y%m%d%H%M%S}{digits}",
            algorithm_request_id=self._random.randbytes(32).hex(),
            started=moment,
            elapsed_s=self._clock() - started,
        )


# Action and version → how it is answered. Each takes the request, its body and when it began,
# and gives the envelope or raises `Refused`.
_ACTIONS = {("CVProcess", VERSION): Calls._process}


async def _read_body(request: Request) -> bytes:
    """The body, never more of it in memory than the limit; raises `Refused` 50213 beyond."""
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
    """Scheme, host and port under which the client reached the sandbox."""
    return str(request.base_url).rstrip("/")


def _json(status: int, content: dict[str, Any], headers: dict[str, str] | None = None) -> Response:
    # FastAPI's own JSON answer would write non-ASCII as it is; escaped, any client can read it.
    return Response(json.dumps(content), status, headers, media_type="application/json")
