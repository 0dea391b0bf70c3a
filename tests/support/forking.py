"""Programs forked from a process that has already imported Gradio.

Importing it takes about five seconds of CPU time, and the suite starts some twenty apps.
"""

from __future__ import annotations

import multiprocessing
import os
import runpy
import signal
import subprocess
import sys
import tempfile
from contextlib import chdir
from pathlib import Path

from tests.support import ROOT

PRELOADED = ["gradio", "dotenv", "volcedit.web", "volcedit.jobs.workbench", "volcedit.sandbox"]
"""What `app.py` imports. None of it reads variables that tests set when it is imported."""


class Forked:
    """A process that runs a file as `python <file>` does, at the root of the repository.

    It has the methods of `subprocess.Popen` that tests need. Variables that the interpreter itself
    reads when it starts, such as PYTHONPATH, have no effect.
    """

    def __init__(self, file: Path, environment: dict[str, str], log: Path) -> None:
        server = multiprocessing.get_context("forkserver")
        server.set_forkserver_preload(PRELOADED)
        # A daemon, so that one that a failed test has left ends with the tests.
        self._process = server.Process(target=_run, args=(file, environment, log), daemon=True)
        with chdir(ROOT):  # the first start also starts the server, which imports from here
            self._process.start()

    def poll(self) -> int | None:
        """The exit code, or None while it runs."""
        return self._process.exitcode

    def wait(self, timeout: float) -> int:
        """The exit code, once it has ended. Raises `subprocess.TimeoutExpired`."""
        self._process.join(timeout)
        if (code := self.poll()) is None:
            raise subprocess.TimeoutExpired(self._process.name, timeout)
        return code

    def send_signal(self, number: int) -> None:
        """Send a signal, unless it has ended."""
        if self.poll() is None:
            os.kill(self._process.pid, number)

    def terminate(self) -> None:
        """Send SIGTERM."""
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        """Send SIGKILL."""
        self.send_signal(signal.SIGKILL)


def _run(file: Path, environment: dict[str, str], log: Path) -> None:
    multiprocessing.current_process().daemon = False  # daemons may not start processes
    os.chdir(ROOT)
    os.environ.clear()
    os.environ.update(environment)
    tempfile.tempdir = None  # TMPDIR is read again
    with log.open("ab") as output:
        os.dup2(output.fileno(), sys.stdout.fileno())
        os.dup2(output.fileno(), sys.stderr.fileno())
    from gradio.queueing import Queue  # not at the top: it would import Gradio into every test run

    # An idle app would take a twentieth of a core: Gradio 6.31 looks for events every millisecond.
    Queue.sleep_when_free = property(lambda _: 0.01, lambda *_: None)
    sys.argv = [str(file)]
    runpy.run_path(str(file), run_name="__main__")
