"""The command line: what it prints, and what it returns."""

import io
import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest

from components.asl.__main__ import main
from components.asl.report.rules import RULES
from tests.asl.corpus import edits
from tests.support.patience import PATIENCE_SECONDS

RIGHT = str(edits.RIGHT / "payment.json")
WRONG = edits.Edit("transition-target", "payment", "States/Take payment/Next", "Nowhere")
SURPRISING = edits.Edit("choice-default", "payment", "States/Paid?/Default")
ENDLESS = edits.Edit("wait-timeout", "payment", "States/Take payment/TimeoutSeconds")


class Ran(NamedTuple):
    code: int
    out: str
    err: str


Run = Callable[..., Ran]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    """Runs a command."""

    def command(*arguments: str) -> Ran:
        code = main(arguments)
        return Ran(code, *capsys.readouterr())

    return command


@pytest.fixture
def file(tmp_path: Path) -> Callable[[edits.Edit], str]:
    """Writes a wrong definition into a file."""

    def write(edit: edits.Edit) -> str:
        path = tmp_path / f"{edit.rule}.json"
        path.write_text(json.dumps(edits.wrong(edit)))
        return str(path)

    return write


File = Callable[[edits.Edit], str]


class TestCheck:
    def test_a_right_file(self, run: Run) -> None:
        assert run("check", RIGHT) == Ran(0, "", "1 checked: 0 errors, 0 warnings, 0 notes\n")

    def test_an_error(self, file: File, run: Run) -> None:
        wrong = file(WRONG)
        ran = run("check", wrong)
        assert ran.code == 1
        assert ran.out == (
            f'{wrong}: error: Take payment: transition-target: there is no state "Nowhere" in this machine; '
            "name one of its states (States.Take payment.Next)\n"
        )

    @pytest.mark.parametrize(("edit", "strictly"), [(SURPRISING, "warning"), (ENDLESS, "error")])
    def test_a_warning_and_a_rule_of_the_house(
        self, edit: edits.Edit, strictly: str, file: File, run: Run
    ) -> None:
        ran = run("check", file(edit))
        assert ran.code == 0
        assert f": warning: {edit.place.split('/')[1]}: {edit.rule}: " in ran.out
        ran = run("check", "--strict", file(edit))
        assert ran.code == 1
        assert f": {strictly}: {edit.place.split('/')[1]}: {edit.rule}: " in ran.out

    def test_many_files(self, file: File, run: Run) -> None:
        ran = run("check", RIGHT, file(SURPRISING), file(WRONG))
        assert [line.split(":")[0] for line in ran.out.splitlines()] == [file(SURPRISING), file(WRONG)]
        assert (ran.code, ran.err) == (1, "3 checked: 1 error, 1 warning, 0 notes\n")

    def test_as_json(self, file: File, run: Run) -> None:
        ran = run("check", "--json", file(WRONG))
        assert ran.code == 1
        assert json.loads(ran.out) == {
            "file": file(WRONG),
            "path": "States.Take payment.Next",
            "state": "Take payment",
            "rule": "transition-target",
            "severity": "error",
            "message": 'there is no state "Nowhere" in this machine',
            "fix": "name one of its states",
        }

    def test_silenced(self, file: File, run: Run) -> None:
        silence = "Take payment.wait-timeout=the machine ends after two hours"
        assert run("check", "--strict", "--silence", silence, file(ENDLESS))[:2] == (0, "")
        ran = run("check", "--silence", "wait-timeout", file(ENDLESS))
        assert ran.code == 1
        assert "silenced without a reason" in ran.out

    def test_a_silence_that_one_of_the_files_needs(self, file: File, run: Run) -> None:
        silence = ["--strict", "--silence", "wait-timeout=the machine ends after two hours"]
        assert run("check", *silence, file(ENDLESS), RIGHT)[:2] == (0, "")
        assert run("check", *silence, RIGHT, file(ENDLESS))[:2] == (0, "")
        ran = run("check", *silence, RIGHT, RIGHT)
        (line,) = ran.out.splitlines()
        assert ran.code == 1
        assert f'{RIGHT}: warning: definition: silence-unused: "wait-timeout" silences nothing' in line

    def test_a_silence_of_a_state_whose_name_has_an_equals_sign(self, file: File, run: Run) -> None:
        endless = Path(file(ENDLESS))
        endless.write_text(endless.read_text().replace("Take payment", "Take a=b.c=d"))
        silence = "Take a=b.c=d.wait-timeout=the machine ends: TimeoutSeconds=7200"
        assert run("check", "--strict", "--silence", silence, str(endless))[:2] == (0, "")

    def test_express(self, run: Run) -> None:
        ran = run("check", "--express", RIGHT)
        assert ran.code == 1
        assert "express-pattern" in ran.out

    def test_standard_input(self, monkeypatch: pytest.MonkeyPatch, run: Run) -> None:
        monkeypatch.setattr(sys, "stdin", io.StringIO("{"))
        ran = run("check", "-")
        assert ran.code == 1
        assert ran.out.startswith("-: error: definition: json: ")

    def test_what_cannot_be_read(self, tmp_path: Path, file: File, run: Run) -> None:
        latin = tmp_path / "latin.json"
        latin.write_bytes(b'{"Comment": "\xe9"}')
        missing = tmp_path / "missing.json"
        ran = run("check", str(missing), str(latin), str(tmp_path), file(WRONG))
        assert ran.code == 2
        assert f"{missing}: cannot be read: No such file or directory" in ran.err
        assert f"{latin}: cannot be read: it is not UTF-8" in ran.err
        assert f"{tmp_path}: cannot be read: Is a directory" in ran.err
        assert f"{file(WRONG)}: error: " in ran.out, "the others are checked all the same"
        assert ran.err.endswith("1 checked: 1 error, 0 warnings, 0 notes\n")

    @pytest.mark.parametrize("arguments", [[], ["check"], ["chek", "x"], ["check", "--loud", "x"]])
    def test_a_wrong_command(self, arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
        with pytest.raises(SystemExit) as raised:
            main(arguments)
        assert raised.value.code == 2
        assert "usage: " in capsys.readouterr().err


class TestExplain:
    def test_every_rule_says_why(self, run: Run) -> None:
        for name, rule in RULES.items():
            ran = run("explain", name)
            title, *rest = ran.out.splitlines()
            assert (ran.code, rest[:2]) == (0, [rule.what, rule.why])
            assert title.startswith(f"{name} (")

    def test_all_rules(self, run: Run) -> None:
        ran = run("explain")
        assert ran.code == 0
        assert [line.split(" ")[0] for line in ran.out.splitlines()] == list(RULES)

    def test_a_misspelt_rule(self, run: Run) -> None:
        told = "there is no rule wait-timeot; did you mean wait-timeout?\n"
        assert run("explain", "wait-timeot") == Ran(2, "", told)


class TestDiagram:
    def test_files(self, tmp_path: Path, file: File, run: Run) -> None:
        assert "Take payment" in run("diagram", RIGHT).out
        wrong = run("diagram", file(WRONG))
        assert wrong[:2] == (1, "")
        assert "transition-target" in wrong.err
        assert run("diagram", str(tmp_path / "missing.json")).code == 2


def test_a_process_with_a_terminal_that_cannot_show_every_character(tmp_path: Path) -> None:
    document = tmp_path / "d.json"
    document.write_text('{"StartAt": "größe→", "States": {}}', encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "components.asl", "check", str(document)],
        capture_output=True,
        text=True,
        timeout=PATIENCE_SECONDS,
        env={**os.environ, "PYTHONIOENCODING": "ascii"},
        check=False,
    )
    assert done.returncode == 1
    assert len(done.stdout.splitlines()) == 1
    assert "Traceback" not in done.stderr
