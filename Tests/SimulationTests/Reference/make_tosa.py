"""Writes `tosa.csv`: what the TOSA reference model computes, as checksums that the tests compare with the simulator's.

    pip install tosa-tools==2026.8.0
    python Tests/SimulationTests/Reference/make_tosa.py

Operands come from formulas that the tests repeat, so that no operand is kept. A line holds a case, a column and the CRC-32 of that
column's results, little-endian, row after row.
"""

import pathlib
import tempfile
import zlib

import numpy as np
import tosa_reference_model
from serializer.tosa_serializer import DType, TosaSerializer, TosaSerializerAttribute
from tosa.Op import Op
from tosa.RoundingMode import RoundingMode

ROWS, COLUMNS = 1600, 64


def draw(count: int, seed: int) -> np.ndarray:
    """32-bit words: the low half of a multiplication of the place, as unsigned 64-bit integers."""
    place = np.arange(count, dtype=np.uint64) + np.uint64(seed * 1000003 + 1)
    word = place * np.uint64(0x9E3779B97F4A7C15)
    return (word ^ (word >> np.uint64(29))) & np.uint64(0xFFFFFFFF)


def small(shape: tuple[int, ...], seed: int) -> np.ndarray:
    """Values of every int8."""
    return (draw(int(np.prod(shape)), seed) & np.uint64(0xFF)).astype(np.uint8).view(np.int8).reshape(shape)


def scales() -> tuple[np.ndarray, np.ndarray]:
    """A multiplier and a shift a column: every shift that there is."""
    shifts = (2 + np.arange(COLUMNS) % 61).astype(np.int8)
    return (draw(COLUMNS, 2) & np.uint64(0x7FFFFFFF)).astype(np.int32), shifts


def accumulators() -> np.ndarray:
    """Values of all magnitudes that the column's shift admits, -(1 << (shift - 1)) and above, [ROWS, COLUMNS]."""
    words = draw(ROWS * COLUMNS, 1).astype(np.uint32).view(np.int32).reshape(ROWS, COLUMNS)
    magnitudes = (1 + np.arange(ROWS * COLUMNS) % 25).reshape(ROWS, COLUMNS)
    return words >> np.maximum(magnitudes, 32 - scales()[1].astype(np.int64)).astype(np.int32)


class Graph:
    """One operator with its constants, run by the reference model."""

    def __init__(self):
        self.folder = tempfile.mkdtemp()
        self.serializer = TosaSerializer(self.folder)
        self.inputs = []

    def input(self, values: np.ndarray, dtype: int):
        self.inputs.append(values)
        return self.serializer.addPlaceholder(list(values.shape), dtype, values)

    def constant(self, values: np.ndarray, dtype: int):
        return self.serializer.addConst(list(values.shape), dtype, values)

    def run(self, operator: int, operands: list, shape: tuple[int, ...], dtype: int, attribute) -> np.ndarray:
        output = self.serializer.addOutput(list(shape), dtype)
        self.serializer.addOperator(operator, [operand.name for operand in operands], [output.name], attribute)
        outputs, status = tosa_reference_model.run(bytes(self.serializer.serialize()), self.inputs)
        assert status == tosa_reference_model.GraphStatus.TOSA_VALID, status
        return outputs[0]


def rescale(rounding: int, dtype: int, element: type, zero_point: int) -> np.ndarray:
    graph = Graph()
    multipliers, shifts = scales()
    operands = [
        graph.input(accumulators(), DType.INT32),
        graph.constant(multipliers, DType.INT32),
        graph.constant(shifts, DType.INT8),
        graph.constant(np.zeros(1, np.int32), DType.INT32),
        graph.constant(np.array([zero_point], element), dtype),
    ]
    attribute = TosaSerializerAttribute()
    attribute.RescaleAttribute(True, rounding, True, False, False)
    return graph.run(Op.RESCALE, operands, (ROWS, COLUMNS), dtype, attribute)


def matmul() -> np.ndarray:
    """int8 [1, 20, 24] x [1, 24, 20] -> int32."""
    graph = Graph()
    zero = graph.constant(np.zeros(1, np.int8), DType.INT8), graph.constant(np.zeros(1, np.int8), DType.INT8)
    operands = [graph.input(small((1, 20, 24), 3), DType.INT8), graph.input(small((1, 24, 20), 4), DType.INT8), *zero]
    attribute = TosaSerializerAttribute()
    attribute.MatMulAttribute()
    return graph.run(Op.MATMUL, operands, (1, 20, 20), DType.INT32, attribute)[0]


def convolution(operator: int, weights: np.ndarray, channels: int, name: str) -> np.ndarray:
    """int8 [1, 9, 11, 8], kernel 3 x 3, strides 2 and 1, no padding -> int32 [4 x 9, channels]."""
    graph = Graph()
    operands = [
        graph.input(small((1, 9, 11, 8), 5), DType.INT8),
        graph.constant(weights, DType.INT8),
        graph.constant(np.zeros(channels, np.int32), DType.INT32),
        graph.constant(np.zeros(1, np.int8), DType.INT8),
        graph.constant(np.zeros(1, np.int8), DType.INT8),
    ]
    attribute = TosaSerializerAttribute()
    getattr(attribute, name)([0, 0, 0, 0], [2, 1], [1, 1], False, DType.INT32)
    return graph.run(operator, operands, (1, 4, 9, channels), DType.INT32, attribute).reshape(36, channels)


def main() -> None:
    cases = {
        "rescale_single_i8": rescale(RoundingMode.SINGLE_ROUND, DType.INT8, np.int8, -7),
        "rescale_single_i16": rescale(RoundingMode.SINGLE_ROUND, DType.INT16, np.int16, 0),
        "rescale_double_i8": rescale(RoundingMode.DOUBLE_ROUND, DType.INT8, np.int8, -7),
        "rescale_double_i16": rescale(RoundingMode.DOUBLE_ROUND, DType.INT16, np.int16, 0),
        "matmul": matmul(),
        "conv2d": convolution(Op.CONV2D, small((20, 3, 3, 8), 6), 20, "Conv2dAttribute"),
        "depthwise_conv2d": convolution(Op.DEPTHWISE_CONV2D, small((3, 3, 8, 1), 7), 8, "DepthwiseConv2dAttribute"),
    }
    lines = ["case,column,crc32"]
    for name, values in cases.items():
        for column in range(values.shape[-1]):
            content = np.ascontiguousarray(values[:, column]).astype(values.dtype.newbyteorder("<")).tobytes()
            lines.append(f"{name},{column},{zlib.crc32(content):08x}")
    (pathlib.Path(__file__).parent / "tosa.csv").write_text("\n".join(lines) + "\n")
    print({name: (values.shape, values.dtype, int(values.min()), int(values.max())) for name, values in cases.items()})


if __name__ == "__main__":
    main()
