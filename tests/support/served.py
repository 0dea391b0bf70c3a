"""The app in its own process, as `python app.py` runs it."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

from tests.support import ROOT
from tests.support.forking import Forked

START_S = 60


class App:
    """`app.py` in its own process.

    It is forked, unless `fresh`: then `python app.py` is called, which takes five times as long.
    """

    def __init__(
        self,
        folder: Path,
        *,
        program: Path = ROOT / "app.py",
        fresh: bool = False,
        **environment: str,
    ) -> None:
        self._program = program
        self._fresh = fresh
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        self.url = f"http://127.0.0.1:{port}"
        self.data_dir = folder / "data"
        self.temp_dir = folder / "gradio"
        self._log_path = folder / "app.log"
        self._environment = {
            **{name: value for name, value in os.environ.items() if name != "CI"},
            "GRADIO_SERVER_PORT": str(port),
            "GRADIO_ANALYTICS_ENABLED": "False",
            "GRADIO_TEMP_DIR": str(self.temp_dir),
            "VOLCEDIT_DATA_DIR": str(self.data_dir),
            **environment,
        }
        self.start()

    def start(self) -> None:
        """Start it and wait until it serves its page."""
        self._process = self._spawn() if self._fresh else self._fork()
        deadline = time.monotonic() + START_S
        while self._process.poll() is None and time.monotonic() < deadline:
            try:
                with urlopen(self.url, timeout=START_S):
                    return
            except URLError:
                self._wait_s(0.05)
        self._process.kill()
        raise AssertionError(f"the app does not answer:\n{self.log}")

    def _spawn(self) -> subprocess.Popen:
        with self._log_path.open("a") as log:
            command = [sys.executable, str(self._program.relative_to(ROOT))]
            return subprocess.Popen(
                command, cwd=ROOT, env=self._environment, stdout=log, stderr=log
            )

    def _fork(self) -> Forked:
        return Forked(self._program, self._environment, self._log_path)

    def _wait_s(self, seconds: float) -> None:
        """Wait that long, or until the process ends."""
        try:
            self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            return

    def stop(self) -> None:
        """Stop it like a container, after calls in progress have returned."""
        self._process.terminate()
        self.wait()

    def signal(self, number: int) -> None:
        """Send it a signal."""
        self._process.send_signal(number)

    def wait(self) -> int:
        """Wait until it has ended. Returns its exit code."""
        try:
            return self._process.wait(timeout=START_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            raise

    @property
    def log(self) -> str:
        """Everything it printed."""
        return self._log_path.read_text()
