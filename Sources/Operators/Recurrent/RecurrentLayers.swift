import Basics
import TensorIR

/// What LSTM and GRU have in common at import: layers one on the other, one or two directions, steps in a row.
///
/// The input's part of all gates is one product over all steps; a step multiplies only the state. All steps of a layer are the same operations on the same
/// weights, so that they share their kernels.
struct RecurrentLayers {
    /// The weights of one direction of one layer.
    struct Weights {
        let input: ValueID
        let hidden: ValueID
        let inputBias: ValueID?
        let hiddenBias: ValueID?
    }

    /// The states, each `[N, H]`, after one step: the first one is the step's output. `gates` is the input's part, `[N, G · H]`.
    typealias Step = (
        _ call: inout ImportCall, _ gates: ValueID, _ states: [ValueID], _ weights: Weights
    ) throws(OperatorError) -> [ValueID]

    let weights: [[Weights]]
    let isBatchFirst: Bool
    /// Adds the state's bias to the input's part, where the step adds both anyway.
    let joinsBiases: Bool

    /// The arguments that every recurrent layer has. Layers outermost, directions inside; `gates` stand side by side in each weight.
    init(_ call: inout ImportCall, gates: Int, joinsBiases: Bool) throws(OperatorError) {
        let parameters = try call.tensors("params")
        let layers = try call.int("num_layers")
        let hasBiases = try call.bool("has_biases")
        let directions = try call.bool("bidirectional") ? 2 : 1
        let isTraining = try call.bool("train")
        let dropout = try call.double("dropout")
        if isTraining, dropout != 0, layers > 1 { throw OperatorError("dropout in training mode; call eval() before capture") }
        let count = hasBiases ? 4 : 2
        guard layers >= 1, parameters.count == layers * directions * count else {
            throw OperatorError("\(parameters.count) weights for \(layers) layers; projections are not supported")
        }
        for first in stride(from: 0, to: parameters.count, by: count) {
            let (input, hidden) = (call.type(parameters[first]).shape, call.type(parameters[first + 1]).shape)
            guard input.count == 2, hidden.count == 2, input[0] == hidden[0], hidden[0] == gates * hidden[1] else {
                throw OperatorError("weights \(input) and \(hidden) for \(gates) gates")
            }
        }
        isBatchFirst = try call.bool("batch_first")
        self.joinsBiases = joinsBiases
        weights = (0..<layers).map { layer in
            (0..<directions).map { direction in
                let own = parameters[((layer * directions + direction) * count)...]
                let first = own.startIndex
                return Weights(
                    input: own[first], hidden: own[first + 1], inputBias: hasBiases ? own[first + 2] : nil,
                    hiddenBias: hasBiases ? own[first + 3] : nil)
            }
        }
    }

    /// The outputs of all steps, and for each state the last one of all layers and directions. `initial` are `[layers · directions, N, H]`; the operand has
    /// three dimensions (a layer without a batch is captured with a batch of one).
    func run(
        _ call: inout ImportCall, _ operand: ValueID, initial: [ValueID], _ step: Step
    ) throws(OperatorError) -> (output: ValueID, last: [ValueID]) {
        guard call.type(operand).rank == 3 else { throw OperatorError("a recurrent layer over \(call.type(operand))") }
        var sequence = operand
        // Time outermost.
        if isBatchFirst { sequence = try call.emit(Permute(dimensions: [1, 0, 2]), [sequence]) }
        var last: [[ValueID]] = initial.map { _ in [] }
        for (layer, directions) in weights.enumerated() {
            var outputs: [ValueID] = []
            for (direction, weights) in directions.enumerated() {
                var states: [ValueID] = []
                for state in initial {
                    let part = try call.slice(state, 0, layer * directions.count + direction, layer * directions.count + direction + 1, 1)
                    states.append(try call.reshape(part, [call.size(sequence, 1), call.type(state).shape.last ?? 1]))
                }
                let result = try run(&call, sequence, states, weights, isReversed: direction == 1, step)
                outputs.append(result.output)
                for index in last.indices { last[index].append(result.last[index]) }
            }
            sequence = outputs.count == 1 ? outputs[0] : try call.emit(Concatenate(dimension: 2), outputs)
        }
        if isBatchFirst { sequence = try call.emit(Permute(dimensions: [1, 0, 2]), [sequence]) }
        var stacked: [ValueID] = []
        for (states, state) in zip(last, initial) {
            stacked.append(try call.reshape(try call.stacked(states), call.type(state).shape))
        }
        return (sequence, stacked)
    }

    private func run(
        _ call: inout ImportCall, _ sequence: ValueID, _ initial: [ValueID], _ weights: Weights, isReversed: Bool, _ step: Step
    ) throws(OperatorError) -> (output: ValueID, last: [ValueID]) {
        var bias = weights.inputBias
        if joinsBiases, let first = weights.inputBias, let second = weights.hiddenBias {
            bias = try call.emit(Addition(), [first, second])
        }
        let gates = try call.emit(Linear(), [sequence, weights.input] + (bias.map { [$0] } ?? []))
        let shape = call.type(gates).shape
        var states = initial
        var outputs: [ValueID] = []
        for index in 0..<shape[0] {
            let time = isReversed ? shape[0] - 1 - index : index
            let own = try call.reshape(try call.slice(gates, 0, time, time + 1, 1), Array(shape[1...]))
            states = try step(&call, own, states, weights)
            outputs.append(states[0])
        }
        return (try call.stacked(isReversed ? outputs.reversed() : outputs), states)
    }
}

extension ImportCall {
    /// Values of one shape one after the other in a new first dimension.
    mutating func stacked(_ values: [ValueID]) throws(OperatorError) -> ValueID {
        var members: [ValueID] = []
        for value in values { members.append(try insertDimension(value, at: 0)) }
        return try joined(members, 0)
    }

    /// `x · wᵀ + b`.
    mutating func linear(_ value: ValueID, _ weight: ValueID, _ bias: ValueID?) throws(OperatorError) -> ValueID {
        try emit(Linear(), [value, weight] + (bias.map { [$0] } ?? []))
    }

    /// Equal parts of the last dimension of `[N, K]`.
    mutating func columns(_ value: ValueID, _ count: Int) throws(OperatorError) -> [ValueID] {
        let size = self.size(value, 1)
        guard count > 0, size % count == 0 else { throw OperatorError("\(count) gates in \(type(value))") }
        var parts: [ValueID] = []
        for part in 0..<count { parts.append(try slice(value, 1, part * size / count, (part + 1) * size / count, 1)) }
        return parts
    }
}
