"""What stands beside the wait message when SQS or SNS sends it: its order, and its attributes."""

import re
from collections.abc import Mapping
from typing import Any, Final

from ..language.query import JSONATA, JSONPATH, is_expression, is_path
from ..report.display import is_output
from ..report.findings import Mistake

HASH: Final = "States.Hash($$.Task.Token, 'SHA-256')"
HASH_JSONATA: Final = "$hash($states.context.Task.Token, 'SHA-256')"
"""The SHA-256 of the token, by functions of Step Functions' own:
https://docs.aws.amazon.com/step-functions/latest/dg/transforming-data.html"""

IDS: Final = r"[!-~]{1,128}"
IDS_ARE: Final = "1 to 128 visible ASCII characters"
"""https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html"""

MAX_ATTRIBUTES: Final = 10
"""https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-messages.html"""


def token_hash(name: str, query_language: str) -> dict[str, str]:
    """An argument that is the SHA-256 of the token: 64 hexadecimal digits that no other wait has."""
    return {name: f"{{% {HASH_JSONATA} %}}"} if query_language == JSONATA else {f"{name}.$": HASH}


def order(queue_url: Any, group_id: Any, deduplication_id: Any, query_language: str) -> dict[str, Any]:
    """The arguments of a message for a FIFO queue; none without a group."""
    if group_id is None:
        if isinstance(queue_url, str) and queue_url.endswith(".fifo"):
            raise Mistake(f"group_id must be given for a FIFO queue, got none for {queue_url!r}")
        if deduplication_id is not None:
            raise Mistake(f"deduplication_id must be given with group_id, got {deduplication_id!r} alone")
        return {}
    group = _text("group_id", "MessageGroupId", group_id, query_language)
    if deduplication_id is None:
        return {**group, **token_hash("MessageDeduplicationId", query_language)}
    once = _text("deduplication_id", "MessageDeduplicationId", deduplication_id, query_language)
    known = not (is_output(deduplication_id) or is_expression(deduplication_id) or "${" in deduplication_id)
    if known and once == {"MessageDeduplicationId": deduplication_id}:
        # SQS would drop what comes within five minutes, and its task would wait for nothing.
        raise Mistake(f"deduplication_id must differ between messages, got {deduplication_id!r} for all")
    return {**group, **once}


def message_attributes(
    attributes: Mapping[str, Any] | None, query_language: str = JSONPATH
) -> dict[str, dict[str, Any]]:
    """`MessageAttributes` of texts: name → a text, or where it comes from. A name may end in `.$`."""
    if not attributes:
        return {}
    if not isinstance(attributes, Mapping) or len(attributes) > MAX_ATTRIBUTES:
        raise Mistake(f"attributes must be a dict of at most {MAX_ATTRIBUTES}, got {attributes!r}")
    return {
        "MessageAttributes": {
            _name(name): {
                "DataType": "String",
                **_text(f"attributes[{name!r}]", "StringValue", value, query_language, r"(?s).+", "a text"),
            }
            for name, value in attributes.items()
        }
    }


def _name(name: Any) -> str:
    # https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-message-metadata.html
    plain = str(name).removesuffix(".$")
    if not re.fullmatch(r"(?!(?i:aws|amazon)\.)[\w-]+(\.[\w-]+)*", plain, re.ASCII) or len(plain) > 256:
        raise Mistake(f"attributes must have names of 1 to 256 letters, digits and any of _.-, got {name!r}")
    return plain


def _text(
    argument: str, field: str, value: Any, query_language: str, pattern: str = IDS, what: str = IDS_ARE
) -> dict[str, Any]:
    """The field of an argument that is a text, or comes from somewhere."""
    if is_output(value) or (query_language == JSONATA and is_expression(value)):
        return {field: value}
    if query_language == JSONPATH and is_path(value):
        return {f"{field}.$": value}
    if not isinstance(value, str) or not re.fullmatch(pattern, value):
        raise Mistake(f"{argument} must be {what}, or where it comes from, got {value!r}")
    if value.startswith(("$.", "$$.", "States.")) or is_expression(value) or "{$." in value:
        how = "{% ... %}" if query_language == JSONATA else "a path, or States.Format('{}', $.path)"
        raise Mistake(f"{argument} must be looked up as a whole, by {how}, got {value!r}")
    return {field: value}
