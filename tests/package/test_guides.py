"""What the documents show can be pasted: Python programs run, parts of programs say so, commands exist."""

import argparse
import importlib.util
import json
import re
import shlex
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import botocore.session
import pytest
from botocore import xform_name

from local import __main__ as local_command
from local.engine.host import ThisRepository
from ops.arguments import parser as operators_parser
from tests.package.build import ROOT
from tests.support.cases import BOUNDARY, WORKER
from tests.support.engine import deploy, queue_url

PAGES = [
    *sorted(ROOT.glob("*.md")),
    *sorted((ROOT / "docs").glob("*.md")),
    *sorted((ROOT / "examples").glob("*/README.md")),
    ROOT / "local" / "README.md",
]
BLOCK = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
PART = re.compile(r"# Not a whole program: (.+) (?:is|are) yours\.\n")
FILE = re.compile(r"# (\S+/worker\.py)\n")
PLATFORM = {
    "approvalQueueUrl": queue_url("approvals"),
    "approvalCallbackRoleNames": ["intake", "page", "follow-up", "operator"],
    "approvalHistoryRoleNames": ["page", "follow-up"],
    "boundaryArn": BOUNDARY,
}
"""What the platform team's stack exports."""


@dataclass(frozen=True)
class Block:
    """What stands between two fences of a page."""

    page: str
    language: str
    text: str
    heading: str

    def __str__(self) -> str:
        return f"{self.page}: {self.heading}"


def blocks() -> Iterator[Block]:
    for page in PAGES:
        text = page.read_text()
        for match in BLOCK.finditer(text):
            heading = re.findall(r"^#+ (.*)$", BLOCK.sub("", text[: match.start()]), re.MULTILINE)[-1]
            yield Block(page.relative_to(ROOT).as_posix(), match[1], match[2], heading)


BLOCKS = list(blocks())
PYTHON = [block for block in BLOCKS if block.language == "python"]
PARTS = [block for block in PYTHON if PART.match(block.text)]
WORKERS = [block for block in PYTHON if FILE.match(block.text)]
PROGRAMS = [block for block in PYTHON if block not in PARTS and block not in WORKERS]
SHELL = [block for block in BLOCKS if block.language == "sh"]


def test_every_language_is_known() -> None:
    """So that no block is left out: `py`, say, would be neither a program nor a part of one."""
    assert {block.language for block in BLOCKS} <= {"", "json", "mermaid", "python", "sh", "typescript"}


def test_every_recipe_of_the_cookbook_has_its_program() -> None:
    headings = re.findall(r"^## (.*)$", (ROOT / "docs" / "cookbook.md").read_text(), re.MULTILINE)
    assert [block.heading for block in PROGRAMS if block.page == "docs/cookbook.md"] == headings


@pytest.fixture(scope="module")
def installed() -> Iterator[None]:
    """`countersign` as a program finds it that has the package."""
    finder = ThisRepository()
    sys.meta_path.append(finder)
    try:
        yield
    finally:
        sys.meta_path.remove(finder)
        for name in [name for name in sys.modules if name.partition(".")[0] == "countersign"]:
            del sys.modules[name]


