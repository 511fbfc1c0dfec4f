import Basics
import Machine

extension Diagnostic {
    /// A request that contradicts itself.
    static func malformed(_ reason: String) -> Diagnostic {
        .ownFault(.malformedRequest, "a kernel request is malformed: \(reason)")
    }

    /// Something that the machine has no form for.
    static func unsupported(_ reason: String, help: String? = nil) -> Diagnostic {
        Diagnostic(.unsupportedGeometry, reason, help: help)
    }

    /// Nothing fits.
    static func tooSmall(_ what: String, _ target: TargetView) -> Diagnostic {
        Diagnostic(
            .memoryTooSmall, "\(what) does not fit the target, not even in the smallest tiles",
            notes: [
                "scratchpad_bytes = \(target.scratchpadBytes), of which a kernel may use half",
                "accumulator_bytes = \(target.accumulatorBytes)",
            ], help: "raise scratchpad_bytes or accumulator_bytes of the target")
    }
}

extension KernelRequest {
    /// Throws for a request that names operands, values or dimensions that it does not have.
    func check() throws(Diagnostic) {
        for operand in operands where operand.dimensions.contains(where: { $0 < 1 }) { throw .malformed("an empty operand") }
        guard operands.count <= KernelObject.maximumOperands else { throw .malformed("\(operands.count) operands") }
        guard domain.allSatisfy({ $0 >= 1 }) else { throw .malformed("an empty domain") }
        try check(program, over: domain)
        if case .attention(let attention) = root {
            guard !attention.scores.steps.isEmpty else { throw .malformed("an attention without scores") }
            try check(attention.scores, over: attention.scoresDomain)
        }
        for output in program.outputs {
            guard program.steps.indices.contains(output.value.index) else { throw .malformed("an output of no step") }
            try check(output.access, of: output.operand, over: domain, writes: true)
        }
        if root.isWhole { return }
        guard !program.outputs.isEmpty else { throw .malformed("no result") }
    }

    private func check(_ program: LaneProgram, over domain: [Int]) throws(Diagnostic) {
        for (index, step) in program.steps.enumerated() {
            for value in step.inputs where value.index < 0 || value.index >= index { throw .malformed("step \(index) reads a later one") }
            switch step {
            case .operand(let number, let access): try check(access, of: number, over: domain, writes: false)
            case .root: if case .lanes = root { throw .malformed("lanes have no root") }
            default: break
            }
        }
    }

    private func check(_ access: LaneAccess, of number: Int, over domain: [Int], writes: Bool) throws(Diagnostic) {
        guard operands.indices.contains(number) else { throw .malformed("operand \(number) does not exist") }
        guard (operands[number].kind == .result) == writes else { throw .malformed("operand \(number) is read or written wrongly") }
        guard access.strides.count == domain.count else { throw .malformed("an access of operand \(number) has not the domain's rank") }
        guard domain.isEmpty || domain[domain.count - 1] == 1 || (0...1).contains(access.strides[access.strides.count - 1]) else {
            throw .malformed("columns of operand \(number) are no neighbours")
        }
        let last = zip(access.strides, domain).reduce(access.offset) { $0 + max(0, $1.0 * ($1.1 - 1)) }
        let first = zip(access.strides, domain).reduce(access.offset) { $0 + min(0, $1.0 * ($1.1 - 1)) }
        guard first >= 0, last < operands[number].elementCount else {
            throw .malformed("an access of operand \(number) leaves it (\(first)...\(last) of \(operands[number].elementCount))")
        }
    }

    /// The machine's type of an operand. Throws for i64 and f64, and for floats on an integer machine.
    func machineType(of number: Int, _ target: TargetView) throws(Diagnostic) -> MachineType {
        guard operands.indices.contains(number) else { throw .malformed("operand \(number) does not exist") }
        let element = operands[number].element
        guard let type = MachineType(element) else {
            throw Diagnostic(
                .noUnitForElement, "no unit of the machine computes with \(element.name)",
                help: "cast to f32 or i32 before, or leave the operator to the host")
        }
        return type
    }
}

extension TargetView {
    /// Throws when lanes are not computed in floats here.
    func requireFloatLanes() throws(Diagnostic) {
        guard computesFloats else {
            throw Diagnostic(
                .floatOnIntegerMachine, "the target computes integers only, and this kernel computes floats",
                notes: ["vector_float = 0"],
                help: "set precision = \"int8\" for this model, or choose a target with vector_float = 1")
        }
    }

    /// Cycles that a row of activations of a type occupies the array; throws where the arrays do not multiply it.
    func requiredMacCycles(_ type: MachineType) throws(Diagnostic) -> Int {
        guard let cycles = macCycles(type) else {
            throw Diagnostic(
                .floatOnIntegerMachine, "the target's arrays do not multiply \(type.name)",
                help: "set precision to a type that the target multiplies, or choose another target")
        }
        return cycles
    }
}
