"""Start volcedit: `python app.py`, then open the address it prints."""

from __future__ import annotations

import logging
import os
import queue
import signal
import sys
import threading
import time
from contextlib import suppress
from dataclasses import replace

from dotenv import find_dotenv

from volcedit.config import Settings, read_settings
from volcedit.environment import (
    read_env_file,
    settle_forwarding,
    settle_proxies,
    settle_temp_dir,
)
from volcedit.errors import ConfigError
from volcedit.jobs.workbench import Workbench
from volcedit.notebook.history import History
from volcedit.pictures.workers.pool import Workers
from volcedit.sandbox import Sandbox
from volcedit.service.client import Client
from volcedit.service.models import settle
from volcedit.service.redaction import KEY_MIN_CHARS, indistinct_keys, open_log
from volcedit.types import Provider


def read_environment(decoder: Workers) -> tuple[Settings, History]:
    """The settings from `.env` and the environment, and the store they name."""
    try:
        for name, value in read_env_file(find_dotenv()).items():
            os.environ.setdefault(name, value)
        settle_proxies(os.environ)
        settle_forwarding(os.environ)
        settle_temp_dir(os.environ)
        settings = settle(read_settings())
        history = History(settings.data_dir, decoder=decoder)
        history.check_writable()
    except ConfigError as error:
        sys.exit(f"volcedit: {error}")
    open_log(settings)
    for name in indistinct_keys(settings):
        logging.getLogger("volcedit").warning(
            "%s has less than %s characters or is an ordinary word. It cannot be told apart from "
            "other text, so it may be shown and stored where the service quotes it.",
            name,
            KEY_MIN_CHARS,
        )
    return settings, history


decoder = Workers()
settings, history = read_environment(decoder)

# Only now, since importing Gradio fails in an environment that is not settled.
import gradio as gr

from volcedit.web import build, launch_options


def open_workbench() -> Workbench:
    """Create the workbench, with a sandbox if no service is set."""
    own = settings
    if own.provider == Provider.SANDBOX:
        sandbox = Sandbox()
        sandbox.start()
        own = replace(own, base_url=sandbox.url)
    client = Client.from_settings(own, decoder)
    return Workbench(own, client, history, decoder=decoder)


# With `gradio app.py`, which reloads this file, the workbench survives reloads.
if gr.NO_RELOAD:
    workbench = open_workbench()
    workbench.resume()

demo = build(workbench)


def serve() -> None:
    """Serve the page until Ctrl+C or SIGTERM, then wait for the calls already sent.

    A second signal ends the wait.
    """
    signals: queue.SimpleQueue[int] = queue.SimpleQueue()
    for each in (signal.SIGINT, signal.SIGTERM):  # containers stop with SIGTERM
        signal.signal(each, lambda number, _: signals.put(number))
    # In a thread, so that a signal interrupts nothing that is being written.
    closing = threading.Thread(target=workbench.close)
    try:
        demo.launch(prevent_thread_lock=True, **launch_options(workbench, demo))
        while signals.empty():  # on Windows, Ctrl+C does not interrupt `get`
            time.sleep(0.1)
        signals.get()
        print(
            "Shutting down: nothing more is sent. Waiting for the calls already sent.", flush=True
        )
    except OSError as error:  # no free port, or not an address of this machine
        sys.exit(f"volcedit: {error}")
    finally:
        closing.start()
        while closing.is_alive():
            with suppress(queue.Empty):
                signals.get(timeout=0.1)
                workbench.hurry()
        demo.close()


if __name__ == "__main__":
    serve()
