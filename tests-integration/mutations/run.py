"""`make mutations`: breaks a copy of this checkout, one fault at a time, and shows which tests turn red.

ARGS="parking sequence" runs only the mutations whose names have one of the words. Exit code 1 when one is not caught.
"""

import sys
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "support")]

from checkout import Checkout, copied_checkout  # noqa: E402
from proving import evidence  # noqa: E402
from table import MUTATIONS, Mutation  # noqa: E402

TITLE = "Faults made on purpose, and the tests that find them"
HEADER = ("| mutation | tests run | red | caught |", "|---|---|---|---|")


def main(words: list[str]) -> int:
    """Prints the table; writes it down when it is whole."""
    chosen = [mutation for mutation in MUTATIONS if not words or any(word in mutation.name for word in words)]
    if not chosen:
        print(f"no mutation has one of the words {words}", file=sys.stderr)
        return 2
    begun = time.monotonic()
    with copied_checkout() as checkout:
        checkout.sources_are_its_own()
        if not unmutated_are_green(checkout, chosen):
            return 2
        rows = [row(checkout, mutation) for mutation in chosen]
    missed = [mutation.name for mutation, (_, caught) in zip(chosen, rows, strict=True) if not caught]
    lines = [*HEADER, *(line for line, _ in rows), "", f"{len(rows) - len(missed)} of {len(rows)} caught."]
    if words:
        print("\n".join(lines))
    else:
        evidence("mutations", TITLE, lines)
    print(f"{time.monotonic() - begun:.0f} s")
    for name in missed:
        print(f"NOT CAUGHT: {name}", file=sys.stderr)
    return 1 if missed else 0


def unmutated_are_green(checkout: Checkout, chosen: list[Mutation]) -> bool:
    """Tests that are red anyway would show nothing."""
    outcome = checkout.run(tuple(dict.fromkeys(test for mutation in chosen for test in mutation.tests)))
    print(f"unmutated: {outcome.tests} tests, {len(outcome.red)} red", flush=True)
    if outcome.red or outcome.broken or not outcome.tests:
        print(outcome.said, *outcome.broken, file=sys.stderr)
        return False
    return True


def row(checkout: Checkout, mutation: Mutation) -> tuple[str, bool]:
    """The mutation's line of the table, and whether it was caught: by a test that failed, not by one that broke."""
    with checkout.broken_by(mutation.edits):
        outcome = checkout.run(mutation.tests)
    caught = bool(outcome.red) and not outcome.broken
    red = ", ".join(f"`{name}`" for name in outcome.red) or "none"
    print(f"{mutation.name}: {len(outcome.red)} of {outcome.tests} red", flush=True)
    if not caught:
        print(outcome.said, *outcome.broken, file=sys.stderr)
    return f"| {mutation.name} | {outcome.tests} | {red} | {'yes' if caught else '**no**'} |", caught


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
