"""Reports the callers' runs: a table, and the faults. Arguments: the OpenAPI document, and the tallies."""

import json
import sys
from collections import Counter

CALLERS = {"anonymous": None, "user": "Authenticated", "staff": "Staff", "superuser": "Superuser"}
# The highest share of a caller's calls that may be a 429. More would mean that calls do not reach the endpoints.
MOST_LIMITED = 0.1
# Operations that never succeed for a caller although the level admits the caller.
NEVER = {("superuser", "POST /v1/users/me/erase"): "a superuser's account can't be erased: 409 `superuser_account`"}


def may(caller: str, level: str) -> bool:
    """Whether the level admits the caller."""
    return level in ("Public", "Maybe", CALLERS[caller]) or (level == "Authenticated" and caller != "anonymous")


def wrong(caller: str, operation: str, level: str, statuses: Counter) -> str | None:
    """The fault in the responses to a caller, if any."""
    done = good(statuses) > 0
    expected = may(caller, level) and (caller, operation) not in NEVER
    if not statuses:
        return "never called"
    if any(status >= 500 for status in statuses):
        return "a server error"
    if done != expected:
        return "a success that the level forbids" if done else "no success at all"
    return None


def table(levels: dict[str, str], tallies: dict) -> None:
    """Prints the statuses of all calls, by operation and caller, and how many calls of admitted callers succeeded."""
    rows = [["", *tallies, "succeeded"]]
    for name in [*levels, "other methods"]:
        cells = [" ".join(f"{status}:{count}" for status, count in sorted(a[name].items())) for a in tallies.values()]
        counted = sum((all[name] for who, all in tallies.items() if may(who, levels.get(name, ""))), Counter())
        rows.append([name, *cells, f"{good(counted) / counted.total():.0%}" if counted else ""])
    widths = [max(map(len, column)) for column in zip(*rows)]
    for row in rows:
        print("  ".join(text.ljust(width) for text, width in zip(row, widths)).rstrip())


def good(statuses: Counter) -> int:
    """How many calls succeeded."""
    return sum(count for status, count in statuses.items() if 200 <= status < 300)


def shares(caller: str, all: dict) -> str | None:
    """Prints the shares of successful and limited calls. Returns the fault, if any."""
    calls = sum(statuses.total() for statuses in all.values())
    limited = sum(statuses[429] for statuses in all.values())
    done = sum(map(good, all.values()))
    print(f"{caller}: {calls} calls, {done / calls:.0%} succeeded, {limited / calls:.1%} met a limit")
    return None if 0 < limited <= MOST_LIMITED * calls else f"{limited} calls met a limit"


def read(file: str):
    """The content of a JSON file."""
    with open(file) as text:
        return json.load(text)


def main(document: str, files: list[str]) -> tuple[int, int]:
    """Prints the report. Returns how many expectations held, and how many did not."""
    paths = read(document)["paths"]
    levels = {f"{method.upper()} {path}": one["x-level"] for path, all in paths.items() for method, one in all.items()}
    tallies = {}
    for told in map(read, files):
        counted = {name: Counter({int(s): n for s, n in all.items()}) for name, all in told["statuses"].items()}
        tallies[told["caller"]] = {name: counted.get(name, Counter()) for name in [*levels, *counted]}
    table(levels, tallies)
    found = []
    for caller, all in tallies.items():
        found.append((caller, shares(caller, all)))
        found += [(f"{name} as {caller}", wrong(caller, name, level, all[name])) for name, level in levels.items()]
    for (caller, name), reason in NEVER.items():
        print(f"never done: {name} as {caller}: {reason}")
    for what, problem in found:
        if problem:
            print(f"FAIL {what}: {problem}")
    bad = sum(problem is not None for _, problem in found)
    return len(found) - bad, bad


if __name__ == "__main__":
    # To stderr, for the script that adds up the numbers.
    print(*main(sys.argv[1], sys.argv[2:]), file=sys.stderr)
