"""The monitor: a real program talks to it over the wire, and a recording provider sees what it asks for."""

import ast
import threading
import venv
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from local import config
from local.deploy import Deployment, deploy
from local.errors import LocalError
from local.model import Created, Resource
from tests.local.support import ROOT, program
from tests.support.patience import PATIENCE_SECONDS


class Recorder:
    """A provider of nothing: it remembers, and answers with what it was told to."""

    def __init__(self, outputs: Mapping[str, Any] | None = None) -> None:
        self.asked: list[Resource] = []
        self._outputs = outputs or {}
        self._lock = threading.Lock()

    def create(self, resource: Resource, folder: Path) -> Created:
        with self._lock:
            self.asked.append(resource)
        return Created(f"{resource.name}-id", {"folder": str(folder), **self._outputs})

    def invoke(
        self, token: str, arguments: Mapping[str, Any], provider: Mapping[str, Any]
    ) -> Mapping[str, Any]:
        return {"token": token, "got": dict(arguments), "by": dict(provider)}


PREAMBLE = """
import pulumi

class Thing(pulumi.CustomResource):
    out: pulumi.Output[str]
    size: pulumi.Output[int]
    hidden: pulumi.Output[str]
    def __init__(self, name, opts=None, **inputs):
        super().__init__("t:m:Thing", name, {"out": None, **inputs}, opts)

class Group(pulumi.ComponentResource):
    def __init__(self, name, opts=None):
        super().__init__("c:m:Group", name, {}, opts)
        self.thing = Thing("inner", pulumi.ResourceOptions(parent=self))
        self.register_outputs({"ignored": 1})
"""


def _run(tmp_path: Path, source: str, recorder: Recorder, **settings: Any) -> Deployment:
    folder = program(tmp_path / "program", PREAMBLE + source, **settings)
    return deploy(config.load(folder, "local"), recorder, timeout_seconds=PATIENCE_SECONDS)


def test_outputs_of_the_stack_come_back_plain(tmp_path: Path) -> None:
    source = """
pulumi.export("s", "text")
pulumi.export("n", 3)
pulumi.export("deep", {"list": [True, None, {"x": 0.5}]})
pulumi.export("secret", pulumi.Output.secret("s"))
options = pulumi.ResourceOptions(aliases=[pulumi.Alias(name="old")], protect=True, retain_on_delete=True)
pulumi.export("id", Thing("a", options).id)  # Options that change nothing here.
"""
    deployment = _run(tmp_path, source, Recorder())
    assert deployment.outputs == {
        "s": "text",
        "n": 3,
        "deep": {"list": [True, None, {"x": 0.5}]},
        "secret": "s",
        "id": "a-id",
    }


def test_only_custom_resources_are_created_and_urns_have_the_types_of_all_parents(
    tmp_path: Path,
) -> None:
    recorder = Recorder()
    _run(
        tmp_path, 'outer = Group("outer")\nGroup("middle", pulumi.ResourceOptions(parent=outer))\n', recorder
    )
    assert sorted(resource.urn for resource in recorder.asked) == [
        "urn:pulumi:local::small::c:m:Group$c:m:Group$t:m:Thing::inner",
        "urn:pulumi:local::small::c:m:Group$t:m:Thing::inner",
    ]


def test_a_provider_sees_secrets_unwrapped_and_the_program_gets_them_wrapped(tmp_path: Path) -> None:
    source = """
thing = Thing("a", hidden=pulumi.Output.secret("h"), size=2)
for key in ("hidden", "size"):
    pulumi.export(key, pulumi.Output.from_input(getattr(thing, key).is_secret()))
declared = Thing("b", pulumi.ResourceOptions(additional_secret_outputs=["out"]))
pulumi.export("out", pulumi.Output.from_input(declared.out.is_secret()))
"""
    recorder = Recorder({"out": "o"})
    deployment = _run(tmp_path, source, recorder)
    asked = {resource.name: dict(resource.inputs) for resource in recorder.asked}
    assert asked["a"] == {"hidden": "h", "size": 2}
    assert deployment.outputs == {"hidden": True, "size": False, "out": True}


