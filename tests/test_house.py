"""The rules of the house, kept by tests: style, types, direction of imports, light imports."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
HEAVY = {"torch", "torchvision", "mmpose", "mmengine", "mmcv"}


def run(*command):
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_ruff_finds_nothing():
    run(sys.executable, "-m", "ruff", "check", ".")


def test_the_code_is_formatted():
    run(sys.executable, "-m", "ruff", "format", "--check", ".")


@pytest.mark.slow
@pytest.mark.timeout(600)  # half a minute where nothing else runs
def test_mypy_strict_finds_nothing():
    run(sys.executable, "-m", "mypy")


def test_imports_run_one_way():
    run(str(Path(sys.executable).parent / "lint-imports"))


@pytest.mark.slow
def test_importing_app_and_pipeline_loads_neither_torch_nor_mmpose():
    code = (
        "import importlib, pkgutil, sys\n"
        "for room in ('app', 'pipeline', 'db'):\n"
        "    package = importlib.import_module(room)\n"
        "    for module in pkgutil.walk_packages(package.__path__, room + '.'):\n"
        "        if '.pages.' in module.name or module.name == 'app.main':\n"
        "            continue  # Streamlit scripts run on import; the browser tests load them\n"
        "        if module.name.endswith('.env') or '.versions.' in module.name:\n"
        "            continue  # Alembic runs these, with a context\n"
        "        importlib.import_module(module.name)\n"
        f"loaded = {HEAVY!r} & set(sys.modules)\n"
        "assert not loaded, f'loaded: {sorted(loaded)}'\n"
    )
    run(sys.executable, "-c", code)


@pytest.mark.parametrize("room", ["app", "pipeline", "db"])
def test_no_module_of_a_light_room_names_a_heavy_library(room):
    for path in (ROOT / room).rglob("*.py"):
        for line in path.read_text(encoding="utf-8").splitlines():
            words = line.split()
            if words[:1] in (["import"], ["from"]):
                assert words[1].split(".")[0] not in HEAVY, f"{path}: {line}"
