"""A Ray cluster of one machine without cores and two with one each, on this one's loopback.

    python -m tests.support.ray_cluster     prints {"address": …, "raylets": […]}, then stays

The first machine is the lead's own; the other two work, and a test may kill the raylet of one.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
_ENVIRONMENT = {
    "PYTHONPATH": str(ROOT),
    "RAY_USAGE_STATS_ENABLED": "0",
    "RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER": "0",  # the loopback address only
}
_STORE_BYTES = 80_000_000


@dataclass(frozen=True)
class RunningCluster:
    """Where the cluster answers, and the process of each machine that works."""

    address: str
    raylets: tuple[int, ...]


@contextmanager
def running_cluster() -> Iterator[RunningCluster]:
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.support.ray_cluster"],
        cwd=ROOT,
        env={**os.environ, **_ENVIRONMENT},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    try:
        told = json.loads(next(line for line in process.stdout if line.startswith("{")))
        yield RunningCluster(told["address"], tuple(told["raylets"]))
    finally:
        process.stdin.close()
        process.wait(60)
        process.stdout.close()


def begun(begin: Callable[[], Any], tries: int = 3) -> Any:
    """Begin a machine of the cluster; Ray itself gives a busy one half a minute, no more."""
    for left in range(tries - 1, -1, -1):
        try:
            return begin()
        except Exception:
            if not left:
                raise
    raise AssertionError


def main() -> None:
    from ray.cluster_utils import Cluster

    about = {"object_store_memory": _STORE_BYTES, "include_dashboard": False}
    cluster = begun(lambda: Cluster(initialize_head=True, head_node_args={"num_cpus": 0, **about}))
    nodes = [
        begun(lambda: cluster.add_node(num_cpus=1, object_store_memory=_STORE_BYTES))
        for _ in range(2)
    ]
    cluster.wait_for_nodes(120)
    raylets = [node.all_processes["raylet"][0].process.pid for node in nodes]
    print(json.dumps({"address": cluster.address, "raylets": raylets}), flush=True)
    sys.stdin.read()
    cluster.shutdown()


if __name__ == "__main__":
    main()
