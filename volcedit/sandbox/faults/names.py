"""The names of faults.

A fault is one of the service's numeric codes or one of the names below. It hits an edit that is
otherwise valid: a CVProcess call or a task submission. Faults of the picture show
only in the task's result.
"""

from volcedit.sandbox.codes import CODES
from volcedit.sandbox.faults.connections import BREAKS
from volcedit.sandbox.faults.corruption import CORRUPTIONS
from volcedit.sandbox.faults.foreign import FOREIGN

Fault = int | str

NUMBER_TASK_ID, UNKNOWN_STATUS = "number-task-id", "unknown-status"
TASK_FAULTS = (NUMBER_TASK_ID, UNKNOWN_STATUS)
"""A numeric task id, and an undocumented task status. CVProcess has neither and succeeds."""
NAMES = (*FOREIGN, *BREAKS, *CORRUPTIONS, *TASK_FAULTS)

UNDOCUMENTED_STATUS = "under_review"
# Faults of the picture or its generation are only known once the task is done.
_SHOWN_IN_RESULT = {50501, 50511, 50512, 50519, 50520, 50521, 50522, UNKNOWN_STATUS, *CORRUPTIONS}


def shows_in_result(fault: Fault) -> bool:
    """Whether a task shows this `fault` in its result rather than on submission."""
    return fault in _SHOWN_IN_RESULT


def read_fault(value: object) -> Fault:
    """The fault named by `value` (50430, "50430", "html502"). Raises ValueError."""
    if isinstance(value, str) and value.isascii() and value.isdigit():
        value = int(value[:9])
    if isinstance(value, int | str) and (value in CODES or value in NAMES):
        return value
    known = ", ".join(map(str, (*CODES, *NAMES)))
    raise ValueError(f"{value!r} is not a code of the service nor a fault; known: {known}")
