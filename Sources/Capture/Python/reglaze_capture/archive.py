"""Writes a `.pt2` archive: a ZIP of stored members whose data start at multiples of 64 bytes, equal bytes for equal
programs."""

import pathlib
import struct
import zlib

_ALIGNMENT = 64
_UTF8 = 0x0800
_LOCAL = struct.Struct("<IHHHHHIIIHH")
_CENTRAL = struct.Struct("<IHHHHHHIIIHHHHHII")
_ZIP64_END = struct.Struct("<IQHHIIQQQQ")
_ZIP64_LOCATOR = struct.Struct("<IIQI")
_END = struct.Struct("<IHHHHIIH")
_LIMIT = 0xFFFF_FFFF


class ArchiveWriter:
    """Writes members one after the other; sizes and checksums stand in both headers."""

    def __init__(self, path: pathlib.Path, root: str = "archive"):
        self.root = root
        self.file = open(path, "wb")  # noqa: SIM115 - closed by `close`
        self.offset = 0
        self.directory: list[tuple[bytes, int, int, int]] = []

    def add(self, name: str, data: bytes | memoryview) -> None:
        """Appends a member, uncompressed."""
        encoded = f"{self.root}/{name}".encode()
        size, checksum = len(data), zlib.crc32(data)
        wide = struct.pack("<HHQQ", 1, 16, size, size) if size >= _LIMIT else b""
        start = self.offset + _LOCAL.size + len(encoded) + len(wide)
        padding = -(start + 4) % _ALIGNMENT
        extra = wide + b"FB" + struct.pack("<H", padding) + b"Z" * padding
        short = min(size, _LIMIT)
        header = _LOCAL.pack(
            0x04034B50, 45 if wide else 20, _UTF8, 0, 0, 0x21, checksum, short, short, len(encoded), len(extra)
        )
        self._write(header + encoded + extra)
        self.directory.append((encoded, self.offset - len(header) - len(encoded) - len(extra), size, checksum))
        self._write(data)

    def _write(self, data: bytes | memoryview) -> None:
        self.file.write(data)
        self.offset += len(data)

    def close(self) -> None:
        """Writes the directory."""
        start = self.offset
        for name, offset, size, checksum in self.directory:
            wide = [value for value in (size, size, offset) if value >= _LIMIT]
            extra = struct.pack(f"<HH{len(wide)}Q", 1, 8 * len(wide), *wide) if wide else b""
            version, short = 45 if wide else 20, min(size, _LIMIT)
            self._write(
                _CENTRAL.pack(
                    0x02014B50,
                    version,
                    version,
                    _UTF8,
                    0,
                    0,
                    0x21,
                    checksum,
                    short,
                    short,
                    len(name),
                    len(extra),
                    0,
                    0,
                    0,
                    0,
                    min(offset, _LIMIT),
                )
                + name
                + extra
            )
        size, count, end = self.offset - start, len(self.directory), self.offset
        if start >= _LIMIT or count >= 0xFFFF:
            self._write(_ZIP64_END.pack(0x06064B50, 44, 45, 45, 0, 0, count, count, size, start))
            self._write(_ZIP64_LOCATOR.pack(0x07064B50, 0, end, 1))
        self._write(
            _END.pack(
                0x06054B50, 0, 0, min(count, 0xFFFF), min(count, 0xFFFF), min(size, _LIMIT), min(start, _LIMIT), 0
            )
        )
        self.file.close()

    def __enter__(self):
        return self

    def __exit__(self, kind, error, trace):
        if kind is None:
            self.close()
        else:
            self.file.close()


def write(path: pathlib.Path, program_text: bytes, write_payloads, sample_inputs: bytes, extra: dict[str, str]) -> None:
    """Writes the archive of one program; `write_payloads(archive)` adds weights and constants."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with ArchiveWriter(path) as archive:
        archive.add("archive_format", b"pt2")
        archive.add("archive_version", b"0")
        archive.add("byteorder", b"little")
        archive.add(".data/version", b"6\n")
        archive.add("models/model.json", program_text)
        write_payloads(archive)
        archive.add("data/sample_inputs/model.pt", sample_inputs)
        for name, text in sorted(extra.items()):
            archive.add(f"extra/{name}", text.encode())
