"""Configuration: the values Pulumi would hand over, and one clear message for each thing that is wrong."""

import json
import sys
from pathlib import Path

import pytest

from local.config import load
from local.errors import LocalError

PROJECT = """
name: shop
runtime: {name: python}
config:
  title: {type: string, default: Shop}
  size: {type: integer}
  open: {type: boolean, default: true}
  tags: {type: array, items: {type: string}, default: [a]}
  aws:region: {default: eu-west-1}
  password: {type: string, default: "", secret: true}
"""


def _project(folder: Path, stack: str = "config: {shop:size: 3}", project: str = PROJECT) -> Path:
    (folder / "Pulumi.yaml").write_text(project)
    (folder / "Pulumi.local.yaml").write_text(stack)
    (folder / "__main__.py").touch()
    return folder


def test_defaults_and_stack_values_become_text_under_full_keys(tmp_path: Path) -> None:
    project = load(_project(tmp_path), "local")
    assert project.name == "shop"
    assert project.config == {
        "shop:title": "Shop",
        "shop:size": "3",
        "shop:open": "true",
        "shop:tags": json.dumps(["a"]),
        "aws:region": "eu-west-1",
        "shop:password": "",
    }
    assert project.region == "eu-west-1"
    assert project.secret_keys == ("shop:password",)


def test_a_number_and_a_truth_may_be_texts_as_pulumi_writes_them(tmp_path: Path) -> None:
    project = load(_project(tmp_path, 'config: {shop:size: "3", shop:open: "false", shop:tags: []}'), "local")
    assert (project.config["shop:size"], project.config["shop:open"]) == ("3", "false")
    assert project.config["shop:tags"] == "[]"


def test_a_project_without_stack_files_has_the_values_of_its_own(tmp_path: Path) -> None:
    folder = _project(tmp_path, project="name: shop\nruntime: python\nconfig: {size: 3}")
    (folder / "Pulumi.local.yaml").unlink()
    assert load(folder, "local").config == {"shop:size": "3"}


def test_the_stack_wins_over_the_default_and_an_override_over_both(tmp_path: Path) -> None:
    folder = _project(tmp_path, "config: {shop:size: 3, shop:title: A, aws:region: ap-northeast-2}")
    project = load(folder, "local", {"title": "B", "shop:tags": ["x", "y"]})
    assert project.config["shop:title"] == "B"
    assert project.config["shop:tags"] == '["x","y"]'
    assert project.region == "ap-northeast-2"


@pytest.mark.parametrize(
    ("stack", "message"),
    [
        ("config: {}", "Pulumi.local.yaml: no value for shop:size, and Pulumi.yaml has no default"),
        ("config: {shop:size: big}", "Pulumi.local.yaml: shop:size must be of type integer, got 'big'"),
        ("config: {shop:size: true}", "Pulumi.local.yaml: shop:size must be of type integer, got True"),
        (
            "config: {shop:size: 1, shop:open: 1}",
            "Pulumi.local.yaml: shop:open must be of type boolean, got 1",
        ),
        (
            "config: {shop:size: 1, shop:tags: [x, 2]}",
            r"Pulumi.local.yaml: shop:tags\[1\] must be of type string, got 2",
        ),
        (
            "config: {shop:size: 1, shop:sise: 1}",
            "Pulumi.local.yaml: shop:sise is not declared in Pulumi.yaml; did you mean shop:size[?]",
        ),
        ("config: {shop:size: '1.5'}", "Pulumi.local.yaml: shop:size must be of type integer, got '1.5'"),
        (
            "config: {shop:size: 1, shop:open: 'yes'}",
            "Pulumi.local.yaml: shop:open must be of type boolean, got 'yes'",
        ),
        ("config: {shop:size: {secure: AAA}}", "shop:size is encrypted, and only the Pulumi CLI can read it"),
        ("config: [", "Pulumi.local.yaml is not valid YAML: line 1: "),
        ("- a", "Pulumi.local.yaml must hold a mapping"),
        ("config: [a]", "Pulumi.local.yaml: config must be a mapping"),
    ],
)
def test_a_wrong_stack_file_is_one_clear_message(tmp_path: Path, stack: str, message: str) -> None:
    with pytest.raises(LocalError, match=message):
        load(_project(tmp_path, stack), "local")


@pytest.mark.parametrize(
    ("project", "message"),
    [
        ("runtime: python", "Pulumi.yaml: name is missing"),
        ("name: shop\nruntime: nodejs", "Pulumi.yaml: runtime must be python, got nodejs"),
        (
            "name: shop\nruntime: python\nconfig: {size: {type: float, default: 1}}",
            "Pulumi.yaml: shop:size: type must be one of string, integer, boolean, array, object, got float",
        ),
    ],
)
def test_a_wrong_project_file_is_one_clear_message(tmp_path: Path, project: str, message: str) -> None:
    with pytest.raises(LocalError, match=message):
        load(_project(tmp_path, project=project), "local")


@pytest.mark.parametrize(
    ("stack", "missing", "message"),
    [
        ("prod", "", r"Pulumi\.prod\.yaml is missing: there is no stack prod; there is local"),
        ("local", "Pulumi.yaml", r"Pulumi\.yaml is missing: .* is no Pulumi project"),
        ("local", "__main__.py", r"the program __main__\.py is missing"),
    ],
)
def test_what_is_not_there_is_said(tmp_path: Path, stack: str, missing: str, message: str) -> None:
    folder = _project(tmp_path)
    if missing:
        (folder / missing).unlink()
    with pytest.raises(LocalError, match=message):
        load(folder, stack)


def test_the_interpreter_is_that_of_the_named_virtual_environment_if_there_is_one(tmp_path: Path) -> None:
    project = "name: shop\nruntime: {name: python, options: {virtualenv: venv}}"
    folder = _project(tmp_path, "config: {}", project)
    assert load(folder, "local").python == Path(sys.executable)
    (folder / "venv" / "bin").mkdir(parents=True)
    (folder / "venv" / "bin" / "python").symlink_to(sys.executable)
    assert load(folder, "local").python == folder / "venv" / "bin" / "python"
