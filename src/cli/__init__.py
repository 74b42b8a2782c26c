"""Commands: parse, call, print. No logic."""


def main() -> None:
    """To come."""
