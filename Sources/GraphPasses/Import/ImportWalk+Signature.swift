import Basics
import Operators
import PT2
import TensorIR

extension ImportWalk {
    // MARK: Inputs

    /// Makes the graph's inputs. Gives back for each activation its place among the leaves of the call's arguments.
    mutating func importInputs(_ signature: Program.Signature, in scope: inout Scope) -> [Int] {
        var leaves: [Int] = []
        var leaf = 0
        for input in signature.inputs {
            switch input.kind {
            case .parameter(let name), .buffer(let name, _), .tensorConstant(let name):
                _ = importTensor(input, .constant(.weight(name)), in: &scope)
            case .user(.tensor):
                if importTensor(input, .activation, in: &scope) { leaves.append(leaf) }
                leaf += 1
            case .user(let argument):
                for name in argument.names {
                    scope.bindings[name] =
                        statedNumber(name, in: scope.graph).map(Binding.number)
                        ?? .unknown(reason: "'\(name)' is known only when the program runs")
                }
                leaf += 1
            case .constant(let constant):
                if let name = input.name { scope.bindings[name] = constant.binding }
                leaf += 1
            case .customObject(let name):
                if let value = input.name {
                    scope.bindings[value] = .unknown(reason: "'\(name)' is a Python object, which is never opened")
                }
            case .token:
                if let name = input.name { scope.bindings[name] = .unknown(reason: "an effect token") }
            }
        }
        return leaves
    }

    private mutating func importTensor(_ input: Program.Input, _ kind: TensorIR.InputKind, in scope: inout Scope) -> Bool {
        guard let name = input.name else { return false }
        switch statedType(of: name, in: scope) {
        case .tensor(let type):
            let value = graph.addInput(type, kind)
            self.name(value, name)
            let tensor = memory.addBase(value)
            scope.bindings[name] = .tensor(tensor)
            inputs.append(BoundInput(name: name, kind: input.kind, index: graph.inputs.count - 1, tensor: tensor))
            if kind == .activation { warnOfSymbols(name, in: scope.graph) }
            return true
        case .complex:
            scope.bindings[name] = .unknown(reason: "'\(name)' holds complex numbers: hand over torch.view_as_real of it")
        case .inexpressible(let reason):
            scope.bindings[name] = .unknown(reason: "'\(name)': \(reason)")
        case .overLimits(let reason):
            report.add(.shapeOverLimits, "input '\(name)'", reason, at: SourceMap.Place(node: ""))
            scope.bindings[name] = .unknown(reason: nil)
        }
        return false
    }

    /// A size that the program leaves open is one number after import: said once for each input.
    private mutating func warnOfSymbols(_ name: String, in graph: Program.Graph) {
        guard let type = graph.tensors[name] else { return }
        var fixed: [String] = []
        for (dimension, size) in type.sizes.enumerated() {
            if case .symbolic = size, let value = try? sizes.value(of: size) { fixed.append("dimension \(dimension) to \(value)") }
        }
        guard !fixed.isEmpty else { return }
        report.warn(
            Diagnostic(
                .specialisedSize, severity: .warning, "input '\(name)' has open sizes; they are fixed: \(fixed.joined(separator: ", "))",
                help: "capture the model again with example inputs of the sizes that it will run on"))
    }

    // MARK: Outputs

    /// Makes the graph's outputs. Gives back for each its place among the leaves of the call's results.
    mutating func importOutputs(_ signature: Program.Signature, in scope: inout Scope) -> [Int] {
        var leaves: [Int] = []
        var leaf = 0
        for output in signature.outputs {
            switch output.kind {
            case .user:
                for name in output.value.names {
                    if case .countedSize? = scope.bindings[name] {
                        reportOutput(name, .refused("a size that depends on values; return the tensor that has it"))
                    }
                }
                for name in output.value.tensorNames {
                    do throws(ArgumentProblem) {
                        graph.outputs.append(try content(of: name, in: scope))
                        leaves.append(leaf)
                        cover(name, in: scope)
                    } catch { reportOutput(name, error) }
                }
                leaf += 1
            case .bufferMutation, .parameterMutation, .token: break
            case .userInputMutation(let name): warnOfWrite(to: name)
            case .loss, .gradientToParameter, .gradientToUserInput:
                report.addOnce(
                    Diagnostic(
                        .trainingGraph, "the program is a training graph: it has a loss or gradients among its results",
                        help: "export the model itself, in eval() mode"))
            }
        }
        return leaves
    }