@pytest.mark.usefixtures("installed")
@pytest.mark.parametrize("block", PROGRAMS, ids=str)
def test_a_program_runs_as_it_stands(block: Block, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for folder in set(re.findall(r'"worker": "([^"]+)"', block.text)):
        (tmp_path / folder).mkdir(parents=True)
        (tmp_path / folder / "worker.py").write_text((Path(WORKER) / "worker.py").read_text())
    monkeypatch.chdir(tmp_path)
    found = deploy(lambda: exec(block.text, {}), stack_outputs=PLATFORM)
    assert [resource for resource in found.cloud() if resource.type.endswith(":StateMachine")]


@pytest.mark.parametrize("block", WORKERS, ids=str)
def test_a_worker_works(block: Block) -> None:
    """And its folder is the one that a program on the same page names."""
    match = FILE.match(block.text)
    assert match is not None
    folder = match[1].removesuffix("/worker.py")
    programs = [program for program in PROGRAMS if program.page == block.page]
    assert any(f'"worker": "{folder}"' in program.text for program in programs)
    worker: dict[str, Any] = {}
    exec(block.text, worker)
    task = worker["Task"](id="1", token="t")
    assert json.dumps(worker["handle"]({"amount": 5}, task))
    with pytest.raises(worker["TaskFailed"], match="amount must be positive"):
        worker["handle"]({"amount": 0}, task)


@pytest.mark.parametrize("block", PARTS, ids=str)
def test_a_part_of_a_program_says_what_is_missing(block: Block) -> None:
    match = PART.match(block.text)
    assert match is not None
    check = ["ruff", "check", "--isolated", "--select", "F821", "--output-format", "json", "-"]
    done = subprocess.run(
        [sys.executable, "-m", *check], input=block.text, capture_output=True, text=True, check=False
    )
    missing = {problem["message"].split("`")[1] for problem in json.loads(done.stdout)}
    assert missing == set(re.split(r", | and ", match[1]))


def commands(text: str) -> Iterator[list[str]]:
    """Each simple command of a shell text, as words. What stands in `$(...)` is a command too."""
    text = re.sub(r"\s+# .*$", "", re.sub(r"\\\n\s*", " ", text), flags=re.MULTILINE)
    for inner in re.findall(r"\$\(([^()]*)\)", text):
        yield from commands(inner)
    lexer = shlex.shlex(re.sub(r"\$\([^()]*\)", "SUBSTITUTED", text), posix=True, punctuation_chars=";|&\n")
    lexer.whitespace = " \t"
    lexer.whitespace_split = True
    words: list[str] = []
    for word in [*lexer, "\n"]:
        if set(word) <= set(";|&\n"):
            while words and ("=" in words[0] or words[0] in {"do", "done"}):
                words.pop(0)
            if words and words[0] not in {"for"}:
                yield words
            words = []
        else:
            words.append(word)


SHELL_COMMANDS = [(str(block), words) for block in SHELL for words in commands(block.text)]
TARGETS = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
PULUMI = {"install", "up", "destroy", "preview", "new", "login", "stack", "config", "package"}
OTHER = {"echo", "jq", "npm", "uv"}


@pytest.mark.parametrize(("where", "words"), SHELL_COMMANDS, ids=lambda value: str(value)[:60])
def test_a_command_exists(where: str, words: list[str]) -> None:
    match words:
        case ["make", target]:
            assert target in TARGETS
        case ["aws", service, operation, *arguments]:
            check_aws(service, operation, arguments)
        case [".venv/bin/python" | "python", "-m", module, *arguments]:
            check_module(module, arguments)
        case ["countersign", *arguments]:
            assert operators_parser(time.time).parse_args([each.removeprefix("$") for each in arguments])
        case ["pulumi", command, *_]:
            assert command in PULUMI
        case [other, *_]:
            assert other in OTHER


GENERAL = {"--query", "--output", "--no-paginate"}
RENAMED = {"--task-output": "--output"}
"""What the AWS CLI calls otherwise, since the name is one of its own."""


def check_aws(service: str, operation: str, arguments: list[str]) -> None:
    """The operation is one of the service's, takes these arguments, and gets those that it needs."""
    model = botocore.session.Session().get_service_model(service)
    known = {xform_name(name, "-"): name for name in model.operation_names}
    shape = model.operation_model(known[operation]).input_shape
    assert shape is not None
    members = {f"--{xform_name(name, '-')}": name for name in shape.members}
    members |= {
        f"--no-{xform_name(name, '-')}": name
        for name, member in shape.members.items()
        if member.type_name == "boolean"
    }
    given = {RENAMED.get(word, word) for word in arguments if word.startswith("--")}
    assert given <= members.keys() | GENERAL
    assert set(shape.required_members) <= {members[word] for word in given & members.keys()}


def check_module(module: str, arguments: list[str]) -> None:
    assert importlib.util.find_spec(module) is not None
    if module == "local":
        parsed = local_command._parser().parse_args(arguments)
        assert isinstance(parsed, argparse.Namespace)
        assert (ROOT / parsed.folder / "Pulumi.yaml").is_file()


INLINE = re.compile(r"`((?:make|python -m|pytest) [^`]+)`")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_a_command_in_a_sentence_exists(page: Path) -> None:
    for text in INLINE.findall(page.read_text()):
        words = text.split()
        if words[0] == "make":
            assert {word for word in words[1:] if "=" not in word} <= TARGETS, text
        elif words[0] == "pytest":
            assert all((ROOT / word).exists() for word in words[1:] if not word.startswith("-")), text
        elif not words[2].startswith("countersign"):  # the installed package's name
            assert words[2] == "build" or importlib.util.find_spec(words[2]) is not None, text


@pytest.mark.parametrize("page", ["CONTRIBUTING.md", "docs/architecture.md"])
def test_a_folder_that_is_named_exists(page: str) -> None:
    named = re.findall(r"`([\w/]+/)`", (ROOT / page).read_text())
    assert [folder for folder in named if not (ROOT / folder).is_dir()] == []


LINK = re.compile(r"\]\((?!https?:)([^)#\s]*)(?:#([^)\s]+))?\)")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_a_link_leads_somewhere(page: Path) -> None:
    for target, anchor in LINK.findall(BLOCK.sub("", page.read_text())):
        file = (page.parent / target).resolve() if target else page
        assert file.exists(), target
        if anchor:
            headings = re.findall(r"^#+ (.*)$", BLOCK.sub("", file.read_text()), re.MULTILINE)
            known = {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}
            assert anchor in known, f"{target}#{anchor}"
