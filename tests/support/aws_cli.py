"""A stand-in for the AWS CLI, so that what the documents advise is run as it stands there.

python -m tests.support.aws_cli SERVICE OPERATION --ARGUMENT VALUE... [OUTFILE]

It takes arguments and prints answers as the CLI does: `--query`, and `--output text` for a page at a time.
"""

import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import jmespath  # type: ignore[import-untyped]
from botocore import xform_name
from botocore.model import Shape


def main() -> None:
    service, operation, *words = sys.argv[1:]
    client = boto3.client(service)  # type: ignore[call-overload]
    names = {xform_name(name, "-"): name for name in client.meta.service_model.operation_names}
    shape = client.meta.service_model.operation_model(names[operation]).input_shape
    members = {f"--{xform_name(name, '-')}": (name, member) for name, member in shape.members.items()}
    given: dict[str, Any] = {}
    general = {"--output": "json", "--query": "@"}
    outfile = ""
    while words:
        word = words.pop(0)
        if word in general:
            general[word] = words.pop(0)
        elif word in members:
            name, member = members[word]
            given[name] = True if member.type_name == "boolean" else read(member, taken(words))
        elif f"--{word.removeprefix('--no-')}" in members:
            given[members[f"--{word.removeprefix('--no-')}"][0]] = False
        elif word != "--no-paginate":
            assert not word.startswith("--"), f"{service} {operation} takes no {word}"
            outfile = word
    answer = getattr(client, operation.replace("-", "_"))(**given)
    answer.pop("ResponseMetadata")
    if outfile:
        Path(outfile).write_bytes(answer.pop("Payload").read())
    found = jmespath.search(general["--query"], answer)
    if general["--output"] == "json":
        print(json.dumps(found, default=str))
    elif found != []:
        print("\n".join(text(found)))


def taken(words: list[str]) -> list[str]:
    """The words up to the next argument: several where a list is meant."""
    found = [words.pop(0)]
    while words and not words[0].startswith("--") and not os.path.isabs(words[0]):  # noqa: PTH117
        found.append(words.pop(0))
    return found


def read(member: Shape, words: list[str]) -> Any:
    if member.type_name == "blob":
        assert words[0].startswith("fileb://")
        return Path(words[0].removeprefix("fileb://")).read_bytes()
    if member.type_name in {"structure", "map", "list"} and words[0][0] in "[{":
        return json.loads(words[0])
    if member.type_name == "list":
        return words
    assert len(words) == 1, words
    return int(words[0]) if member.type_name in {"integer", "long"} else words[0]


def text(found: Any) -> Iterator[str]:
    """A list of values is a line, a list of lists several; what is missing is `None`."""
    if not isinstance(found, list):
        yield str(found)
    elif any(isinstance(item, list) for item in found):
        for item in found:
            yield from text(item)
    else:
        yield "\t".join(map(str, found))


if __name__ == "__main__":
    main()
