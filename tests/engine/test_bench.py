"""What `make bench` prints: each subject beside the others."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

ROOT = Path(__file__).parents[2]
# Seconds; some 40 on a quiet machine.
PATIENCE = 540
CELL = r"\d+\.\d s, \d+\.\d CPU, \d+ MiB"


def test_make_bench_prints_each_subject_at_the_size_that_was_asked_for() -> None:
    done = subprocess.run(
        ["make", "bench", "SIZES=2", "SUBJECTS=ours bare apply", "OPTIONS=--hypervisors 0"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    rows = re.findall(rf"^\| 2 \| (\w+) \| (\d+) \|((?: {CELL} \|){{4}}) (.*) \|$", done.stdout, re.MULTILINE)
    assert [row[0] for row in rows] == ["ours", "bare", "apply"]
    # As many, but for the engine's own provider, by which ours asks for its state.
    assert int(rows[0][1]) == int(rows[1][1]) + 1
    # The objects, the port group of each host, three providers, the stack itself, six components and seven gates.
    assert int(rows[1][1]) == int(rows[2][1]) + 2 + 3 + 1 + 6 + 7
    assert rows[2][3] == "none"
    assert re.search(r"^\| 2 \| in all \|(?: \d+\.\d\d, \d+\.\d\d CPU \|){4}$", done.stdout, re.MULTILINE)
