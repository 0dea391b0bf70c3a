"""The sandbox shares no code with the client: starting it imports none of it."""

import json
import subprocess
import sys

import pytest

from tests.support import ROOT


def loaded_by(statement: str) -> list[str]:
    """All modules loaded in a new process after the statement."""
    program = f"{statement}\nimport json, sys\nprint(json.dumps(sorted(sys.modules)))"
    ran = subprocess.run(
        [sys.executable, "-W", "error", "-c", program],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    return json.loads(ran.stdout)


@pytest.mark.parametrize("module", ["volcedit.sandbox", "volcedit.sandbox.__main__"])
def test_it_does_not_import_the_client(module: str):
    names = loaded_by(f"import {module}")
    loaded = [name for name in names if name.split(".")[0] == "volcedit"]
    assert "volcedit.sandbox.http.server" in loaded
    others = [name for name in loaded if name.split(".")[:2] != ["volcedit", "sandbox"]]
    assert others == ["volcedit"]


def test_it_does_not_import_gradio_or_requests():
    assert not {"gradio", "gradio_client", "requests"} & set(loaded_by("import volcedit.sandbox"))
