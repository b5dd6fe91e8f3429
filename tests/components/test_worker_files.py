"""A `worker.py` is read, never imported: with what no function could start, nothing is made."""

import re
import sys
import warnings as python_warnings
from pathlib import Path
from typing import Any

import pulumi
import pytest

from components.common.code.runtimes import GLIBC
from tests.support.cases import make
from tests.support.engine import deploy
from tests.support.packed import HANDLE, folder, members, packed, refused, warnings

HINT = "docs/components.md says how"


NO_HANDLE = "{0} must define handle(request, task)"
ASYNC = "{0}, line 1: handle must be a plain function, got async def"
YIELD = "{0}, line 1: handle must be a plain function, got a generator (yield)"
TWO = "{0}, line 1: handle must take (request, task), got handle("


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("import json\n\ndef handle(request, task:\n    ...", "{0}, line 3: '(' was never closed"),
        ("x = 1\n  y = 2", "{0}, line 2: unexpected indent"),
        ("x = 1\0", "{0}: source code string cannot contain null bytes"),
        ("", NO_HANDLE),
        ("def handel(request, task): ...", NO_HANDLE),
        ("class Work:\n    def handle(self, request, task): ...", NO_HANDLE),
        ("def work():\n    handle = print", NO_HANDLE),
        ("print(handle)", NO_HANDLE),
        ("async def handle(request, task): ...", ASYNC),
        ("def handle(request, task):\n    if task:\n        done = yield request", YIELD),
        ("def handle(request, task):\n    yield from request", YIELD),
        ("def handle(request): ...", f"{TWO}request)"),
        ("def handle(request, task, more): ...", f"{TWO}request, task, more)"),
        ("def handle(request, task, *, more): ...", f"{TWO}request, task, *, more)"),
    ],
)
def test_a_worker_that_cannot_start_is_told_without_importing_it(
    tmp_path: Path, source: str, message: str
) -> None:
    file = tmp_path / "worker.py"
    file.write_text(source)

    def program() -> None:
        with pytest.raises(pulumi.RunError) as caught:
            make("CallbackQueue", "payments", worker=str(tmp_path))
        assert str(caught.value) == f"CallbackQueue payments: worker {message.format(file)}"

    assert deploy(program).cloud() == []


@pytest.mark.parametrize(
    "source",
    [
        "raise SystemExit('imported')\ndef handle(request, task, more=None, *, most=1): ...",
        "def handle(*all_of_it): ...",
        "def handle(request, task):\n    def each():\n        yield request\n    return list(each())",
        "import acme\n@acme.collected\ndef handle(request, task): yield request",
        "try:\n    from fast import run as handle\nexcept ImportError:\n    handle = None",
        "from somewhere import *",
        "import acme\n@acme.traced\ndef handle(request): ...",
        "handle = lambda request, task: None",
    ],
)
def test_whatever_may_start_is_taken(tmp_path: Path, source: str) -> None:
    (tmp_path / "worker.py").write_text(source)
    for name in ("acme", "somewhere"):
        (tmp_path / f"{name}.py").write_text("")
    assert deploy(lambda: make("CallbackFunction", "pay", worker=str(tmp_path))).one("Function", "pay-worker")


def test_what_a_worker_imports_first_of_all_must_be_there(tmp_path: Path) -> None:
    """Else no message is ever answered. What is imported later, or may be missing, is its own affair."""
    uses = f"import json, boto3\nfrom acme.pay import charge\n{HANDLE}"
    says = (
        f"worker {tmp_path / 'the-worker' / 'worker.py'}, line 2: acme would not be found: bring it in "
        f"worker_packages, beside worker.py or in a layer (layer_arns); {HINT}"
    )
    assert refused(tmp_path, [], worker=uses) == says
    layer = "arn:aws-test:lambda:eu-west-1:123456789012:layer:acme:1"
    assert members(tmp_path, [], worker=uses, layer_arns=[layer]) == []
    vendor = folder(tmp_path / "vendor", {"acme/pay.py": ""})
    assert members(tmp_path, [vendor], worker=uses) == ["acme/pay.py"]
    guarded = f"try:\n    import fast\nexcept ImportError:\n    fast = None\n{HANDLE}"
    assert members(tmp_path, [], worker=guarded) == []
    dots = f"{HANDLE}from .prices import rates\n"
    assert refused(tmp_path, [], worker=dots).endswith(
        "line 2: worker.py is in no package, so it must import without dots"
    )


