"""Every README: its links lead somewhere, what it names is there, its numbers are the code's."""

from __future__ import annotations

import ast
import inspect
import math
import re
from pathlib import Path

import gradio as gr
import pytest

from tests.support import ROOT
from tests.support.readmes import ALL, Readme, quoted_in
from volcedit.config import DEFAULTS, SPACE_DEFAULTS
from volcedit.jobs.keeper import UNDO_OLD_S, UNDO_S
from volcedit.jobs.under_way import UNDER_WAY_MAX
from volcedit.jobs.variations import COUNT_MAX
from volcedit.notebook.history import INDEXES_KEPT
from volcedit.notebook.keeping import ROOM_MADE
from volcedit.notebook.owners import ID_CHARS
from volcedit.notebook.shelves.listing import RELIST_AFTER_S
from volcedit.notebook.shelves.sweep import ORPHAN_AGE_S
from volcedit.notebook.store.buckets import LISTING_LAG_S
from volcedit.notebook.store.leases import LEASE_S
from volcedit.pictures.bounds import MOST
from volcedit.pictures.comparing import NEAR_DB, NEAR_SHARE, THRESHOLD
from volcedit.pictures.opening import PICTURE_MAX_PIXELS
from volcedit.sandbox import Sandbox
from volcedit.sandbox.codes import CODES as SANDBOX_CODES
from volcedit.sandbox.faults.connections import _HUGE_BYTES as HUGE_BYTES
from volcedit.sandbox.http.signatures import MAX_SKEW_S
from volcedit.service.client import TASK_WAIT_S
from volcedit.service.codes import CODES
from volcedit.service.download import PICTURE_MAX_BYTES
from volcedit.service.models import MODELS
from volcedit.service.redaction import KEY_MIN_CHARS
from volcedit.service.transport import (
    RETRY_AFTER_MAX_S,
    SKEW_REPORTED_S,
    may_repeat,
    poll_delay_s,
    retry_delay_s,
)
from volcedit.service.wire import LINK_LIFETIME_S, TASK_LIFETIME_S
from volcedit.web import UPLOAD_MAX
from volcedit.web.edit.replayer import REPEATS
from volcedit.web.guard.refusal import RefusalLog
from volcedit.web.guard.uploads import KEPT_S, PRESSED_S, SWEEP_EVERY_S, UNUSED_S
from volcedit.web.keys import LIFETIME_S

EVERY = pytest.mark.parametrize("readme", ALL.values(), ids=lambda it: it.name)

UNDO = f"{UNDO_S / 60:.0f} minutes"
UNDO_OLD = f"{UNDO_OLD_S / 3600:.0f} hours"
TASK_HOURS = f"{TASK_LIFETIME_S / 3600:.0f} hours"
TASK_WAIT = f"{TASK_WAIT_S / 60:.0f} minutes"
UPLOAD = f"{UPLOAD_MAX.removesuffix('mb')} MB"
RETRIES = [f"{retry_delay_s(attempt, None, 0):g}" for attempt in (1, 2, 3, 4)]
ANOTHER_SEED = [
    str(code.number)
    for code in CODES.values()
    if (error := code.error("", "")).retryable and not may_repeat(error)
]
(CACHE_AGE_S,) = re.findall(
    r"delete_cache=\(\d+, (\d+)\)", (ROOT / "volcedit/web/__init__.py").read_text("utf-8")
)
CACHE_DAYS = int(CACHE_AGE_S) / 86400
assert int(CACHE_AGE_S) == KEPT_S
RESULT_HOURS = inspect.signature(Sandbox).parameters["url_lifetime_s"].default / 3600
SIDED = next(model for model in MODELS.values() if model.side_max_px)

