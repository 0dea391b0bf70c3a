from __future__ import annotations

import logging
import threading

import pytest

from volcedit.errors import ServiceError
from volcedit.service.logs import redacting
from volcedit.types import Words


def failed() -> ServiceError:
    return ServiceError(Words("It failed."))


def hide(text: str) -> str:
    return text.replace("k-1", "[key]")


@pytest.fixture
def log(caplog: pytest.LogCaptureFixture) -> pytest.LogCaptureFixture:
    caplog.set_level(logging.DEBUG)
    return caplog


def test_urllib3_logs_inside_the_block_are_redacted(log):
    with redacting(hide):
        logging.getLogger("urllib3.connectionpool").debug("GET %s", "/?key=k-1")
    logging.getLogger("urllib3.connectionpool").debug("GET %s", "/?key=k-1")
    assert log.messages == ["GET /?key=[key]", "GET /?key=k-1"]


def test_logged_tracebacks_are_redacted(log):
    with redacting(hide):
        try:
            raise ValueError("unparsed: k-1")
        except ValueError:
            logging.getLogger("urllib3.connection").warning("odd", exc_info=True)
    assert "unparsed: [key]" in log.text and "k-1" not in log.text


def test_another_thread_is_not_affected(log):
    with redacting(hide):
        thread = threading.Thread(
            target=logging.getLogger("urllib3.connectionpool").debug, args=("k-1",)
        )
        thread.start()
        thread.join()
    assert log.messages == ["k-1"]


def test_a_cause_that_quotes_a_secret_is_dropped():
    with pytest.raises(ServiceError) as caught, redacting(hide):
        raise failed() from ConnectionError("no HTTP: k-1")
    assert caught.value.__cause__ is None and caught.value.__context__ is None


def test_a_secret_deeper_in_the_chain_is_found_too():
    with pytest.raises(ServiceError) as caught, redacting(hide):
        try:
            try:
                raise OSError("k-1")
            except OSError:
                raise ConnectionError("broken off")  # noqa: B904
        except ConnectionError as error:
            raise failed() from error
    assert caught.value.__cause__ is None


def test_any_other_cause_is_kept():
    cause = ConnectionError("broken off")
    with pytest.raises(ServiceError) as caught, redacting(hide):
        raise failed() from cause
    assert caught.value.__cause__ is cause
