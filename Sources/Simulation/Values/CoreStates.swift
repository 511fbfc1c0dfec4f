import Machine

/// Accumulators and weight planes of all cores. Rows are padded to whole groups of 16 words, so that the inner loops never need a tail load.
final class CoreStates {
    /// Words from row to row, of accumulators and planes alike.
    let rowWords: Int
    let accumulatorRows: Int
    private let accumulators: UnsafeMutableBufferPointer<UInt32>
    private let planes: UnsafeMutableBufferPointer<UInt32>
    private let planeWords: Int
    private var states: [PlaneState]
    /// Room for the packed weights of one `matmul_os`.
    let packed: UnsafeMutableBufferPointer<UInt32>
    static let packedDepth = 1024

    private struct PlaneState {
        var active = 0
        var isShadowFilled = false
    }

    init(_ limits: KernelLimits) {
        rowWords = (limits.arrayColumns + 15) / 16 * 16
        accumulatorRows = limits.accumulatorRows
        planeWords = limits.arrayRows * rowWords
        accumulators = .allocate(capacity: limits.cores * limits.accumulatorRows * rowWords)
        accumulators.initialize(repeating: 0)
        planes = .allocate(capacity: limits.cores * 2 * planeWords)
        planes.initialize(repeating: 0)
        packed = .allocate(capacity: Self.packedDepth * rowWords)
        packed.initialize(repeating: 0)
        states = Array(repeating: PlaneState(), count: limits.cores)
    }

    deinit {
        accumulators.deallocate()
        planes.deallocate()
        packed.deallocate()
    }

    /// The first word of an accumulator row of `core`; the row was checked against `accumulatorRows`.
    func accumulator(core: Int, row: Int) -> UnsafeMutablePointer<UInt32> {
        guard let base = accumulators.baseAddress else { preconditionFailure("a machine has accumulators") }
        return base + (core * accumulatorRows + row) * rowWords
    }

    /// The shadow plane, to be filled; marks it as filled.
    func shadowPlane(core: Int) -> UnsafeMutablePointer<UInt32> {
        states[core].isShadowFilled = true
        return plane(core: core, 1 - states[core].active)
    }

    /// The plane a matmul multiplies with: swapped first when the shadow plane was filled.
    func activePlane(core: Int) -> UnsafeMutablePointer<UInt32> {
        if states[core].isShadowFilled {
            states[core].active = 1 - states[core].active
            states[core].isShadowFilled = false
        }
        return plane(core: core, states[core].active)
    }

    /// Words of one plane.
    var planeCapacity: Int { planeWords }

    /// Forgets what a previous kernel left: accumulators and planes are zero when a kernel starts.
    func reset() {
        accumulators.update(repeating: 0)
        planes.update(repeating: 0)
        for core in states.indices { states[core] = PlaneState() }
    }

    private func plane(core: Int, _ number: Int) -> UnsafeMutablePointer<UInt32> {
        guard let base = planes.baseAddress else { preconditionFailure("a machine has weight planes") }
        return base + (2 * core + number) * planeWords
    }
}