def test_dependencies_are_created_first_and_independent_ones_at_the_same_time(tmp_path: Path) -> None:
    class Slow(Recorder):
        running = 0
        four = threading.Event()

        def create(self, resource: Resource, folder: Path) -> Created:
            with self._lock:
                self.running += 1
                if self.running >= 4:
                    self.four.set()
            assert self.four.wait(PATIENCE_SECONDS)
            with self._lock:
                self.running -= 1
            return super().create(resource, folder)

    recorder = Slow()
    source = """
first = Thing("first")
for i in range(6):
    Thing(f"beside-{i}")
Thing("last", pulumi.ResourceOptions(depends_on=[first]))
"""
    _run(tmp_path, source, recorder)
    names = [resource.name for resource in recorder.asked]
    assert names[-1] == "last"


def test_a_data_source_is_asked_and_its_failure_named(tmp_path: Path) -> None:
    source = 'pulumi.export("x", pulumi.runtime.invoke("t:m:find", {"a": 1}).value)\n'
    deployment = _run(tmp_path, source, Recorder())
    assert deployment.outputs == {"x": {"token": "t:m:find", "got": {"a": 1}, "by": {}}}

    class Broken(Recorder):
        def invoke(
            self, token: str, arguments: Mapping[str, Any], provider: Mapping[str, Any]
        ) -> Mapping[str, Any]:
            raise KeyError("no such thing")

    with pytest.raises(LocalError, match=r't:m:find "call": KeyError: .no such thing'):
        _run(tmp_path, source, Broken())


def test_every_failed_resource_is_named_with_its_reason(tmp_path: Path) -> None:
    both = threading.Barrier(2)

    class Broken(Recorder):
        def create(self, resource: Resource, folder: Path) -> Created:
            both.wait(PATIENCE_SECONDS)
            raise RuntimeError(f"no {resource.name}")

    with pytest.raises(LocalError) as caught:
        _run(tmp_path, 'Thing("a")\nThing("b")\n', Broken())
    assert sorted(str(caught.value).splitlines()) == [
        't:m:Thing "a": RuntimeError: no a',
        't:m:Thing "b": RuntimeError: no b',
    ]


FAILURES = {
    "imports a resource": (
        'Thing("a", pulumi.ResourceOptions(import_="x"))\n',
        "starts empty, so nothing can be imported",
    ),
    "looks a resource up": ('Thing("a", pulumi.ResourceOptions(id="x"))\n', "there is no 'x' to look up"),
    "has a component of another language": (
        'class R(pulumi.ComponentResource):\n  pass\nR("c:m:R", "r", {}, None, True)\n',
        "components of another language need the Pulumi CLI",
    ),
    "has one name twice": (
        'Thing("a")\nThing("a")\n',
        't:m:Thing "a": two resources of this type and parent have the same name',
    ),
    "transforms a resource": (
        'Thing("a", pulumi.ResourceOptions(transforms=[lambda args: None]))\n',
        't:m:Thing "a": transforms need the Pulumi CLI',
    ),
    "transforms every resource": (
        'pulumi.runtime.register_resource_transform(lambda args: None)\nThing("a")\n',
        "transforms need the Pulumi CLI",
    ),
    "raises": (
        "def inner():\n  raise ValueError('no luck')\ninner()\n",
        r'__main__.py", line \d+, in inner(?s:.*)ValueError: no luck',
    ),
    "raises in an apply": (
        'def inner(x):\n  raise ValueError("late")\nThing("a").out.apply(inner)\n',
        r'__main__.py", line \d+, in inner(?s:.*)ValueError: late',
    ),
    "lacks configuration": (
        "pulumi.Config().require('colour')\n",
        "Missing required configuration variable 'small:colour'",
    ),
    "is no Python": ("if\n", "SyntaxError"),
    "exits by itself": ("raise SystemExit('enough')\n", "enough"),
    "imports what is not there": ("import nowhere\n", "No module named 'nowhere'"),
    "puts an output into a text": ("pulumi.export('x', f\"{Thing('a').out}\")\n", "__str__"),
}


