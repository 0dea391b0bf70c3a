"""A workbench in front of a scripted gateway, with ways to wait for it.

with Bench(gateway.url, tmp_path) as bench:
    run = bench.start(photo, count=2)
    bench.wait_for_end(run)
"""

from __future__ import annotations

import asyncio
import base64
import threading
from collections.abc import Callable
from pathlib import Path

from tests.support import looping
from tests.support.drawing import make_jpeg
from tests.support.gateway import Answer, Exchange, reply
from volcedit import EditParams, Photo
from volcedit.config import read_settings
from volcedit.jobs.outcomes import Measurer
from volcedit.jobs.places import FairPlaces, Places
from volcedit.jobs.run import Run
from volcedit.jobs.workbench import Workbench
from volcedit.notebook.history import History
from volcedit.notebook.records import utc_now
from volcedit.service.client import Client
from volcedit.service.models import settle

DEADLINE_S = 30
PICTURE = make_jpeg(48, 32)


def envelope_of(picture: bytes) -> dict:
    """A response with that picture."""
    return {
        "code": 10000,
        "data": {"binary_data_base64": [base64.b64encode(picture).decode()], "image_urls": None},
        "message": "Success",
        "request_id": "r-1",
        "status": 10000,
        "time_elapsed": "1.5s",
    }


DONE = reply(200, envelope_of(PICTURE))


class Bench:
    """A workbench with one notebook, which notices when a run changes.

    By default it does not retry, and measures nothing in the background, so records on disk stay as
    their run left them.
    """

    def __init__(
        self,
        url: str,
        data_dir: Path,
        *,
        client: object = None,
        now: Callable = utc_now,
        measures: bool = False,
        places: Places | None = None,
        history: History | None = None,
        **settings: object,
    ) -> None:
        values = {"base_url": url, "data_dir": data_dir, "timeout_s": 10, "max_attempts": 1}
        environ = {
            f"VOLCEDIT_{name.upper()}": str(value) for name, value in (values | settings).items()
        }
        self.settings = settle(read_settings(environ))
        client = client or Client.from_settings(self.settings)
        self.places = places or FairPlaces(self.settings.max_concurrent)
        self.measurer = Measurer(in_background=measures)
        self.workbench = Workbench(
            self.settings,
            client,
            history or History(data_dir),
            now=now,
            measurer=self.measurer,
            places=self.places,
        )
        self.notebook = self.workbench.notebook("anna")
        self._changed = threading.Condition()

    def __enter__(self) -> Bench:
        return self

    def __exit__(self, *_: object) -> None:
        self.workbench.close()

    def start(
        self, photo: Photo, params: EditParams | None = None, count: int = 1, **options: object
    ) -> Run:
        """Start a run in the notebook, with seed 7 unless `params` say otherwise."""
        params = params or EditParams("make it snow", seed=7)
        options = {"on_change": self.tell} | options
        return self.workbench.start(self.notebook, photo, params, count, **options)

    def tell(self) -> None:
        """Notify waiters of a change; the default `on_change`."""
        with self._changed:
            self._changed.notify_all()

    def wait_until(self, holds: Callable[[], bool]) -> None:
        """Wait until `holds()` is true, checking at every change."""
        with self._changed:
            assert self._changed.wait_for(holds, DEADLINE_S)

    def wait_for_end(self, run: Run) -> Run:
        """Wait until `run` has ended, and return it."""
        looping.run(asyncio.wait_for(run.ended(), DEADLINE_S))
        return run

    def finish(self, photo: Photo, *args: object, **options: object) -> Run:
        """Start a run and wait until it has ended."""
        return self.wait_for_end(self.start(photo, *args, **options))

    def states_on_disk(self, run: Run) -> list[str]:
        """The states of the run's records, in order."""
        return [self.notebook.get(record.id).state for record in run.records]


class Held:
    """An answer that is held back until `let_go`."""

    def __init__(self, answer: Answer = DONE) -> None:
        self._answer = answer
        self._arrived = threading.Semaphore(0)
        self._let_go = threading.Event()

    def __call__(self, exchange: Exchange) -> None:
        """Answer one request."""
        self._arrived.release()
        self._let_go.wait(DEADLINE_S)
        self._answer(exchange)

    def wait_for_request(self) -> None:
        """Wait until another request has arrived."""
        assert self._arrived.acquire(timeout=DEADLINE_S)

    def let_go(self) -> None:
        """Answer now, and immediately from now on."""
        self._let_go.set()
