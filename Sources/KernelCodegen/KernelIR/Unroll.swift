import Machine

extension KernelIR {
    /// The machine instructions in program order, without semaphores and `halt`, and which loops they came from. Linear in their number.
    package func unrolled() -> (instructions: [IssuedInstruction], loops: UnrolledLoops) {
        var unroller = Unroller(self)
        unroller.run()
        return (unroller.instructions, unroller.loops)
    }
}

/// Where the iterations of each loop begin in the instructions that it became; a loop before those inside it.
package struct UnrolledLoops: Sendable {
    private var places: [Int] = []
    private var ranges: [Range<Int>] = []

    package var count: Int { ranges.count }

    /// Where each iteration of a loop begins, and where the last one ends.
    package func starts(_ loop: Int) -> ArraySlice<Int> { places[ranges[loop]] }

    /// Notes a loop; `mark` says where its iterations begin.
    fileprivate mutating func append(iterations: Int, at place: Int) -> Int {
        ranges.append(places.count..<places.count + iterations + 1)
        places += repeatElement(place, count: iterations + 1)
        return ranges.count - 1
    }

    fileprivate mutating func mark(_ loop: Int, iteration: Int, at place: Int) { places[ranges[loop].lowerBound + iteration] = place }
}

/// The IR with its expressions replaced by places in a table of values.
private indirect enum CompiledStatement {
    case loop(variable: Int, node: Int, count: Int, body: [CompiledStatement])
    case perform(KernelAction<Int>, core: Int)
}

private struct Unroller {
    private(set) var instructions: [IssuedInstruction] = []
    private(set) var loops = UnrolledLoops()
    private let layout: TileLayout
    private var table: IndexTable
    private var body: [CompiledStatement] = []
    private var values: [Int] = []

    init(_ kernel: KernelIR) {
        layout = TileLayout(
            bases: kernel.layout.bases, slotSizes: kernel.buffers.map(\.slotSize), spaces: kernel.buffers.map(\.space))
        var depths = Array(repeating: 0, count: kernel.variableNames.count)
        Self.collectDepths(kernel.body, 0, &depths)
        table = IndexTable(variableDepths: depths)
        body = compile(kernel.body)
        values = table.initialValues()
    }

    mutating func run() { run(body) }

    private static func collectDepths(_ statements: [KernelStatement], _ depth: Int, _ depths: inout [Int]) {
        for case .loop(let loop) in statements {
            depths[loop.variable] = depth
            collectDepths(loop.body, depth + 1, &depths)
        }
    }

    private mutating func compile(_ statements: [KernelStatement]) -> [CompiledStatement] {
        var compiled: [CompiledStatement] = []
        for statement in statements {
            switch statement {
            case .loop(let loop):
                compiled.append(
                    .loop(
                        variable: loop.variable, node: table.node(variable: loop.variable), count: table.node(loop.count),
                        body: compile(loop.body)))
            case .perform(let action, let core):
                let places = action.map { table.node($0) }
                compiled.append(.perform(places, core: table.node(core)))
            }
        }
        return compiled
    }

    private mutating func run(_ statements: [CompiledStatement]) {
        for statement in statements {
            switch statement {
            case .loop(let variable, let node, let count, let body):
                let iterations = max(values[count], 0)
                let loop = loops.append(iterations: iterations, at: instructions.count)
                for iteration in 0..<iterations {
                    values[node] = iteration
                    table.update(&values, after: variable)
                    run(body)
                    loops.mark(loop, iteration: iteration + 1, at: instructions.count)
                }
            case .perform(let action, let core):
                let numbers = action.map { values[$0] }
                guard let instruction = numbers.instruction(layout) else {
                    precondition(numbers.isEmpty, "the machine has no form of \(numbers)")
                    continue
                }
                let isShared = instruction.unit == .load || instruction.unit == .store
                instructions.append(IssuedInstruction(instruction, core: isShared ? 0 : values[core]))
            }
        }
    }
}
