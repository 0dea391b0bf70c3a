"""A workbench whose notebooks are not stored in files."""

from __future__ import annotations

import secrets
from pathlib import Path

from tests.support.gateway import Gateway
from tests.support.running import DONE, PICTURE, Bench
from volcedit import Photo


def test_an_edit_is_run_repeated_and_deleted_in_a_bucket(gateway: Gateway, photo: Photo):
    gateway.script(DONE, DONE)
    address = Path(f"memory://{secrets.token_hex(8)}")  # as converted from the setting
    with Bench(gateway.url, address) as bench:
        bench.workbench.resume()
        (first,) = bench.finish(photo).records
        run = bench.workbench.replay(bench.notebook, first.id, on_change=bench.tell)
        (again,) = bench.wait_for_end(run).records
        assert again.verdict.kind == "same_bytes"
        assert bench.notebook.read(first.picture) == PICTURE
        assert bench.workbench.delete(bench.notebook, [first.id]) == ([first.id], 0)
        assert bench.notebook.take_back([first.id]) == [first.id]
    with Bench(gateway.url, address) as later:
        assert later.notebook.ids() == [again.id, first.id]
