"""Counts answers per operation, and writes them down when the run ends."""

import atexit
import json
from collections import Counter, defaultdict
from pathlib import Path


def is_described(case) -> bool:
    """Whether the call is one of the operation, and not one by another method to see that there is none."""
    return case.method.lower() == case.operation.method.lower()


class Tally:
    """The statuses that one caller got."""

    def __init__(self, caller: str, file: Path) -> None:
        self.caller = caller
        self.file = file
        self.statuses: defaultdict[str, Counter[int]] = defaultdict(Counter)
        atexit.register(self.write)

    def count(self, case, status: int) -> None:
        """Counts an answer; those to methods that are not described stand apart."""
        self.statuses[case.operation.label if is_described(case) else "other methods"][status] += 1

    def write(self) -> None:
        """For the report."""
        self.file.write_text(json.dumps({"caller": self.caller, "statuses": self.statuses}))
