"""Outputs are filled in together, placeholders replaced, and the text is the same for the same definition."""

import asyncio
import json
from collections.abc import Callable
from typing import Any

import pulumi
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from components.asl import Definition
from components.asl.document.copying import MAXIMUM_DEFINITION_BYTES
from tests.asl.places import PLACE


def resolve(written: dict[str, Any], **place: Any) -> pulumi.Output[Definition]:
    return Definition(written).resolve(**place)


def fill(written: dict[str, Any], **place: Any) -> dict[str, Any]:
    return Definition(written).fill(**place).tree


def render(written: dict[str, Any]) -> str:
    return Definition(written).render()


def known(output: pulumi.Output[Definition]) -> tuple[Any, bool, bool]:
    """The tree of a resolved definition, whether it is known, and whether it is secret."""

    async def wait() -> tuple[Any, bool, bool]:
        found = await output.future()
        return found.tree if found else None, await output.is_known(), await output.is_secret()

    return asyncio.get_event_loop().run_until_complete(wait())


def test_every_output_leaf_is_filled_in_and_the_rest_stays() -> None:
    url, two = pulumi.Output.from_input("url"), pulumi.Output.from_input(2)
    ask = {"TimeoutSeconds": 60, "Parameters": {"QueueUrl": url, "Tags": [1, two]}}
    value, is_known, is_secret = known(resolve({"States": {"Ask": ask}}, **PLACE))
    assert value == {
        "States": {"Ask": {"TimeoutSeconds": 60, "Parameters": {"QueueUrl": "url", "Tags": [1, 2]}}}
    }
    assert (is_known, is_secret) == (True, False)


def test_one_output_in_many_places_is_awaited_once(monkeypatch: pytest.MonkeyPatch) -> None:
    awaited: list[int] = []
    together = pulumi.Output.all

    def count(*inputs: Any) -> pulumi.Output[list[Any]]:
        awaited.append(len(inputs))
        return together(*inputs)

    monkeypatch.setattr(pulumi.Output, "all", count)
    url = pulumi.Output.from_input("url")
    definition = {"States": {str(number): {"Parameters": {"QueueUrl": url}} for number in range(100)}}
    value, _, _ = known(resolve(definition, **PLACE))
    assert {state["Parameters"]["QueueUrl"] for state in value["States"].values()} == {"url"}
    assert awaited == [4]


def test_partition_region_and_account_may_be_outputs() -> None:
    output = resolve(
        {"Resource": "arn:${AWS::Partition}:sns:${AWS::Region}:${AWS::AccountId}:t"},
        partition=pulumi.Output.from_input("aws-cn"),
        region=pulumi.Output.from_input("cn-north-1"),
        account_id=pulumi.Output.from_input("210987654321"),
    )
    assert known(output)[0] == {"Resource": "arn:aws-cn:sns:cn-north-1:210987654321:t"}


def test_a_secret_leaf_makes_the_whole_secret() -> None:
    assert known(resolve({"Parameters": {"Key": pulumi.Output.secret("s")}}, **PLACE))[2]


def test_a_definition_may_be_or_hold_an_output_of_a_dict() -> None:
    state = pulumi.Output.from_input({"Resource": "arn:${AWS::Partition}:states:::sqs:sendMessage"})
    value, _, _ = known(resolve({"States": {"Ask": state}}, **PLACE))
    assert value == {"States": {"Ask": {"Resource": "arn:aws-test:states:::sqs:sendMessage"}}}


def test_an_output_that_resolves_to_none_names_its_place() -> None:
    nothing: pulumi.Output[None] = pulumi.Output.from_input(None)
    output = resolve({"States": {"Ask": {"Parameters": {"Entries": [{"Bus": nothing}]}}}}, **PLACE)
    with pytest.raises(ValueError, match=r"^States\.Ask\.Parameters\.Entries\[0\]\.Bus must have a value"):
        known(output)


def test_an_unknown_output_makes_the_whole_unknown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pulumi.runtime, "is_dry_run", lambda: True)
    unknown = pulumi.Output(set(), asyncio.sleep(0), _false())
    assert not known(resolve({"Parameters": {"Key": unknown}}, **PLACE))[1]


async def _false() -> bool:
    return False


