"""Which processor ONNX Runtime is asked to use, and which one it really uses."""

from __future__ import annotations

import contextlib
import ctypes
import io
from typing import Any

import onnxruntime as ort

from pipeline.errors import ProviderUnavailable
from pipeline.settings import Provider

_CPU = "CPUExecutionProvider"
_CUDA = "CUDAExecutionProvider"
_TENSORRT = "TensorrtExecutionProvider"
WORDS = {_CPU: "cpu", _CUDA: "cuda", _TENSORRT: "tensorrt"}
_LOG_FATAL_ONLY = 4

# Every new batch size would otherwise start cuDNN's exhaustive search, for seconds.
_CUDA_OPTIONS = {
    "arena_extend_strategy": "kSameAsRequested",
    "cudnn_conv_algo_search": "HEURISTIC",
}


def open_session(
    content: bytes, wanted: Provider, *, allow_fallback: bool, threads: int
) -> ort.InferenceSession:
    """Open a session on the processor asked for.

    ``auto`` takes TensorRT where its library is present, else CUDA where a device is, else the
    CPU. Raises ``ProviderUnavailable`` when CUDA or TensorRT was asked for by name, is not there
    and falling back is not allowed; what ONNX Runtime raises passes through.
    """
    ort.set_default_logger_severity(_LOG_FATAL_ONLY)
    chosen = _providers(wanted)
    if len(chosen) > 1:
        # preload_dlls prints what it does not find; the real provider is checked below instead.
        with contextlib.redirect_stdout(io.StringIO()):
            ort.preload_dlls()
    session = ort.InferenceSession(content, _options(threads), providers=chosen)
    real = provider_of(session)
    if wanted in ("cuda", "tensorrt") and real != wanted and not allow_fallback:
        raise ProviderUnavailable(
            f"the model was to run on {wanted}, which is not available here; "
            'set provider = "auto" or "cpu", or allow_fallback = true'
        )
    return session


def provider_of(session: ort.InferenceSession) -> str:
    """Return the provider really in use: ``cpu``, ``cuda`` or ``tensorrt``."""
    first: str = session.get_providers()[0]
    return WORDS.get(first, first)


def _providers(wanted: Provider) -> list[Any]:
    available = ort.get_available_providers()
    chosen: list[Any] = []
    if wanted != "cpu" and _cuda_devices() > 0:
        tensorrt = wanted == "tensorrt" or (wanted == "auto" and _loads("libnvinfer.so.10"))
        if tensorrt and _TENSORRT in available:
            chosen.append(_TENSORRT)
        if _CUDA in available:
            chosen.append((_CUDA, _CUDA_OPTIONS))
    return [*chosen, _CPU]


def _options(threads: int) -> ort.SessionOptions:
    options = ort.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.log_severity_level = _LOG_FATAL_ONLY
    # Waiting threads would otherwise burn the core that a capture process needs.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    return options


def _cuda_devices() -> int:
    """Count CUDA devices by the driver itself: asking ONNX Runtime first would print errors."""
    try:
        driver = ctypes.CDLL("libcuda.so.1")
    except OSError:
        return 0
    count = ctypes.c_int(0)
    if driver.cuInit(0) != 0 or driver.cuDeviceGetCount(ctypes.byref(count)) != 0:
        return 0
    return count.value


def _loads(library: str) -> bool:
    try:
        ctypes.CDLL(library)
    except OSError:
        return False
    return True