NUMBERS: dict[str, list[str]] = {
    "README.md": [
        f"Up to {COUNT_MAX} variations",
        f"Repeat {REPEATS} times",
        f"in the last {UNDO}",
        "{VOLCEDIT_NOTEBOOK_MB} MB and {VOLCEDIT_KEEP_DAYS} days".format(**SPACE_DEFAULTS),
        "{VOLCEDIT_EDITS_PER_HOUR} edits an hour".format(**SPACE_DEFAULTS),
        "{VOLCEDIT_EDITS_PER_DAY} a day".format(**SPACE_DEFAULTS),
        "With 0,",
        f"takes up to {UPLOAD}",
        "Python 3.11, 3.12 or 3.13",  # see `test_root_readme`
        "95th-percentile",
    ],
    "volcedit/jobs/README.md": [
        f"{UNDER_WAY_MAX} edits waiting or running",
        f"the last {TASK_HOURS}",
        f"at least {NEAR_DB:g} dB, and at most {NEAR_SHARE:.0%}".replace("%", " %"),
        f"more than {THRESHOLD} of 255",
        "IPv6 address is counted by its first 64 bits",  # see `test_visitor`
    ],
    "volcedit/notebook/README.md": [
        f"for {UNDO_OLD}, in which",
        f"in `deleted/` for {UNDO}",
        f"has {ID_CHARS} hexadecimal digits",
        f"after {CACHE_DAYS:g} day",
        f"within {(UNUSED_S + SWEEP_EVERY_S) / 3600:.0f} hour",
        f"older than {PRESSED_S / 60:.0f} minutes are deleted",
        f"the {INDEXES_KEPT} notebooks",
        f"until {ROOM_MADE * 100:.0f} % of the limit",
        f"seen within {RELIST_AFTER_S:.0f} s",
        f"or after {RELIST_AFTER_S:.0f} s",
        f"expires after {LEASE_S:.0f} s",
        f"in the last {LISTING_LAG_S:.0f} s",
        f"until they are {ORPHAN_AGE_S / 3600:.0f} hour old",
        "SHA-256",
        "as S3 does",
        "such as s3fs",
        "APP9",
    ],
    "volcedit/pictures/README.md": [
        f"at most {math.ceil(MOST.cpu_s)} s of CPU",
        "less than 1 GB",  # measured by `bench_decoding`
        f"{PICTURE_MAX_PIXELS // 1_000_000} megapixels fit",
        "20 bytes a pixel",  # see `headers`
    ],
    "volcedit/service/README.md": [
        "a key in base64 or hex",
        f"less than {KEY_MIN_CHARS} characters",
        f"{SIDED.side_min_px} to {SIDED.side_max_px}, both",
        f"up to {PICTURE_MAX_BYTES // 1_000_000} MB",
        f"within {TASK_WAIT}",
        f"up to {TASK_WAIT}",
        f"After {TASK_WAIT}",
        f"at least {SKEW_REPORTED_S / 60:.0f} minutes off",
        f"{', '.join(RETRIES[:3])}, then {RETRIES[3]} s",
        f"up to {RETRY_AFTER_MAX_S:.0f} s",
        f"from {poll_delay_s(1, None, 0):g} to {poll_delay_s(99, None, 0):g} s",
        f"{LINK_LIFETIME_S / 3600:.0f} hours, or {TASK_HOURS} for a task",
        f"fetched for {TASK_HOURS}",
        "at once” (50430)",
        f"review refused ({', '.join(ANOTHER_SEED)})",
        "reports a failure (5xx)",
    ],
    "volcedit/sandbox/README.md": [
        f"({min(SANDBOX_CODES)} to {max(SANDBOX_CODES)})",
        f"at most {MAX_SKEW_S / 60:.0f} minutes off",
        "one more gets 50430",
        "one more gets 50429",
        "fails with 50430",
        "makes 20 % of valid edits fail",
        *("on the 200 instructions", "98 were right, 10 partly, 65 wrong and 27 not"),
        "0 picks a free one | 8000",
        "takes | 0 |",
        "on 127.0.0.1",
        "(after 2.5 seconds)",
        "a login page, with status 200",
        "status 200 without a body",
        f"for {RESULT_HOURS:g} hours",
        "a seed of −1",
        "and 0 leaves",
        f"{HUGE_BYTES // 1_000_000} MB",
        "30000×30000 pixels",  # see `tests/sandbox/faults`
        "base64",
    ],
    "tests/data/README.md": ["200 instructions"],  # see `test_instructions`
    "volcedit/web/README.md": [
        "22 to 128 characters",  # see `test_web_readme`
        f"after {LIFETIME_S / 3600:.0f} hour without use",
        *(
            "| 403",
            "| 404 |",
            "| 413,",
            "| 507 |",
            "| 400 or 422 |",
        ),  # see `test_gate`, `test_full`
        f"at most {inspect.signature(RefusalLog).parameters['most'].default} a minute",
    ],
}
"""Each sentence with a number in it, made from what the code says."""


@EVERY
def test_every_number_is_one_of_the_code(readme: Readme):
    prose = readme.prose
    if readme.name == "volcedit/service/README.md":  # their tables have tests of their own
        rows = [*readme.rows("Codes"), *readme.rows("By HTTP status")]
        for row in rows:
            prose = prose.replace(" | ".join(row), "")
    if readme.name == "volcedit/sandbox/README.md":  # so has the table of what it understands
        for row in readme.rows("What it understands"):
            prose = prose.replace(" | ".join(row), "")
    for sentence in NUMBERS.get(readme.name, []):
        assert sentence in prose, sentence
        prose = prose.replace(sentence, "")
    prose = re.sub(r"`[^`]+`|\s\d+\. (?=[A-Z`])", "", prose)  # code, and a list's own numbers
    assert re.findall(r".{0,30}\d.{0,20}", prose) == []


@EVERY
def test_every_link_leads_somewhere(readme: Readme):
    for link in readme.links:
        path, _, anchor = link.partition("#")
        target = (readme.folder / path).resolve() if path else readme.path
        assert target.exists(), link
        if anchor:
            assert anchor in Readme(target).anchors, link


@EVERY
def test_every_variable_exists(readme: Readme):
    named = re.findall(r"\b(?:VOLCEDIT|VOLC)_[A-Z_]+\b", readme.text)
    assert set(named) <= set(DEFAULTS)
    gradio = Path(gr.__file__).parent
    source = "".join((gradio / it).read_text("utf-8") for it in ("http_server.py", "blocks.py"))
    for name in re.findall(r"\bGRADIO_[A-Z_]+\b", readme.text):
        assert f'"{name}"' in source


@EVERY
def test_every_path_exists(readme: Readme):
    """Of those with a folder, which are seen to be paths."""
    for name in quoted_in(readme.prose):
        if re.fullmatch(r"[\w.]+(/[\w.]+)*\.(py|md|json|css|js)", name) and "/" in name:
            assert any((at / name).exists() for at in (readme.folder, ROOT, ROOT / "volcedit")), (
                name
            )


@EVERY
def test_every_code_block_is_of_a_known_language(readme: Readme):
    """Those in Python are run by the tests of that README; here, their shape."""
    for code in readme.blocks("python"):
        ast.parse(code)
    fences = re.findall(r"^```(\w*)$", readme.text, re.MULTILINE)
    assert set(fences[::2]) <= {"python", "bash", "nginx"}
    assert set(fences[1::2]) <= {""}


@pytest.mark.parametrize("path", sorted((ROOT / "volcedit").rglob("README.md")), ids=str)
def test_the_map_leads_to_every_readme(path: Path):
    the_map = ALL["volcedit/README.md"]
    if path != the_map.path:
        assert path in {
            (the_map.folder / link.partition("#")[0]).resolve() for link in the_map.links
        }
