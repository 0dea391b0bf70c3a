"""Fixtures shared by the tests of the page."""

from __future__ import annotations

import pytest

from tests.support.showing import TYPED


@pytest.fixture(params=TYPED.values(), ids=TYPED)
def typed(request: pytest.FixtureRequest) -> str:
    return request.param
