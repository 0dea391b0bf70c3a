"""The sandbox shares no code with the client: starting it imports none of it."""

import json
import subprocess
import sys

from tests.support import ROOT

PROGRAM = """
import json, sys, volcedit.sandbox.__main__
print(json.dumps(sorted(sys.modules)))
"""


def test_its_command_imports_neither_the_client_nor_gradio_nor_requests():
    ran = subprocess.run(
        [sys.executable, "-W", "error", "-c", PROGRAM],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    names = json.loads(ran.stdout)
    loaded = [name for name in names if name.split(".")[0] == "volcedit"]
    assert "volcedit.sandbox.http.server" in loaded
    others = [name for name in loaded if name.split(".")[:2] != ["volcedit", "sandbox"]]
    assert others == ["volcedit"]
    assert not {"gradio", "gradio_client", "requests"} & set(names)
