import Machine
import TensorIR

/// Turns indices into bindings.
struct Binder {
    private let request: LinkRequest
    private let plan: ActivationPlan
    private(set) var constants: ConstantSegment
    private(set) var kernels: KernelTable
    /// The next scratch value of the plan.
    private var scratch: Int

    init(_ request: LinkRequest, _ plan: ActivationPlan) {
        self.request = request
        self.plan = plan
        constants = ConstantSegment(request.constants)
        kernels = KernelTable(request.kernels)
        scratch = request.values.count
    }

    mutating func bindSteps() throws(LinkError) -> [ProgramStep] {
        var steps: [ProgramStep] = []
        steps.reserveCapacity(request.steps.count)
        for (index, step) in request.steps.enumerated() {
            switch step.work {
            case .kernel(let kernel): steps.append(.kernel(try bind(step, at: index, kernel: kernel)))
            case .host(let operation, let attributes):
                var (inputs, results): ([PlacedTensor], [PlacedTensor]) = ([], [])
                for operand in step.operands { inputs.append(try tensor(operand)) }
                for value in step.results { results.append(try tensor(.value(value))) }
                steps.append(
                    .host(HostStep(operation: operation, attributes: attributes, inputs: inputs, results: results)))
            }
        }
        return steps
    }

    mutating func bindInputs() throws(LinkError) -> [PlacedTensor] {
        var tensors: [PlacedTensor] = []
        for port in request.inputs { tensors.append(try tensor(port.operand)) }
        for state in request.states { tensors.append(try tensor(.value(state.current))) }
        return tensors
    }

    mutating func bindOutputs() throws(LinkError) -> [PlacedTensor] {
        var tensors: [PlacedTensor] = []
        for port in request.outputs { tensors.append(try tensor(port.operand)) }
        for state in request.states { tensors.append(try tensor(.value(state.next))) }
        return tensors
    }

    private mutating func bind(_ step: LinkStep, at index: Int, kernel: Int) throws(LinkError) -> KernelStep {
        let object = request.kernels[kernel]
        let reads = object.operands.count { $0.role == .read }
        let writes = object.operands.count { $0.role == .written }
        guard step.operands.count == reads else {
            throw .malformed(.operandCount(step: index, expected: reads, found: step.operands.count))
        }
        guard step.results.count == writes else {
            throw .malformed(.resultCount(step: index, expected: writes, found: step.results.count))
        }
        var (nextOperand, nextResult) = (0, 0)
        var bindings: [Binding] = []
        bindings.reserveCapacity(object.operands.count)
        for (number, operand) in object.operands.enumerated() {
            let binding: Binding
            switch operand.role {
            case .read:
                binding = try bind(step.operands[nextOperand])
                nextOperand += 1
            case .written:
                binding = try bind(.value(step.results[nextResult]))
                nextResult += 1
            case .scratch:
                binding = self.binding(of: plan.placements[scratch])
                scratch += 1
            }
            guard binding.bytes >= operand.bytes else {
                throw .malformed(
                    .operandTooSmall(step: index, operand: number, needed: operand.bytes, found: binding.bytes))
            }
            bindings.append(binding)
        }
        return KernelStep(kernel: kernels.index(of: kernel), bindings: bindings, workspaceBase: plan.workspaceBases[index])
    }

    private mutating func bind(_ operand: LinkOperand) throws(LinkError) -> Binding {
        switch operand {
        case .constant(let constant): return try constants.bind(constant)
        case .value(let value):
            guard request.values.indices.contains(value) else { throw .malformed(.unknownValue(value)) }
            return binding(of: plan.placements[value])
        }
    }

    private func binding(of placement: Placement) -> Binding {
        Binding(
            space: placement.space == .sram ? .sram : .dram, address: placement.address, bytes: placement.sizeBytes)
    }

    /// A place with its type, for the host and for the caller.
    private mutating func tensor(_ operand: LinkOperand) throws(LinkError) -> PlacedTensor {
        let binding = try bind(operand)
        let type: TensorType
        switch operand {
        case .value(let value): type = request.values[value].type
        case .constant(let constant):
            guard let known = request.constants[constant].type, known.sizeBytes == binding.bytes else {
                throw .malformed(.untypedConstant(constant))
            }
            type = known
        }
        guard isRowMajor(type) else { throw .malformed(.notRowMajor(type)) }
        return PlacedTensor(elementType: type.element, shape: type.shape, binding: binding)
    }

    /// Whether the elements stand in row-major order of the shape; dimensions of extent 1 may stand anywhere.
    private func isRowMajor(_ type: TensorType) -> Bool {
        let order = type.layout.storageOrder(rank: type.rank).filter { type.shape[$0] != 1 }
        return order == order.sorted()
    }
}
