"""How far one click on Run travels: how often a call goes from one file of ours into another.

    python -m tests.benchmarks.count_crossings

The page is built as `app.py` builds it, in front of a service that answers after a second. Run's
listener is called for one picture as Gradio calls it: its validator, itself until it has shown
everything, with the listeners of each state that it changes, then what follows it. The first click,
after which templates and tables are there, is not counted; the second is, in every thread, until
the page has shown the picture.

A crossing is the beginning of a Python function in one .py file of `volcedit/` that was called
straight from another. A generator or coroutine that goes on is no call. What runs in a pool is
called from there, by nobody of ours. Comprehensions and what dataclasses generate are in no file.

| commit | crossings | checks of the parameters | snippets |
|---|---|---|---|
| 055e005 | 889 | 3 | 4: of 2 kinds, each twice |
| 0af9ced | 843 | 3 | 4 |
| 0a74d5a, whose sentences take a way of their own | 996 | 3 | 4 |
| c3b794f | 502 | 3 | 0 |
| this one | 441 | 3: in the form, before a record is made, before it is sent | 0 |

All where the run was drawn twice. On a busy machine "waiting" is drawn apart from "sent".
"""

from __future__ import annotations

import asyncio
import os
import shutil
import sys
import tempfile
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import CodeType, FrameType
from typing import Any

import gradio as gr
from fastapi import Request
from gradio.block_function import BlockFunction
from gradio.utils import get_upload_folder

import volcedit
from tests.benchmarks.floor import PHOTOS, floor_server, make_answer, open_workbench
from volcedit.jobs.workbench import Workbench
from volcedit.web import build

LATENCY_S = 1.0
"""So long that the page has shown what is queued and what is sent before the picture arrives."""
BUSIEST = 10
WORK = {
    "the parameters were checked": ["find_faults"],
    "snippets were made": ["curl", "python"],
    "heat maps were made": ["heat_map"],
    "difference pictures were made": ["difference_picture"],
    "two pictures were judged": ["judge"],
    "the run was drawn": ["status_of_run"],
}
"""The functions that do it, by what they do."""
_OURS = str(Path(volcedit.__file__).parent)
_FRESH = 3  # the bits of RESUME that say what goes on: 0 for a function that begins


class Crossings:
    """Calls between files of ours and calls of our functions, counted while `counting`."""

    def __init__(self) -> None:
        self.pairs: Counter[tuple[str, str]] = Counter()
        """By the names of both files, the caller's first."""
        self.calls: Counter[str] = Counter()
        """By the name of the function."""
        self._files: dict[CodeType, str | None] = {}
        self._counting = threading.Lock()

    @contextmanager
    def counting(self) -> Iterator[None]:
        """Counts what happens in threads that begin inside, and in this one."""
        threading.setprofile(self._notice)
        sys.setprofile(self._notice)
        try:
            yield
        finally:
            sys.setprofile(None)
            threading.setprofile(None)

    def _notice(self, frame: FrameType, event: str, _: object) -> None:
        if event != "call" or (callee := self._file_of(frame.f_code)) is None:
            return
        if frame.f_lasti >= 0 and frame.f_code.co_code[frame.f_lasti + 1] & _FRESH:
            return
        before = frame.f_back
        caller = self._file_of(before.f_code) if before is not None else None
        with self._counting:
            self.calls[frame.f_code.co_name] += 1
            if caller is not None and caller != callee:
                self.pairs[caller, callee] += 1

    def _file_of(self, code: CodeType) -> str | None:
        """The file below `volcedit/`; None for one that is not ours, and for a template."""
        if code not in self._files:
            name = code.co_filename
            is_ours = name.startswith(_OURS) and name.endswith(".py")
            self._files[code] = name[len(_OURS) + 1 :] if is_ours else None
        return self._files[code]


class Click:
    """A click on Run in a page that nobody has opened in a browser."""

    def __init__(self, demo: gr.Blocks, photo: Path) -> None:
        self._listeners = list(demo.fns.values())
        (run,) = [it for it in demo.blocks.values() if it.elem_id == "run"]
        (self._run,) = [it for it in self._listeners if (run._id, "click") in it.targets]  # noqa: SLF001
        typed = {"image": str(photo), "prompt": "make it snow", "seed": "7"}
        self._values = [
            typed.get(str(it.elem_id), getattr(it, "value", None)) for it in self._run.inputs
        ]
        scope = {"type": "http", "headers": [], "query_string": b"", "client": ("127.0.0.1", 1)}
        self._request = gr.Request(Request(scope), session_hash="count-crossings")

    async def press(self) -> None:
        """What Gradio calls, until everything has been shown."""
        verdicts = self._run.validator(self._request, *self._values)
        assert all(it["is_valid"] for it in verdicts), verdicts
        shown: dict[Any, Any] = {}
        async for updates in self._run.fn(self._request, *self._values):
            changed = [it for it in updates if updates[it] != shown.get(it, it.value)]
            shown |= updates
            for follower in self._followers_of(changed):
                follower.fn(self._request, *self._inputs_of(follower, shown))
        (results,) = [html for it, html in shown.items() if it.elem_id == "results"]
        assert "<img" in results, results
        for follower in self._followers(self._run):
            await follower.fn(self._request, *self._inputs_of(follower, shown))

    def _inputs_of(self, listener: BlockFunction, shown: dict[Any, Any]) -> list[Any]:
        return [shown.get(it, getattr(it, "value", None)) for it in listener.inputs]

    def _followers_of(self, changed: list[Any]) -> list[BlockFunction]:
        states = {(it._id, "change") for it in changed if isinstance(it, gr.State)}  # noqa: SLF001
        return [it for it in self._listeners if states & set(it.targets)]

    def _followers(self, done: BlockFunction) -> list[BlockFunction]:
        return [it for it in self._listeners if it.trigger_after == done._id]  # noqa: SLF001


def main() -> None:
    """Print what one click costs."""
    crossings = Crossings()
    answer = make_answer((PHOTOS / "coffee.png").read_bytes())
    with floor_server(answer, LATENCY_S) as url, tempfile.TemporaryDirectory() as folder:
        os.environ["GRADIO_TEMP_DIR"] = str(Path(folder, "gradio"))
        with open_workbench(url, Path(folder, "first")) as workbench:
            asyncio.run(_make_click(workbench, Path(folder, "first")).press())
        with open_workbench(url, Path(folder, "second")) as workbench:
            click = _make_click(workbench, Path(folder, "second"))
            with crossings.counting():
                asyncio.run(click.press())
    print(f"{crossings.pairs.total()} crossings; the busiest pairs of files:")
    for (caller, callee), count in crossings.pairs.most_common(BUSIEST):
        print(f"{count:5}  {caller} -> {callee}")
    for what, names in WORK.items():
        print(f"{sum(crossings.calls[name] for name in names):5}  times {what}")


def _make_click(workbench: Workbench, folder: Path) -> Click:
    photo = Path(get_upload_folder(), folder.parent.name, folder.name, "coffee.png")
    photo.parent.mkdir(parents=True)
    shutil.copy(PHOTOS / "coffee.png", photo)
    return Click(build(workbench), photo)


if __name__ == "__main__":
    main()
