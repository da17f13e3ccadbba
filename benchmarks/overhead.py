"""Measure the overhead of a task: the CPU seconds for reading the DAG files and for starting a stage's process.

``python -m benchmarks.overhead [RUNS]`` prints CPU seconds of new processes, as medians over RUNS (5). ``airflow`` imports the
SDK, as every process of Airflow does. ``dags`` imports the SDK and then every DAG file, as the dag-processor does. Each stage
imports its module. The differences from ``airflow`` and from ``python`` are the overhead of this platform.
"""

import os
import statistics
import subprocess
import sys
from pathlib import Path

from mer_tasks.runs.pipeline import STAGES

CHECKOUT = Path(__file__).resolve().parents[1]
PARSE = "import sys, runpy, airflow.sdk; sys.path.append('dags'); [runpy.run_path(path) for path in sys.argv[1:]]"


def cpu_seconds(code: str, *arguments: str) -> float:
    """Run code in a new process, and return its CPU seconds."""
    child = subprocess.Popen([sys.executable, "-c", code, *arguments], cwd=CHECKOUT, stderr=subprocess.DEVNULL)
    _, status, usage = os.wait4(child.pid, 0)
    if status:
        sys.exit(f"{code!r} ended with {os.waitstatus_to_exitcode(status)}")
    return usage.ru_utime + usage.ru_stime


def main() -> None:
    """Print the median of each case."""
    runs = int(sys.argv[1]) if len(sys.argv) > 1 else 5
    dags = sorted(str(path) for path in (CHECKOUT / "dags").glob("*.py"))
    cases = {"python": ("pass",), "airflow": ("import airflow.sdk",), "dags": (PARSE, *dags)}
    cases |= {stage: (f"import mer_tasks.stages.{stage}",) for stage in STAGES}
    for name, (code, *arguments) in cases.items():
        print(f"{name:12}{statistics.median(cpu_seconds(code, *arguments) for _ in range(runs)):8.2f} s")


if __name__ == "__main__":
    main()
