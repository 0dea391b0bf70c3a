"""What the owner reads about each edit."""

from __future__ import annotations

import io
import logging
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from tests.support.gateway import Gateway, reply
from tests.support.running import DONE, Bench
from volcedit import Photo
from volcedit.config import read_settings
from volcedit.service.redaction import open_log


def lines(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [it.getMessage() for it in caplog.records if it.getMessage().startswith("edit ")]


@pytest.mark.parametrize(
    ("more", "cost"),
    [
        ({"price": "0.2", "currency": "CNY"}, "0.2 CNY"),
        ({"price": "0"}, "0"),
        ({}, "at the owner's cost"),
    ],
)
def test_an_edit_is_one_line_with_its_price(
    gateway: Gateway, tmp_path: Path, photo: Photo, caplog: pytest.LogCaptureFixture, more, cost
):
    gateway.script(DONE)
    caplog.set_level(logging.INFO, "volcedit")
    with Bench(gateway.url, tmp_path, **more) as bench:
        [record] = bench.finish(photo).records
    [line] = lines(caplog)
    who = bench.notebook.name[:8]
    assert line == f"edit {record.id} by {who}: done after {record.took_s:.1f} s, {cost}"


def test_a_visitor_pays_for_their_own(
    gateway: Gateway, tmp_path: Path, photo: Photo, caplog: pytest.LogCaptureFixture
):
    gateway.script(DONE)
    caplog.set_level(logging.INFO, "volcedit")
    with Bench(gateway.url, tmp_path, price=1) as bench:
        bench.finish(photo, settings=replace(bench.settings, api_key="theirs"))
    assert lines(caplog)[0].endswith(", at the visitor's cost")


def test_a_failure_is_told_by_its_kind_and_code(
    gateway: Gateway, tmp_path: Path, photo: Photo, caplog: pytest.LogCaptureFixture
):
    gateway.script(reply(400, {"code": 50411, "message": "no"}))
    caplog.set_level(logging.INFO, "volcedit")
    with Bench(gateway.url, tmp_path, price=1) as bench:
        bench.finish(photo)
    assert ": failed (refused '50411') after " in lines(caplog)[0]
    assert lines(caplog)[0].endswith(", perhaps at the owner's cost")


def test_the_key_is_in_no_line_and_in_no_traceback(monkeypatch: pytest.MonkeyPatch):
    logger = logging.getLogger("volcedit")
    before = logger.handlers[:], logger.level, logger.propagate
    written = io.StringIO()
    monkeypatch.setattr(sys, "stderr", written)
    try:
        open_log(
            read_settings(
                {"VOLCEDIT_BASE_URL": "http://a", "VOLCEDIT_API_KEY": "canary-0123456789"}
            )
        )
        try:
            raise ValueError("with canary-0123456789")
        except ValueError:
            logging.getLogger("volcedit.jobs").exception("a %s", "canary-0123456789")
    finally:
        logger.handlers[:], logger.level, logger.propagate = before
    assert "ERROR a [key]" in written.getvalue()
    assert "ValueError: with [key]" in written.getvalue()
    assert "canary-0123456789" not in written.getvalue()
