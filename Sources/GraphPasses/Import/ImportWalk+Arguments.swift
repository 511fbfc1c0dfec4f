import Operators
import PT2
import TensorIR

/// Why a call cannot be made from its arguments.
enum ArgumentProblem: Error {
    /// It follows from something that has been reported.
    case known
    case refused(String)
}

extension ImportWalk {
    /// The arguments of a call as its rule takes them, in the archive's order.
    mutating func bind(
        _ inputs: [Program.NamedArgument], in scope: Scope
    ) throws(ArgumentProblem) -> [(name: String, value: ImportArgument)] {
        var arguments: [(name: String, value: ImportArgument)] = []
        arguments.reserveCapacity(inputs.count)
        for input in inputs {
            let value = try bind(input.value, of: input.name, in: scope)
            // Sizes and positions that no tensor has: rules may add them up without a look at the limits of integers.
            if case .ints(let numbers) = value, let wild = numbers.first(where: { $0.magnitude > UInt(Self.elementLimit) }) {
                throw .refused("argument '\(input.name)' has the member \(wild)")
            }
            arguments.append((input.name, value))
        }
        return arguments
    }

    private mutating func bind(
        _ argument: Program.Argument, of name: String, in scope: Scope
    ) throws(ArgumentProblem) -> ImportArgument {
        switch argument {
        case .none, .optionalTensor(nil): return .none
        case .tensor(let name), .optionalTensor(let name?):
            if let parts = try complexContent(of: name, in: scope) { return .complex(parts) }
            return .value(try content(of: name, in: scope))
        case .tensors(let names):
            var parts: [ComplexValue] = []
            for name in names { if let value = try complexContent(of: name, in: scope) { parts.append(value) } }
            return !parts.isEmpty && parts.count == names.count ? .complexes(parts) : .values(try contents(of: names, in: scope))
        case .optionalTensors(let names): return .values(try contents(of: names, in: scope))
        case .integer(let value): return .int(value)
        case .integers(let values): return .ints(values)
        case .float(let value): return .float(value)
        case .floats(let values): return .floats(values)
        case .boolean(let value): return .bool(value)
        case .booleans(let values): return .bools(values)
        case .string(let value), .operator(let value): return .string(value)
        case .scalarType(let type):
            guard let element = type.elementType else { throw .refused("elements of type \(type.name)") }
            return .elementType(element)
        case .memoryFormat(let format): return .setting(format.name)
        case .layout(let layout): return .setting(layout.name)
        case .device(let device): return .setting(device.type)
        case .symbolicInteger, .symbolicIntegers, .symbolicFloat, .symbolicFloats, .symbolicBoolean, .symbolicBooleans:
            return try bindNumbers(argument, in: scope)
        case .nestedTensors, .integerLists, .floatLists, .strings, .complex, .customObject, .dictionary, .graph:
            throw .refused("argument '\(name)' is \(argument.unsupportedKind)")
        }
    }

    private func bindNumbers(_ argument: Program.Argument, in scope: Scope) throws(ArgumentProblem) -> ImportArgument {
        switch argument {
        case .symbolicInteger(let operand): return .int(try integer(operand, in: scope))
        case .symbolicIntegers(let operands):
            var values: [Int] = []
            for operand in operands { values.append(try integer(operand, in: scope)) }
            return .ints(values)
        case .symbolicFloat(let operand): return .float(try double(operand, in: scope))
        case .symbolicFloats(let operands):
            var values: [Double] = []
            for operand in operands { values.append(try double(operand, in: scope)) }
            return .floats(values)
        case .symbolicBoolean(let operand): return .bool(try boolean(operand, in: scope))
        case .symbolicBooleans(let operands):
            var values: [Bool] = []
            for operand in operands { values.append(try boolean(operand, in: scope)) }
            return .bools(values)
        default: throw .refused("a number was expected")
        }
    }

    // MARK: Tensors

