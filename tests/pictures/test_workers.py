"""Decoding in processes of its own gives the same, and outlives whatever it is given."""

from __future__ import annotations

import io
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageDraw

from tests.support import PHOTOS, ROOT
from tests.support.hostile import SMALL, large_png, many_chunks, mutated
from tests.support.specimens import encode, quadrants, said
from volcedit.errors import ParameterError, PhotoError
from volcedit.pictures.bounds import QUICK
from volcedit.pictures.decoder import LocalDecoder
from volcedit.pictures.opening import TOO_MUCH
from volcedit.pictures.workers.messages import read_message, write_message
from volcedit.pictures.workers.pool import Workers
from volcedit.service.fields import PHOTO_LIMITS

CHELSEA = (PHOTOS / "chelsea.png").read_bytes()
COMMAND = "volcedit.pictures.workers.pool._COMMAND"
LARGE = many_chunks(60_000)  # takes the slow lane, half a second


@pytest.fixture(scope="module")
def workers() -> Iterator[Workers]:
    decoder = Workers()
    yield decoder
    decoder.close()


def edited():
    with Image.open(io.BytesIO(CHELSEA)) as image:
        ImageDraw.Draw(image).ellipse((50, 50, 150, 150), fill="red")
        return encode(image, "PNG")


@pytest.mark.parametrize("format", ["PNG", "TIFF"])
def test_a_photo_is_read_as_in_this_process(workers, format):
    data = encode(quadrants(), format)
    reading = workers.read_photo(data, PHOTO_LIMITS)
    assert reading == LocalDecoder().read_photo(data, PHOTO_LIMITS)
    assert said(reading) == said(LocalDecoder().read_photo(data, PHOTO_LIMITS))


@pytest.mark.parametrize("chdir", [False, True])
def test_a_path_may_be_relative(workers, tmp_path, monkeypatch, chdir):
    (tmp_path / "photo.png").write_bytes(CHELSEA)
    monkeypatch.chdir(tmp_path if chdir else ROOT)
    path = "photo.png" if chdir else tmp_path / "photo.png"
    assert workers.read_photo(path, PHOTO_LIMITS).photo.data == CHELSEA


def test_every_other_call_gives_the_same(workers):
    local, after = LocalDecoder(), edited()
    assert workers.inspect_picture(after) == local.inspect_picture(after)
    assert workers.make_thumbnail(after, 64) == local.make_thumbnail(after, 64)
    cropped = [it.crop_photo(after, "1:1", 0.5, PHOTO_LIMITS) for it in (workers, local)]
    assert cropped[0] == cropped[1]
    for call in ("judge", "measure_touched", "heat_map", "difference_picture"):
        assert getattr(workers, call)(CHELSEA, after) == getattr(local, call)(CHELSEA, after)
    assert workers.judge(after, after) == local.judge(after, after)
    other = encode(quadrants(), "PNG")
    assert workers.judge(after, other) == local.judge(after, other)
    assert workers.measure_touched(after, after) == local.measure_touched(after, after)


@pytest.mark.parametrize(
    "data", [b"", b"hello", CHELSEA[:5000], encode(quadrants((16, 64)), "PNG"), bytes(10_000_001)]
)
def test_a_refusal_says_the_same(workers, data):
    with pytest.raises(PhotoError) as local:
        LocalDecoder().read_photo(data, PHOTO_LIMITS)
    with pytest.raises(PhotoError) as caught:
        workers.read_photo(data, PHOTO_LIMITS)
    assert caught.value.words == local.value.words
    assert caught.value.code == local.value.code


def test_a_wrong_aspect_names_its_field(workers):
    with pytest.raises(ParameterError) as caught:
        workers.crop_photo(CHELSEA, "7:5", 0.5, PHOTO_LIMITS)
    assert caught.value.field == "aspect"
    assert "1:1, 4:3" in str(caught.value)


@pytest.mark.parametrize("name", SMALL)
def test_a_hostile_file_does_not_end_the_worker(workers, name):
    workers.inspect_picture(CHELSEA)
    before = workers.pids
    with pytest.raises(PhotoError) as caught:
        workers.read_photo(SMALL[name](), PHOTO_LIMITS)
    assert (caught.value.code, workers.pids) == (TOO_MUCH, before)


def test_after_a_crash_there_is_a_new_worker(workers):
    workers.inspect_picture(CHELSEA)
    (pid,) = workers.pids
    os.kill(pid, signal.SIGKILL)
    assert workers.inspect_picture(CHELSEA)[0] == "image/png"
    assert workers.pids != [pid]


NO_REPLIES = [b"", b"\xff" * 100, b"\0\0\0\2[]", b"\0\0\0\x1a" + b'{"values":{},"blobs":[-1]}']


