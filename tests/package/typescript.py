"""A TypeScript SDK from the schema, the packages to compile against it, and Pulumi's runtime to run it with.

`pulumi package add` makes the real one, which needs Pulumi's CLI. This follows the same rules: an argument is
a `pulumi.Input` unless the schema says plain, and optional unless required; outputs are `pulumi.Output`s.
"""

import json
import os
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tests.package.build import ROOT
from tests.plugin.host import Engine
from tests.support.engine import PROJECT, STACK
from tests.support.patience import PATIENCE_SECONDS

LOCKED = Path(__file__).with_name("typescript_packages")
INSTALLED = ROOT / "build" / "typescript"
"""Kept between runs."""

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
            subprocess.run(command, cwd=INSTALLED, check=True, capture_output=True, timeout=PATIENCE_SECONDS)
        except (subprocess.SubprocessError, OSError):
            shutil.rmtree(INSTALLED)
            return None
    return INSTALLED / "node_modules"


def write_sdk(schema: Mapping[str, Any], folder: Path) -> None:
    """Write the package `@pulumi/countersign` into a folder."""
    folder.mkdir(parents=True)
    name = f"@pulumi/{schema['name']}"
    package = {"name": name, "version": schema["version"], "types": "index.d.ts", "main": "index.js"}
    (folder / "package.json").write_text(json.dumps(package))
    (folder / "index.d.ts").write_text(_declarations(schema))
    (folder / "index.js").write_text(_classes(schema))


def compiled(program: Path, *files: str) -> list[str]:
    """The compiler's errors, one line each, with the strictness of the example."""
    options = json.loads((program / "tsconfig.json").read_text())["compilerOptions"]
    flags = [part for key, value in options.items() for part in (f"--{key}", str(value).lower())]
    result = subprocess.run(
        [str(program / "node_modules" / ".bin" / "tsc"), *flags, *files],
        cwd=program,
        capture_output=True,
        text=True,
        timeout=PATIENCE_SECONDS,
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


def _classes(schema: Mapping[str, Any]) -> str:
    """What registers a component with the engine, to be constructed by the plugin."""
    parts = ['const pulumi = require("@pulumi/pulumi");']
    for token, described in schema["resources"].items():
        outputs = ", ".join(f"{key}: undefined" for key in described["properties"])
        parts += [
            f"exports.{_name(token)} = class extends pulumi.ComponentResource {{",
            "    constructor(name, args, opts) {",
            f'        super("{token}", name, {{ {outputs}, ...args }}, opts, true);',
            "    }",
            "};",
        ]
    return "\n".join(parts) + "\n"


def run(program: Path, script: str, engine: Engine, config: Mapping[str, str]) -> None:
    """Run a TypeScript program with Pulumi's own Node.js runtime, as its language host does."""
    tsc = [str(program / "node_modules" / ".bin" / "tsc"), "--project", ".", "--noEmit", "false"]
    subprocess.run(
        [*tsc, "--outDir", "bin"], cwd=program, check=True, capture_output=True, timeout=PATIENCE_SECONDS
    )
    runner = program / "node_modules" / "@pulumi" / "pulumi" / "cmd" / "run"
    options = {
        "monitor": engine.address,
        "engine": engine.address,
        "project": PROJECT,
        "stack": STACK,
        "pwd": str(program),
    }
    flags = [part for key, value in options.items() for part in (f"--{key}", value)]
    result = subprocess.run(
        ["node", str(runner), *flags, *(["--dry-run"] if engine.preview else []), f"bin/{script}.js"],
        cwd=program,
        env={**os.environ, "PULUMI_CONFIG": json.dumps({f"{PROJECT}:{k}": v for k, v in config.items()})},
        capture_output=True,
        text=True,
        timeout=PATIENCE_SECONDS,
        check=False,
    )
    assert result.returncode == 0, result.stdout + result.stderr


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
