"""The vendor's edit models.

Source marks are explained in `wire`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from volcedit.config import DEFAULT_REQ_KEY, Settings, wrong_setting
from volcedit.types import Mode, Words

SCALE_MIN, SCALE_MAX, SCALE_DEFAULT = 0.0, 1.0, 0.5  # [V] [P]
PROMPT_ADVISED_CHARS = 120  # [V]: "longer may fail or be ignored"
PROMPT_MAX_CHARS = 800  # [V] for jimeng_i2i_v30; no limit is documented for the others


@dataclass(frozen=True)
class Model:
    """One of the vendor's edit models: its modes, its fields and their limits."""

    req_key: str
    """The vendor's name for it."""
    modes: tuple[Mode, ...]
    """The modes it supports; the first is the fallback for an unsupported one."""
    fields: tuple[str, ...]
    """The vendor's names of the fields it accepts in addition to those that every model accepts."""
    prompt_max_chars: int = PROMPT_MAX_CHARS
    scale_max: float = SCALE_MAX
    side_min_px: int = 0
    """Smallest width and height of a picture, if the model accepts a size."""
    side_max_px: int = 0

    def settle_mode(self, mode: Mode) -> Mode:
        """`mode` if the model supports it, else its first mode."""
        return mode if mode in self.modes else self.modes[0]


# To add a model, add a row here and one in the sandbox; nothing else names them.
_MODELS = (
    Model(DEFAULT_REQ_KEY, ("sync", "async"), ("negative_prompt", "seed", "scale")),  # [P] [V]
    Model("seededit_v3.0", ("async",), ("seed", "scale")),  # [V]
    Model(
        "jimeng_i2i_v30",  # [V]
        ("async",),
        ("seed", "scale", "width", "height"),
        side_min_px=512,
        side_max_px=2016,
    ),
)
MODELS: dict[str, Model] = {model.req_key: model for model in _MODELS}
"""The models by `req_key`; the first is the default."""


def settle(settings: Settings) -> Settings:
    """`settings` with a mode that its model supports.

    Raises `ConfigError` if the model is unknown.
    """
    model = MODELS.get(settings.req_key)
    if model is None:
        raise wrong_setting("VOLCEDIT_REQ_KEY", Words("one of {models}", models=list(MODELS)))
    return replace(settings, mode=model.settle_mode(settings.mode))
