"""Pictures that take too much to decode: paid for, so they are kept as they came."""

from __future__ import annotations

import struct
from contextlib import nullcontext
from pathlib import Path

import pytest

from tests.support.archiving import import_
from tests.support.gateway import Gateway, reply
from tests.support.hostile import large_png, scans
from tests.support.running import Bench, envelope_of
from volcedit import Client, MalformedAnswerError, Photo
from volcedit.notebook.history import History

TOO_COMPLEX = scans(size=(2048, 2048))


def test_a_picture_that_is_too_complex_is_kept(gateway: Gateway, photo: Photo):
    gateway.script(reply(200, envelope_of(TOO_COMPLEX)))
    result = Client(gateway.url, "key").edit(photo, "make it snow")
    assert result.picture == TOO_COMPLEX
    assert (result.media_type, result.width_px, result.height_px) == ("image/jpeg", 2048, 2048)


@pytest.mark.parametrize(("height", "is_kept"), [(9_942, True), (9_943, False)])
def test_a_picture_of_more_pixels_than_pillow_opens_is_a_bomb(
    gateway: Gateway, photo: Photo, height: int, is_kept: bool
):
    size = struct.pack(">II", 9_000, height)
    data = large_png(16, 16).replace(struct.pack(">II", 16, 16), size, 1)
    gateway.script(reply(200, envelope_of(data)))
    with nullcontext() if is_kept else pytest.raises(MalformedAnswerError):
        Client(gateway.url, "key").edit(photo, "make it snow")


def test_it_survives_an_export_and_has_no_verdict(gateway: Gateway, photo: Photo, tmp_path: Path):
    gateway.script(*[reply(200, envelope_of(TOO_COMPLEX + it)) for it in (b"", b"\0")])
    with Bench(gateway.url, tmp_path) as bench:
        (record,) = bench.finish(photo).records
        (again,) = bench.wait_for_end(bench.workbench.replay(bench.notebook, record.id)).records
        assert (record.state, again.state, again.verdict) == ("done", "done", None)
        with (tmp_path / "all.zip").open("wb") as file:
            bench.workbench.export(bench.notebook, None, file)
    other = History(tmp_path / "other").notebook("ben")
    import_(other, (tmp_path / "all.zip").read_bytes())
    assert other.read(record.picture) == TOO_COMPLEX
