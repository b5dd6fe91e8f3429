"""From an event to calls of `handle`: messages are read, worked on in threads, and answered.

`worker` is Lambda's entry (which imports the `worker.py` of a worker), `config` what its component tells
it. `events` reads an event as items, `stored` those whose message is kept elsewhere; `batch` gives each a
thread, `engine` says what becomes of it, `work` calls `handle`, `faults` says what went wrong with it,
and `resend` sends an answer again. `dead_letters` fails the tasks of what nobody answered.
"""
