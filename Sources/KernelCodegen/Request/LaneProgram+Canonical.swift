import Basics
import Machine

extension LaneAccess: CanonicalCodable {
    package func encode(into encoder: inout CanonicalEncoder) {
        encoder.append(offset)
        encoder.append(strides)
    }

    package init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) {
        self.init(offset: try decoder.int(), strides: try decoder.array(of: Int.self))
    }
}

extension LaneStep: CanonicalCodable {
    package func encode(into encoder: inout CanonicalEncoder) {
        switch self {
        case .root: encoder.append(0 as UInt8)
        case .operand(let number, let access):
            encoder.append(1 as UInt8)
            encoder.append(number)
            encoder.append(access)
        case .immediate(let value):
            encoder.append(2 as UInt8)
            encoder.append(value)
        case .unary(let operation, let value):
            encoder.append(3 as UInt8)
            encoder.append(operation.name)
            encoder.append(value.index)
        case .binary(let operation, let first, let second):
            encoder.append(4 as UInt8)
            encoder.append(operation.name)
            encoder.append(first.index)
            encoder.append(second.index)
        case .select(let condition, let first, let second):
            encoder.append(5 as UInt8)
            encoder.append(condition.index)
            encoder.append(first.index)
            encoder.append(second.index)
        case .rowReduce(let operation, let value):
            encoder.append(6 as UInt8)
            encoder.append(operation.name)
            encoder.append(value.index)
        }
    }

    package init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) {
        switch try decoder.uint8() {
        case 0: self = .root
        case 1: self = .operand(try decoder.int(), try LaneAccess(from: &decoder))
        case 2: self = .immediate(try decoder.float())
        case 3: self = .unary(try Self.operation(&decoder), LaneValue(try decoder.int()))
        case 4: self = .binary(try Self.operation(&decoder), LaneValue(try decoder.int()), LaneValue(try decoder.int()))
        case 5: self = .select(LaneValue(try decoder.int()), LaneValue(try decoder.int()), LaneValue(try decoder.int()))
        case 6: self = .rowReduce(try Self.operation(&decoder), LaneValue(try decoder.int()))
        default: throw .invalid("lane step", at: decoder.position - 1)
        }
    }

    /// Operations are written by name, so that a new one in the instruction set moves no key.
    private static func operation<Operation: FieldChoice>(
        _ decoder: inout CanonicalDecoder
    ) throws(CanonicalDecodingError) -> Operation {
        let name = try decoder.string()
        guard let operation = Operation.allCases.first(where: { $0.name == name }) else {
            throw .invalid("operation \(name)", at: decoder.position)
        }
        return operation
    }
}

extension LaneOutput: CanonicalCodable {
    package func encode(into encoder: inout CanonicalEncoder) {
        encoder.append(value.index)
        encoder.append(operand)
        encoder.append(access)
    }

    package init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) {
        self.init(LaneValue(try decoder.int()), operand: try decoder.int(), access: try LaneAccess(from: &decoder))
    }
}

extension LaneProgram: CanonicalCodable {
    package func encode(into encoder: inout CanonicalEncoder) {
        encoder.append(steps)
        encoder.append(outputs)
    }

    package init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) {
        self.init(steps: try decoder.array(of: LaneStep.self), outputs: try decoder.array(of: LaneOutput.self))
    }
}
