"""Find tensors that an ONNX file keeps in other files, without the onnx package.

ONNX Runtime opens such files by itself, wherever the model points. A model folder holds all of its
weights in ``model.onnx``, so any external tensor is refused before ONNX Runtime sees the file.
The scan walks the protocol-buffer wire format along the messages of ``onnx.proto`` that can lead
to a ``TensorProto``; field numbers are those of onnx.proto3, IR version 12.
"""

from __future__ import annotations

from collections.abc import Iterator

from pipeline.errors import ModelLoadError

_CHILDREN: dict[str, dict[int, str]] = {
    "model": {7: "graph", 20: "training", 25: "function"},
    "training": {1: "graph", 2: "graph"},
    "graph": {1: "node", 5: "tensor", 15: "sparse"},
    "function": {7: "node", 11: "attribute"},
    "node": {5: "attribute"},
    "attribute": {5: "tensor", 6: "graph", 10: "tensor", 11: "graph", 22: "sparse", 23: "sparse"},
    "sparse": {1: "tensor", 2: "tensor"},
    "tensor": {13: "entry"},
    "entry": {},
}
_DATA_LOCATION_FIELD, _EXTERNAL = 14, 1
_ENTRY_KEY_FIELD, _ENTRY_VALUE_FIELD = 1, 2
_VARINT, _FIXED64, _BYTES, _FIXED32 = 0, 1, 2, 5
_MAX_DEPTH = 100

Span = tuple[int, int]


def external_locations(content: bytes) -> list[str]:
    """Return the locations of all external tensors (empty strings where none is given).

    Raises ``ModelLoadError`` where the bytes are not a protocol-buffer message.
    """
    found: list[str] = []
    pending: list[tuple[str, Span, int]] = [("model", (0, len(content)), 0)]
    view = memoryview(content)
    while pending:
        kind, span, depth = pending.pop()
        if depth > _MAX_DEPTH:
            raise ModelLoadError("the graph is nested too deeply")
        children = _CHILDREN[kind]
        entries: list[Span] = []
        external = False
        for field, value in _fields(view, span):
            if kind == "tensor" and field == _DATA_LOCATION_FIELD:
                external = external or value == _EXTERNAL
            elif isinstance(value, tuple) and field in children:
                if children[field] == "entry":
                    entries.append(value)
                else:
                    pending.append((children[field], value, depth + 1))
        if external or entries:
            found.append(_location(view, entries))
    return found


def _location(view: memoryview, entries: list[Span]) -> str:
    for entry in entries:
        texts = {f: v for f, v in _fields(view, entry) if isinstance(v, tuple)}
        key, value = texts.get(_ENTRY_KEY_FIELD), texts.get(_ENTRY_VALUE_FIELD)
        if key and value and bytes(view[slice(*key)]) == b"location":
            return bytes(view[slice(*value)]).decode("utf-8", "replace")
    return ""


def _fields(view: memoryview, span: Span) -> Iterator[tuple[int, int | Span]]:
    position, end = span
    while position < end:
        tag, position = _varint(view, position, end)
        wire = tag & 7
        if wire == _VARINT:
            number, position = _varint(view, position, end)
            yield tag >> 3, number
            continue
        if wire == _BYTES:
            length, position = _varint(view, position, end)
        elif wire in (_FIXED64, _FIXED32):
            length = 8 if wire == _FIXED64 else 4
        else:
            raise ModelLoadError("is not an ONNX file")
        if position + length > end:
            raise ModelLoadError("the ONNX file is cut short")
        yield tag >> 3, (position, position + length)
        position += length


def _varint(view: memoryview, position: int, end: int) -> tuple[int, int]:
    value = shift = 0
    while position < end and shift < 70:
        byte = view[position]
        position += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, position
        shift += 7
    raise ModelLoadError("the ONNX file is cut short")
