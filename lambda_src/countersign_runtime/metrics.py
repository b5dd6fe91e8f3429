"""What a function counts: records of its log that CloudWatch makes metrics of, without a call.

This is the embedded metric format. It wants `_aws` and the values at the root of a JSON object, and there
Lambda puts the `extra` of a record, if the function's log format is JSON. Their level is INFO, which Lambda
lets pass. They go through the filter against tokens like any other record.
https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
https://docs.aws.amazon.com/lambda/latest/dg/python-logging.html
"""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from logging import getLogger

from countersign_contract import metrics
from countersign_contract.variables import METRICS

logger = getLogger("countersign")


@dataclass
class Counts:
    """Counts for one instance, which one dimension names. Thread-safe."""

    dimension: str
    instance: str
    clock: Callable[[], float] = time.time

    @classmethod
    def read(cls, environment: Mapping[str, str], dimension: str, variable: str) -> "Counts | None":
        """None for a function that counts nothing; `variable` holds the instance's name. ValueError for a
        setting that is neither."""
        setting = environment.get(METRICS, "false")
        if setting not in ("true", "false"):
            raise ValueError(f"{METRICS} must be true or false, got {setting!r}")
        return cls(dimension, environment[variable]) if setting == "true" else None

    def say(self, values: Mapping[str, float]) -> None:
        """Metric → by how much, or how long. Nothing is written for nothing."""
        if not values:
            return
        directive = {
            "Namespace": metrics.NAMESPACE,
            "Dimensions": [[self.dimension]],
            "Metrics": [{"Name": name, "Unit": metrics.UNITS.get(name, metrics.COUNT)} for name in values],
        }
        about = {"Timestamp": int(self.clock() * 1000), "CloudWatchMetrics": [directive]}
        logger.info("metrics", extra={"_aws": about, self.dimension: self.instance, **values})
