import CSimulationLoops
import Machine

extension KernelExecution {
    /// Widens weights into the shadow plane: f32 for float types, i32 for integers.
    func loadWeights(_ body: LoadWeights, core: Int) {
        let plane = cores.shadowPlane(core: core)
        plane.update(repeating: 0, count: cores.planeCapacity)
        pack(
            workspace + body.source.bytes, body.type, depth: body.depth, columns: body.columns,
            depthStrideBytes: body.depthStrideBytes, columnStrideBytes: body.columnStrideBytes, into: plane)
    }

    /// Writes w[k][c] widened to 32 bits, a row per k.
    private func pack(
        _ source: UnsafeMutableRawPointer, _ type: MachineType, depth: Int, columns: Int, depthStrideBytes: Int,
        columnStrideBytes: Int, into result: UnsafeMutablePointer<UInt32>
    ) {
        let isDense = columnStrideBytes == type.sizeBytes
        for k in 0..<depth {
            let row = source + k * depthStrideBytes
            let to = result + k * cores.rowWords
            if isDense, let float = type.loopType {
                to.withMemoryRebound(to: Float.self, capacity: columns) { reglaze_widen(row, float, Int64(columns), $0) }
                continue
            }
            for column in 0..<columns {
                to[column] = LaneValue.word(at: row + column * columnStrideBytes, type)
            }
        }
    }

    /// False when an integer sum left i32.
    func multiply(_ body: MatmulWeightStationary, core: Int) -> Bool {
        let rows = reglaze_rows(
            base: UnsafePointer((workspace + body.source.bytes).assumingMemoryBound(to: CChar.self)),
            row_count: Int64(body.rows), inner_count: Int64(body.innerCount), inner_stride: Int64(body.innerStrideBytes),
            outer_stride: Int64(body.outerStrideBytes))
        return multiply(
            rows, body.type, depth: body.depth, weights: cores.activePlane(core: core),
            sums: cores.accumulator(core: core, row: body.accumulator.number), columns: body.columns,
            accumulate: body.accumulate)
    }

    /// False when an integer sum left i32. The weights are packed a part of the depth at a time; the sums rest in the accumulators between the parts.
    func multiply(_ body: MatmulOutputStationary, core: Int) -> Bool {
        guard let packed = cores.packed.baseAddress else { return false }
        let sums = cores.accumulator(core: core, row: body.accumulator.number)
        for k in stride(from: 0, to: body.depth, by: CoreStates.packedDepth) {
            let depth = min(CoreStates.packedDepth, body.depth - k)
            pack(
                workspace + body.weights.bytes + k * body.depthStrideBytes, body.weightType, depth: depth,
                columns: body.columns, depthStrideBytes: body.depthStrideBytes, columnStrideBytes: body.columnStrideBytes,
                into: packed)
            let source = workspace + body.source.bytes + k * body.type.sizeBytes
            let rows = reglaze_rows(
                base: UnsafePointer(source.assumingMemoryBound(to: CChar.self)), row_count: Int64(body.rows),
                inner_count: Int64(body.innerCount), inner_stride: Int64(body.innerStrideBytes),
                outer_stride: Int64(body.outerStrideBytes))
            let fits = multiply(
                rows, body.type, depth: depth, weights: packed, sums: sums, columns: body.columns,
                accumulate: body.accumulate || k > 0)
            if !fits { return false }
        }
        return true
    }

    private func multiply(
        _ rows: reglaze_rows, _ type: MachineType, depth: Int, weights: UnsafeMutablePointer<UInt32>,
        sums: UnsafeMutablePointer<UInt32>, columns: Int, accumulate: Bool
    ) -> Bool {
        let stride = Int64(cores.rowWords)
        let (weights, sums) = (UnsafeMutableRawPointer(weights), UnsafeMutableRawPointer(sums))
        if let float = type.loopType {
            reglaze_matmul_float(
                rows, float, Int64(depth), weights.assumingMemoryBound(to: Float.self), stride,
                sums.assumingMemoryBound(to: Float.self), stride, Int64(columns), accumulate)
            return true
        }
        return reglaze_matmul_integer(
            rows, type == .i8 ? reglaze_integer_i8 : reglaze_integer_i16, Int64(depth),
            weights.assumingMemoryBound(to: Int32.self), stride, sums.assumingMemoryBound(to: Int32.self), stride,
            Int64(columns), accumulate)
    }
}

extension MachineType {
    /// The type's number in the C loops; nil for integers.
    var loopType: reglaze_float_type? {
        switch self {
        case .f32: reglaze_float_f32
        case .bf16: reglaze_float_bf16
        case .f16: reglaze_float_f16
        case .i8, .u8, .i16, .i32: nil
        }
    }
}
