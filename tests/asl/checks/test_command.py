"""The command line: what it prints, and what it returns."""

import io
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from components.asl.__main__ import main
from components.asl.report.rules import RULES
from tests.asl.corpus import edits
from tests.support.patience import PATIENCE_SECONDS

RIGHT = edits.RIGHT / "payment.json"


@pytest.fixture
def wrong(tmp_path: Path) -> Path:
    document = edits.right("payment")
    document["States"]["Take payment"]["Next"] = "Nowhere"
    path = tmp_path / "wrong.json"
    path.write_text(json.dumps(document))
    return path


@pytest.fixture
def surprising(tmp_path: Path) -> Path:
    document = edits.right("payment")
    del document["States"]["Paid?"]["Default"]
    path = tmp_path / "surprising.json"
    path.write_text(json.dumps(document))
    return path


@pytest.fixture
def endless(tmp_path: Path) -> Path:
    document = edits.right("payment")
    del document["States"]["Take payment"]["TimeoutSeconds"]
    path = tmp_path / "endless.json"
    path.write_text(json.dumps(document))
    return path


class TestCheck:
    def test_a_right_file(self, capsys: pytest.CaptureFixture[str]) -> None:
        assert main(["check", str(RIGHT)]) == 0
        printed = capsys.readouterr()
        assert printed.out == ""
        assert printed.err == "1 checked: 0 errors, 0 warnings, 0 notes\n"

    def test_an_error(self, wrong: Path, capsys: pytest.CaptureFixture[str]) -> None:
        assert main(["check", str(wrong)]) == 1
        assert capsys.readouterr().out == (
            f'{wrong}: error: Take payment: transition-target: there is no state "Nowhere" in this machine; '
            "name one of its states (States.Take payment.Next)\n"
        )

    def test_a_warning(self, surprising: Path, capsys: pytest.CaptureFixture[str]) -> None:
        assert main(["check", str(surprising)]) == 0
        assert ": warning: Paid?: choice-default: " in capsys.readouterr().out
        assert main(["check", "--strict", str(surprising)]) == 1
        assert ": warning: Paid?: choice-default: " in capsys.readouterr().out

    def test_a_rule_of_the_house(self, endless: Path, capsys: pytest.CaptureFixture[str]) -> None:
        assert main(["check", str(endless)]) == 0
        assert ": warning: Take payment: wait-timeout: " in capsys.readouterr().out
        assert main(["check", "--strict", str(endless)]) == 1
        assert ": error: Take payment: wait-timeout: " in capsys.readouterr().out

    def test_many_files(self, wrong: Path, surprising: Path, capsys: pytest.CaptureFixture[str]) -> None:
        assert main(["check", str(RIGHT), str(surprising), str(wrong)]) == 1
        printed = capsys.readouterr()
        assert [line.split(":")[0] for line in printed.out.splitlines()] == [str(surprising), str(wrong)]
        assert printed.err == "3 checked: 1 error, 1 warning, 0 notes\n"

    def test_as_json(self, wrong: Path, capsys: pytest.CaptureFixture[str]) -> None:
        assert main(["check", "--json", str(wrong)]) == 1
        (line,) = capsys.readouterr().out.splitlines()
        assert json.loads(line) == {
            "file": str(wrong),
            "path": "States.Take payment.Next",
            "state": "Take payment",
            "rule": "transition-target",
            "severity": "error",
            "message": 'there is no state "Nowhere" in this machine',
            "fix": "name one of its states",
        }

    def test_silenced(self, endless: Path, capsys: pytest.CaptureFixture[str]) -> None:
        silence = "Take payment.wait-timeout=the machine ends after two hours"
        assert main(["check", "--strict", "--silence", silence, str(endless)]) == 0
        assert capsys.readouterr().out == ""
        assert main(["check", "--silence", "wait-timeout", str(endless)]) == 1
        assert "silenced without a reason" in capsys.readouterr().out

    def test_a_silence_that_one_of_the_files_needs(
        self, endless: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        silence = ["--strict", "--silence", "wait-timeout=the machine ends after two hours"]
        assert main(["check", *silence, str(endless), str(RIGHT)]) == 0
        assert main(["check", *silence, str(RIGHT), str(endless)]) == 0
        assert capsys.readouterr().out == ""
        assert main(["check", *silence, str(RIGHT), str(RIGHT)]) == 1
        (line,) = capsys.readouterr().out.splitlines()
        assert f'{RIGHT}: warning: definition: silence-unused: "wait-timeout" silences nothing' in line

    def test_a_silence_of_a_state_whose_name_has_an_equals_sign(
        self, endless: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        text = endless.read_text().replace("Take payment", "Take a=b.c=d")
        endless.write_text(text)
        silence = "Take a=b.c=d.wait-timeout=the machine ends: TimeoutSeconds=7200"
        assert main(["check", "--strict", "--silence", silence, str(endless)]) == 0
        assert capsys.readouterr().out == ""

    def test_express(self, capsys: pytest.CaptureFixture[str]) -> None:
        assert main(["check", "--express", str(RIGHT)]) == 1
        assert "express-pattern" in capsys.readouterr().out

    def test_standard_input(
        self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        monkeypatch.setattr(sys, "stdin", io.StringIO("{"))
        assert main(["check", "-"]) == 1
        assert capsys.readouterr().out.startswith("-: error: definition: json: ")

    def test_what_cannot_be_read(
        self, tmp_path: Path, wrong: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        latin = tmp_path / "latin.json"
        latin.write_bytes(b'{"Comment": "\xe9"}')
        missing = tmp_path / "missing.json"
        assert main(["check", str(missing), str(latin), str(tmp_path), str(wrong)]) == 2
        printed = capsys.readouterr()
        assert f"{missing}: cannot be read: No such file or directory" in printed.err
        assert f"{latin}: cannot be read: it is not UTF-8" in printed.err
        assert f"{tmp_path}: cannot be read: Is a directory" in printed.err
        assert f"{wrong}: error: " in printed.out, "the others are checked all the same"
        assert printed.err.endswith("1 checked: 1 error, 0 warnings, 0 notes\n")

    @pytest.mark.parametrize("arguments", [[], ["check"], ["chek", "x"], ["check", "--loud", "x"]])
    def test_a_wrong_command(self, arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
        with pytest.raises(SystemExit) as raised:
            main(arguments)
        assert raised.value.code == 2
        assert "usage: " in capsys.readouterr().err


class TestExplain:
    @pytest.mark.parametrize("name", RULES)
    def test_every_rule_says_why(self, name: str, capsys: pytest.CaptureFixture[str]) -> None:
        assert main(["explain", name]) == 0
        lines = capsys.readouterr().out.splitlines()
        assert lines[0].startswith(f"{name} (")
        assert lines[1] == RULES[name].what
        assert lines[2] == RULES[name].why

    def test_all_rules(self, capsys: pytest.CaptureFixture[str]) -> None:
        assert main(["explain"]) == 0
        assert [line.split(" ")[0] for line in capsys.readouterr().out.splitlines()] == list(RULES)

    def test_a_misspelt_rule(self, capsys: pytest.CaptureFixture[str]) -> None:
        assert main(["explain", "wait-timeot"]) == 2
        assert capsys.readouterr().err == "there is no rule wait-timeot; did you mean wait-timeout?\n"


class TestDiagram:
    def test_a_right_file(self, capsys: pytest.CaptureFixture[str]) -> None:
        assert main(["diagram", str(RIGHT)]) == 0
        assert "Take payment" in capsys.readouterr().out

    def test_a_wrong_file(self, wrong: Path, capsys: pytest.CaptureFixture[str]) -> None:
        assert main(["diagram", str(wrong)]) == 1
        printed = capsys.readouterr()
        assert printed.out == ""
        assert "transition-target" in printed.err

    def test_no_file(self, tmp_path: Path) -> None:
        assert main(["diagram", str(tmp_path / "missing.json")]) == 2


class TestProcess:
    """The command as a process of its own."""

    @staticmethod
    def run(*arguments: str) -> "subprocess.CompletedProcess[str]":
        environment = {**os.environ, "PYTHONIOENCODING": "ascii"}
        command = [sys.executable, "-m", "components.asl", *arguments]
        return subprocess.run(
            command, capture_output=True, text=True, timeout=PATIENCE_SECONDS, env=environment, check=False
        )

    def test_exit_codes_and_streams(self, wrong: Path) -> None:
        assert self.run("check", str(RIGHT)).returncode == 0
        done = self.run("check", str(wrong))
        assert done.returncode == 1
        assert len(done.stdout.splitlines()) == 1
        assert "Traceback" not in done.stderr

    def test_a_terminal_that_cannot_show_every_character(self, tmp_path: Path) -> None:
        document = tmp_path / "d.json"
        document.write_text('{"StartAt": "größe→", "States": {}}', encoding="utf-8")
        done = self.run("check", str(document))
        assert done.returncode == 1
        assert "Traceback" not in done.stderr
