"""What every Countersign function shares: take a task's message, do the work, return the token.

A worker is a folder with a `worker.py`:

    from countersign_runtime import PENDING, Task, TaskFailed

    def handle(request: Any, task: Task) -> Any: ...

`request` is what the workflow asks, `task` says which task asks it. What `handle` returns becomes the task's
result (JSON). `raise TaskFailed(error, cause)` fails the task. Returning `PENDING` leaves the token for
somebody else. Any other exception is a fault: the message is delivered again.

`handle` runs AT LEAST once for every task. Queues deliver twice, and a function can die between doing the
work and saying so. `task.id` is the same each time, and so is the key under which to do a payment or a write
once.

Inside, `message` is the task's message, `outcomes` what a worker may say, `answers` brings it to Step
Functions through `clients`, `redact` keeps tokens out of logs, `metrics` counts, and `processing` is the way
from an event to `handle`.
"""

# clients first, and with it boto3: imported from further down, it took 20 ms longer (Python 3.11, measured).
from . import clients
from .message import Task, UnusableMessage
from .outcomes import PENDING, TaskClosed, TaskFailed

__all__ = ["PENDING", "Task", "TaskClosed", "TaskFailed", "UnusableMessage", "clients"]
