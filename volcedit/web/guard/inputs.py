"""Events that fail, mostly because no page of this app sends such inputs."""

from __future__ import annotations

import logging
import traceback
from functools import partial
from pathlib import Path
from typing import Any

import gradio as gr

from volcedit.types import Words
from volcedit.words import languages, say

WORDS = Words("The app does not understand this request. Reload the page.")

_logger = logging.getLogger(__name__)


def refuse_bad_inputs(demo: gr.Blocks) -> None:
    """Answer an event that fails with a sentence and a line in the log.

    Gradio 6.31 would print a traceback for each, and anybody can post anything. Our own handlers
    catch and log what they expect; with the log's level at DEBUG, the rest has its traceback.
    """
    demo.process_api = partial(_process_or_refuse, demo.process_api)  # type: ignore[method-assign]


async def _process_or_refuse(process: Any, block_fn: Any, *args: Any, **options: Any) -> Any:
    try:
        return await process(block_fn, *args, **options)
    except gr.Error as error:
        error.print_exception = False
        raise
    except Exception as error:
        reason = f"{type(error).__name__} {str(error).splitlines()[:1]!r:.200}"
        last = traceback.extract_tb(error.__traceback__)[-1]
        where = f"{Path(last.filename).name}:{last.lineno}"
        name = getattr(block_fn, "name", block_fn)
        _logger.warning("refused (input): event %s: %s at %s", name, reason, where)
        _logger.debug("the event", exc_info=error)
        # Whose request this is, and so the language, is not known here.
        text = " ".join(say(language, WORDS) for language in languages())
        raise gr.Error(text, print_exception=False) from error
