"""Log records about messages. Lambda's JSON format shows the extra fields; no text holds a token."""

from logging import getLogger

from .records import Item

logger = getLogger("countersign")


def note(level: int, text: str, item: Item, problem: object = None, **extra: object) -> None:
    """One record about a message: the first `%s` of `text` is its id, the second what is wrong."""
    if problem is None:
        logger.log(level, text, item.id, extra={"message_id": item.id, **extra})
    else:
        fields = {"message_id": item.id, "error": str(problem), **extra}
        logger.log(level, text, item.id, problem, extra=fields)