@pytest.mark.parametrize("written", NO_REPLIES)
def test_what_a_worker_says_that_is_no_reply_is_an_error_of_the_picture(monkeypatch, written):
    program = f"import sys; sys.stdout.buffer.write({written!r})"
    monkeypatch.setattr(COMMAND, (sys.executable, "-c", program))
    decoder = Workers()
    with pytest.raises(PhotoError) as caught:
        decoder.inspect_picture(CHELSEA)
    decoder.close()
    assert caught.value.code == TOO_MUCH


def test_large_pictures_hold_up_nobody(workers):
    ended = []
    slow = threading.Thread(target=lambda: ended.append(workers.read_photo(LARGE, PHOTO_LIMITS)))
    slow.start()
    workers.read_photo(CHELSEA, PHOTO_LIMITS)
    assert ended == []
    slow.join()
    assert len(ended) == 1


def test_an_answer_waits_for_one_upload_only(workers):
    upload = many_chunks(10_000)
    ended = []

    def look(number):
        workers.make_thumbnail(upload + bytes(number), 64)
        ended.append(number)

    with ThreadPoolExecutor(5) as pool:
        for number in range(5):
            pool.submit(look, number)
        while not ended:
            workers.inspect_picture(CHELSEA)
        before = len(ended)
        workers.inspect_picture(CHELSEA)
        assert len(ended) - before <= 2


def test_only_so_many_large_pictures_wait(monkeypatch):
    monkeypatch.setattr("volcedit.pictures.workers.pool.SLOW_MAX", 1)
    decoder = Workers()

    def read(number):
        try:
            return decoder.inspect_picture(LARGE + bytes(number))[0]
        except PhotoError as error:
            assert error.code == TOO_MUCH
            return str(error).partition(" ")[0]

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(read, range(2))) == ["Other", "image/png"]
    decoder.close()


def test_what_was_too_much_once_is_refused_at_once(workers, monkeypatch):
    pair = large_png(5000, 5000), large_png(5000, 4900)
    with pytest.raises(PhotoError, match="memory or time"):
        workers.judge(*pair)
    monkeypatch.setattr(COMMAND, (sys.executable, "-c", "no process is started"))
    with pytest.raises(PhotoError, match="memory or time"):
        workers.judge(*pair)


def test_closed_workers_refuse_in_words():
    decoder = Workers()
    decoder.inspect_picture(CHELSEA)
    (pid,) = decoder.pids
    decoder.close()
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)
    with pytest.raises(PhotoError):
        decoder.inspect_picture(CHELSEA)


# ── the process ──────────────────────────────────────────────────────────────────────────────


def start(program):
    command = [sys.executable, *program]
    return subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE)


def test_a_worker_ends_with_the_app():
    with start(["-m", "volcedit.pictures.workers.process", "quick"]) as process:
        request = {"call": "inspect_picture", "sources": [None], "options": {}}
        write_message(process.stdin, request, [CHELSEA])
        assert read_message(process.stdout)[0] == {"result": ["image/png", 451, 300]}
        process.stdin.close()
        assert process.wait(30) == 0


LIMITS = "from volcedit.pictures.workers.process import limit_memory, limited_cpu\n"


def test_the_system_ends_what_takes_too_long():
    with start(["-c", LIMITS + "with limited_cpu(0.1):\n while True: pass"]) as process:
        assert process.wait(30) == -signal.SIGPROF


def test_time_is_counted_for_each_picture():
    program = LIMITS + "import time\nfor _ in range(3):\n with limited_cpu(0.4):\n  end = "
    program += "time.process_time() + 0.2\n  while time.process_time() < end: pass"
    with start(["-c", program]) as process:
        assert process.wait(30) == 0


@pytest.mark.parametrize(("size", "outcome"), [(30_000_000, 0), (60_000_000, 1)])
def test_the_system_refuses_more_memory(size, outcome):
    program = LIMITS + f"limit_memory(50_000_000)\ntry: bytes({size})\n"
    program += "except MemoryError: raise SystemExit(1)"
    with start(["-c", program]) as process:
        assert process.wait(30) == (outcome if sys.platform == "linux" else 0)


# ── fuzzing ──────────────────────────────────────────────────────────────────────────────────


def test_mutated_pictures_give_our_own_errors_within_memory(workers):
    """Thousands more: `python -m tests.benchmarks.bench_decoding fuzz 5000`."""

    @settings(max_examples=30, deadline=None)
    @given(chance=st.randoms(use_true_random=False))
    def read(chance):
        data = mutated(chance)
        with suppress(PhotoError):
            workers.read_photo(data, PHOTO_LIMITS)
            workers.heat_map(CHELSEA, data)

    read()
    (pid,) = workers.pids
    assert resident_mb(pid) <= QUICK.memory_bytes / 1e6 + 100


def resident_mb(pid):
    command = ["ps", "-o", "rss=", "-p", str(pid)]
    return int(subprocess.run(command, capture_output=True, check=True).stdout) / 1000
