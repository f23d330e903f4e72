#!/usr/bin/env python3
"""Compare the throughput of our templates with that of Apache Velocity, on the same templates in one run."""

from __future__ import annotations

import argparse
import math
import statistics
import subprocess
import tempfile
import time
from pathlib import Path

from harness import machine, packages, procfs, results
from harness.spread import spread

LIMIT = 5.0
FOLDER = Path(__file__).resolve().parent / "vtl"
OURS = machine.ROOT / "target" / "release" / "examples" / "templates"
_JARS = Path("/usr/share/java")
# Velocity's own dependencies come with its package.
_CLASSPATH = [_JARS / f"{name}.jar" for name in ("velocity-1.7", "commons-collections3", "commons-lang", "commons-lang-2.6")]
_NEEDED = {"javac": "default-jdk-headless", "taskset": "util-linux", str(_CLASSPATH[0]): "velocity"}
_CORE = "0"
# One collector thread, a heap that is never resized: nothing runs beside the thread that renders.
_JVM = ["java", "-XX:+UseSerialGC", "-Xms512m", "-Xmx512m"]


class Engine:
    """A process that renders what it is told to; it ends when its input does."""

    def __init__(self, name: str, argv: list[str]) -> None:
        self.name = name
        self._child = subprocess.Popen(
            ["taskset", "-c", _CORE, *argv, str(FOLDER)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def ask(self, line: str) -> str:
        """One command and its answer; RuntimeError when the engine ends instead."""
        assert self._child.stdin and self._child.stdout
        self._child.stdin.write(line + "\n")
        self._child.stdin.flush()
        answer = self._child.stdout.readline().strip()
        if not answer:
            raise RuntimeError(f"{self.name} does not answer {line!r}")
        return answer

    def run(self, template: str, ms: int) -> tuple[float, float]:
        """Microseconds of one rendering: by the clock, and of CPU time of the whole process."""
        before_s = procfs.cpu_s(self._child.pid)
        count, taken_ns = map(int, self.ask(f"run {template} {ms}").split())
        return taken_ns / count / 1e3, (procfs.cpu_s(self._child.pid) - before_s) / count * 1e6

    def close(self) -> None:
        """End it."""
        if self._child.stdin:
            self._child.stdin.close()
        try:
            self._child.wait(10)
        except subprocess.TimeoutExpired:
            self._child.kill()


def build(classes: Path) -> tuple[Engine, Engine]:
    """Compile both sides and start them on the same core: Velocity's and ours."""
    subprocess.run(
        ["cargo", "build", "--release", "-p", "stagegate-vtl", "--example", "templates"],
        check=True,
        timeout=3600,
        cwd=machine.ROOT,
    )
    classpath = ":".join(map(str, _CLASSPATH))
    subprocess.run(["javac", "-cp", classpath, "-d", str(classes), str(FOLDER / "Bench.java")], check=True, timeout=300)
    return Engine("velocity", [*_JVM, "-cp", f"{classpath}:{classes}", "Bench"]), Engine("ours", [str(OURS)])


def warm(engines: tuple[Engine, Engine], templates: list[str], ms: int) -> None:
    """Render everything, twice around, so that the JVM has compiled what it will and has seen all templates."""
    for _ in range(2):
        for template in templates:
            for engine in engines:
                engine.run(template, ms if engine.name == "velocity" else ms // 10)


def measure(
    engines: tuple[Engine, Engine], templates: list[str], rounds: int, ms: int
) -> dict[str, list[tuple[float, float, float, float]]]:
    """By template, a row a round: µs of a rendering by the clock, of theirs and of ours, then the same of CPU time."""
    taken: dict[str, list[tuple[float, float, float, float]]] = {template: [] for template in templates}
    for number in range(rounds):
        order = engines if number % 2 == 0 else engines[::-1]
        for template in templates:
            found = {engine.name: engine.run(template, ms) for engine in order}
            (theirs, theirs_cpu), (ours, ours_cpu) = found["velocity"], found["ours"]
            taken[template].append((theirs, ours, theirs_cpu, ours_cpu))
    return taken


def mean(ratios: list[float]) -> float:
    """The geometric mean."""
    return math.exp(statistics.fmean(map(math.log, ratios)))


def main() -> int:
    """Check that both render alike, warm up, measure; 1 if the overall ratio is under the limit."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="little warming, 3 short rounds, results not kept")
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--ms", type=int, default=300, help="length of one round of one template")
    parser.add_argument("--warm-ms", type=int, default=3000, help="twice for each template")
    options = parser.parse_args()
    rounds, ms, warm_ms = (3, 200, 600) if options.quick else (options.rounds, options.ms, options.warm_ms)
    packages.install(_NEEDED)
    templates = sorted(path.stem for path in (FOLDER / "templates").glob("*.vm"))
    with tempfile.TemporaryDirectory(prefix="stagegate-bench-") as classes:
        engines = build(Path(classes))
        try:
            for template in templates:
                theirs, ours = (engine.ask(f"show {template}") for engine in engines)
                if theirs != ours:
                    raise RuntimeError(f"{template} renders differently:\n{bytes.fromhex(theirs)!r}\n{bytes.fromhex(ours)!r}")
            begin = time.monotonic()
            warm(engines, templates, warm_ms)
            warmed_s = time.monotonic() - begin
            taken = measure(engines, templates, rounds, ms)
        finally:
            for engine in engines:
                engine.close()
    rows, clock, cpu = [], [], []
    for template, found in taken.items():
        ratio = spread([theirs / ours for theirs, ours, _, _ in found])
        by_cpu = spread([theirs / max(ours, 1e-9) for _, _, theirs, ours in found])
        clock.append(ratio.median)
        cpu.append(by_cpu.median)
        medians = [statistics.median(row[side] for row in found) for side in (0, 1)]
        rows.append([template, ratio.text(2), by_cpu.text(2), *(f"{each:.2f}" for each in medians)])
    overall = mean(clock)
    rows.append(["**geometric mean**", f"**{overall:.2f}**", f"**{mean(cpu):.2f}**", "", ""])
    body = (
        f"{len(templates)} templates that render alike byte for byte, each parsed once, with equal values; a context of "
        "its own over the shared values for every rendering, into a buffer that is used again. One thread each, on "
        f"core {_CORE}, in turns: {rounds} interleaved rounds of {ms} ms a template after {warmed_s:.0f} s of warming the JVM "
        "on all of them.\n\nOurs ÷ Velocity's throughput, median of the rounds [95 %]; by CPU, the whole process counts "
        "(the JVM's collector and compiler, too):\n\n"
    )
    body += results.table(["template", "ratio", "ratio by CPU time", "Velocity µs", "ours µs"], rows)
    body += f"\n\nAt least {LIMIT:g} × over all: {results.verdict(overall >= LIMIT)}; "
    body += f"on every template: {results.verdict(min(clock) >= LIMIT)} (lowest {min(clock):.2f})."
    results.publish("vtl", "Templates beside Apache Velocity", body, keep=not options.quick)
    return 0 if overall >= LIMIT or options.quick else 1


if __name__ == "__main__":
    raise SystemExit(main())
