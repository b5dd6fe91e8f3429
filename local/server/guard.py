"""Run a file that must not outlive the process that started it.

Started as ``python -P guard.py FOLDER TARGET [ARGUMENT...]`` with a pipe as standard input and as
the leader of a session of its own. The other end of the pipe closes when the parent closes it, and also when
the parent is killed: then the folder is removed and the whole group dies, with all that TARGET started.
"""

import os
import runpy
import shutil
import signal
import sys
import threading


def _end_with_parent(pipe: int, folder: str) -> None:
    while os.read(pipe, 64):
        pass
    shutil.rmtree(folder, ignore_errors=True)
    os.killpg(os.getpgrp(), signal.SIGKILL)


def main() -> None:
    """Watch the pipe, then become TARGET."""
    folder, target, *arguments = sys.argv[1:]
    if os.getpgrp() != os.getpid():
        raise SystemExit("guard.py must lead its own session: use local.server.processes")
    pipe = os.dup(0)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)  # TARGET gets an empty standard input instead.
    threading.Thread(target=_end_with_parent, args=(pipe, folder), daemon=True, name="guard").start()
    sys.argv = [target, *arguments]
    runpy.run_path(target, run_name="__main__")


if __name__ == "__main__":
    main()