BRINGS = {
    "acme/__init__.py": "from . import pay\nimport json",
    "acme/pay.py": "import os\nfrom .deep.rates import rate\nimport yaml.nodes, boto3",
    "acme/deep/rates.py": "from ..money import cents\nfrom ledger import book",
    "acme/money.py": "try:\n    import fast\nexcept ImportError: ...\ndef cents(): import late",
    "acme/never.py": "import unheard_of",
    "ledger.py": "if 0: import never\nimport attr",
}


@pytest.mark.parametrize("name", ["acme", "helper"])
def test_what_a_package_imports_first_of_all_is_told_if_it_is_not_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """As far as `worker.py` leads there: whatever else a package holds may never be imported."""
    said = warnings(monkeypatch)
    folder(tmp_path / "the-worker", {"helper.py": "import acme"})
    uses: dict[str, Any] = {"worker": f"import {name}\n{HANDLE}"}
    vendor = folder(tmp_path / "vendor", BRINGS)
    assert members(tmp_path, [vendor], **uses) == sorted([*BRINGS, "helper.py"])
    (text,) = said
    assert text == (
        "pay: yaml (acme/pay.py, line 3), attr (ledger.py, line 2) would not be found when worker.py is "
        f"imported: bring it in worker_packages, beside worker.py or in a layer (layer_arns); {HINT}"
    )
    said.clear()
    more = folder(tmp_path / "more", {"yaml/nodes.py": "", "attr.py": ""})
    assert packed(tmp_path, [vendor, more], **uses)
    assert packed(tmp_path, [vendor], worker_environment={"PYTHONPATH": "/opt/more"}, **uses)
    folder(tmp_path / "vendor", {"ledger.py": "import sys\nsys.path.append('/opt')\nimport attr"})
    assert packed(tmp_path, [vendor], **uses)
    assert said == []


@pytest.mark.parametrize(
    "line",
    [
        "import sys; sys.path.insert(0, 'vendor')",
        "import sys; sys.path += ['/mnt/efs']",
        "from sys import path; path.append('vendor.zip')",
        "import site; site.addsitedir('vendor')",
        "import sys as _sys; _sys.path.insert(0, 'vendor')",
    ],
)
def test_a_worker_that_says_itself_where_modules_are_is_left_alone(tmp_path: Path, line: str) -> None:
    assert members(tmp_path, [], worker=f"{line}\nfrom acme import charge\n{HANDLE}") == []


def test_a_path_of_modules_in_the_environment_is_one_too(tmp_path: Path) -> None:
    uses, path = f"import acme\n{HANDLE}", {"PYTHONPATH": "/var/task/vendor"}
    assert members(tmp_path, [], worker=uses, worker_environment=path) == []
    worker = str(tmp_path / "the-worker")
    deploy(
        lambda: make("CallbackFunction", "pay", worker=worker, worker_environment=pulumi.Output.all(**path))
    )
    assert "acme would not be found" in refused(tmp_path, [], worker=uses, worker_environment={"A_PATH": "x"})


@pytest.mark.parametrize("deploying", [("cgi", "imp"), ("annotationlib", "compression")])
@pytest.mark.parametrize(
    ("module", "runtimes"),
    [
        ("imp", ["python3.11"]),
        ("distutils", ["python3.11"]),
        ("cgi", ["python3.11", "python3.12"]),
        ("compression", ["python3.14"]),
        ("annotationlib", ["python3.14"]),
        ("json", [*GLIBC]),
        ("snapshot_restore_py", [*GLIBC]),
        ("simplejson", [*GLIBC]),
        ("__main__", [*GLIBC]),
    ],
)
def test_pythons_own_modules_are_those_of_the_functions_python(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    module: str,
    runtimes: list[str],
    deploying: tuple[str, ...],
) -> None:
    """Whether the Python that deploys is older or newer."""
    names = sys.stdlib_module_names - {"cgi", "imp", "distutils"} | set(deploying)
    monkeypatch.setattr(sys, "stdlib_module_names", frozenset(names))
    for runtime in GLIBC:
        how: dict[str, Any] = {"worker": f"import {module}\n{HANDLE}", "runtime": runtime}
        if runtime in runtimes:
            assert members(tmp_path, [], **how) == []
        else:
            assert f"line 1: {module} would not be found" in refused(tmp_path, [], **how)


