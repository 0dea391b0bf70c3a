"""The words for each kind, in English. A kind without words here is shown by its own name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from volcedit.types import FailureKind, Kind, Mode, Provider, State, VerdictKind, Words


def words_of(kind: Kind, table: Mapping[Kind, Words]) -> Words:
    """The words for `kind` in `table`; the kind's name if there are none."""
    return table.get(kind) or Words("{kind}", kind=str(kind))


STATES: Mapping[Kind, Words] = {
    State.QUEUED: Words("waiting for a free slot"),
    State.SENT: Words("sent"),
    State.TASK: Words("accepted as a task"),
    State.DONE: Words("done"),
    State.FAILED: Words("failed"),
    State.STOPPED: Words("stopped before it was sent"),
}
TASK_STATES: Mapping[str, Words] = {
    "in_queue": Words("in the service's queue"),
    "generating": Words("being generated"),
}
"""By the service's own names."""
INTERRUPTED = Words(
    "interrupted: the app stopped before a response arrived. If it was sent, it may have "
    "been charged."
)

PROVIDERS: Mapping[Kind, Words] = {
    Provider.GATEWAY: Words("a gateway"),
    Provider.VOLCENGINE: Words("Volcengine"),
    Provider.SANDBOX: Words("the sandbox"),
}

SERVICES: Mapping[Kind, Words] = {
    Provider.GATEWAY: Words("a gateway"),
    Provider.VOLCENGINE: Words("Volcengine itself, signed"),
    Provider.SANDBOX: Words("the sandbox of this app, not SeedEdit"),
}
"""In full."""
BADGES: Mapping[Kind, Words] = {
    Provider.GATEWAY: Words("SeedEdit through {host} · {model} · calls may cost money"),
    Provider.VOLCENGINE: Words("Volcengine at {host} · {model} · calls may cost money"),
    Provider.SANDBOX: Words("Sandbox: free offline filters on this machine, not SeedEdit"),
}
"""In the head of the page."""
OWNERS_BADGES: Mapping[Kind, Words] = {
    **BADGES,
    Provider.GATEWAY: Words("SeedEdit through {host} · {model} · at the owner's cost"),
    Provider.VOLCENGINE: Words("Volcengine at {host} · {model} · at the owner's cost"),
}
"""The same, where edits at the owner's cost are limited."""

MODES: Mapping[Mode, Words] = {"sync": Words("synchronous"), "async": Words("as a task")}

REASONS: Mapping[Kind, Words] = {
    FailureKind.RATE_LIMIT: Words("rate limited"),
    FailureKind.UNREACHABLE: Words("unreachable"),
    FailureKind.SERVICE: Words("the service failed"),
    FailureKind.ANSWER_LOST: Words("no response"),
}
"""Why a call is made again."""


@dataclass(frozen=True)
class VerdictWords:
    """What is said of one kind of verdict."""

    title: Words
    means: Words
    short: Words
    """In a line of facts."""
    counted: Words
    """Of `count` repeats."""
    report: Words
    """In an export's report."""


VERDICTS: Mapping[Kind, VerdictWords] = {
    VerdictKind.SAME_BYTES: VerdictWords(
        title=Words("Identical"),
        means=Words("Identical to the first file, byte for byte."),
        short=Words("identical"),
        counted=Words("{count} identical"),
        report=Words("Identical, byte for byte"),
    ),
    VerdictKind.SAME_PIXELS: VerdictWords(
        title=Words("Identical pixels"),
        means=Words("The files differ, but every pixel is the same."),
        short=Words("identical pixels"),
        counted=Words("{count} with identical pixels"),
        report=Words("Identical pixels"),
    ),
    VerdictKind.NEAR: VerdictWords(
        title=Words("Almost identical"),
        means=Words("Not identical, but almost: you would hardly notice."),
        short=Words("almost identical"),
        counted=Words("{count} almost identical"),
        report=Words("Almost identical"),
    ),
    VerdictKind.DRIFTED: VerdictWords(
        title=Words("Different"),
        means=Words("The same request returned a different picture this time."),
        short=Words("different"),
        counted=Words("{count} different"),
        report=Words("Different"),
    ),
}


def verdict_words(kind: VerdictKind) -> VerdictWords:
    """What is said of `kind`; of one that this version does not know, its name."""
    name = Words("{kind}", kind=str(kind))
    unknown = VerdictWords(name, Words(""), name, Words("{count} {kind}", kind=str(kind)), name)
    return VERDICTS.get(kind, unknown)