    /// What a captured tensor holds at this point of the program.
    mutating func content(of name: String, in scope: Scope) throws(ArgumentProblem) -> ValueID {
        switch scope.bindings[name] {
        case .tensor(let tensor)?:
            return try content(of: tensor)
        case .complex?: throw .refused("'\(name)' holds complex numbers: take torch.view_as_real of it")
        case .number?, .countedSize?: throw .refused("'\(name)' is a number, expected a tensor")
        case .unknown(let reason?)?: throw .refused(reason)
        case .unknown(nil)?: throw .known
        case nil: throw .refused("'\(name)' is used before it is computed")
        }
    }

    /// The content of a tensor: a view's is taken anew when its base was written.
    mutating func content(of tensor: FunctionaliseWrites.TensorID) throws(ArgumentProblem) -> ValueID {
        let content: ValueID
        do { content = try memory.content(of: tensor, in: &graph) } catch { throw .refused(error.message) }
        try followCounts()
        return content
    }

    /// The parts of a captured tensor that holds complex numbers; nil for any other.
    private mutating func complexContent(of name: String, in scope: Scope) throws(ArgumentProblem) -> ComplexValue? {
        guard case .complex(let real, let imaginary)? = scope.bindings[name] else { return nil }
        do {
            return ComplexValue(real: try memory.content(of: real, in: &graph), imaginary: try memory.content(of: imaginary, in: &graph))
        } catch { throw .refused(error.message) }
    }

    private mutating func contents(of names: [String?], in scope: Scope) throws(ArgumentProblem) -> [ValueID?] {
        var values: [ValueID?] = []
        for name in names {
            guard let name else {
                values.append(nil)
                continue
            }
            values.append(try content(of: name, in: scope))
        }
        return values
    }

    // MARK: Numbers

    private func number(_ name: String, in scope: Scope) throws(ArgumentProblem) -> ImportArgument {
        switch scope.bindings[name] {
        case .number(let number)?: return number
        case .countedSize(let greatest)?: return .int(greatest)
        case .unknown(let reason?)?: throw .refused(reason)
        case .unknown(nil)?: throw .known
        case .tensor?, .complex?, nil: throw .refused("'\(name)' is not a number")
        }
    }

    private func integer(_ operand: Program.Operand<Int>, in scope: Scope) throws(ArgumentProblem) -> Int {
        switch operand {
        case .value(let value): return value
        case .name(let name):
            guard case .int(let value) = try number(name, in: scope) else { throw .refused("'\(name)' is not an integer") }
            return value
        }
    }

    private func double(_ operand: Program.Operand<Double>, in scope: Scope) throws(ArgumentProblem) -> Double {
        switch operand {
        case .value(let value): return value
        case .name(let name):
            switch try number(name, in: scope) {
            case .float(let value): return value
            case .int(let value): return Double(value)
            default: throw .refused("'\(name)' is not a number")
            }
        }
    }

    private func boolean(_ operand: Program.Operand<Bool>, in scope: Scope) throws(ArgumentProblem) -> Bool {
        switch operand {
        case .value(let value): return value
        case .name(let name):
            guard case .bool(let value) = try number(name, in: scope) else { throw .refused("'\(name)' is not a boolean") }
            return value
        }
    }
}

extension Program.Argument {
    /// Whether a result is a number: a size, or computed from sizes.
    var isNumber: Bool {
        switch self {
        case .symbolicInteger, .symbolicIntegers, .symbolicFloat, .symbolicFloats, .symbolicBoolean, .symbolicBooleans: true
        default: false
        }
    }

    /// What a person calls an argument that no rule takes.
    fileprivate var unsupportedKind: String {
        switch self {
        case .nestedTensors: "a list of lists of tensors"
        case .integerLists, .floatLists: "a list of lists"
        case .strings: "a list of texts"
        case .complex: "a complex number"
        case .customObject(_, let name): "an object of class \(name)"
        case .dictionary: "a dictionary"
        case .graph: "a sub-graph"
        default: "of a kind that is not supported"
        }
    }
}
