"""Reads the segment files of a raw capture: zstd frames of JSON lines, each with a checksum."""

import ctypes
import json
import pathlib

_zstd = ctypes.CDLL("libzstd.so.1")
for _name in ("ZSTD_findFrameCompressedSize", "ZSTD_decompress"):
    getattr(_zstd, _name).restype = ctypes.c_size_t
_zstd.ZSTD_getFrameContentSize.restype = ctypes.c_ulonglong


def _is_error(code):
    return bool(_zstd.ZSTD_isError(ctypes.c_size_t(code)))


def decompressed(data):
    """The bytes of all whole frames; fails where a checksum does not fit."""
    out, at = [], 0
    while at < len(data):
        rest = data[at:]
        size = _zstd.ZSTD_findFrameCompressedSize(rest, ctypes.c_size_t(len(rest)))
        if _is_error(size):
            break
        room = _zstd.ZSTD_getFrameContentSize(rest, ctypes.c_size_t(size))
        buffer = ctypes.create_string_buffer(max(1, room))
        got = _zstd.ZSTD_decompress(buffer, ctypes.c_size_t(room), rest, ctypes.c_size_t(size))
        if _is_error(got):
            raise ValueError(f"frame at {at} is damaged")
        out.append(buffer.raw[:got])
        at += size
    return b"".join(out)


def text_of(folder):
    """All segments of a folder, in order."""
    return b"".join(decompressed(file.read_bytes()) for file in sorted(pathlib.Path(folder).glob("*.jsonl.zst")))


def lines_of(folder):
    return [json.loads(line) for line in text_of(folder).splitlines()]
