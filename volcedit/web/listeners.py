"""The ways to register listeners. All are private to the page: programs use `web.api`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from gradio.blocks import Block
from gradio.events import Dependency

Trigger = Callable[..., Dependency]
"""What registers a listener: `button.click`, or `then` of another listener."""
Handler = Callable[..., object]
Blocks = Block | Sequence[Block] | None
Repeated = Literal["once", "multiple", "always_last"]
"""What happens to an event while the previous one is still being handled."""


@dataclass(frozen=True)
class Limit:
    """How many calls of a handler run at once. Limits with the same `name` are shared."""

    at_once: int | Literal["default"] | None
    """None: unlimited. "default": the limit of the others with this name, else one."""
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
    """Bypass the queue. Only for handlers that are fast and cannot fail, because Gradio drops error
    messages there. `js` computes the inputs in the browser.
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
    """Use the queue: for handlers that are slow or can fail."""
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
    """Handle the event in the page's script only."""
    return trigger(None, inputs, js=call, show_progress="hidden", api_visibility="private")
