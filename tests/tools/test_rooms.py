"""A room can be read in one sitting: so many modules in it, so many lines in each."""

import ast
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).parents[2]
PRODUCT = ("components", "countersign_contract", "lambda_src", "local", "ops", "workflows")
MOST_LINES, MOST_LINES_OF_A_FUNCTION = 350, 80
MOST_MODULES, MOST_MODULES_OF_TESTS = 16, 24


def modules(*folders: str) -> list[Path]:
    return [path for folder in folders for path in sorted((ROOT / folder).rglob("*.py"))]


def too_full(most: int, *folders: str) -> dict[str, int]:
    counts = Counter(str(path.parent.relative_to(ROOT)) for path in modules(*folders))
    return {folder: count for folder, count in counts.items() if count > most}


def test_no_folder_has_too_many_modules() -> None:
    assert not too_full(MOST_MODULES, *PRODUCT)
    assert not too_full(MOST_MODULES_OF_TESTS, "tests")


def test_no_module_and_no_function_of_the_product_is_too_long() -> None:
    long: dict[str, int] = {}
    for path in modules(*PRODUCT):
        text = path.read_text()
        found = {"": text.count("\n")} if text.count("\n") > MOST_LINES else {}
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.FunctionDef):
                lines = (node.end_lineno or node.lineno) - node.lineno + 1
                found |= {node.name: lines} if lines > MOST_LINES_OF_A_FUNCTION else {}
        long |= {f"{path.relative_to(ROOT)} {name}": lines for name, lines in found.items()}
    assert not long
