"""The words for each kind, in English. A kind without words here is shown by its own name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from volcedit.types import FailureKind, Kind, Mode, Provider, State, VerdictKind, Words


def words_of(kind: Kind, table: Mapping[Kind, Words]) -> Words:
    """The words for `kind` in `table`; the kind's name if there are none."""
    return table.get(kind) or Words("{kind}", kind=str(kind))


STATES: Mapping[Kind, Words] = {
    State.QUEUED: Words("waiting for a free place"),
    State.SENT: Words("sent"),
    State.TASK: Words("taken as a task"),
    State.DONE: Words("done"),
    State.FAILED: Words("failed"),
    State.STOPPED: Words("stopped before it was sent"),
}
TASK_STATES: Mapping[str, Words] = {
    "in_queue": Words("a task, waiting in the service's queue"),
    "generating": Words("a task, being made"),
}
"""By the service's own names."""
INTERRUPTED = Words(
    "interrupted: the app ended before an answer came. If it was sent, it may have been charged."
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
    Provider.SANDBOX: Words("Sandbox: offline filters on this machine, not SeedEdit"),
}
"""In the head of the page."""

MODES: Mapping[Mode, Words] = {"sync": Words("one call"), "async": Words("as a task")}

REASONS: Mapping[Kind, Words] = {
    FailureKind.RATE_LIMIT: Words("rate limited"),
    FailureKind.UNREACHABLE: Words("not reachable"),
    FailureKind.SERVICE: Words("the service failed"),
    FailureKind.ANSWER_LOST: Words("no answer"),
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
        title=Words("Same bytes"),
        means=Words("The repeat brought the very file of the first, byte for byte."),
        short=Words("the same bytes"),
        counted=Words("{count} the same bytes"),
        report=Words("Identical, byte for byte"),
    ),
    VerdictKind.SAME_PIXELS: VerdictWords(
        title=Words("Same pixels"),
        means=Words("Another file, but every pixel is as the first time."),
        short=Words("the same pixels"),
        counted=Words("{count} the same pixels"),
        report=Words("Identical pixels"),
    ),
    VerdictKind.NEAR: VerdictWords(
        title=Words("Near"),
        means=Words("Not the same, but hardly to be told apart from the first."),
        short=Words("nearly the same"),
        counted=Words("{count} near"),
        report=Words("Nearly the same"),
    ),
    VerdictKind.DRIFTED: VerdictWords(
        title=Words("Drifted"),
        means=Words("The same request brought another picture than the first time."),
        short=Words("drifted"),
        counted=Words("{count} drifted"),
        report=Words("Drifted"),
    ),
}


def verdict_words(kind: VerdictKind) -> VerdictWords:
    """What is said of `kind`; of one that this version does not know, its name."""
    name = Words("{kind}", kind=str(kind))
    unknown = VerdictWords(name, Words(""), name, Words("{count} {kind}", kind=str(kind)), name)
    return VERDICTS.get(kind, unknown)
