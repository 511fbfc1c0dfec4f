import Basics
import Machine

/// Builds kernel IR: buffers first, then statements in program order.
package struct KernelBuilder {
    package private(set) var kernel = KernelIR()
    /// The core that array and vector actions run on from here.
    package var core: Index = 0
    private var open: [[KernelStatement]] = [[]]

    package init() {}

    /// The kernel with everything built so far.
    package var finished: KernelIR {
        var kernel = kernel
        kernel.body = open[0]
        return kernel
    }

    /// A workspace buffer; slots are rounded up to 64 bytes.
    package mutating func buffer(_ name: String, slots: Int = 1, bytes: Int) -> BufferID {
        kernel.buffers.append(
            TileBuffer(name: name, space: .workspace, slots: slots, slotSize: (max(bytes, 1) + 63) & ~63))
        return BufferID(index: kernel.buffers.count - 1)
    }

    /// Accumulator rows.
    package mutating func accumulators(_ name: String, slots: Int, rows: Int) -> BufferID {
        kernel.buffers.append(TileBuffer(name: name, space: .accumulator, slots: slots, slotSize: rows))
        return BufferID(index: kernel.buffers.count - 1)
    }

    /// A loop; one that runs once leaves its body alone.
    package mutating func loop(
        _ name: String, _ count: Index, _ body: (inout KernelBuilder, Index) throws(Diagnostic) -> Void
    ) throws(Diagnostic) {
        if count == 1 { return try body(&self, 0) }
        let variable = kernel.variableNames.count
        kernel.variableNames.append(uniqueName(name))
        open.append([])
        try body(&self, .variable(variable))
        let statements = open.removeLast()
        append(.loop(KernelLoop(variable: variable, count: count, body: statements)))
    }

    private func uniqueName(_ name: String) -> String {
        guard kernel.variableNames.contains(name) else { return name }
        var number = 2
        while kernel.variableNames.contains("\(name)\(number)") { number += 1 }
        return "\(name)\(number)"
    }

    /// Appends an action; one whose count is a constant 0 is left out when it is unrolled.
    package mutating func perform(_ action: KernelAction<Index>) {
        append(.perform(action, core: core))
    }

    private mutating func append(_ statement: KernelStatement) { open[open.count - 1].append(statement) }
}

extension BufferID {
    /// A place in one slot of the buffer.
    package func at(_ slot: Index = 0, _ offset: Index = 0) -> TileAddress<Index> {
        TileAddress(buffer: self, slot: slot, offset: offset)
    }
}

extension TileAddress where Number == Index {
    package func advanced(by distance: Index) -> TileAddress {
        TileAddress(buffer: buffer, slot: slot, offset: offset + distance)
    }
}

extension LaneTile where Number == Index {
    package init(_ address: TileAddress<Index>, _ type: MachineType, rowStride: Index, perRow: Bool = false) {
        self.init(address: address, type: type, rowStride: rowStride, perRow: perRow)
    }
}

extension TransferLevel where Number == Index {
    package static var none: TransferLevel { TransferLevel(count: 1, far: 0, near: 0) }
}
