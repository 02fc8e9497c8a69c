"""The models of an installation: folders under its data folder, one of them in use.

``models/NAME-VERSION-HASH/`` holds a model folder each, ``models/in_use.json`` which one is in use
and which were before. Nothing there means the bundled model; its rivals ship beside it, known by
their folders' names. Whoever estimates reads that file
again and again (the monitor every second), so promoting takes no restart.
"""

from __future__ import annotations

import fcntl
import json
import os
import re
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipeline.errors import ModelError, ModelLoadError
from pipeline.models.manifest import Manifest, read_manifest
from pipeline.models.session import BUNDLED_MODEL, BUNDLED_RIVALS, load_model
from pipeline.settings import ModelSettings, Provider

BUNDLED_ID = "bundled"
_RIVALS = {folder.name: folder for folder in BUNDLED_RIVALS}
_SHIPPED = {BUNDLED_ID: BUNDLED_MODEL, **_RIVALS}
_IN_USE_FILE, _LOCK_FILE = "in_use.json", ".lock"


@dataclass(frozen=True, slots=True)
class KnownModel:
    """A model of the registry. ``manifest`` None: its folder cannot be read, ``fault`` says why."""

    id: str
    folder: Path
    manifest: Manifest | None
    in_use: bool
    fault: str = ""


@dataclass(frozen=True, slots=True)
class Turn:
    """One change of the model in use: which, since when (UTC µs), by whom, why."""

    id: str
    since_us: int
    who: str
    why: str


class ModelRegistry:
    """The models under a folder. Several processes may hold one; each change is whole or not."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @classmethod
    def under(cls, data_path: Path) -> ModelRegistry:
        """Return the registry of an installation's data folder."""
        return cls(data_path / "models")

    def models(self) -> list[KnownModel]:
        """Return the bundled model, all that were added, by id, and the bundled one's rivals."""
        in_use = self.in_use_id()
        found = [self._known(BUNDLED_ID, in_use)]
        if self._folder.is_dir():
            folders = sorted(path for path in self._folder.iterdir() if path.is_dir())
            found += [self._known(path.name, in_use) for path in folders if path.name[0] != "."]
        return found + [self._known(model_id, in_use) for model_id in _RIVALS]

    def model(self, model_id: str) -> KnownModel:
        """Return one model; raise ``ModelError`` naming the known ones."""
        for known in self.models():
            if known.id == model_id:
                return known
        names = ", ".join(known.id for known in self.models())
        raise ModelError(f"no model {model_id!r}; there are {names}")

    def add(self, folder: Path, provider: Provider = "cpu") -> str:
        """Copy a model folder into the registry after every check of loading; return its id.

        Raises ``ModelLoadError`` for one that cannot be used or is there already.
        """
        manifest = load_model(folder, provider).manifest
        words = re.sub(r"[^A-Za-z0-9._]+", "-", f"{manifest.name}-{manifest.version}").strip("-.")
        model_id = f"{words[:80]}-{manifest.sha256[:8]}"
        target = self._folder / model_id
        with self._locked():
            if target.exists():
                raise ModelLoadError(f"{model_id}: is in the registry already")
            part = self._folder / f".{model_id}.part"
            shutil.rmtree(part, ignore_errors=True)
            try:
                shutil.copytree(folder, part)
                part.replace(target)
            except OSError as error:
                raise ModelLoadError(f"{target}: cannot be written: {error}") from None
            finally:
                shutil.rmtree(part, ignore_errors=True)
        return model_id

    def in_use_id(self) -> str:
        """Return the id of the model in use."""
        turns = self.turns()
        return turns[-1].id if turns else BUNDLED_ID

    def in_use_folder(self) -> Path:
        """Return the folder of the model in use; it may be gone or altered: loading checks."""
        return self._path(self.in_use_id())

    def folder_for(self, settings: ModelSettings) -> Path:
        """Return the folder of the model that estimates: the settings' own, else the one in use."""
        return settings.folder or self.in_use_folder()

    def folder_with(self, sha256: str) -> Path | None:
        """Return the folder of the model with a hash; None where it is not among the models."""
        for known in self.models():
            if known.manifest is not None and known.manifest.sha256 == sha256:
                return known.folder
        return None

    def turns(self) -> list[Turn]:
        """Return the changes of the model in use that stand, oldest first."""
        path = self._folder / _IN_USE_FILE
        try:
            return [Turn(**turn) for turn in json.loads(path.read_text(encoding="utf-8"))["turns"]]
        except FileNotFoundError:
            return []
        except (OSError, ValueError, KeyError, TypeError):
            raise ModelError(
                f"{path}: cannot be read; remove it to use the bundled model"
            ) from None

    def promote(self, model_id: str, who: str, why: str = "") -> Turn:
        """Make a model the one in use, after loading it once more; raise ``ModelError``."""
        known = self.model(model_id)
        load_model(known.folder, "cpu")
        with self._locked():
            turns = self.turns()
            if (turns[-1].id if turns else BUNDLED_ID) == model_id:
                raise ModelError(f"{model_id}: is in use already")
            turn = Turn(model_id, time.time_ns() // 1000, who, why)
            self._write([*turns, turn])
        return turn

    def rollback(self) -> str:
        """Go back to the model that was in use before; return its id; raise ``ModelError``."""
        with self._locked():
            turns = self.turns()
            if not turns:
                raise ModelError("the bundled model is in use; nothing was promoted before it")
            before = turns[-2].id if len(turns) > 1 else BUNDLED_ID
            load_model(self._path(before), "cpu")
            self._write(turns[:-1])
        return before

    def _path(self, model_id: str) -> Path:
        return _SHIPPED.get(model_id) or self._folder / model_id

    def _known(self, model_id: str, in_use: str) -> KnownModel:
        folder = self._path(model_id)
        try:
            return KnownModel(model_id, folder, read_manifest(folder), model_id == in_use)
        except ModelLoadError as error:
            return KnownModel(model_id, folder, None, model_id == in_use, str(error))

    def _write(self, turns: list[Turn]) -> None:
        path = self._folder / _IN_USE_FILE
        part = path.with_name(f".{path.name}.part")
        content: dict[str, Any] = {
            "turns": [{name: getattr(turn, name) for name in Turn.__slots__} for turn in turns]
        }
        with part.open("w", encoding="utf-8") as file:
            json.dump(content, file, indent=1)
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)

    @contextmanager
    def _locked(self) -> Iterator[None]:
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            with (self._folder / _LOCK_FILE).open("w") as lock:
                fcntl.flock(lock, fcntl.LOCK_EX)
                yield
        except OSError as error:
            raise ModelError(f"{self._folder}: cannot be written: {error.strerror}") from None
