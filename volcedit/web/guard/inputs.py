"""Inputs of events that no page of this app sends."""

from __future__ import annotations

import logging
from typing import Any

import gradio as gr
from gradio.block_function import BlockFunction
from gradio.state_holder import SessionState

from volcedit.types import Words
from volcedit.words import languages, say

WORDS = Words("The app does not understand this request. Reload the page.")

_logger = logging.getLogger(__name__)


def refuse_bad_inputs(demo: gr.Blocks) -> None:
    """Answer inputs of the wrong type or number with a sentence and a line in the log.

    Gradio 6.31 would print a traceback for each.
    """
    preprocess = demo.preprocess_data

    async def preprocess_or_refuse(
        block_fn: BlockFunction,
        inputs: list[Any],
        state: SessionState | None,
        explicit_call: bool = False,
    ) -> Any:
        try:
            return await preprocess(block_fn, inputs, state, explicit_call)
        except gr.Error:
            raise
        except Exception as error:
            reason = f"{type(error).__name__} {str(error).splitlines()[:1]!r:.200}"
            _logger.warning("refused (input): event %s: %s", block_fn.name, reason)
            # Whose request this is, and so the language, is not known here.
            text = " ".join(say(language, WORDS) for language in languages())
            raise gr.Error(text, print_exception=False) from error

    demo.preprocess_data = preprocess_or_refuse  # type: ignore[method-assign]
