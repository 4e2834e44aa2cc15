"""Judges what Prism has seen: judge.py CONTRACTS REPOSITORY.

CONTRACTS has VENDOR.json, a vendor's contract, and what Prism said of it in VENDOR.PARTY.*.log, where the party is
`twin` for the life of the twin, `adapter` for the adapter in the tests, or `gateway`. Everything that a contract
forbids is a fault unless exceptions.tsv beside this file allows it, and so is an exception that nothing needed. So is a
route of a twin that its life has not called, and one that an adapter's source names and nothing has called: what is
never called proves nothing.
"""

import json
import re
import sys
from collections import Counter, defaultdict
from pathlib import Path

METHODS = ("get", "put", "post", "delete", "patch")
CALL = re.compile(r"\[HTTP SERVER\] (\w+) (\S+) \S+ +info +Request received")
STATUS = re.compile(r"The upstream call to \S+ has returned (\d+)")
VIOLATION = re.compile(r"Violation: (\S*) (.*)")
TERMINATED = re.compile(r"Request terminated with error: (.*)")
PLACEHOLDER = re.compile(r"\{[^{}]*\}")
# Names of paths in a source, and paths and such names with their methods or alone.
NAMED = re.compile(r'const ([A-Z_]+): &str = "(/[^"]*)"')
ROUTE = re.compile(r'"(?:(GET|PUT|POST|DELETE|PATCH)(?: |",\s*"?))?(/[a-zA-Z][^"\s?]*|(?<=, )[A-Z_]+|(?<=\s)[A-Z_]+)')


def shape(path: str) -> str:
    """A path with placeholders, whatever their names."""
    return PLACEHOLDER.sub("{}", path)


class Contract:
    """A vendor's operations, by the shapes of their paths."""

    def __init__(self, file: Path):
        paths = json.loads(file.read_text())["paths"]
        self.paths = {shape(path) for path in paths}
        self.operations = {
            f"{method.upper()} {shape(path)}" for path, item in paths.items() for method in item if method in METHODS
        }
        patterns = [(re.compile(PLACEHOLDER.sub("[^/]+", re.escape(path).replace(r"\{", "{").replace(r"\}", "}"))), path)
                    for path in paths]
        # Of two that fit, the one with fewer placeholders is meant.
        self.patterns = sorted(patterns, key=lambda pattern: pattern[1].count("{"))

    def operation(self, method: str, path: str) -> str:
        """The operation that a request is for."""
        path = path.split("?")[0]
        fitting = (known for pattern, known in self.patterns if pattern.fullmatch(path))
        return f"{method.upper()} {next(fitting, path)}"


def read(log: Path, contract: Contract):
    """The operations that were called, and each objection as operation and words."""
    calls, objections = Counter(), Counter()
    operation, status = "nothing", ""
    for line in log.read_text().splitlines():
        line = re.sub(r"\x1b\[[0-9;]*m", "", line)
        if found := CALL.search(line):
            operation, status = contract.operation(*found.groups()), "none"
            calls[operation] += 1
        elif found := STATUS.search(line):
            status = found[1]
        elif found := VIOLATION.search(line):
            objections[operation, words(found[1], found[2], status)] += 1
        elif found := TERMINATED.search(line):
            objections[operation, found[1]] += 1
    return calls, objections


def words(location: str, message: str, status: str) -> str:
    """An objection; entries of a list are alike, and an undocumented status is told by its number."""
    if "returned status code" in message:
        return f"{location} status {status}"
    return re.sub(r"\.\d+\b", ".*", f"{location}: {message}")


def sources(folder: Path):
    """The routes that the sources in a folder name outside tests: method, if told, and shape."""
    files = [file for file in folder.rglob("*.rs") if "tests" not in file.parts and file.stem not in ("tests", "fake")]
    texts = [file.read_text().split("#[cfg(test)]")[0] for file in sorted(files)]
    known = {name: path for text in texts for name, path in NAMED.findall(text)}
    for text in texts:
        names = known | dict(NAMED.findall(text))
        for method, path in ROUTE.findall(text):
            yield method, shape(names.get(path, path))


def found(vendor: str, contract: Contract, folder: Path, repository: Path):
    """What is to be said of a vendor, as operation and words, and how many calls there were."""
    _, _, adapter, twin = next(row for row in table("contracts.tsv") if row[0] == vendor)
    called, said = defaultdict(Counter), Counter()
    for log in sorted(folder.glob(f"{vendor}.*.log")):
        calls, objections = read(log, contract)
        called[log.name.split(".")[1]] += calls
        said += objections
    for party, code in (("adapter", f"adapters/{adapter}"), ("twin", f"conformance/src/twins/{twin}")):
        for route in uncalled(contract, called[party], repository / code):
            said[route, f"never called by the {party}"] += 1
    return said, sum(sum(calls.values()) for calls in called.values())


def main() -> int:
    folder, repository = map(Path, sys.argv[1:])
    exceptions = {tuple(row[:3]) for row in table("exceptions.tsv")}
    met, total = Counter(), 0
    for vendor, *_ in table("contracts.tsv"):
        said, calls = found(vendor, Contract(folder / f"{vendor}.json"), folder, repository)
        met += Counter({(vendor, *what): times for what, times in said.items()})
        total += calls
    faults = [f"{': '.join(what)} ({times} times)" for what, times in sorted(met.items()) if what not in exceptions]
    faults += [f"nothing needed the exception {': '.join(what)}" for what in sorted(exceptions - met.keys())]
    for fault in faults:
        print(fault)
    print(f"{total} calls through Prism, {len(exceptions)} exceptions, {len(faults)} faults")
    return 1 if faults else 0


def table(name: str) -> list[list[str]]:
    """The rows of a table beside this file."""
    lines = Path(__file__).with_name(name).read_text().splitlines()
    return [line.split("\t") for line in lines if not line.startswith("#")]


def uncalled(contract: Contract, calls: Counter, code: Path):
    """The routes of the contract that a source names and no call has met."""
    operations = {shape(operation) for operation in calls}
    paths = {operation.split(" ", 1)[1] for operation in operations}
    named = {(method, path) for method, path in sources(code) if path in contract.paths}
    if not named:
        yield "anything: its sources name no route of the contract"
    for method, path in sorted(named):
        operation = f"{method} {path}"
        if method and operation in contract.operations and operation not in operations:
            yield operation
        if not method and path not in paths:
            yield path


if __name__ == "__main__":
    sys.exit(main())
