"""The ways in which the pages' listeners are set up. All are private: programs use `web.api`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from gradio.blocks import Block
from gradio.events import Dependency

Trigger = Callable[..., Dependency]
"""What sets up a listener: `button.click`, or `then` of another listener."""
Handler = Callable[..., object]
Blocks = Block | Sequence[Block] | None
Repeated = Literal["once", "multiple", "always_last"]
"""What becomes of an event that comes while the one before is still being answered."""


@dataclass(frozen=True)
class Limit:
    """How many calls of a handler run at once; those with the same `name` count together."""

    at_once: int | Literal["default"] | None
    """None: any number. "default": as many as the others of that name, or else one."""
    name: str | None = None


UNLIMITED: Final = Limit(None)


def now(
    trigger: Trigger,
    handler: Handler,
    inputs: Blocks = None,
    outputs: Blocks = None,
    *,
    js: str | None = None,
) -> Dependency:
    """Answer past the queue. Only for what is quick and cannot fail: Gradio drops the words of an
    error there. `js` makes the inputs in the browser.
    """
    return trigger(
        handler,
        inputs,
        outputs,
        queue=False,
        js=js,
        show_progress="hidden",
        api_visibility="private",
    )


def queued(
    trigger: Trigger,
    handler: Handler,
    inputs: Blocks = None,
    outputs: Blocks = None,
    *,
    limit: Limit = UNLIMITED,
    repeated: Repeated | None = None,
    validator: Handler | None = None,
) -> Dependency:
    """Answer through the queue: for what takes its time, or can fail."""
    return trigger(
        handler,
        inputs,
        outputs,
        trigger_mode=repeated,
        validator=validator,
        concurrency_limit=limit.at_once,
        concurrency_id=limit.name,
        show_progress="hidden",
        api_visibility="private",
    )


def in_browser(trigger: Trigger, call: str, inputs: Blocks = None) -> Dependency:
    """Let the page's script answer by itself."""
    return trigger(None, inputs, js=call, show_progress="hidden", api_visibility="private")
