"""The change of the model while the monitor runs: loaded aside, taken between two frames."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

from pipeline.errors import ModelError
from pipeline.models.registry import ModelRegistry
from pipeline.models.session import PoseModel
from pipeline.settings import ModelSettings

LoadFolder = Callable[[Path | None], PoseModel]


class Succession:
    """Watches which model is in use. A settings file that names a folder keeps that one.

    ``fault`` says why the model in use could not be loaded; the one before goes on.
    """

    def __init__(self, registry: ModelRegistry, settings: ModelSettings, load: LoadFolder) -> None:
        self._registry, self._settings, self._load = registry, settings, load
        self._fixed = settings.folder
        self._executor = ThreadPoolExecutor(1, thread_name_prefix="model")
        self._loading: Future[PoseModel] | None = None
        self._id = ""
        self.fault = ""

    def first(self) -> PoseModel:
        """Load the model to begin with: the one in use, the bundled one where that is broken.

        Raises ``ModelError`` when a folder that the settings name, or the bundled one, is broken.
        """
        if self._fixed is not None:
            return self._load(self._fixed)
        try:
            self._id = self._registry.in_use_id()
            return self._load(self._registry.folder_for(self._settings))
        except ModelError as error:
            self.fault = f"the bundled model is in use instead: {error}"
            return self._load(None)

    def next(self) -> PoseModel | None:
        """Return a model that has newly come into use and is loaded; never waits."""
        if self._fixed is not None:
            return None
        if self._loading is None:
            self._begin()
            return None
        if not self._loading.done():
            return None
        loading, self._loading = self._loading, None
        try:
            model = loading.result()
        except ModelError as error:
            self.fault = f"the model before stays in use: {error}"
            return None
        self.fault = ""
        return model

    def close(self) -> None:
        """Let go of the thread."""
        self._executor.shutdown(wait=False, cancel_futures=True)

    def _begin(self) -> None:
        """Begin to load what has come into use since the last look."""
        try:
            wanted = self._registry.in_use_id()
        except ModelError as error:
            self.fault = str(error)
            return
        if wanted != self._id:
            self._id = wanted
            folder = self._registry.in_use_folder()
            self._loading = self._executor.submit(self._load, folder)