@pytest.mark.parametrize("case", FAILURES)
def test_a_program_that_fails_says_why_with_the_place_in_the_program_itself(
    tmp_path: Path, case: str
) -> None:
    source, message = FAILURES[case]
    with pytest.raises(LocalError, match=message) as caught:
        _run(tmp_path, source, Recorder({"out": "o"}))
    assert "host.py" not in str(caught.value)
    assert "site-packages" not in str(caught.value)


def test_configuration_reaches_the_program_with_its_secrets(tmp_path: Path) -> None:
    source = """
config = pulumi.Config()
pulumi.export("size", config.require_int("size"))
pulumi.export("tags", config.require_object("tags"))
pulumi.export("hidden", pulumi.Output.from_input(config.require_secret("word").is_secret()))
pulumi.export("where", [pulumi.get_project(), pulumi.get_stack(), pulumi.get_organization()])
"""
    declared = """{size: {type: integer, default: 4}, tags: {type: array, default: [a]},
 word: {secret: true, default: w}}"""
    deployment = _run(tmp_path, source, Recorder(), declared=declared)
    assert deployment.outputs == {
        "size": 4,
        "tags": ["a"],
        "hidden": True,
        "where": ["small", "local", "local"],
    }


def test_the_program_does_not_see_the_callers_credentials(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_PROFILE", "production")
    monkeypatch.setenv("PULUMI_ACCESS_TOKEN", "t")
    source = (
        'import os\npulumi.export("seen", [k for k in os.environ if k.startswith(("AWS_", "PULUMI_A"))])\n'
    )
    assert _run(tmp_path, source, Recorder()).outputs == {"seen": []}


def test_the_program_runs_in_the_virtual_environment_of_its_project(tmp_path: Path) -> None:
    folder = program(tmp_path / "program", PREAMBLE + 'import sys\npulumi.export("prefix", sys.prefix)\n')
    venv.create(folder / "own", system_site_packages=False)
    runtime = "name: small\nruntime: {name: python, options: {virtualenv: own}}\n"
    (folder / "Pulumi.yaml").write_text(runtime)
    # It has no Pulumi: that the program fails for want of it shows whose interpreter it was.
    with pytest.raises(LocalError, match="No module named 'pulumi'"):
        deploy(config.load(folder, "local"), Recorder(), timeout_seconds=PATIENCE_SECONDS)


def test_warnings_and_prints_of_the_program_are_kept(tmp_path: Path) -> None:
    deployment = _run(
        tmp_path, 'pulumi.log.warn("careful")\npulumi.log.info("fine")\nprint("hello")\n', Recorder()
    )
    assert deployment.messages == ("warning: careful", "hello")


def test_a_program_that_never_ends_is_ended(tmp_path: Path) -> None:
    folder = program(tmp_path / "program", "while True:\n    pass\n")
    with pytest.raises(LocalError, match="the program did not end: it made nothing for 2 s"):
        deploy(config.load(folder, "local"), Recorder(), timeout_seconds=2)


def test_monitor_and_provider_do_not_know_each_other() -> None:
    """Either can be replaced: the engine imports nothing of AWS, the provider nothing of Pulumi."""

    def imported(room: str) -> set[str]:
        nodes = [
            node
            for file in (ROOT / "local" / room).rglob("*.py")
            for node in ast.walk(ast.parse(file.read_text()))
        ]
        found = {alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names}
        return found | {node.module or "" for node in nodes if isinstance(node, ast.ImportFrom)}

    engine, provider = imported("engine"), imported("aws")
    assert not {name for name in engine if name.startswith(("boto", "local.aws", "local.emulator"))}
    assert not {name for name in provider if name.startswith(("pulumi", "grpc", "google", "local.engine"))}
    assert not {name for name in provider if name.startswith(("local.deploy", "local.config"))}
