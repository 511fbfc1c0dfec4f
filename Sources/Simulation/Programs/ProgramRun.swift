import Basics
import Machine
import Synchronization

/// One run of a program, step by step: inputs in, each step executed or its stored results put in place, outputs out.
///
/// Steps must be taken in order; each either `execute`d or `adopt`ed. A lock makes a run safe to hand between tasks; it does not make steps parallel.
package final class ProgramRun: Sendable {
    private struct State {
        let machine: ValueMachine
        /// Contents known by fingerprint, until something is written there.
        var known: [Binding: Fingerprint] = [:]

        mutating func forget(_ places: [Binding]) {
            for place in places {
                known = known.filter { $0.key.space != place.space || !$0.key.range.overlaps(place.range) }
            }
        }
    }

    package let program: PreparedProgram
    private let state: Mutex<State>

    package init(_ program: PreparedProgram) {
        self.program = program
        let image = program.image
        state = Mutex(
            State(
                machine: ValueMachine(
                    limits: program.limits, memory: image.memory, constants: image.constants, constantBytes: image.constantBytes)))
    }

    /// Puts the inputs in place, in the program's order.
    package func begin(inputs: [[UInt8]]) throws(SimulationError) {
        let places = program.image.inputs
        guard inputs.count == places.count else { throw .inputCount(expected: places.count, actual: inputs.count) }
        for (index, place) in places.enumerated() where place.densePlace.bytes != inputs[index].count {
            throw .tensorSize(
                name: program.image.names.inputs[index], expectedBytes: place.densePlace.bytes, actualBytes: inputs[index].count)
        }
        try write(inputs, to: places.map(\.densePlace))
    }

    /// What the step's results depend on, contents as they are now.
    package func work(ofStep index: Int) throws(SimulationError) -> StepWork {
        let places = program.steps[index]
        return try state.withLock { (state) throws(SimulationError) in
            var operands: [Fingerprint] = []
            for place in places.reads {
                if let known = state.known[place] {
                    operands.append(known)
                    continue
                }
                let fingerprint = try state.machine.withBytes(of: place) { Fingerprint(hashing: $0) }
                state.known[place] = fingerprint
                operands.append(fingerprint)
            }
            return StepWork(operation: places.operation, operands: operands)
        }
    }

    /// Executes the step and gives the contents of what it wrote, in operand order.
    package func execute(step index: Int, host: HostExecutor) throws(SimulationError) -> [[UInt8]] {
        switch program.image.steps[index] {
        case .kernel(let step):
            try state.withLock { (state) throws(SimulationError) in
                let prepared = program.kernels[step.kernel]
                try state.machine.run(prepared, bindings: step.bindings, workspaceBase: step.workspaceBase)
                let workspace = Binding(space: .sram, address: step.workspaceBase, bytes: prepared.kernel.workspaceBytes)
                let overwritten = zip(prepared.kernel.operands, step.bindings).filter { $0.0.role != .read }.map(\.1)
                state.forget([workspace] + overwritten)
            }
        case .host(let step):
            let results = try host(step, try read(program.steps[index].reads))
            try check(results, ofStep: index)
            try write(results, to: program.steps[index].writes)
        }
        return try read(program.steps[index].writes)
    }

    /// Puts stored results of the step in place instead of executing it.
    package func adopt(_ results: [[UInt8]], ofStep index: Int) throws(SimulationError) {
        try check(results, ofStep: index)
        try write(results, to: program.steps[index].writes)
    }

    /// The contents of the program's outputs, in order.
    package func outputs() throws(SimulationError) -> [[UInt8]] { try read(program.image.outputs.map(\.densePlace)) }

    private func check(_ results: [[UInt8]], ofStep index: Int) throws(SimulationError) {
        let places = program.steps[index].writes
        guard results.count == places.count else { throw .inputCount(expected: places.count, actual: results.count) }
        for (result, place) in zip(results, places) where result.count != place.bytes {
            throw .tensorSize(
                name: "a result of step \(program.image.names.steps[index])", expectedBytes: place.bytes,
                actualBytes: result.count)
        }
    }

    private func read(_ places: [Binding]) throws(SimulationError) -> [[UInt8]] {
        try state.withLock { (state) throws(SimulationError) in
            var contents: [[UInt8]] = []
            for place in places { contents.append(try state.machine.read(place)) }
            return contents
        }
    }

    private func write(_ contents: [[UInt8]], to places: [Binding]) throws(SimulationError) {
        try state.withLock { (state) throws(SimulationError) in
            for (bytes, place) in zip(contents, places) { try state.machine.write(bytes, to: place) }
            state.forget(places)
        }
    }
}

/// Runs a whole program.
///
/// - Parameter reuse: asked for every step's results, so that a caller can keep them by what they depend on; by default each step is executed.
/// - Returns: the contents of the outputs, in the program's order.
package func runProgram(
    _ program: PreparedProgram, inputs: [[UInt8]], host: @escaping HostExecutor,
    reuse: StepReuse = { (_, _, compute) throws(SimulationError) in try compute() }
) throws(SimulationError) -> [[UInt8]] {
    let run = ProgramRun(program)
    try run.begin(inputs: inputs)
    for index in program.image.steps.indices {
        var isExecuted = false
        let results = try reuse(index, try run.work(ofStep: index)) { () throws(SimulationError) in
            isExecuted = true
            return try run.execute(step: index, host: host)
        }
        if !isExecuted { try run.adopt(results, ofStep: index) }
    }
    return try run.outputs()
}
