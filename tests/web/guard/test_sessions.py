"""Whose session it is when memory is short, and how many refusals are logged."""

from __future__ import annotations

import logging

import pytest

from volcedit.web.guard.refusal import NOT_FOUND, Refusal, RefusalLog
from volcedit.web.guard.sessions import Sessions

ANNA, BOB, NOBODY = b"anna", b"bob", b""


def test_a_session_used_lately_stays_with_its_visitor_under_a_flood():
    sessions = Sessions(most=10)
    sessions.enter("hers", ANNA)
    for number in range(100):
        sessions.enter(f"flood {number}", BOB)
        sessions.check("hers", ANNA)
    for other in (BOB, NOBODY):
        with pytest.raises(Refusal):
            sessions.check("hers", other)


def test_a_forgotten_session_is_opened_by_nobody():
    sessions = Sessions(most=10)
    sessions.enter("hers", ANNA)
    for number in range(10):
        sessions.enter(f"flood {number}", BOB)
    for visitor in (ANNA, BOB, NOBODY):
        with pytest.raises(Refusal):
            sessions.check("hers", visitor)


def test_a_session_from_before_a_restart_is_left_to_gradio():
    Sessions().check("of an earlier process", ANNA)


def test_a_flood_of_refusals_is_counted_instead_of_logged(caplog: pytest.LogCaptureFixture):
    now = [0.0]
    log = RefusalLog(most=2, clock=lambda: now[0])
    for now[0] in (0, 1, 2, 3, 60):
        log.note(NOT_FOUND, f"GET '/{now[0]}'")
    assert [it.getMessage() for it in caplog.records if it.levelno == logging.WARNING] == [
        "refused (closed, 404): GET '/0'",
        "refused (closed, 404): GET '/1'",
        "refused 2 more requests",
        "refused (closed, 404): GET '/60'",
    ]
