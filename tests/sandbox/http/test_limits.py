import pytest

from volcedit.sandbox.codes import Refused
from volcedit.sandbox.http.limits import Limits


class Clock:
    now_s = 1000.0

    def __call__(self):
        return self.now_s


@pytest.fixture
def clock():
    return Clock()


def test_calls_per_action_and_second_are_limited(clock):
    limits = Limits(0, 2, clock)
    limits.count("a")
    clock.now_s += 0.5
    limits.count("a")
    limits.count("b")
    with pytest.raises(Refused) as refused:
        limits.count("a")
    assert (refused.value.code, refused.value.http_status) == (50429, 429)
    clock.now_s += 0.5
    limits.count("a")


def test_concurrent_calls_and_tasks_share_one_limit(clock):
    limits = Limits(3, 0, clock)
    with limits.slot(tasks=1), limits.slot(tasks=1):
        with pytest.raises(Refused) as refused:
            limits.check(tasks=1)
        assert (refused.value.code, refused.value.http_status) == (50430, 429)
        limits.check(tasks=0)
    limits.check(tasks=2)


def test_without_limits_everything_passes(clock):
    limits = Limits(0, 0, clock)
    for _ in range(1000):
        limits.count("a")
        limits.check(tasks=1000)
