"""The use cases that the page and the API call: run, repeat, fetch, delete, export and import."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import BinaryIO

from volcedit.config import Settings
from volcedit.errors import ArchiveError
from volcedit.jobs.accounts import Accounts
from volcedit.jobs.budget import Allowance, Budget, Payer, StoredBudget
from volcedit.jobs.keeper import Keeper
from volcedit.jobs.outcomes import Measurer, log_edit
from volcedit.jobs.places import FairPlaces, Places
from volcedit.jobs.replayer import Replayer, is_picture_of, lineage
from volcedit.jobs.retriever import Retriever
from volcedit.jobs.run import Run
from volcedit.jobs.runner import Runner
from volcedit.jobs.under_way import UnderWay
from volcedit.jobs.variations import settle_count, spread_seeds
from volcedit.notebook.archive import export, intake
from volcedit.notebook.archive.intake import Imported
from volcedit.notebook.history import History, Notebook
from volcedit.notebook.keeping import Outlook
from volcedit.notebook.lineage import Lineage
from volcedit.notebook.records import Record, utc_now
from volcedit.notebook.room import Room
from volcedit.notebook.shelves.storage import Storage
from volcedit.notebook.store.ledger import Ledger
from volcedit.pictures.decoder import Decoder, LocalDecoder
from volcedit.service.client import Client
from volcedit.service.download import check_photo_link
from volcedit.service.fields import check_params
from volcedit.types import Delivery, EditParams, EditRequest, Mode, Photo, PhotoLink, Words


class Workbench:
    """Makes edits and manages their history, for one app. Thread-safe."""

    def __init__(
        self,
        settings: Settings,
        client: Client,
        history: History,
        *,
        now: Callable[[], datetime] = utc_now,
        decoder: Decoder | None = None,
        measurer: Measurer | None = None,
        places: Places | None = None,
        budget: Budget | None = None,
    ) -> None:
        """`client` is the client for `settings`.

        `decoder` decodes every picture that comes from outside; in this process by default.
        `places` are shared by all visitors, tabs and the API; by default, visitors take turns.
        `budget` limits what visitors spend; by default as `settings` say, counted in the store.
        """
        self.settings = settings
        self.storage = Storage(settings.storage_max_bytes)
        self.storage.include(history.used_bytes)
        self.decoder = decoder or LocalDecoder()
        self._history = history
        self._now = now
        self._accounts = Accounts(settings, client, self.decoder)
        self._under_way = UnderWay()
        self._places = places or FairPlaces(settings.max_concurrent)
        self._measurer = measurer or Measurer(self.decoder)
        room = Room(history)
        self._budget = budget or StoredBudget(Ledger(history.below("spending")), settings, now)
        self._runner = Runner(
            self._accounts, history, self._places, self._under_way, self._measurer,
            room, self._budget, now,
        )  # fmt: skip
        self._replayer = Replayer(self._accounts, self._runner, self.decoder)
        self._retriever = Retriever(
            self._accounts, history, self._under_way, self._runner, self._measurer, room, now
        )
        self._keeper = Keeper(settings, history, self._under_way, now)

    @property
    def limit(self) -> int:
        """The current limit of concurrent calls; it drops after “too many at once”."""
        return self._places.limit

    @property
    def runs(self) -> list[Run]:
        """The runs that have not ended, including resumed tasks."""
        return self._under_way.runs

    def notebook(self, owner: str) -> Notebook:
        """The notebook of `owner`, which is the secret of a cookie or of a page."""
        return self._history.notebook(owner)

    # ── editing ──────────────────────────────────────────────────────────────────────────────

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
        payer: Payer | None = None,
        req_key: str | None = None,
        mode: Mode | None = None,
        on_change: Callable[[], None] = lambda: None,
    ) -> Run:
        """Start `count` variations of `params`, counting up from its seed. Returns immediately.

        Every edit is on disk before it is sent. `on_change` is called, from any thread, whenever
        the run's records change. `parent` is recorded only if its picture is this photo. Pass
        `settings` for a visitor with their own key; `req_key` and `mode` override those. Otherwise
        each edit counts against the limits of `payer`, by default of `notebook`; one too many is
        recorded as failed with a `LimitError`. Raises
        `ParameterError` (also above `UNDER_WAY_MAX`), `HistoryError` or `ConfigError`.
        """
        client, settings = self._accounts.resolve(settings)
        settings = replace(
            settings, req_key=req_key or settings.req_key, mode=mode or settings.mode
        )
        check_params(params, settings.req_key, settings.mode)
        if isinstance(photo, PhotoLink):
            check_photo_link(photo.url, settings.base_url)
        self.tidy(notebook)
        self.storage.check(len(photo.data) if isinstance(photo, Photo) else 0)
        requests = [
            EditRequest(photo, replace(params, seed=seed), settings.req_key, delivery)
            for seed in spread_seeds(params.seed, settle_count(count))
        ]
        parent = parent if is_picture_of(notebook, parent, photo) else None
        records = [self._runner.new_record(request, settings, parent) for request in requests]
        carry_out = partial(self._runner.carry_out, client=client)
        return self._runner.start(notebook, records, requests, carry_out, on_change, payer=payer)

    def replay(
        self,
        notebook: Notebook,
        record_id: str,
        count: int = 1,
        *,
        settings: Settings | None = None,
        payer: Payer | None = None,
        on_change: Callable[[], None] = lambda: None,
    ) -> Run:
        """Send exactly the same body again, `count` times. Returns immediately.

        Each repeat has its own record, with `replay_of` set, and a verdict once it is done, if the
        original has a picture. It is sent to the current service, which may differ from the
        original's; its recipe has the current one. `settings`, `payer` and `on_change` are as in
        `start`.
        Raises `ParameterError`, `HistoryError` or `ConfigError`.
        """
        self.tidy(notebook, [record_id])
        self.storage.check()
        return self._replayer.replay(notebook, record_id, count, settings, payer, on_change)

    def replay_chain(
        self,
        notebook: Notebook,
        record_id: str,
        photo: Photo | None = None,
        *,
        parent: str | None = None,
        settings: Settings | None = None,
        payer: Payer | None = None,
        on_change: Callable[[], None] = lambda: None,
    ) -> Run:
        """Repeat the whole chain that led to this record. Returns immediately.

        Each step's picture is the photo of the next step. The first photo is that of the chain, or
        `photo`, with its `parent` as in `start`. A step is recorded when it starts, so after a
        failure or a stop there are no records of the later steps. A step that sends exactly the
        original body is a repeat, with a verdict. Otherwise like `replay`.
        """
        self.tidy(notebook, self.lineage(notebook, record_id).chain)
        self.storage.check(len(photo.data) if photo else 0)
        return self._replayer.replay_chain(
            notebook, record_id, photo, parent, settings, payer, on_change
        )

    def left(self, payer: Payer) -> Allowance | None:
        """How many edits `payer` may still make at the owner's cost; see `Budget.left`."""
        return self._budget.left(payer)

    def lineage(self, notebook: Notebook, record_id: str) -> Lineage:
        """The chain that led to the record, all branches of its first edit, and its repeats."""
        return lineage(notebook, record_id)

    def fetch_photo(self, url: str, *, settings: Settings | None = None) -> bytes:
        """Download the photo at `url`; see `Client.fetch_photo`.

        Pass a visitor's `settings` to also allow addresses at the visitor's own gateway.
        """
        client, _ = self._accounts.resolve(settings)
        return client.fetch_photo(url)

    # ── missing pictures ─────────────────────────────────────────────────────────────────────

    def resume(self, on_change: Callable[[], None] = lambda: None) -> int:
        """Tidy every notebook, then poll every task of the last 12 hours that no process polls.

        Called at startup. Returns the number of tasks; polling continues in the background.
        `on_change` is called as in `start`. A task that used a visitor's own key waits for
        `fetch_again`, because that key is not stored.
        """
        self._history.warm_up()
        self._keeper.clean_up()
        return self._retriever.resume(on_change)

    def can_fetch_again(self, record: Record) -> bool:
        """Whether `fetch_again` may still get the picture of this record.

        True until its link and its task expire, unless the service refused the edit or no longer
        has the task.
        """
        return self._retriever.can_fetch_again(record)

    def fetch_again(
        self, notebook: Notebook, record_id: str, *, settings: Settings | None = None
    ) -> Record:
        """The record with its picture, fetched from its link or by polling its task once.

        This is always free. Pass the visitor's `settings` for a task that used their own key.
        Raises `DownloadError` if there is nothing to fetch (any more), `TaskPendingError` while the
        task is running, or the error that prevented it. The record is then unchanged, unless its
        task has ended without a picture.
        """
        return self._retriever.fetch_again(notebook, record_id, settings)

    def is_interrupted(self, record: Record) -> bool:
        """Whether this call was abandoned, for example by a crash."""
        return self._retriever.is_interrupted(record)

    def measure(self, notebook: Notebook, record_id: str) -> Record:
        """The record with `touched` set, measured and saved now unless it was before.

        Unchanged if it has no picture, or if the service fetched the photo itself. Raises
        `HistoryError` or `PhotoError`.
        """
        return self._measurer.measure(notebook, record_id)

    # ── deletion and limits ──────────────────────────────────────────────────────────────────

    def delete(self, notebook: Notebook, ids: Iterable[str] | None = None) -> tuple[list[str], int]:
        """Delete the given records, or all.

        Returns the ids deleted, and how many remain because their call is running. For `UNDO_S`
        the deletion can be undone with `notebook.take_back`; then it is final.
        """
        return self._keeper.delete(notebook, ids)

    def tidy(self, notebook: Notebook, spared: Iterable[str] = ()) -> None:
        """Delete records over the limits of size and age, the oldest without a star first.

        They can be restored like those of `delete`. Keeps unfinished records and those in `spared`.
        """
        self._keeper.tidy(notebook, spared)

    def look_ahead(self, notebook: Notebook) -> Outlook | None:
        """The limits and what they are about to delete; None if there are no limits."""
        return self._keeper.look_ahead(notebook)

    # ── export and import ────────────────────────────────────────────────────────────────────

    def export(
        self,
        notebook: Notebook,
        ids: Iterable[str] | None,
        file: BinaryIO,
        *,
        language: str = "en",
        on_progress: Callable[[int, int], None] = lambda done, count: None,
    ) -> int:
        """Write the given records, or all, as a ZIP into `file`; see `export.write_archive`."""
        self.storage.check()
        return export.write_archive(
            notebook, ids, file, now=self._now(), language=language, on_progress=on_progress
        )

    def import_(
        self,
        notebook: Notebook,
        path: Path,
        *,
        on_progress: Callable[[int, int], None] = lambda done, count: None,
    ) -> Imported:
        """Import the ZIP at `path`; see `intake.take_in`. Imported edits are not sent or polled.

        Raises `ArchiveError` or `HistoryError`.
        """
        self.storage.check()
        limit = self.settings.notebook_max_bytes
        rooms = [None if limit is None else limit - notebook.index().totals().size_bytes]
        rooms.append(self.storage.room_bytes())
        room = min((it for it in rooms if it is not None), default=None)
        try:
            file = path.open("rb")
        except OSError as error:
            raise ArchiveError(_NO_ARCHIVE) from error
        with file:
            return intake.take_in(
                notebook, file, decoder=self.decoder, room_bytes=room, on_progress=on_progress
            )

    # ── shutdown ─────────────────────────────────────────────────────────────────────────────

    def close(self) -> None:
        """Start nothing more, and wait for the calls already sent, for at most `grace_s`.

        A call without a response is then recorded as lost. Tasks keep running at the service; the
        next start resumes them.
        """
        self._keeper.close()
        self._under_way.stop()
        self._under_way.wait(self.settings.grace_s)
        for run, record in self._under_way.give_up():
            log_edit(run.notebook, record, self.settings)
        self._places.shutdown(_ENDING_S)
        self._retriever.close(_ENDING_S)
        self._measurer.close()
        self.decoder.close()

    def hurry(self) -> None:
        """Let `close` wait no longer."""
        self._under_way.hurry()


_ENDING_S = 0.5
"""How long the threads of calls that have ended may take to end too."""
_NO_ARCHIVE = Words("This file does not exist or cannot be read. Choose the archive again.")
