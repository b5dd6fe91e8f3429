"""The optimised integrations: their patterns, the arguments they cannot do without, and where a message fits.

They stand in `optimised.csv`; `own` are arguments that are Step Functions' own.

https://docs.aws.amazon.com/step-functions/latest/dg/integrate-optimized.html lists services and patterns; the
arguments come from each service's page there. An action that is not here is unknown, not wrong.
"""

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

REQUEST_RESPONSE: Final = "request_response"
SYNC: Final = "sync"
SYNC_2: Final = "sync:2"
WAIT: Final = "waitForTaskToken"


@dataclass(frozen=True, slots=True)
class Row:
    """One action.

    token_fields: the argument that carries the wait message as an object.
    sdk: the SDK integration (`sqs:sendMessage`) that takes the same arguments, if there is one.
    optional: arguments that are Step Functions' own.
    """

    patterns: frozenset[str]
    required: frozenset[str]
    token_fields: tuple[str, ...]
    sdk: str | None
    optional: frozenset[str]


SDK_SERVICES: Final[Mapping[str, str]] = {
    **{
        name: name
        for name in ("athena", "batch", "bedrock", "bedrockagentcore", "codebuild", "databrew", "dynamodb")
    },
    **{name: name for name in ("ecs", "eks", "glue", "lambda", "mediaconvert", "sagemaker", "sns", "sqs")},
    "emr-containers": "emrcontainers",
    "emr-serverless": "emrserverless",
    "events": "eventbridge",
    "states": "sfn",
}
"""Optimised service → the SDK integration that calls the same API with the same arguments."""


def _rows() -> dict[str, Row]:
    with Path(__file__).with_name("optimised.csv").open(encoding="utf-8", newline="") as file:
        return {
            row["integration"]: Row(
                frozenset({REQUEST_RESPONSE, *row["patterns"].split()}),
                frozenset(row["required"].split()),
                tuple(row["message"].split()),
                row["sdk"] or None,
                frozenset(row["own"].split()),
            )
            for row in csv.DictReader(file)
        }


OPTIMIZED: Final[Mapping[str, Row]] = _rows()
