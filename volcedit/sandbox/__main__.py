"""`python -m volcedit.sandbox`: serve the sandbox until Ctrl+C."""

import argparse
import signal
import sys
import threading
from collections.abc import Sequence

from volcedit.sandbox.faults.names import NAMES, Fault, read_fault
from volcedit.sandbox.http.server import Sandbox
from volcedit.sandbox.http.signatures import AccessKey
from volcedit.sandbox.tasks import Progress


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the sandbox with these command line arguments and return the exit status."""
    parser = build_parser()
    options = parser.parse_args(arguments)
    try:
        sandbox = Sandbox(
            port=options.port,
            key=options.key,
            access_keys=options.access_key,
            latency_s=options.latency,
            failures=dict(options.fail),
            progress=options.progress,
            max_concurrent=options.max_concurrent,
            max_qps=options.max_qps,
            seed=options.seed,
        )
    except ValueError as error:
        parser.error(str(error))
    try:
        with sandbox:
            # Containers are stopped with SIGTERM: shut down as cleanly as on Ctrl+C.
            signal.signal(signal.SIGTERM, signal.default_int_handler)
            print(f"volcedit sandbox (offline filters, not SeedEdit): {sandbox.url}", flush=True)
            threading.Event().wait()
    except OSError as error:
        print(f"volcedit sandbox: {error.strerror}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        pass
    return 0


def build_parser() -> argparse.ArgumentParser:
    """The command line parser."""
    parser = argparse.ArgumentParser(
        prog="python -m volcedit.sandbox",
        description="Volcengine's image editing API on loopback, with offline filters behind it.",
    )
    parser.add_argument(
        "--port", type=_port, default=8000, help="0 picks a free one (default: %(default)s)"
    )
    parser.add_argument("--key", default="", help="required Bearer key (default: none)")
    parser.add_argument(
        "--access-key",
        type=_access_key,
        action="append",
        default=[],
        metavar="NAME:SECRET[:TOKEN]",
        help="accept calls to / signed with this key pair, TOKEN if it is temporary (default: any "
        "pair); may be repeated",
    )
    parser.add_argument(
        "--latency",
        type=_seconds,
        default=0.0,
        metavar="SECONDS",
        help="minimum duration of an edit",
    )
    parser.add_argument(
        "--fail",
        type=_failure,
        action="append",
        default=[],
        metavar="FAULT:FRACTION",
        help="make that share of valid edits fail, like 50430:0.2 or html502:0.1; may be "
        f"repeated. A FAULT is a code of the service or one of {', '.join(NAMES)}",
    )
    parser.add_argument(
        "--progress",
        type=_progress,
        metavar="now|polls:N|time:SECONDS",
        help="when a task is done: now, after N polls, or after a time (default: the latency)",
    )
    parser.add_argument(
        "--max-concurrent",
        type=_count,
        default=0,
        metavar="N",
        help="limit on concurrent edits, including tasks; over it: 50430 (default: no limit)",
    )
    parser.add_argument(
        "--max-qps",
        type=_count,
        default=0,
        metavar="N",
        help="limit on calls per action and second; over it: 50429 (default: no limit)",
    )
    parser.add_argument("--seed", type=int, help="make failures and random seeds repeatable")
    return parser


def _access_key(text: str) -> AccessKey:
    name, *rest = text.split(":", 2)
    if not name or not rest or not all(rest):
        raise argparse.ArgumentTypeError("expected NAME:SECRET or NAME:SECRET:TOKEN")
    return AccessKey(name, *rest)


def _port(text: str) -> int:
    if not text.isascii() or not text.isdigit() or int(text) > 65535:
        raise argparse.ArgumentTypeError(f"{text!r} is not a port from 0 to 65535")
    return int(text)


def _seconds(text: str) -> float:
    seconds = _number(text)
    if not 0 <= seconds < float("inf"):
        raise argparse.ArgumentTypeError(f"{text!r} is not a time in seconds, 0 or more")
    return seconds


def _failure(text: str) -> tuple[Fault, float]:
    fault, colon, share = text.partition(":")
    if not colon:
        raise argparse.ArgumentTypeError(
            f"{text!r} is not FAULT:FRACTION, like 50430:0.2 or html502:0.1"
        )
    try:
        return read_fault(fault), _number(share)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from error


def _progress(text: str) -> Progress:
    kind, colon, value = text.partition(":")
    if text == "now":
        return Progress()
    if kind == "polls" and colon:
        return Progress(polls=_count(value))
    if kind == "time" and colon:
        return Progress(seconds=_seconds(value))
    raise argparse.ArgumentTypeError(f"{text!r} is not now, polls:N or time:SECONDS")


def _count(text: str) -> int:
    if not text.isascii() or not text.isdigit() or len(text) > 9:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number, 0 or more")
    return int(text)


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number") from error


if __name__ == "__main__":
    sys.exit(main())
