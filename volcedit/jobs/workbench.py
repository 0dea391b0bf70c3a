"""The use cases: run, repeat, bring back, keep, carry. What the page and the API call."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, BinaryIO

from volcedit.config import Settings
from volcedit.errors import (
    ArchiveError,
    HistoryError,
)
from volcedit.jobs.engine import is_picture_of
from volcedit.jobs.repeating import Repeating
from volcedit.jobs.retrieving import Retrieving
from volcedit.jobs.run import Run
from volcedit.jobs.variations import settle_count, spread_seeds
from volcedit.notebook.archive import export as archive
from volcedit.notebook.archive import intake
from volcedit.notebook.archive.intake import Imported
from volcedit.notebook.history import Notebook
from volcedit.notebook.keeping import Outlook, look_ahead, tidy
from volcedit.service.fields import (
    check_params,
    check_photo_url,
)
from volcedit.types import (
    Delivery,
    EditParams,
    EditRequest,
    Mode,
    Photo,
    PhotoLink,
    State,
    Words,
)

UNDO_S = 600.0
"""For how long what was deleted can be taken back."""

_logger = logging.getLogger(__name__)


class Workbench(Retrieving, Repeating):
    """One app's way to make edits and look back at them."""

    def __init__(self, *args: Any, **options: Any) -> None:
        """As `Engine`."""
        super().__init__(*args, **options)
        self._emptying: set[str] = set()
        self._emptying_lock = threading.Lock()

    def start(
        self,
        notebook: Notebook,
        photo: Photo | PhotoLink,
        params: EditParams,
        count: int = 1,
        *,
        delivery: Delivery = "base64",
        parent: str | None = None,
        settings: Settings | None = None,
        req_key: str | None = None,
        mode: Mode | None = None,
        on_change: Callable[[], None] = lambda: None,
    ) -> Run:
        """Begin `count` variations of `params`, from its seed upward; returns at once.

        Every attempt is on disk before its request leaves. `on_change` is called, in any thread,
        whenever the run's records changed. `parent` is written down only if its picture is this
        photo. `settings` are those of a visitor with a key of their own; `req_key` and `mode` take
        the place of theirs. Raises `ParameterError`, also above `UNDER_WAY_MAX`, `HistoryError` or
        `ConfigError`.
        """
        client, settings = self._client_and_settings(settings)
        settings = replace(
            settings, req_key=req_key or settings.req_key, mode=mode or settings.mode
        )
        check_params(params, settings.req_key, settings.mode)
        if isinstance(photo, PhotoLink):
            check_photo_url(photo.url)
        self.tidy(notebook)
        requests = [
            EditRequest(photo, replace(params, seed=seed), settings.req_key, delivery)
            for seed in spread_seeds(params.seed, settle_count(count))
        ]
        parent = parent if is_picture_of(notebook, parent, photo) else None
        records = [self._new_record(request, settings, parent) for request in requests]
        run = Run(notebook, records, on_change, self._calls.wake)
        return self._begin(run, requests, partial(self._carry_out, client=client))

    def replay(self, notebook: Notebook, record_id: str, *args: Any, **options: Any) -> Run:
        """See `Repeating.replay`; room is made for the repeats as for other edits."""
        self.tidy(notebook, [record_id])
        return super().replay(notebook, record_id, *args, **options)

    def replay_chain(self, notebook: Notebook, record_id: str, *args: Any, **options: Any) -> Run:
        """See `Repeating.replay_chain`; room is made as in `replay`."""
        self.tidy(notebook, self.lineage(notebook, record_id).chain)
        return super().replay_chain(notebook, record_id, *args, **options)

    def fetch_photo(self, url: str, *, settings: Settings | None = None) -> bytes:
        """The bytes of the photo at `url`, fetched as results are; see `Client.fetch_photo`.

        `settings` are those of a visitor, whose gateway's own addresses are fetched too.
        """
        client, _ = self._client_and_settings(settings)
        return client.fetch_photo(url)

    def resume(self, on_change: Callable[[], None] = lambda: None) -> int:
        """Tidy every notebook, then take up what an earlier life left; see `Retrieving.resume`."""
        for notebook in self._history.notebooks():
            self._empty_bin(notebook)
            self.tidy(notebook)
        return super().resume(on_change)

    # ── keeping and deleting ─────────────────────────────────────────────────────────────────

    def delete(self, notebook: Notebook, ids: Iterable[str] | None = None) -> tuple[list[str], int]:
        """Delete those records, or all; which went, and how many stay with their call under way.

        For `UNDO_S` they can be had back with `notebook.take_back`; then they go for good.
        """
        doomed = set(notebook.ids() if ids is None else ids)
        staying = (doomed & self._under_way()) | self._claimed(notebook, doomed)
        gone = notebook.discard(doomed - staying)
        if gone:
            self._empty_bin_in(UNDO_S, notebook)
        return gone, len(staying)

    def _claimed(self, notebook: Notebook, ids: set[str]) -> set[str]:
        """Those of `ids` with a task that is being asked after, by another process maybe."""
        entries = filter(None, map(notebook.index().get, ids))
        tasks = [entry.id for entry in entries if entry.state == State.TASK]
        return set(filter(self._history.is_claimed, tasks))

    def _empty_bin_in(self, delay_s: float, notebook: Notebook) -> None:
        """One timer a notebook, which begins anew while there is anything left to empty.

        Each is a thread for ten minutes, and whoever deletes and takes back makes no end of them.
        """
        with self._emptying_lock:
            if notebook.name in self._emptying:
                return
            self._emptying.add(notebook.name)
        timer = threading.Timer(delay_s, self._empty_bin_now, [notebook])
        timer.daemon = True  # what is left in a bin, the next start empties
        timer.start()

    def _empty_bin_now(self, notebook: Notebook) -> None:
        with self._emptying_lock:
            self._emptying.discard(notebook.name)
        self._empty_bin(notebook)

    def _empty_bin(self, notebook: Notebook) -> None:
        try:
            left_s = notebook.empty_bin(UNDO_S - 1)
        except HistoryError as error:
            _logger.error("a bin is not emptied: %s", error.__cause__ or error)
            return
        if left_s is not None:
            self._empty_bin_in(left_s + 1, notebook)

    def tidy(self, notebook: Notebook, spared: Iterable[str] = ()) -> None:
        """Delete what is beyond the limits of size and age, the oldest without a star first.

        What is being fetched stays, and those that are `spared`.
        """
        try:
            spared = self._under_way().union(spared)
            count = tidy(notebook, self.settings, self._now(), spared)
        except HistoryError as error:
            _logger.error("a notebook is not tidied: %s", error.__cause__ or error)
        else:
            if count:
                _logger.info("%d records were beyond the limits of a notebook", count)

    def look_ahead(self, notebook: Notebook) -> Outlook | None:
        """What limits there are, and what they are about to take; None without any."""
        return look_ahead(notebook, self.settings, self._now())

    # ── carrying ─────────────────────────────────────────────────────────────────────────────

    def export(
        self,
        notebook: Notebook,
        ids: Iterable[str] | None,
        file: BinaryIO,
        *,
        language: str = "en",
        on_progress: Callable[[int, int], None] = lambda done, count: None,
    ) -> int:
        """Write those records, or all, as one ZIP into `file`; see `archive.export`."""
        return archive.export(
            notebook, ids, file, now=self._now(), language=language, on_progress=on_progress
        )

    def import_(
        self,
        notebook: Notebook,
        path: Path,
        *,
        on_progress: Callable[[int, int], None] = lambda done, count: None,
    ) -> Imported:
        """Take in the ZIP at `path`; see `intake.import_`. Nothing of it is sent or asked after.

        Raises `ArchiveError` or `HistoryError`.
        """
        try:
            file = path.open("rb")
        except OSError as error:
            raise ArchiveError(_NO_ARCHIVE) from error
        limit = self.settings.notebook_max_bytes
        room = None if limit is None else limit - notebook.index().totals().size_bytes
        with file:
            return intake.import_(notebook, file, room_bytes=room, on_progress=on_progress)


_NO_ARCHIVE = Words(
    "This file does not exist or cannot be read. Choose the archive again.",
    "该文件不存在或无法读取。请重新选择归档。",
)
