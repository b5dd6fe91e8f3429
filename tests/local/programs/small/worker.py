import logging
import sys
from typing import Any


def raises(event: Any, _context: Any) -> None:
    print("token", event["token"])
    raise ValueError("refused " + event["token"])


def records(event: Any, _context: Any) -> None:
    logging.getLogger().warning("task %s", "failed", extra={"outcome": "fault", "error": event["token"]})
    logging.getLogger().error("all is lost")
    logging.getLogger().info("task", extra={"outcome": "succeeded"})


def ends(_event: Any, _context: Any) -> None:
    sys.exit(3)
