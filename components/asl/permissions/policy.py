"""The execution role's policy, derived from the definition: exact actions on exact resources.

Every Task state is looked up in the permission tables, which find the resources in the state's own
arguments. What cannot be found there is an error that says what to add by hand, never a `*`.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from typing import Any, Final

from ..document.copying import ACCOUNT_ID, PARTITION, SOMEWHERE
from ..document.definition import Definition
from ..language.query import is_expression
from ..report.display import Unknown, is_output, leaves
from ..services.integrations import hands_out_token
from .calls import calls
from .collecting import Collected, allowed_by_hand
from .grants import Grant
from .invocation import CannotTell, Invocation


def statements(
    definition: Mapping[str, Any] | Definition,
    *,
    partition: str,
    region: str,
    account_id: str,
    kms_key: str | None = None,
    kms_keys: Mapping[str, str] | None = None,
    extra_statements: Sequence[Mapping[str, Any]] = (),
) -> list[dict[str, Any]]:
    """IAM statements for a resolved definition, merged and sorted: the same definition, the same policy.

    - `kms_key`: ARN of the KMS key of every queue, topic, bucket, table and secret of the definition.
    - `kms_keys`: URL, ARN or name of such a thing → ARN of its key, where that is another one.
    - `extra_statements`: what is allowed by hand. A permission that cannot be derived is accepted when they
      allow its actions; they are not part of what is returned.

    Raises UnresolvedPermission with one line for each permission that is missing. What a Distributed Map may
    do with its own state machine is not here, because that has no ARN yet: see `own_statements`.
    """
    collected = Collected(kms_key, allowed_by_hand(extra_statements), kms_keys)
    for state in Definition.of(definition).states():
        for call, grants in calls(state, (partition, region, account_id)):
            collected.take(call, grants)
    return collected.statements()


def require_statements(
    definition: Mapping[str, Any] | Definition, *, extra_statements: Sequence[Mapping[str, Any]] = ()
) -> None:
    """Raise UnresolvedPermission for what is missing whatever the Outputs of a definition turn out to be.

    It says before anything is registered what `statements` would say when they are known. What depends on an
    Output, among the arguments or in what `extra_statements` allow, is left to that.
    """
    if any(not isinstance(one, Mapping) or _has_output(one.get("Action")) for one in extra_statements):
        return
    collected = Collected(None, allowed_by_hand(extra_statements))
    for state in Definition.of(definition).in_some_place().states():
        for call, grants in calls(state, tuple(SOMEWHERE.values())):
            if not _has_output(call.arguments):
                collected.take(call, grants)
    collected.statements()


ONE_REGION: Final = frozenset(
    {"dynamodb", "events", "lambda", "scheduler", "secretsmanager", "sns", "sqs", "ssm", "states"}
)
"""Services whose calls go to the region of the state machine, wherever the resource is."""


def calls_elsewhere(definition: Mapping[str, Any] | Definition, *, region: str) -> list[str]:
    """The ARNs of what a definition calls in another region than its own, as far as that can be told.

    Step Functions calls nothing across regions:
    https://docs.aws.amazon.com/step-functions/latest/dg/concepts-access-cross-acct-resources.html
    """
    somewhere = (SOMEWHERE[PARTITION], region, SOMEWHERE[ACCOUNT_ID])
    found: dict[str, None] = {}
    for state in Definition.of(definition).in_some_place(region).states():
        for call, grants in calls(state, somewhere):
            for arn in _named(call, grants):
                _, _, service, where, *_ = (*arn.split(":", 4), "", "", "", "")
                if service in ONE_REGION and where not in ("", "*", region):
                    found[arn] = None
    return [*found]


def _named(call: Invocation, grants: Sequence[Grant]) -> Iterator[str]:
    """The ARNs that a call names, without those that are only known later."""
    if is_expression(call.arguments) or _has_output(call.arguments):
        return
    for grant in grants:
        with suppress(CannotTell):
            yield from grant.resources(call) if grant.applies(call) else ()


def _has_output(node: Any) -> bool:
    return any(isinstance(leaf, Unknown) or is_output(leaf) for _, leaf in leaves(node))


def needs_own_statements(definition: Mapping[str, Any] | Definition) -> bool:
    """Whether a definition, resolved or not, has a Distributed Map, which starts its own state machine."""
    return any(state.is_map_run for state in Definition.of(definition).states())


def has_waits(definition: Mapping[str, Any] | Definition) -> bool:
    """Whether some state of a definition, resolved or not, waits for a task token."""
    return any(hands_out_token(state.fields.get("Resource")) for state in Definition.of(definition).states())


def own_statements(
    definition: Mapping[str, Any] | Definition, *, state_machine_arn: str
) -> list[dict[str, Any]]:
    """IAM statements about the state machine itself, for a policy that is made after it; often none."""
    labels = [state.fields.get("Label") for state in Definition.of(definition).states() if state.is_map_run]
    if not labels:
        return []
    place, _, name = state_machine_arn.rpartition(":stateMachine:")
    if not place:
        raise CannotTell(f"state_machine_arn is not the ARN of a state machine ({state_machine_arn})")
    runs = sorted({label if label and isinstance(label, str) else "*" for label in labels})
    own = {
        "DescribeExecution": [f"{place}:execution:{name}:*"],
        "RedriveExecution": [f"{place}:execution:{name}/{run}:*" for run in runs],
        "StartExecution": [state_machine_arn],
    }
    return [
        {"Sid": f"Items{action}", "Effect": "Allow", "Action": [f"states:{action}"], "Resource": arns}
        for action, arns in own.items()
    ]
