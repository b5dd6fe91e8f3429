"""`python -m ops`, and the console script `countersign`, which is there without the extra `ops` too."""

import sys

NEEDED = ("boto3", "botocore", "rich")


def main() -> int:
    """Run the command; its exit code."""
    try:
        from .command import main as run
    except ModuleNotFoundError as missing:
        package = (missing.name or "").partition(".")[0]
        if package not in NEEDED:
            raise
        sys.stderr.write(
            f"error: there is no {package} here: the command needs the extra ops of the package, "
            "countersign[ops] in the place of countersign\n"
        )
        return 2
    return run()


if __name__ == "__main__":
    sys.exit(main())
