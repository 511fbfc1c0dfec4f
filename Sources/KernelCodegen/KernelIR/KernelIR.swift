import Machine

/// A kernel before it is unrolled: tile buffers, and loops over actions that copy tiles, multiply them and compute on their lanes.
///
/// The program order of the text is the program order of the machine code. Nothing says what may overlap: units run ahead of one another as far as the data allows,
/// because every buffer has as many slots as tiles shall be in flight, and semaphores are inserted from what the instructions touch. An action whose count is 0 or less
/// does nothing, so that clamped edges and halos need no branches.
package struct KernelIR: Hashable, Sendable {
    package var buffers: [TileBuffer]
    package var body: [KernelStatement]
    /// Names of the loop variables, by number.
    package var variableNames: [String]

    package init(buffers: [TileBuffer] = [], body: [KernelStatement] = [], variableNames: [String] = []) {
        self.buffers = buffers
        self.body = body
        self.variableNames = variableNames
    }

    /// Where each buffer stands: workspace bytes (aligned to 64), or rows of the accumulators; and what that takes in all.
    package var layout: (bases: [Int], workspaceBytes: Int, accumulatorRows: Int) {
        var bases: [Int] = []
        var (bytes, rows) = (0, 0)
        for buffer in buffers {
            switch buffer.space {
            case .workspace:
                bases.append(bytes)
                bytes += buffer.slots * buffer.slotSize
            case .accumulator:
                bases.append(rows)
                rows += buffer.slots * buffer.slotSize
            }
        }
        return (bases, bytes, rows)
    }
}

/// A place for tiles: `slots` of them, so that one can be filled while another is read.
package struct TileBuffer: Hashable, Sendable {
    package var name: String
    package var space: LaneOperand.Space
    package var slots: Int
    /// Bytes in the workspace, a multiple of 64; rows in the accumulators.
    package var slotSize: Int
}

/// Names a buffer of one kernel by its place in `KernelIR.buffers`.
package struct BufferID: Hashable, Sendable {
    package let index: Int
}

/// A loop or an action of a kernel.
package indirect enum KernelStatement: Hashable, Sendable {
    case loop(KernelLoop)
    /// Vector and array actions run on the core; copies ignore it.
    case perform(KernelAction<Index>, core: Index)
}

/// Runs its body with variable = 0, 1, … count − 1.
package struct KernelLoop: Hashable, Sendable {
    package var variable: Int
    package var count: Index
    package var body: [KernelStatement]
}
