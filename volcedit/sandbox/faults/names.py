"""The faults by name.

A fault is a code of the service, as a number, or one of the names below. It strikes an edit that
is otherwise valid: a CVProcess call or the submission of a task. A fault of the picture shows only
in the task's result.
"""

from volcedit.sandbox.codes import CODES
from volcedit.sandbox.faults.connections import BREAKS
from volcedit.sandbox.faults.foreign import FOREIGN
from volcedit.sandbox.faults.spoiling import SPOILED

Fault = int | str

NUMBER_TASK_ID, UNKNOWN_STATUS = "number-task-id", "unknown-status"
OF_TASKS = (NUMBER_TASK_ID, UNKNOWN_STATUS)
"""A task id that is a number, and a task status nobody has heard of. CVProcess has neither and
succeeds."""
NAMES = (*FOREIGN, *BREAKS, *SPOILED, *OF_TASKS)

STATE_UNHEARD_OF = "under_review"
# What happens to the picture or its making is known only when the task is done.
_AT_THE_END = {50501, 50511, 50512, 50519, 50520, 50521, 50522, UNKNOWN_STATUS, *SPOILED}


def is_of_result(fault: Fault) -> bool:
    """Whether a task shows this `fault` in its result rather than when it is submitted."""
    return fault in _AT_THE_END


def read_fault(value: object) -> Fault:
    """The fault that `value` (50430, "50430", "html502") names. Raises ValueError."""
    if isinstance(value, str) and value.isascii() and value.isdigit():
        value = int(value[:9])
    if isinstance(value, int | str) and (value in CODES or value in NAMES):
        return value
    known = ", ".join(map(str, (*CODES, *NAMES)))
    raise ValueError(f"{value!r} is not a code of the service nor a fault; known: {known}")
