"""`docs/deploying.md`: between its two marks, what the deploying identity must be allowed."""

from pathlib import Path

from tools import deploying

FILE = Path(__file__).parents[2] / "docs" / "deploying.md"
WHY = """\
As JSON these are {} policies, because a managed policy holds at most {:,} characters.
Attach all of them: each has its own statements."""
START, END = "<!-- Written by `python -m tools.generate`. -->\n", "<!-- Until here. -->\n"


def _section() -> str:
    """What is between the two marks."""
    components, rows = deploying.load()
    lines = ["| component | statements |", "|---|---|"]
    lines += [f"| `{name}` | {', '.join(found)} |" for name, found in components.items()]
    lines += ["", "| statement | resources | where AWS says so |", "|---|---|---|"]
    for name, row in rows.items():
        resources = ", ".join(f"`{resource}`" for resource in row["resources"])
        lines.append(f"| {name} | {resources} | [{row['page'].rpartition('/')[2]}]({row['page']}) |")
    documents = list(deploying.policies(rows))
    lines += ["", WHY.format(len(documents), deploying.LONGEST_POLICY)]
    blocks = "".join(f"\n```json\n{deploying.text(document)}```\n" for document in documents)
    return "\n".join(lines) + "\n" + blocks


def content() -> str:
    """The page as it should be."""
    before, _, rest = FILE.read_text(encoding="utf-8").partition(START)
    return f"{before}{START}\n{_section()}\n{END}{rest.partition(END)[2]}"
