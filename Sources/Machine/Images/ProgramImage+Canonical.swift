import Basics

extension Binding: CanonicalCodable {
    package func encode(into encoder: inout CanonicalEncoder) {
        encoder.append(space.rawValue)
        encoder.append(address)
        encoder.append(bytes)
    }

    package init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) {
        guard let space = MemorySpace(rawValue: try decoder.uint8()) else {
            throw .invalid("memory space", at: decoder.position - 1)
        }
        self.init(space: space, address: try decoder.int(), bytes: try decoder.int())
        // Sums of two such numbers cannot overflow.
        let limit = 0...(1 << 48)
        guard limit.contains(address), limit.contains(bytes) else { throw .invalid("binding", at: decoder.position - 16) }
    }
}

extension PlacedTensor: CanonicalCodable {
    package func encode(into encoder: inout CanonicalEncoder) {
        encoder.append(elementType)
        encoder.append(shape)
        encoder.append(binding)
    }

    package init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) {
        self.init(
            elementType: try ElementType(from: &decoder), shape: try decoder.array(of: Int.self),
            binding: try Binding(from: &decoder))
    }
}

extension KernelStep: CanonicalCodable {
    package func encode(into encoder: inout CanonicalEncoder) {
        encoder.append(kernel)
        encoder.append(bindings)
        encoder.append(workspaceBase)
    }

    package init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) {
        self.init(
            kernel: try decoder.int(), bindings: try decoder.array(of: Binding.self), workspaceBase: try decoder.int())
    }
}

extension HostStep: CanonicalCodable {
    package func encode(into encoder: inout CanonicalEncoder) {
        encoder.append(operation)
        encoder.append(attributes)
        encoder.append(inputs)
        encoder.append(results)
    }

    package init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) {
        self.init(
            operation: try decoder.string(), attributes: try decoder.string(),
            inputs: try decoder.array(of: PlacedTensor.self), results: try decoder.array(of: PlacedTensor.self))
    }
}

extension ProgramStep: CanonicalCodable {
    package func encode(into encoder: inout CanonicalEncoder) {
        switch self {
        case .kernel(let step):
            encoder.append(0 as UInt8)
            encoder.append(step)
        case .host(let step):
            encoder.append(1 as UInt8)
            encoder.append(step)
        }
    }

    package init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) {
        switch try decoder.uint8() {
        case 0: self = .kernel(try KernelStep(from: &decoder))
        case 1: self = .host(try HostStep(from: &decoder))
        default: throw .invalid("program step", at: decoder.position - 1)
        }
    }
}

extension MemoryPlan: CanonicalCodable {
    package func encode(into encoder: inout CanonicalEncoder) {
        encoder.append(dramBytes)
        encoder.append(sramBytes)
    }

    package init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) {
        self.init(dramBytes: try decoder.int(), sramBytes: try decoder.int())
    }
}

extension ProgramNames: CanonicalCodable {
    package func encode(into encoder: inout CanonicalEncoder) {
        encoder.append(steps)
        encoder.append(inputs)
        encoder.append(outputs)
    }

    package init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) {
        self.init(
            steps: try decoder.array(of: String.self), inputs: try decoder.array(of: String.self),
            outputs: try decoder.array(of: String.self))
    }
}

/// The program section of an image.
struct ProgramSection: CanonicalCodable {
    var memory: MemoryPlan
    var constantBytes: Int
    var steps: [ProgramStep]
    var inputs: [PlacedTensor]
    var outputs: [PlacedTensor]

    init(_ image: ProgramImage) {
        memory = image.memory
        constantBytes = image.constantBytes
        steps = image.steps
        inputs = image.inputs
        outputs = image.outputs
    }

    func encode(into encoder: inout CanonicalEncoder) {
        encoder.append(memory)
        encoder.append(constantBytes)
        encoder.append(steps)
        encoder.append(inputs)
        encoder.append(outputs)
    }

    init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) {
        memory = try MemoryPlan(from: &decoder)
        constantBytes = try decoder.int()
        steps = try decoder.array(of: ProgramStep.self)
        inputs = try decoder.array(of: PlacedTensor.self)
        outputs = try decoder.array(of: PlacedTensor.self)
    }
}
