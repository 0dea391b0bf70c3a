import os
import re
import signal
import subprocess
import sys

import pytest
import requests

from tests.support import ROOT
from volcedit.sandbox import AccessKey, Progress
from volcedit.sandbox.__main__ import build_parser, main


def refusal_of(capsys, *arguments):
    with pytest.raises(SystemExit) as end:
        main(arguments)
    assert end.value.code == 2
    return capsys.readouterr().err


@pytest.fixture
def serving():
    command = [sys.executable, "-W", "error", "-m", "volcedit.sandbox", "--port", "0", "--key", "K"]
    with subprocess.Popen(
        command,
        cwd=ROOT,
        env=os.environ | {"PYTHONIOENCODING": "utf-8"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        # A shell that starts the tests in the background has them, and what they start, ignore it.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    ) as process:
        yield process
        process.kill()


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_one_line_shows_the_url_and_an_interruption_ends_it_cleanly(serving, capsys, how):
    line = serving.stdout.readline()
    assert "not SeedEdit" in line
    url, port = re.search(r"(http://127\.0\.0\.1:(\d+))", line).groups()
    assert requests.post(f"{url}/volcv/v1", json={}, timeout=30).status_code == 401

    # Its port is in use now, which a second one reports in one line.
    assert main(["--port", port]) == 1
    said = f"volcedit sandbox: cannot listen on 127.0.0.1:{port}: "
    assert capsys.readouterr().err.startswith(said)

    serving.send_signal(how)
    out, err = serving.communicate(timeout=30)
    assert (serving.returncode, out, err) == (0, "", "")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--port", "x"], "'x' is not a port"),
        (["--port", "65536"], "'65536' is not a port"),
        (["--latency", "soon"], "'soon' is not a number"),
        (["--latency", "-1"], "'-1' is not a time"),
        (["--latency", "inf"], "'inf' is not a time"),
        (["--access-key", "AKLT"], "expected NAME:SECRET or NAME:SECRET:TOKEN"),
        (["--access-key", ":SK"], "expected NAME:SECRET"),
        (["--access-key", "AKLT:SK:"], "expected NAME:SECRET"),
        (["--progress", "later"], "'later' is not now, polls:N or time:SECONDS"),
        (["--progress", "polls:"], "'' is not a whole number"),
        (["--progress", "polls:-1"], "'-1' is not a whole number"),
        (["--progress", "time:soon"], "'soon' is not a number"),
        (["--max-concurrent", "1.5"], "'1.5' is not a whole number"),
        (["--max-qps", "x"], "'x' is not a whole number"),
        (["--fail", "50430"], "'50430' is not FAULT:FRACTION"),
        (["--fail", "50430:often"], "'often' is not a number"),
        (["--fail", "99999:0.5"], "99999 is not a code of the service nor a fault; known: 50200"),
        (["--fail", "html503:0.5"], "'html503' is not a code of the service nor a fault"),
        (["--fail", "50430:2"], "the share of 50430 must be from 0 to 1, not 2.0"),
        (["--fail", "50430:0.6", "--fail", "50500:0.6"], "add up to more than 1"),
    ],
)
def test_a_bad_value_is_explained(capsys, arguments, message):
    assert message in refusal_of(capsys, *arguments)


def test_a_bad_access_key_is_not_quoted(capsys):
    assert "canary" not in refusal_of(capsys, "--access-key", "AK:canary:")


@pytest.mark.parametrize(
    ("text", "key"),
    [("AK:SK", AccessKey("AK", "SK")), ("AK:S/+==:T:1", AccessKey("AK", "S/+==", "T:1"))],
)
def test_access_keys_are_passed_on(monkeypatch: pytest.MonkeyPatch, text, key):
    given = {}

    class Given(Exception):
        pass

    def sandbox(**options):
        given.update(options)
        raise Given

    monkeypatch.setattr("volcedit.sandbox.__main__.Sandbox", sandbox)
    with pytest.raises(Given):
        main(["--access-key", text, "--access-key", "OTHER:X"])
    assert given["access_keys"] == [key, AccessKey("OTHER", "X")]


@pytest.mark.parametrize(
    ("text", "progress"),
    [
        ("now", Progress()),
        ("polls:3", Progress(polls=3)),
        ("time:1.5", Progress(seconds=1.5)),
    ],
)
def test_the_progress_option_is_parsed(text, progress):
    assert build_parser().parse_args(["--progress", text]).progress == progress


def test_help_shows_what_a_failure_looks_like(capsys):
    with pytest.raises(SystemExit) as end:
        main(["--help"])
    assert end.value.code == 0
    assert "FAULT:FRACTION" in capsys.readouterr().out
