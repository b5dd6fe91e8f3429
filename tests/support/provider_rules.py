"""What AWS's provider checks inputs against when it plans, for the types that components register.

A check that reads an input which is not known yet reads nothing, and fails the first preview. So what a rule
needs must be known whenever what calls for it is there. The rules are the `CustomizeDiff` functions in
`internal/service` of https://github.com/hashicorp/terraform-provider-aws; other relations of inputs
(`ConflictsWith`, `RequiredWith`, `ExactlyOneOf`) let an unknown value pass.
"""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from tests.support.engine import Registration, known


class Rule(NamedTuple):
    """`needs` must be known if `given` is there. `*` is every item of a list."""

    kind: str
    given: str
    needs: str
    source: str


INDEX = "globalSecondaryIndexes.*"
# fmt: off
RULES = (
    Rule("TopicSubscription", "filterPolicyScope", "filterPolicy", "sns/topic_subscription.go"),
    Rule("Topic", "fifoTopic", "fifoTopic", "sns/topic.go"),
    Rule("Topic", "contentBasedDeduplication", "fifoTopic", "sns/topic.go"),
    Rule("Topic", "archivePolicy", "fifoTopic", "sns/topic.go"),
    Rule("Topic", "fifoThroughputScope", "fifoTopic", "sns/topic.go"),
    Rule("Queue", "fifoQueue", "fifoQueue", "sqs/queue.go"),
    Rule("Queue", "contentBasedDeduplication", "fifoQueue", "sqs/queue.go"),
    Rule("Function", "code", "handler", "lambda/function.go"),
    Rule("Function", "code", "runtime", "lambda/function.go"),
    Rule("Table", "streamEnabled", "streamViewType", "dynamodb/validate.go"),
    Rule("Table", "attributes", "hashKey", "dynamodb/table.go"),
    Rule("Table", "rangeKey", "rangeKey", "dynamodb/table.go"),
    Rule("Table", "attributes", "attributes.*.name", "dynamodb/table.go"),
    Rule("Table", f"{INDEX}.hashKey", f"{INDEX}.hashKey", "dynamodb/table.go"),
    Rule("Table", f"{INDEX}.rangeKey", f"{INDEX}.rangeKey", "dynamodb/table.go"),
    Rule("Table", f"{INDEX}.keySchemas", f"{INDEX}.keySchemas", "dynamodb/table.go"),
    Rule("MetricAlarm", "metricName", "statistic", "cloudwatch/metric_alarm.go"),
)
# fmt: on


def broken(registration: Registration) -> list[str]:
    """The rules that a registered resource breaks, in words."""
    return [
        f"{registration.name}: {rule.kind} with {rule.given} needs {rule.needs} to be known ({rule.source})"
        for rule in RULES
        if registration.type.endswith(f":{rule.kind}")
        and any(True for _ in _found(registration.inputs, rule.given.split(".")))
        and not _all_known(registration.inputs, rule.needs.split("."))
    ]


def _all_known(inputs: Mapping[str, Any], path: list[str]) -> bool:
    found = list(_found(inputs, path))
    return bool(found) and all(map(known, found))


def _found(value: Any, path: list[str]) -> Iterator[Any]:
    """What stands at the end of the path; what is unknown on the way there stands for it."""
    if not path or (not known(value) and not isinstance(value, Mapping | list)):
        yield value
    elif path[0] == "*":
        for item in value:
            yield from _found(item, path[1:])
    elif path[0] in value:
        yield from _found(value[path[0]], path[1:])
