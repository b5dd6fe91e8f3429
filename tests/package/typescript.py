"""A TypeScript SDK of the types alone, from the schema, and the packages to compile against it.

`pulumi package add` makes the real one, which needs Pulumi's CLI. This follows the same rules: an argument is
a `pulumi.Input` unless the schema says plain, and optional unless required; outputs are `pulumi.Output`s.
"""

import json
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tests.package.build import ROOT

LOCKED = Path(__file__).with_name("typescript_packages")
INSTALLED = ROOT / "build" / "typescript"
"""Kept between runs."""

INSTALL_SECONDS = 120
OPTIONS = "opts?: pulumi.ComponentResourceOptions"
SIMPLE = {"string": "string", "integer": "number", "number": "number", "boolean": "boolean"}


def packages() -> Path | None:
    """The folder of the locked npm packages, installed at most once; None where they cannot be had."""
    lock = INSTALLED / "package-lock.json"
    if not lock.exists() or lock.read_text() != (LOCKED / lock.name).read_text():
        shutil.rmtree(INSTALLED, ignore_errors=True)
        shutil.copytree(LOCKED, INSTALLED)
        command = [
            "npm",
            "ci",
            "--ignore-scripts",
            "--no-audit",
            "--no-fund",
            "--silent",
            "--fetch-retries=0",
        ]
        try:
            subprocess.run(command, cwd=INSTALLED, check=True, capture_output=True, timeout=INSTALL_SECONDS)
        except (subprocess.SubprocessError, OSError):
            shutil.rmtree(INSTALLED)
            return None
    return INSTALLED / "node_modules"


def write_sdk(schema: Mapping[str, Any], folder: Path) -> None:
    """Write the package `@pulumi/countersign` into a folder."""
    folder.mkdir(parents=True)
    name = f"@pulumi/{schema['name']}"
    package = {"name": name, "version": schema["version"], "types": "index.d.ts"}
    (folder / "package.json").write_text(json.dumps(package))
    (folder / "index.d.ts").write_text(_declarations(schema))


def compiled(program: Path, *files: str) -> list[str]:
    """The compiler's errors, one line each, with the strictness of the example."""
    options = json.loads((program / "tsconfig.json").read_text())["compilerOptions"]
    flags = [part for key, value in options.items() for part in (f"--{key}", str(value).lower())]
    result = subprocess.run(
        [str(program / "node_modules" / ".bin" / "tsc"), *flags, *files],
        cwd=program,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    errors = [line for line in result.stdout.splitlines() if ": error TS" in line]
    assert errors or result.returncode == 0, result.stdout + result.stderr
    return errors


def _declarations(schema: Mapping[str, Any]) -> str:
    parts = ['import * as pulumi from "@pulumi/pulumi";']
    for token, described in schema["types"].items():
        values = " | ".join(json.dumps(member["value"]) for member in described["enum"])
        parts.append(f"export type {_name(token)} = {values};")
    for token, described in schema["resources"].items():
        name = _name(token)
        required = described["requiredInputs"]
        inputs = [
            f"    {key}{'' if key in required else '?'}: {_input(value)};"
            for key, value in described["inputProperties"].items()
        ]
        outputs = [
            f"    readonly {key}: pulumi.Output<{_plain(value)}>;"
            for key, value in described["properties"].items()
        ]
        optional = "" if required else "?"
        parts += [
            f"export interface {name}Args {{",
            *inputs,
            "}",
            f"export declare class {name} extends pulumi.ComponentResource {{",
            f"    constructor(name: string, args{optional}: {name}Args, {OPTIONS});",
            *outputs,
            "}",
        ]
    return "\n".join(parts) + "\n"


def _name(token: str) -> str:
    return token.rsplit(":", 1)[1]


def _input(described: Mapping[str, Any]) -> str:
    if described.get("$ref") == "pulumi.json#/Any":
        return "any"
    if described.get("type") == "array":
        kind = f"{_input(described['items'])}[]"
    elif described.get("type") == "object":
        kind = f"{{[key: string]: {_input(described['additionalProperties'])}}}"
    else:
        kind = _plain(described)
    return kind if described.get("plain") else f"pulumi.Input<{kind}>"


def _plain(described: Mapping[str, Any]) -> str:
    if "$ref" in described:
        return "any" if described["$ref"] == "pulumi.json#/Any" else _name(described["$ref"])
    if described["type"] == "array":
        return f"{_plain(described['items'])}[]"
    if described["type"] == "object":
        return f"{{[key: string]: {_plain(described['additionalProperties'])}}}"
    return SIMPLE[described["type"]]
