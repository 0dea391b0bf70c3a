"""Start volcedit: `python app.py`, then open the address it prints."""

from __future__ import annotations

import logging
import queue
import signal
import sys
import threading
import time
from contextlib import suppress
from dataclasses import replace

import gradio as gr
from dotenv import load_dotenv

from volcedit.config import read_settings
from volcedit.errors import ConfigError
from volcedit.jobs.workbench import Workbench
from volcedit.notebook.history import History
from volcedit.sandbox import Sandbox
from volcedit.service.client import Client
from volcedit.service.models import settle
from volcedit.service.redaction import KEY_MIN_CHARS, indistinct_keys
from volcedit.types import Provider
from volcedit.web import build, launch_options


def open_workbench() -> Workbench:
    """Create the workbench from `.env` and the environment, with a sandbox if no service is set."""
    load_dotenv()
    try:
        settings = settle(read_settings())
        history = History(settings.data_dir)
    except ConfigError as error:
        sys.exit(f"volcedit: {error}")
    for name in indistinct_keys(settings):
        logging.getLogger("volcedit").warning(
            "%s has less than %s characters or is an ordinary word. It cannot be told apart from "
            "other text, so it may be shown and stored where the service quotes it.",
            name,
            KEY_MIN_CHARS,
        )
    if settings.provider == Provider.SANDBOX:
        sandbox = Sandbox()
        sandbox.start()
        settings = replace(settings, base_url=sandbox.url)
    return Workbench(settings, Client.from_settings(settings), history)


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
        demo.launch(prevent_thread_lock=True, **launch_options(workbench.settings))
        while signals.empty():
            time.sleep(0.1)
        signals.get()
        print(
            "Shutting down: nothing more is sent. Waiting for the calls already sent.", flush=True
        )
    finally:
        closing.start()
        while closing.is_alive():
            with suppress(queue.Empty):
                signals.get(timeout=0.1)
                workbench.hurry()
        demo.close()


if __name__ == "__main__":
    serve()
