import Basics
import KernelCodegen
import TensorIR

/// What recurrent layers have in common at import: layers one on the other, one or two directions.
///
/// The input's part of all gates is one product over all steps; `RecurrentSteps` are the rest.
struct RecurrentLayers {
    /// The weights of one direction of one layer.
    struct Weights {
        let input: ValueID
        let hidden: ValueID
        let inputBias: ValueID?
        let hiddenBias: ValueID?
        /// `[R, H]`: what makes the R numbers of an LSTM's hidden state of its H features.
        var projection: ValueID?
    }

    let cell: Recurrence.Cell
    let weights: [[Weights]]
    let isBatchFirst: Bool

    /// The arguments that every recurrent layer has. Layers outermost, directions inside; `gates` stand side by side in each weight.
    init(_ call: inout ImportCall, _ cell: Recurrence.Cell) throws(OperatorError) {
        let parameters = try call.tensors("params")
        let layers = try call.int("num_layers")
        let hasBiases = try call.bool("has_biases")
        let directions = try call.bool("bidirectional") ? 2 : 1
        let isTraining = try call.bool("train")
        let dropout = try call.double("dropout")
        if isTraining, dropout != 0, layers > 1 { throw OperatorError("dropout in training mode; call eval() before capture") }
        let plain = hasBiases ? 4 : 2
        guard (1...1 << 16).contains(layers), parameters.count % (layers * directions) == 0 else {
            throw OperatorError("\(parameters.count) weights for \(layers) layers")
        }
        let count = parameters.count / (layers * directions)
        let isProjected = count == plain + 1
        guard count == plain || (isProjected && cell == .lstm) else {
            throw OperatorError("\(parameters.count) weights for \(layers) layers")
        }
        for first in stride(from: 0, to: parameters.count, by: count) {
            let (input, hidden) = (call.type(parameters[first]).shape, call.type(parameters[first + 1]).shape)
            let projection = isProjected ? call.type(parameters[first + plain]).shape : nil
            guard input.count == 2, hidden.count == 2, input[0] == hidden[0],
                projection.map({ $0.count == 2 && $0[0] == hidden[1] }) ?? true,
                hidden[0] == cell.gates * (projection?[1] ?? hidden[1])
            else { throw OperatorError("weights \(input) and \(hidden) for \(cell.gates) gates") }
        }
        isBatchFirst = try call.bool("batch_first")
        self.cell = cell
        weights = (0..<layers).map { layer in
            (0..<directions).map { direction in
                let own = parameters[((layer * directions + direction) * count)...]
                let first = own.startIndex
                return Weights(
                    input: own[first], hidden: own[first + 1], inputBias: hasBiases ? own[first + 2] : nil,
                    hiddenBias: hasBiases ? own[first + 3] : nil, projection: isProjected ? own[first + plain] : nil)
            }
        }
    }

    /// The outputs of all steps, and for each state the last one of all layers and directions. `initial` are `[layers · directions, N, H]`; the operand has
    /// three dimensions (a layer without a batch is captured with a batch of one).
    func run(
        _ call: inout ImportCall, _ operand: ValueID, initial: [ValueID]
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
                let result = try call.recurrence(cell, sequence, states, weights, isReversed: direction == 1)
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
}

extension ImportCall {
    /// Values of one shape one after the other in a new first dimension.
    mutating func stacked(_ values: [ValueID]) throws(OperatorError) -> ValueID {
        var members: [ValueID] = []
        for value in values { members.append(try insertDimension(value, at: 0)) }
        return try joined(members, 0)
    }

    /// All steps over `[T, N, K]`: the hidden states in the order of time, `[T, N, H]`, and the last of each state, `[N, H]`.
    mutating func recurrence(
        _ cell: Recurrence.Cell, _ sequence: ValueID, _ states: [ValueID], _ weights: RecurrentLayers.Weights, isReversed: Bool
    ) throws(OperatorError) -> (output: ValueID, last: [ValueID]) {
        let (shape, hidden) = (type(sequence).shape, type(weights.hidden).shape)
        let features = weights.projection.map { size($0, 1) } ?? hidden.last
        guard shape.count == 3, shape[0] > 0, shape[1] > 0, hidden.count == 2, hidden[1] > 0, let features, features > 0,
            zip(states, [hidden[1], features]).allSatisfy({ type($0).shape == [shape[1], $1] })
        else {
            throw OperatorError("\(cell) steps over \(type(sequence)) with weight \(type(weights.hidden)) from \(states.map { type($0) })")
        }
        var (own, recurrent) = (weights.inputBias, weights.hiddenBias)
        if cell != .gru, let second = recurrent {
            // Both are added where the parts meet.
            own = try own.map { (first) throws(OperatorError) in try emit(Addition(), [first, second]) } ?? second
            recurrent = nil
        }
        let gates = try emit(Linear(), [sequence, weights.input] + (own.map { [$0] } ?? []))
        if let projection = weights.projection {
            return try projected(gates, states, weights.hidden, projection, isReversed: isReversed)
        }
        return try batches(cell, gates, states, weights.hidden, recurrent, isReversed: isReversed)
    }