    /// A view that is read only as a result may be taken anew for it: those nodes come from where the view was taken.
    private mutating func cover(_ name: String, in scope: Scope) {
        guard graph.nodes.count > source.placeOfNode.count else { return }
        let maker = scope.graph.nodes.last { $0.outputs.contains { $0.names.contains(name) } }
        source.cover(upTo: graph.nodes.count, with: maker.map(place) ?? SourceMap.Place(node: name))
    }

    private mutating func reportOutput(_ name: String, _ problem: ArgumentProblem) {
        guard case .refused(let reason) = problem else { return }
        report.add(.refusedArguments, "output '\(name)'", reason, at: SourceMap.Place(node: ""))
    }

    private mutating func warnOfWrite(to name: String) {
        report.warn(
            Diagnostic(
                .inputWritten, severity: .warning, "the program writes into its input '\(name)'; the caller's tensor stays as it is",
                help: "return the new value, or keep it in a buffer"))
    }

    // MARK: State

    /// Turns the weights that the program writes into states. A functional program lists the new contents in its signature, a captured one has
    /// written them.
    mutating func updateStates(_ signature: Program.Signature, in scope: inout Scope) {
        var listed: [String: ValueID] = [:]
        for output in signature.outputs {
            guard case .bufferMutation(let name) = output.kind.asBufferMutation, let value = output.value.tensorNames.first else {
                continue
            }
            do throws(ArgumentProblem) {
                listed[name] = try content(of: value, in: scope)
                cover(value, in: scope)
            } catch { reportOutput(value, error) }
        }
        for input in inputs {
            let state = graph.inputs[input.index].value
            guard let written = try? content(of: input.tensor) else { continue }
            cover(input.name, in: scope)
            guard let weight = input.kind.weightName else {
                if written != state { warnOfWrite(to: input.name) }
                continue
            }
            let value = listed[weight] ?? written
            guard value != state else { continue }
            guard counted.dimensions[value].isEmpty else {
                reportOutput(input.name, .refused("a state whose size depends on values"))
                continue
            }
            guard graph.type(value) == graph.type(state) else {
                report.add(
                    .typeMismatch, "buffer '\(weight)'", "\(graph.type(state)) takes a content of \(graph.type(value))",
                    at: SourceMap.Place(node: ""))
                continue
            }
            graph.inputs[input.index].kind = .state(weight)
            graph.updates.append(Graph.Update(state: state, value: value))
        }
    }
}

extension Program.InputKind {
    /// The qualified name of a parameter, buffer or constant; nil for what the caller gives.
    var weightName: String? {
        switch self {
        case .parameter(let name), .buffer(let name, _), .tensorConstant(let name): name
        case .customObject, .token, .constant, .user: nil
        }
    }
}

extension Program.OutputKind {
    /// A parameter is written back as a buffer is.
    fileprivate var asBufferMutation: Program.OutputKind {
        if case .parameterMutation(let name) = self { .bufferMutation(name) } else { self }
    }
}

extension Program.Constant {
    fileprivate var binding: ImportWalk.Binding {
        switch self {
        case .none: .number(.none)
        case .integer(let value): .number(.int(value))
        case .float(let value): .number(.float(value))
        case .string(let value): .number(.string(value))
        case .boolean(let value): .number(.bool(value))
        }
    }
}
