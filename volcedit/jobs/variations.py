"""How many pictures one click on Run creates, and with which seeds."""

from __future__ import annotations

from volcedit.errors import ParameterError
from volcedit.service.client import draw_seed
from volcedit.service.fields import SEED_MAX, SEED_MIN, check_seed
from volcedit.types import Words

COUNT_MAX = 8


def settle_seed(seed: object) -> int:
    """A concrete seed from user input: None, "", 0 and −1 draw one at random.

    Raises `ParameterError` for anything but a whole number from −1 to 2147483647.
    """
    whole = _whole(seed)
    if seed is None or seed == "" or whole in (0, -1):
        return draw_seed()
    check_seed(seed if whole is None else whole)
    assert whole is not None  # anything else has raised
    return whole


def settle_count(count: object) -> int:
    """The number of pictures, 1 … 8. Raises `ParameterError`."""
    whole = _whole(count)
    if whole is None or not 1 <= whole <= COUNT_MAX:
        raise ParameterError(
            "count",
            Words("Ask for 1 to {count_max} pictures at a time.", count_max=COUNT_MAX),
        )
    return whole


def _whole(value: object) -> int | None:
    """`value` as an int, also if it is a whole float, as JSON and number fields send; no bools."""
    if type(value) is float and value.is_integer():
        return int(value)
    return value if type(value) is int else None


def spread_seeds(first: int, count: int) -> list[int]:
    """`first`, `first`+1, …, wrapping from 2147483647 to 1."""
    return [(first - SEED_MIN + step) % SEED_MAX + SEED_MIN for step in range(count)]