@pytest.mark.parametrize(
    ("text", "runtime"),
    [
        ("type Amount = int", "python3.12"),
        ("def first[T](values: list[T]) -> T: ...", "python3.12"),
        ("class Box[T = int]: ...", "python3.13"),
        ("text = f'{', '.join([])}'", "python3.12"),
        ('text = f"{request["id"]}"', "python3.12"),
        ("text = f'{[\n1]}'", "python3.12"),
        ("try: ...\nexcept KeyError, ValueError: ...", "python3.14"),
        ("text = t'{HANDLE}'", "python3.14"),
    ],
)
def test_what_a_newer_python_reads_is_no_mistake(tmp_path: Path, text: str, runtime: str) -> None:
    assert members(tmp_path, [], worker=f"{text}\n{HANDLE}", runtime=runtime) == []


def test_what_only_a_newer_python_reads_is_a_mistake_in_an_older_one(tmp_path: Path) -> None:
    says = refused(tmp_path, [], worker=f"type Order = dict\n{HANDLE}", runtime="python3.11")
    assert re.match(r"worker \S+/worker.py, line 1: ", says)


@pytest.mark.parametrize("text", ["x = (", "x = 'a", "except KeyError, ValueError: ...", "def f(: ..."])
def test_what_no_python_reads_is_a_mistake_in_each(tmp_path: Path, text: str) -> None:
    says = refused(tmp_path, [], worker=f"{HANDLE}{text}\n", runtime="python3.13")
    assert re.match(r"worker \S+/worker.py, line 2: ", says)


def test_a_module_named_like_one_of_pythons_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    said = warnings(monkeypatch)
    files = ("queue.py", "email/__init__.py", "prices.py", "pipes.py")
    folder(tmp_path / "the-worker", dict.fromkeys(files, ""))
    packed(tmp_path, [])
    (text,) = said
    assert text == (
        "pay: worker holds modules named like Python's own, email, queue, which whatever the function "
        "imports would get instead: call them something else"
    )


def test_a_namespace_package_is_given_as_the_folder_around_it(tmp_path: Path) -> None:
    inner = folder(tmp_path / "site" / "acme", {"pay/__init__.py": ""})
    uses = f"def handle(request, task):\n    from acme.pay import charge\n{HANDLE}"
    assert refused(tmp_path, [inner], worker=uses) == (
        f"worker_packages must be the folder around acme, which worker.py imports, or a package with "
        f"__init__.py, got {inner!r}"
    )
    assert members(tmp_path, [str(tmp_path / "site")], worker=uses) == ["acme/pay/__init__.py"]


@pytest.mark.parametrize("name", ["platform", "boto3"])
def test_a_folder_around_packages_may_be_called_like_what_is_there_anyway(tmp_path: Path, name: str) -> None:
    vendor = folder(tmp_path / name, {"acme/__init__.py": ""})
    assert members(tmp_path, [vendor], worker=f"import {name}, acme\n{HANDLE}") == ["acme/__init__.py"]


@pytest.mark.parametrize(
    ("place", "line", "said"),
    [
        ("acme.py", "from .prices import rate", ".prices"),
        ("acme.py", "from . import prices", "."),
        ("acme/__init__.py", "from ..prices import rate", "..prices"),
    ],
)
def test_dots_that_lead_out_of_every_package_are_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, place: str, line: str, said: str
) -> None:
    """Also where there is such a module: Python does not look for it there."""
    warned = warnings(monkeypatch)
    folder(tmp_path / "the-worker", {place: line, "prices.py": "rate = 1"})
    assert packed(tmp_path, [], worker=f"import acme\n{HANDLE}")
    (text,) = warned
    assert text.startswith(f"pay: {said} ({place}, line 1) would not be found")


@pytest.mark.parametrize("source", ["text = '\\d'", f"far = {'-' * 20_000}1"], ids=["escape", "deep"])
def test_how_a_package_is_written_is_its_own_affair(tmp_path: Path, source: str) -> None:
    """Nobody is told of it, and nothing refused: what runs on Lambda is not this machine's Python."""
    vendor = folder(tmp_path / "vendor", {"acme.py": source})
    with python_warnings.catch_warnings(record=True) as said:
        python_warnings.simplefilter("always")
        assert members(tmp_path, [vendor], worker=f"import acme\n{HANDLE}") == ["acme.py"]
    assert [each for each in said if "escape" in str(each.message)] == []
