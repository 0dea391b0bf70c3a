"""English: the language that the code is written in, so that its sentences stand there."""

from __future__ import annotations

TAG = "en"
NAME = "English"

IDEAS: dict[str, list[str]] = {
    "Add or remove": ["make it snow", 'add the text "hello"', "remove the text"],
    "Replace": ["replace the cup with a teapot", "turn the cat into a tiger"],
    "Style": ["watercolour", "pencil sketch", "comic style", "pixel art"],
    "Colour": ["warmer colours", "black and white", "make it pink"],
    "Expression": ["make the person smile", "close the eyes"],
    "Background": ["blur the background", "sunset", "starry night"],
}
"""Prompts to begin with, sorted as Volcengine's own guide sorts instructions."""
