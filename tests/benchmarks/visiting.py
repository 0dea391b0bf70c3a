"""The real app in its own process, and an open page of it, without a browser."""

from __future__ import annotations

import json
import os
import secrets
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import requests

from volcedit.web.visitor import COOKIE

APP = Path(__file__).parents[2] / "app.py"


@dataclass(frozen=True)
class App:
    """`app.py` while it runs."""

    url: str
    pid: int
    data_dir: Path
    temp_dir: Path
    """Gradio's folder of uploads and of copies for the browser."""


@contextmanager
def run_app(gateway_url: str, folder: Path) -> Iterator[App]:
    """`app.py`, ready to serve, which writes only below `folder`."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    data_dir, temp_dir = folder / "data", folder / "temp"
    environ = {name: value for name, value in os.environ.items() if "VOLC" not in name} | {
        "VOLCEDIT_PROVIDER": "gateway",
        "VOLCEDIT_BASE_URL": gateway_url,
        "VOLCEDIT_API_KEY": "",
        "VOLCEDIT_DATA_DIR": str(data_dir),
        "GRADIO_TEMP_DIR": str(temp_dir),
        "GRADIO_SERVER_NAME": "127.0.0.1",
        "GRADIO_SERVER_PORT": str(port),
        "GRADIO_ANALYTICS_ENABLED": "False",
    }
    command = [sys.executable, str(APP)]
    with subprocess.Popen(command, env=environ, stdout=subprocess.DEVNULL) as process:
        try:
            url = f"http://127.0.0.1:{port}"
            _await(f"{url}/config", process)
            yield App(url, process.pid, data_dir, temp_dir)
        finally:
            process.kill()


def _await(url: str, process: subprocess.Popen) -> None:
    while process.poll() is None:
        try:
            if requests.get(url, timeout=10).ok:
                return
        except requests.ConnectionError:
            time.sleep(0.1)
    raise RuntimeError(f"app.py ended with {process.returncode}")


class Visitor:
    """One tab, which calls the page's listeners like its scripts. `owner` is the cookie."""

    def __init__(self, url: str, owner: str) -> None:
        self._api = f"{url.rstrip('/')}/gradio_api"
        self._tab = secrets.token_hex(6)
        self._session = requests.Session()
        self._session.trust_env = False
        self._session.headers["Cookie"] = f"{COOKIE}={owner}"
        config = self._session.get(f"{url.rstrip('/')}/config").json()
        self._listeners = {each["api_name"]: each["id"] for each in config["dependencies"]}
        props = {each["id"]: each["props"] for each in config["components"]}
        (self._run_inputs,) = [
            [props.get(number, {}) for number in each["inputs"]]
            for each in config["dependencies"]
            if each["api_name"] == "run"
        ]

    def run(self, photo: bytes, prompt: str) -> None:
        """Press Run with this photo and prompt, and wait; all else is as the page opens."""
        typed = {"image": self.upload(photo), "prompt": prompt}
        values = [typed.get(it.get("elem_id"), it.get("value")) for it in self._run_inputs]
        self.wait_for("run", *values)

    def upload(self, data: bytes) -> dict[str, Any]:
        """The photo `data`, as a value of the image component."""
        paths = self._session.post(f"{self._api}/upload", files={"files": ("photo.jpg", data)})
        meta = {"_type": "gradio.FileData"}
        return {"path": paths.json()[0], "orig_name": "photo.jpg", "meta": meta}

    def ask(self, name: str, *values: Any) -> list[Any]:
        """The response of an unqueued listener."""
        answer = self._session.post(f"{self._api}/run/{name}", json=self._call(name, values))
        answer.raise_for_status()
        return answer.json()["data"]

    def wait_for(self, name: str, *values: Any, event: dict[str, Any] | None = None) -> list[Any]:
        """The last response of a queued listener; `event` is the data of an HTML event."""
        call = self._call(name, values) | {"event_data": event}
        joined = self._session.post(f"{self._api}/queue/join", json=call)
        joined.raise_for_status()
        where = {"session_hash": self._tab}
        with self._session.get(f"{self._api}/queue/data", params=where, stream=True) as stream:
            # Read to the end, as browsers do.
            messages = [json.loads(line[len("data: ") :]) for line in stream.iter_lines() if line]
        (last,) = (each for each in messages if each["msg"] == "process_completed")
        assert last["success"], last
        return last["output"]["data"]

    def _call(self, name: str, values: tuple[Any, ...]) -> dict[str, Any]:
        return {"data": values, "fn_index": self._listeners[name], "session_hash": self._tab}
