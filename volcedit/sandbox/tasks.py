"""Submitted tasks and their progress."""

from __future__ import annotations

import random
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

from PIL import Image

from volcedit.sandbox.arguments import EditArguments
from volcedit.sandbox.faults.names import Fault

LIFETIME_S = 12 * 3600
"""How long the service keeps a task [V]."""
MAX_TOTAL_BYTES = 256 * 1024 * 1024

IN_QUEUE, GENERATING, DONE = "in_queue", "generating", "done"
NOT_FOUND, EXPIRED = "not_found", "expired"


@dataclass(frozen=True)
class Progress:
    """When a task is done: after `polls` unfinished polls and at least `seconds`."""

    polls: int = 0
    seconds: float = 0.0

    def state(self, polls: int, age_s: float) -> str:
        """The state of a task that was polled `polls` times before and submitted `age_s` ago.

        It is in the queue for the first half.
        """
        if polls >= self.polls and age_s >= self.seconds:
            return DONE
        return GENERATING if 2 * polls >= self.polls and 2 * age_s >= self.seconds else IN_QUEUE


@dataclass
class Task:
    """A submitted edit."""

    arguments: EditArguments
    photo: Image.Image
    seed: int
    """The one in `arguments`, or a random one."""
    failure: Fault | None
    """The fault that its result will have, if any."""
    submitted_at: float
    polls: int = 0

    @property
    def size_bytes(self) -> int:
        """The photo's size in memory."""
        return self.photo.width * self.photo.height * 3


class TaskStore:
    """Tasks by id. The oldest are evicted to make room, and are then not found."""

    def __init__(
        self,
        progress: Progress,
        clock: Callable[[], float],
        rng: random.Random,
        max_total_bytes: int = MAX_TOTAL_BYTES,
    ) -> None:
        """`clock` returns seconds."""
        self._progress = progress
        self._clock = clock
        self._random = rng
        self._max_total_bytes = max_total_bytes
        self._tasks: OrderedDict[str, Task] = OrderedDict()

    def put(
        self, arguments: EditArguments, photo: Image.Image, seed: int, failure: Fault | None
    ) -> str:
        """Store a task and return its id, nineteen digits like the service's."""
        task_id = str(self._random.randrange(10**18, 10**19))
        self._tasks[task_id] = Task(arguments, photo, seed, failure, self._clock())
        total_bytes = sum(task.size_bytes for task in self._tasks.values())
        while total_bytes > self._max_total_bytes:
            total_bytes -= self._tasks.popitem(last=False)[1].size_bytes
        return task_id

    def poll(self, task_id: str, req_key: str) -> tuple[str, Task | None]:
        """The task's state, and the task itself once it is done."""
        task = self._tasks.get(task_id)
        if task is None or task.arguments.req_key != req_key:
            return NOT_FOUND, None
        if self._age_s(task) >= LIFETIME_S:
            return EXPIRED, None
        state = self._state(task)
        task.polls += 1
        return state, task if state == DONE else None

    @property
    def in_progress(self) -> int:
        """The number of unfinished tasks."""
        return sum(
            self._state(task) != DONE and self._age_s(task) < LIFETIME_S
            for task in self._tasks.values()
        )

    def clear(self) -> None:
        """Delete all tasks."""
        self._tasks.clear()

    def _state(self, task: Task) -> str:
        return self._progress.state(task.polls, self._age_s(task))

    def _age_s(self, task: Task) -> float:
        return self._clock() - task.submitted_at
