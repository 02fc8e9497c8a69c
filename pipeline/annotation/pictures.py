"""Pictures kept for labelling: files named by the hash of what is in them, never changed."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from db.folders import PICTURES
from pipeline.errors import CotsideError
from pipeline.types import ImageArray

# What browsers show; the first bytes say which it is.
_KINDS = {b"\x89PNG\r\n\x1a\n": ".png", b"\xff\xd8\xff": ".jpg"}
_JPEG_QUALITY = 95
_MOST_BYTES = 50_000_000


class PictureError(CotsideError):
    """A picture that cannot be kept or read."""


@dataclass(frozen=True, slots=True)
class KeptPicture:
    """A picture as it is kept; ``file`` is its place under the folder of pictures."""

    sha256: str
    file: str
    width: int
    height: int
    bytes: int


class PictureFolder:
    """The pictures under a folder. The same picture is kept once, whoever asks for it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @classmethod
    def under(cls, data_path: Path) -> PictureFolder:
        """Return the pictures of an installation's data folder."""
        return cls(data_path / PICTURES)

    def keep_image(self, image_hwc: ImageArray) -> KeptPicture:
        """Keep a decoded picture, as JPEG of high quality; raise ``PictureError``."""
        done, data = cv2.imencode(".jpg", image_hwc, [cv2.IMWRITE_JPEG_QUALITY, _JPEG_QUALITY])
        if not done:
            raise PictureError("a frame could not be made a picture")
        return self.keep(data.tobytes(), "a frame")

    def keep_file(self, path: Path) -> KeptPicture:
        """Keep a picture file as it is (another format: as PNG); raise ``PictureError``."""
        try:
            size = path.stat().st_size
            if size > _MOST_BYTES:
                raise PictureError(f"{path}: is larger than {_MOST_BYTES // 10**6} MB")
            data = path.read_bytes()
        except OSError as error:
            raise PictureError(f"{path}: cannot be read: {error.strerror}") from None
        return self.keep(data, str(path))

    def keep(self, data: bytes, name: str) -> KeptPicture:
        """Keep a picture file's bytes; ``name`` stands in the error. Raises ``PictureError``."""
        image = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR) if data else None
        if image is None:
            raise PictureError(f"{name}: is not a picture")
        suffix = next((kind for head, kind in _KINDS.items() if data.startswith(head)), "")
        if not suffix:
            data, suffix = cv2.imencode(".png", image)[1].tobytes(), ".png"
        sha256 = hashlib.sha256(data).hexdigest()
        file = f"{sha256[:2]}/{sha256}{suffix}"
        self._write(self._folder / file, data)
        height, width = image.shape[:2]
        return KeptPicture(sha256, file, width, height, len(data))

    def _write(self, path: Path, data: bytes) -> None:
        if path.exists():
            return
        part = path.with_name(f".{path.name}.part")
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            part.write_bytes(data)
            part.replace(path)
        except OSError as error:
            raise PictureError(f"{path}: cannot be written: {error.strerror}") from None
        finally:
            part.unlink(missing_ok=True)

    def path(self, file: str) -> Path:
        """Return where a picture lies; raise ``PictureError`` where it is gone or outside."""
        root = self._folder.resolve()
        path = (root / file).resolve()
        if not path.is_relative_to(root) or not path.is_file():
            raise PictureError(f"the picture {file} is no longer kept")
        return path

    def image(self, file: str) -> ImageArray:
        """Read a kept picture (height, width, 3); raise ``PictureError``."""
        image = cv2.imread(str(self.path(file)), cv2.IMREAD_COLOR)
        if image is None:
            raise PictureError(f"the picture {file} cannot be read")
        return np.asarray(image, np.uint8)
