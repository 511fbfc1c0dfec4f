import Machine

extension KernelExecution {
    func reduce(_ body: VectorReduce, core: Int) {
        let destination = matrix(body.destination, core: core)
        let source = matrix(body.source, core: core)
        let isInteger = !body.source.type.isFloatingPoint
        switch (body.axis, isInteger) {
        case (.columns, false): reduceColumns(body, destination, source)
        case (.columns, true): reduceIntegerColumns(body, destination, source)
        case (.rows, false): reduceRows(body, destination, source)
        case (.rows, true): reduceIntegerRows(body, destination, source)
        }
    }

    private func reduceColumns(_ body: VectorReduce, _ destination: LaneMatrix, _ source: LaneMatrix) {
        for row in 0..<body.rows {
            var running: Float = 0
            var isStarted = body.operation == .sum
            if body.accumulate {
                running = LaneValue.float(at: destination.base + row * destination.rowStrideBytes, destination.type)
                isStarted = true
            }
            var column = 0
            while column < body.columns {
                let count = min(LaneScratch.lanes, body.columns - column)
                let values = source.floats(row: row, column: column, count: count, buffer: scratch.first)
                for index in 0..<count {
                    running = isStarted ? Self.reduced(body.operation, running, values[index]) : values[index]
                    isStarted = true
                }
                column += count
            }
            LaneValue.store(running, at: destination.base + row * destination.rowStrideBytes, destination.type)
        }
    }

    private func reduceIntegerColumns(_ body: VectorReduce, _ destination: LaneMatrix, _ source: LaneMatrix) {
        let size = source.type.sizeBytes
        for row in 0..<body.rows {
            let to = destination.base + row * destination.rowStrideBytes
            var running: Int32 = 0
            var isStarted = body.operation == .sum
            if body.accumulate {
                running = Self.integer(at: to, destination.type)
                isStarted = true
            }
            for column in 0..<body.columns {
                let value = LaneValue.integer(at: source.base + row * source.rowStrideBytes + column * size, source.type)
                running = isStarted ? Self.reduced(body.operation, running, value) : value
                isStarted = true
            }
            LaneValue.store(running, at: to, destination.type)
        }
    }

    private func reduceRows(_ body: VectorReduce, _ destination: LaneMatrix, _ source: LaneMatrix) {
        var column = 0
        while column < body.columns {
            let count = min(LaneScratch.lanes, body.columns - column)
            var firstRow = 0
            if body.accumulate {
                let old = destination.floats(row: 0, column: column, count: count, buffer: scratch.first)
                scratch.result.update(from: old, count: count)
            } else if body.operation == .sum {
                scratch.result.update(repeating: 0, count: count)
            } else {
                scratch.result.update(
                    from: source.floats(row: 0, column: column, count: count, buffer: scratch.first), count: count)
                firstRow = 1
            }
            for row in firstRow..<body.rows {
                let values = source.floats(row: row, column: column, count: count, buffer: scratch.first)
                Self.reduce(body.operation, scratch.result, values, count)
            }
            destination.store(UnsafePointer(scratch.result), row: 0, column: column, count: count)
            column += count
        }
    }

    private func reduceIntegerRows(_ body: VectorReduce, _ destination: LaneMatrix, _ source: LaneMatrix) {
        let size = source.type.sizeBytes
        for column in 0..<body.columns {
            let to = destination.base + column * destination.type.sizeBytes
            var running: Int32 = 0
            var isStarted = body.operation == .sum
            if body.accumulate {
                running = Self.integer(at: to, destination.type)
                isStarted = true
            }
            for row in 0..<body.rows {
                let value = LaneValue.integer(at: source.base + row * source.rowStrideBytes + column * size, source.type)
                running = isStarted ? Self.reduced(body.operation, running, value) : value
                isStarted = true
            }
            LaneValue.store(running, at: to, destination.type)
        }
    }

    /// The old value of an integer reduction; a float destination is truncated.
    private static func integer(at address: UnsafeMutableRawPointer, _ type: MachineType) -> Int32 {
        type.isFloatingPoint
            ? LaneValue.truncated(LaneValue.float(at: address, type)) : LaneValue.integer(at: address, type)
    }

    @inline(__always)
    private static func reduced(_ operation: VectorReduce.Operation, _ running: Float, _ value: Float) -> Float {
        switch operation {
        case .sum: running + value
        case .maximum: LaneValue.maximum(running, value)
        case .minimum: LaneValue.minimum(running, value)
        }
    }

    private static func reduced(_ operation: VectorReduce.Operation, _ running: Int32, _ value: Int32) -> Int32 {
        switch operation {
        case .sum: running &+ value
        case .maximum: max(running, value)
        case .minimum: min(running, value)
        }
    }

    private static func reduce(
        _ operation: VectorReduce.Operation, _ running: UnsafeMutablePointer<Float>, _ values: UnsafePointer<Float>,
        _ count: Int
    ) {
        switch operation {
        case .sum: for i in 0..<count { running[i] = running[i] + values[i] }
        case .maximum: for i in 0..<count { running[i] = LaneValue.maximum(running[i], values[i]) }
        case .minimum: for i in 0..<count { running[i] = LaneValue.minimum(running[i], values[i]) }
        }
    }
}
