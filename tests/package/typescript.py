"""A TypeScript SDK from the schema, the packages to compile against it, and Pulumi's runtime to run it with.

`pulumi package add` makes the real one, which needs Pulumi's CLI. This follows the same rules: an argument is
a `pulumi.Input` unless the schema says plain, and optional unless required; outputs are `pulumi.Output`s.
"""

import json
import os
import shutil
import subprocess
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from tests.package.build import ROOT
from tests.plugin.host import Engine
from tests.support.engine import PROJECT, STACK
from tests.support.patience import PATIENCE_SECONDS
from tools.generate.schema import FILE

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
        npm = ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--silent", "--fetch-retries=0"]
        try:
            subprocess.run(npm, cwd=INSTALLED, check=True, capture_output=True, timeout=PATIENCE_SECONDS)
        except (subprocess.SubprocessError, OSError):
            shutil.rmtree(INSTALLED)
            return None
    return INSTALLED / "node_modules"


class Program:
    """A folder of TypeScript with the packages it needs: the SDK of the schema, and Pulumi's real types."""

    def __init__(self, folder: Path, installed: Path) -> None:
        self._folder = folder
        schema = json.loads(FILE.read_text())
        modules = folder / "node_modules"
        sdk = modules / "@pulumi" / schema["name"]
        sdk.mkdir(parents=True)
        (sdk / "package.json").write_text('{"types": "index.d.ts", "main": "index.js"}')
        (sdk / "index.d.ts").write_text(_declarations(schema))
        (sdk / "index.js").write_text(CLASSES)
        shutil.copy(FILE, sdk)
        (modules / "@pulumi" / "pulumi").symlink_to(installed / "@pulumi" / "pulumi")
        self.errors = self._compile(installed / ".bin" / "tsc")
        """What does not compile, as `file.ts(line`."""

    def _compile(self, compiler: Path) -> list[str]:
        """Compile all that is there, as strictly as the project does, to `bin/`."""
        options = json.loads((self._folder / "tsconfig.json").read_text())["compilerOptions"]
        options |= {"noEmit": False, "outDir": "bin"}
        flags = [part for key, value in options.items() for part in (f"--{key}", str(value).lower())]
        files = sorted(file.name for file in self._folder.glob("*.ts"))
        lines = self._command([str(compiler), *flags, *files])[1].splitlines()
        assert all(": error TS" in line or line.startswith(" ") for line in lines), lines
        return [line.partition(",")[0] for line in lines if ": error TS" in line]

    def run(self, scripts: list[str], engine: Engine, config: Mapping[str, str]) -> None:
        """Run compiled programs as one, with Pulumi's own Node.js runtime, as its language host does."""
        (self._folder / "bin" / "all.js").write_text("".join(f'require("./{name}");\n' for name in scripts))
        runner = self._folder / "node_modules" / "@pulumi" / "pulumi" / "cmd" / "run"
        options = {
            "monitor": engine.address,
            "engine": engine.address,
            "project": PROJECT,
            "stack": STACK,
            "pwd": str(self._folder),
        }
        flags = [part for key, value in options.items() for part in (f"--{key}", value)]
        settings = json.dumps({f"{PROJECT}:{key}": value for key, value in config.items()})
        code, said = self._command(["node", str(runner), *flags, "bin/all.js"], PULUMI_CONFIG=settings)
        assert code == 0, said

    def _command(self, command: list[str], **variables: str) -> tuple[int, str]:
        result = subprocess.run(
            command,
            cwd=self._folder,
            env={**os.environ, **variables},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=PATIENCE_SECONDS,
            check=False,
        )
        return result.returncode, result.stdout


CLASSES = """\
const pulumi = require("@pulumi/pulumi");
for (const [token, described] of Object.entries(require("./schema.json").resources)) {
    const outputs = Object.fromEntries(Object.keys(described.properties).map((key) => [key, undefined]));
    exports[token.split(":")[2]] = class extends pulumi.ComponentResource {
        constructor(name, args, opts) {
            super(token, name, { ...outputs, ...args }, opts, true);
        }
    };
}
"""
"""What registers components with the engine, to be constructed by the plugin."""


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
    """What an argument takes: Inputs, also within, where the schema does not say plain."""
    kind = _type(described, _input)
    return kind if kind == "any" or described.get("plain") else f"pulumi.Input<{kind}>"


def _plain(described: Mapping[str, Any]) -> str:
    return _type(described, _plain)


def _type(described: Mapping[str, Any], inner: Callable[[Mapping[str, Any]], str]) -> str:
    if "$ref" in described:
        return "any" if described["$ref"] == "pulumi.json#/Any" else _name(described["$ref"])
    if described["type"] == "array":
        return f"{inner(described['items'])}[]"
    if described["type"] == "object":
        return f"{{[key: string]: {inner(described['additionalProperties'])}}}"
    return SIMPLE[described["type"]]