@pytest.mark.parametrize("written", ["aws", "aws-cn", "aws-us-gov", "aws-iso-b", "${AWS::Partition}"])
def test_integrations_get_the_stacks_partition(written: str) -> None:
    resource = f"arn:{written}:states:::lambda:invoke.waitForTaskToken"
    definition = {"Resource": resource}
    assert fill(definition, **PLACE) == {"Resource": "arn:aws-test:states:::lambda:invoke.waitForTaskToken"}
    assert definition == {"Resource": resource}, "the definition itself is not changed"


def test_arns_of_resources_keep_their_partition() -> None:
    function = "arn:aws:lambda:eu-west-1:123456789012:function:f"
    definition = {
        "Resource": function,
        "Parameters": {"FunctionName": function, "Text": "arn:aws:states:::x"},
    }
    assert fill(definition, **PLACE) == definition


def test_an_unknown_placeholder_in_an_arn_is_refused() -> None:
    with pytest.raises(
        ValueError, match=r"A must only use \$\{AWS::Partition\}, .*, got 'arn:aws:s3:::\$\{AWS::Stack"
    ):
        fill({"A": "arn:aws:s3:::${AWS::StackName}"}, **PLACE)


@pytest.mark.parametrize("text", ["${AWS::StackName}", "at ${AWS::StackName}"])
def test_text_that_is_no_arn_may_hold_anything(text: str) -> None:
    assert json.loads(Definition({"Template": text}).fill(**PLACE).render()) == {"Template": text}


@pytest.mark.parametrize("argument", ["partition", "region", "account_id"])
@pytest.mark.parametrize("value", ["", None])
def test_where_it_is_must_be_known(argument: str, value: Any) -> None:
    place: Any = {**PLACE, argument: value}
    with pytest.raises(ValueError, match="must be known, got"):
        fill({}, **place)


def test_fill_refuses_an_output_it_has_no_value_for() -> None:
    with pytest.raises(ValueError, match=r"^A\.B is an Output whose value is not known here"):
        fill({"A": {"B": pulumi.Output.from_input(1)}}, **PLACE)


def _cycle() -> dict[str, Any]:
    definition: dict[str, Any] = {}
    definition["States"] = definition
    return definition


def _bomb() -> dict[str, Any]:
    definition: dict[str, Any] = {}
    for _ in range(20_000):
        definition = {"a": definition}
    return definition


@pytest.mark.parametrize("make", [_cycle, _bomb])
@pytest.mark.parametrize("use", [fill, resolve])
def test_endless_definitions_are_refused_at_once(
    make: Callable[[], dict[str, Any]], use: Callable[..., object]
) -> None:
    with pytest.raises(ValueError, match=r"contains itself|nested more than 200 deep") as raised:
        use(make(), **PLACE)
    assert len(str(raised.value)) < 600


def test_rendering_is_compact_and_keeps_the_order() -> None:
    assert render({"StartAt": "B", "States": {"B": {"é": None}, "A": {"x": [1, 1.5, True]}}}) == (
        '{"StartAt":"B","States":{"B":{"é":null},"A":{"x":[1,1.5,true]}}}'
    )


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(st.characters(exclude_categories=["Cs"])),
        lambda inner: st.lists(inner) | st.dictionaries(st.text("abc$."), inner),
        max_leaves=20,
    )
)
@settings(max_examples=40)
def test_rendering_loses_nothing(value: Any) -> None:
    assert json.loads(render({"value": value})) == {"value": value}


def test_rendering_refuses_what_is_too_large() -> None:
    overhead = len('{"a":""}')
    exact = "é" * ((MAXIMUM_DEFINITION_BYTES - overhead) // 2)
    assert len(render({"a": exact}).encode()) == MAXIMUM_DEFINITION_BYTES
    with pytest.raises(ValueError, match=r"1048577 bytes, where 1048576 are the most"):
        render({"a": f"{exact}x"})


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (float("nan"), "nan is no JSON number"),
        ("\ud800", "definition must be valid Unicode text"),
        (pulumi.Output.from_input(1), "must not hold an Output"),
    ],
)
def test_rendering_refuses_what_is_not_json(value: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        render({"a": value})


def test_awaitables_count_as_outputs() -> None:
    coroutine = _false()
    assert Definition({"A": coroutine}).problems == []
    coroutine.close()