    /// The steps of an LSTM with a projection, `h = P · m`. Because U · h is (U · P) · m, they are steps over m without one; only the hidden state before the first step
    /// is no such product, and goes to the gates of that step.
    private mutating func projected(
        _ gates: ValueID, _ states: [ValueID], _ hidden: ValueID, _ projection: ValueID, isReversed: Bool
    ) throws(OperatorError) -> (output: ValueID, last: [ValueID]) {
        let count = size(gates, 0)
        let start = isReversed ? count - 1 : 0
        let first = try emit(Addition(), [try slice(gates, 0, start, start + 1, 1), try emit(Linear(), [states[0], hidden])])
        let parts = [try slice(gates, 0, 0, start, 1), first, try slice(gates, 0, start + 1, count, 1)]
        let begun = try joined(parts.filter { type($0).elementCount > 0 }, 0)
        let zeros = try expand(literal(0.0, type(gates).element), type(states[1]).shape)
        let weight = try emit(Matmul(), [hidden, projection])
        let result = try batches(.lstm, begun, [zeros, states[1]], weight, nil, isReversed: isReversed)
        return (
            try emit(Linear(), [result.output, projection]), [try emit(Linear(), [result.last[0], projection]), result.last[1]]
        )
    }

    /// The steps of all rows of a batch, as many in one kernel as have room on the chip.
    private mutating func batches(
        _ cell: Recurrence.Cell, _ gates: ValueID, _ states: [ValueID], _ hidden: ValueID, _ bias: ValueID?, isReversed: Bool
    ) throws(OperatorError) -> (output: ValueID, last: [ValueID]) {
        let batch = size(gates, 1)
        let rows = max(1, min(RecurrentLayers.largestBatch, RecurrentLayers.largestStates / size(hidden, 1)))
        var outputs: [ValueID] = []
        var last: [[ValueID]] = states.map { _ in [] }
        for first in stride(from: 0, to: batch, by: rows) {
            let end = min(first + rows, batch)
            var part: [ValueID] = []
            for state in states { part.append(try slice(state, 0, first, end, 1)) }
            let result = try steps(cell, try slice(gates, 1, first, end, 1), part, hidden, bias, isReversed: isReversed)
            outputs.append(result.output)
            for index in last.indices { last[index].append(result.last[index]) }
        }
        var joinedStates: [ValueID] = []
        for states in last { joinedStates.append(try joined(states, 0)) }
        return (try joined(outputs, 1), joinedStates)
    }

    /// The steps of a batch, as many in one kernel as its loop should have.
    private mutating func steps(
        _ cell: Recurrence.Cell, _ gates: ValueID, _ initial: [ValueID], _ weight: ValueID, _ bias: ValueID?, isReversed: Bool
    ) throws(OperatorError) -> (output: ValueID, last: [ValueID]) {
        let (count, batch, features) = (size(gates, 0), size(gates, 1), size(weight, 1))
        let most = max(1, min(RecurrentLayers.mostSteps, RecurrentLayers.mostProducts / (size(gates, 2) * features)))
        let kernels = (count + most - 1) / most
        let length = (count + kernels - 1) / kernels
        var states = initial
        var outputs: [ValueID] = []
        for first in stride(from: 0, to: count, by: length) {
            let own = min(length, count - first)
            let start = isReversed ? count - first - own : first
            let part = try slice(gates, 0, start, start + own, 1)
            let result = try emit(RecurrentSteps(cell, isReversed: isReversed), [part, weight] + states + (bias.map { [$0] } ?? []))
            outputs.append(try slice(result, 0, 0, own, 1))
            for (index, place) in [isReversed ? 0 : own - 1, own].prefix(states.count).enumerated() {
                states[index] = try reshape(try slice(result, 0, place, place + 1, 1), [batch, features])
            }
        }
        return (try joined(isReversed ? outputs.reversed() : outputs, 0), states)
    }

    /// One step of a cell over `[N, K]`: the states after it.
    mutating func cellStep(_ cell: Recurrence.Cell, _ states: [ValueID]) throws(OperatorError) -> [ValueID] {
        let operand = try tensor("input")
        guard type(operand).rank == 2 else { throw OperatorError("a cell over \(type(operand))") }
        let weights = RecurrentLayers.Weights(
            input: try tensor("w_ih"), hidden: try tensor("w_hh"), inputBias: try optionalTensor("b_ih"),
            hiddenBias: try optionalTensor("b_hh"))
        return try recurrence(cell, try insertDimension(operand, at: 0), states, weights, isReversed: false).last
    }
}

extension RecurrentLayers {
    /// Most rows of a batch, and elements of a state, in one kernel: what is on chip at once.
    fileprivate static let largestBatch = 64
    fileprivate static let largestStates = 1 << 13

    /// Most steps in one kernel, and multiply-accumulates of a row: its loop stands for that many instructions.
    fileprivate static let mostSteps = 1024
    fileprivate static let mostProducts = 1 << 26
}
