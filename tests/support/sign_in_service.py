"""A real OpenID Connect provider on this machine, in a process of its own."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx

from tests.support.running import until


@contextmanager
def sign_in_service(
    log: Path, people: list[dict[str, Any]], answers_good_for_s: int = 3600
) -> Iterator[str]:
    """Run a provider that knows some people (by claims, with ``sub``); yield its address."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "oidc_provider_mock", "--port", str(port)]
    command += ["--token-max-age", str(answers_good_for_s)]
    for claims in people:
        command += ["--user-claims", json.dumps(claims)]
    with log.open("w") as out:
        process = subprocess.Popen(command, stdout=out, stderr=out)
    address = f"http://127.0.0.1:{port}"
    try:
        until(lambda: _answers(address), 60, "the sign-in service answers")
        yield address
    finally:
        process.kill()
        process.wait()


def _answers(address: str) -> bool:
    try:
        return httpx.get(f"{address}/.well-known/openid-configuration").status_code == 200
    except httpx.HTTPError:
        return False
