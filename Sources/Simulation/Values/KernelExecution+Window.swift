import Machine

extension KernelExecution {
    func slide(_ body: VectorWindow) {
        let isInteger = !body.sourceType.isFloatingPoint
        for y in 0..<body.outputRows {
            for x in 0..<body.outputColumns {
                let to =
                    workspace + body.destination.bytes + y * body.destinationRowStrideBytes
                    + x * body.destinationPixelStrideBytes
                let from =
                    workspace + body.source.bytes + y * body.strideY * body.sourceRowStrideBytes
                    + x * body.strideX * body.sourcePixelStrideBytes
                var channel = 0
                while channel < body.channels {
                    let count = min(LaneScratch.lanes, body.channels - channel)
                    if isInteger {
                        slideIntegers(body, from, to, channel: channel, count: count)
                    } else {
                        slideFloats(body, from, to, channel: channel, count: count)
                    }
                    channel += count
                }
            }
        }
    }

    /// One output pixel, `count` channels from `channel` on, in f32.
    private func slideFloats(
        _ body: VectorWindow, _ from: UnsafeMutableRawPointer, _ to: UnsafeMutableRawPointer, channel: Int, count: Int
    ) {
        let destination = vector(to, body.destinationType)
        let running = scratch.result
        if body.accumulate {
            running.update(
                from: destination.floats(row: 0, column: channel, count: count, buffer: scratch.first), count: count)
        } else {
            running.update(repeating: 0, count: count)
        }
        for ky in 0..<body.kernelHeight {
            for kx in 0..<body.kernelWidth {
                let pixel = vector(
                    from + ky * body.dilationY * body.sourceRowStrideBytes + kx * body.dilationX * body.sourcePixelStrideBytes,
                    body.sourceType)
                let values = pixel.floats(row: 0, column: channel, count: count, buffer: scratch.first)
                switch body.operation {
                case .sum: for i in 0..<count { running[i] = running[i] + values[i] }
                case .maximum:
                    if ky == 0 && kx == 0 {
                        running.update(from: values, count: count)
                    } else {
                        for i in 0..<count { running[i] = LaneValue.maximum(running[i], values[i]) }
                    }
                case .multiplyAccumulate:
                    let weights = tap(body, ky, kx).floats(row: 0, column: channel, count: count, buffer: scratch.second)
                    for i in 0..<count { running[i] = running[i] + values[i] * weights[i] }
                }
            }
        }
        destination.store(UnsafePointer(running), row: 0, column: channel, count: count)
    }

    /// The same in i32, wrapping.
    private func slideIntegers(
        _ body: VectorWindow, _ from: UnsafeMutableRawPointer, _ to: UnsafeMutableRawPointer, channel: Int, count: Int
    ) {
        let destination = vector(to, body.destinationType)
        let running = scratch.resultInteger
        for i in 0..<count {
            let address = to + (channel + i) * body.destinationType.sizeBytes
            running[i] =
                !body.accumulate
                ? 0
                : body.destinationType.isFloatingPoint
                    ? LaneValue.truncated(LaneValue.float(at: address, body.destinationType))
                    : LaneValue.integer(at: address, body.destinationType)
        }
        for ky in 0..<body.kernelHeight {
            for kx in 0..<body.kernelWidth {
                let pixel = vector(
                    from + ky * body.dilationY * body.sourceRowStrideBytes + kx * body.dilationX * body.sourcePixelStrideBytes,
                    body.sourceType)
                let values = pixel.integers(row: 0, column: channel, count: count, buffer: scratch.firstInteger)
                switch body.operation {
                case .sum: for i in 0..<count { running[i] = running[i] &+ values[i] }
                case .maximum:
                    let isFirst = ky == 0 && kx == 0
                    for i in 0..<count { running[i] = isFirst ? values[i] : max(running[i], values[i]) }
                case .multiplyAccumulate:
                    let weights = tap(body, ky, kx)
                        .integers(row: 0, column: channel, count: count, buffer: scratch.secondInteger)
                    for i in 0..<count { running[i] = running[i] &+ values[i] &* weights[i] }
                }
            }
        }
        destination.store(UnsafePointer(running), row: 0, column: channel, count: count)
    }

    /// The weights of one place of the window.
    private func tap(_ body: VectorWindow, _ ky: Int, _ kx: Int) -> LaneMatrix {
        vector(
            workspace + body.weights.bytes + (ky * body.kernelWidth + kx) * body.channels * body.sourceType.sizeBytes,
            body.sourceType)
    }

    /// A single row of lanes.
    private func vector(_ base: UnsafeMutableRawPointer, _ type: MachineType) -> LaneMatrix {
        LaneMatrix(base: base, rowStrideBytes: 0, type: type, isPerRow: false)
    }
}
