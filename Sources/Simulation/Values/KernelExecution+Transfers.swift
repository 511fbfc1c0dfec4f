import Machine

extension KernelExecution {
    func load(_ geometry: TransferGeometry) {
        transfer(geometry) { operand, workspace in workspace.copyMemory(from: operand, byteCount: geometry.runBytes) }
    }

    func store(_ geometry: TransferGeometry) {
        transfer(geometry) { operand, workspace in operand.copyMemory(from: workspace, byteCount: geometry.runBytes) }
    }

    /// Calls `move` with the two ends of every run.
    private func transfer(
        _ geometry: TransferGeometry, _ move: (UnsafeMutableRawPointer, UnsafeMutableRawPointer) -> Void
    ) {
        let operand = operands[geometry.operand] + geometry.offsetBytes
        let local = workspace + geometry.address.bytes
        for outer in 0..<geometry.outer.count {
            var from = operand + outer * geometry.outer.operandStrideBytes
            var to = local + outer * geometry.outer.workspaceStrideBytes
            for _ in 0..<geometry.inner.count {
                move(from, to)
                from += geometry.inner.operandStrideBytes
                to += geometry.inner.workspaceStrideBytes
            }
        }
    }

    func load(_ geometry: LookupGeometry) throws(SimulationError) {
        try lookUp(geometry) { operand, workspace in workspace.copyMemory(from: operand, byteCount: geometry.runBytes) }
    }

    func store(_ geometry: LookupGeometry) throws(SimulationError) {
        try lookUp(geometry) { operand, workspace in operand.copyMemory(from: workspace, byteCount: geometry.runBytes) }
    }

    /// Calls `move` with the slice that each integer names and its run of the workspace.
    private func lookUp(
        _ geometry: LookupGeometry, _ move: (UnsafeMutableRawPointer, UnsafeMutableRawPointer) -> Void
    ) throws(SimulationError) {
        let operand = operands[geometry.operand] + geometry.offsetBytes
        let local = workspace + geometry.address.bytes
        let indices = workspace + geometry.indices.bytes
        for number in 0..<geometry.count {
            let place = indices + number * geometry.indexWidth.bytes
            let index =
                switch geometry.indexWidth {
                case .four: Int(place.load(as: Int32.self))
                case .eight: Int(place.load(as: Int64.self))
                }
            guard (-geometry.slices..<geometry.slices).contains(index) else {
                throw .lookup(index: index, slices: geometry.slices)
            }
            let slice = index < 0 ? index + geometry.slices : index
            let distance = slice * geometry.operandStrideBytes + number * geometry.operandAdvanceBytes
            move(operand + distance, local + number * geometry.workspaceStrideBytes)
        }
    }

    func fill(_ body: Fill) {
        for row in 0..<body.rows {
            let start = workspace + body.destination.bytes + row * body.rowStrideBytes
            switch body.type.sizeBytes {
            case 1:
                start.assumingMemoryBound(to: UInt8.self)
                    .update(repeating: UInt8(truncatingIfNeeded: body.value), count: body.rowBytes)
            case 2:
                start.assumingMemoryBound(to: UInt16.self)
                    .update(repeating: UInt16(truncatingIfNeeded: body.value), count: body.rowBytes / 2)
            default:
                start.assumingMemoryBound(to: UInt32.self).update(repeating: body.value, count: body.rowBytes / 4)
            }
        }
    }

    func copy(_ body: VectorCopy) {
        switch body.elementSize {
        case .one: copy(body, UInt8.self)
        case .two: copy(body, UInt16.self)
        case .four: copy(body, UInt32.self)
        }
    }

    private func copy<Element>(_ body: VectorCopy, _ type: Element.Type) {
        for outer in 0..<body.outer.count {
            for middle in 0..<body.middle.count {
                var from =
                    workspace + body.source.bytes + outer * body.outer.sourceStrideBytes
                    + middle * body.middle.sourceStrideBytes
                var to =
                    workspace + body.destination.bytes + outer * body.outer.destinationStrideBytes
                    + middle * body.middle.destinationStrideBytes
                for _ in 0..<body.inner.count {
                    to.storeBytes(of: from.load(as: type), as: type)
                    from += body.inner.sourceStrideBytes
                    to += body.inner.destinationStrideBytes
                }
            }
        }
    }

    func select(_ body: VectorSelect, core: Int) {
        switch body.type.sizeBytes {
        case 1: select(body, UInt8.self)
        case 2: select(body, UInt16.self)
        default: select(body, UInt32.self)
        }
    }

    private func select<Element>(_ body: VectorSelect, _ type: Element.Type) {
        let size = MemoryLayout<Element>.size
        for row in 0..<body.rows {
            let to = workspace + body.destination.bytes + row * body.destinationRowStrideBytes
            let first = workspace + body.first.bytes + row * body.firstRowStrideBytes
            let second = workspace + body.second.bytes + row * body.secondRowStrideBytes
            let condition = workspace + body.condition.bytes + row * body.conditionRowStrideBytes
            for column in 0..<body.columns {
                let test = condition + (body.conditionPerRow ? 0 : column * body.conditionType.sizeBytes)
                let from =
                    Self.isTrue(test, body.conditionType)
                    ? first + (body.firstPerRow ? 0 : column * size) : second + (body.secondPerRow ? 0 : column * size)
                (to + column * size).storeBytes(of: from.load(as: type), as: type)
            }
        }
    }

    /// Whether an element is not 0; −0 is 0, a NaN is not.
    private static func isTrue(_ element: UnsafeMutableRawPointer, _ type: MachineType) -> Bool {
        switch type {
        case .i8, .u8: element.load(as: UInt8.self) != 0
        case .i16: element.load(as: UInt16.self) != 0
        case .i32: element.load(as: UInt32.self) != 0
        case .f16, .bf16: element.load(as: UInt16.self) & 0x7FFF != 0
        case .f32: element.load(as: UInt32.self) & 0x7FFF_FFFF != 0
        }
    }
}
