"""Run the benchmarks: `make bench`, or `python -m tests.benchmarks --help`.

The processes of the variants import this module too, so it imports nothing heavy by itself.
"""

from __future__ import annotations

import argparse
import json
from dataclasses import replace
from pathlib import Path


def main() -> None:
    """Measure, print tables and save the JSON."""
    from rich.console import Console

    from tests.benchmarks.report import as_json, figures_table, outcome_table
    from tests.benchmarks.suite import SCENARIOS, Settings, run_suite

    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description=__doc__)
    parser.add_argument("scenarios", nargs="*", metavar="SCENARIO",
                        help=f"only these: {', '.join(SCENARIOS)}")
    parser.add_argument("--quick", action="store_true", help="20 wells in place of 100")
    for name, what in (("wells", "wells"), ("samples", "samples in a well"),
                       ("rounds", "times that everything is measured"), ("threads", "threads")):
        parser.add_argument(f"--{name}", type=int, help=f"number of {what}")
    parser.add_argument("--output", type=Path, default=Path("bench-results.json"))
    arguments = parser.parse_args()
    if unknown := set(arguments.scenarios) - set(SCENARIOS):
        parser.error(f"no such scenario: {', '.join(sorted(unknown))}")
    settings = Settings(wells=20, few_wells=5, many_wells=40) if arguments.quick else Settings()
    given = {name: getattr(arguments, name) for name in ("wells", "samples", "rounds", "threads")}
    settings = replace(settings, **{name: value for name, value in given.items() if value})

    console, outcomes = Console(), {}
    with console.status("") as status:
        def say(what: str) -> None:
            status.update(what)

        for name, outcome in run_suite(settings, arguments.scenarios or list(SCENARIOS), say):
            outcomes[name] = outcome
            console.print(outcome_table(outcome), "")
            text = json.dumps(as_json(settings, outcomes), indent=1)
            arguments.output.write_text(text + "\n")
    console.print(figures_table(outcomes))
    console.print(f"Saved in {arguments.output}")


if __name__ == "__main__":
    main()
