"""What reading a definition file must not load, and what a language inside of it does."""

import subprocess
import sys

import pytest

LATE = {"pulumi", "pulumi_aws", "grpc", "jsonata", "botocore"}


def loaded(program: str, given: str = "") -> str:
    """Which of the libraries a program has loaded when it ends; none of them lets Python recurse deeper."""
    program = (
        f"import sys\nlimit = sys.getrecursionlimit()\n{program}\n"
        f"assert sys.getrecursionlimit() == limit\nprint(sorted({LATE} & sys.modules.keys()))"
    )
    ran = subprocess.run(
        [sys.executable, "-c", program], input=given, capture_output=True, text=True, check=True
    )
    return ran.stdout.splitlines()[-1]


CHECK = "from components.asl.__main__ import main\nmain(['check', '-'])"
STATE = (
    '{"StartAt": "A", "States": {"A": '
    '{"Type": "Pass", "QueryLanguage": "JSONata", "Output": "%s", "End": true}}}'
)


def test_neither_pulumi_nor_grpc_nor_a_language_is_loaded_before_it_is_needed() -> None:
    assert loaded(CHECK, STATE % "text") == "[]"


def test_a_definition_with_an_expression_loads_the_library_that_reads_it() -> None:
    assert loaded(CHECK, STATE % "{% $uuid() %}") == "['jsonata']"


MISTAKE = """
from components import asl
try:
    asl.wait.events("bus", "aws.shop", "Order", timeout_seconds=60)
except {caught} as error:
    assert str(error).startswith("source must be a text"), error
"""


def test_in_a_program_of_pulumi_a_mistake_is_what_pulumi_prints_as_it_is() -> None:
    assert "pulumi" in loaded(f"import pulumi\n{MISTAKE.format(caught='pulumi.RunError')}")
    assert loaded(MISTAKE.format(caught="ValueError")) == "[]"


def test_every_exported_name_is_there_and_no_other() -> None:
    import components

    assert all(getattr(components, name).__name__ == name for name in components.__all__)
    with pytest.raises(AttributeError, match="no attribute 'Callback'"):
        components.__getattr__("Callback")
