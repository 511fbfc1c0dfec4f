import Basics
import KernelCodegen
import TensorIR

/// Steps of a recurrent cell one after the other, on the machine a loop over time in one kernel: what LSTM, GRU and plain recurrent layers are made of.
/// `Recurrence` says what a step computes.
///
/// Operand 0 is the input's part of the gates, `[T, N, G · H]`, operand 1 the hidden state's weight `[G · H, H]`, operand 2 the hidden state `[N, H]`, then for an
/// LSTM the cell state `[N, H]`, then the hidden state's bias `[G · H]` if there is one. The result is the hidden state after each step, `[T, N, H]` in the order
/// of time; an LSTM's has one more at the end, the last cell state.
package struct RecurrentSteps: WholeOperator {
    package static let name = "recurrence"
    package static let imports: [ImportRule] = []
    package static let examples: [OperatorExample] = []

    package let cell: Recurrence.Cell
    package let isReversed: Bool

    package init(_ cell: Recurrence.Cell, isReversed: Bool) {
        self.cell = cell
        self.isReversed = isReversed
    }

    package init(_ reader: inout AttributeReader) throws(OperatorError) {
        let name = try reader.string("cell")
        guard let cell = Recurrence.Cell.allCases.first(where: { "\($0)" == name }) else { throw OperatorError("a recurrence of \(name)") }
        self.cell = cell
        isReversed = try reader.bool("reversed")
    }

    package var attributes: Attributes { ["cell": .string("\(cell)"), "reversed": .bool(isReversed)] }

    private var states: Int { cell.hasCellState ? 2 : 1 }

    package func resultTypes(_ operands: [TensorType]) throws(OperatorError) -> [TensorType] {
        try operands.expect(2 + states...3 + states)
        let (gates, weight) = (operands[0], operands[1])
        guard gates.rank == 3, weight.rank == 2, weight.shape[0] == cell.gates * weight.shape[1], gates.shape[2] == weight.shape[0],
            gates.shape[0] >= 1, gates.element.isFloatingPoint, operands.allSatisfy({ $0.element == gates.element }),
            operands[2..<2 + states].allSatisfy({ $0.shape == [gates.shape[1], weight.shape[1]] }),
            operands.dropFirst(2 + states).allSatisfy({ $0.shape == [weight.shape[0]] })
        else { throw OperatorError("\(cell) steps over \(operands.map { "\($0)" }.joined(separator: ", "))") }
        let rows = gates.shape[0] + (cell.hasCellState ? 1 : 0)
        return [gates.with(shape: [rows, gates.shape[1], weight.shape[1]])]
    }

    package func evaluate(_ operands: [Tensor]) throws(OperatorError) -> [Tensor] {
        let type = try resultTypes(operands.map(\.type))[0]
        let (steps, features) = (operands[0].type.shape[0], type.shape[2])
        let (rows, width) = (type.shape[1], cell.gates * features)
        let input = operands[0].doubles
        let weight = MatrixProduct.transposed(operands[1].doubles, rows: width, columns: features)
        let bias = operands.count > 2 + states ? operands[2 + states].doubles : [Double](repeating: 0, count: width)
        var hidden = operands[2].doubles
        var cells = cell.hasCellState ? operands[3].doubles : []
        var shown = [Double](repeating: 0, count: type.elementCount)
        for step in 0..<steps {
            let time = isReversed ? steps - 1 - step : step
            var sums = (0..<rows).flatMap { _ in bias }
            MatrixProduct.accumulate(&sums, at: 0, hidden, at: 0, weight, at: 0, rows: rows, depth: features, columns: width)
            for row in 0..<rows {
                for feature in 0..<features {
                    let place = row * features + feature
                    func gate(_ number: Int) -> (x: Double, s: Double) {
                        let index = row * width + number * features + feature
                        return (input[time * rows * width + index], sums[index])
                    }
                    var cellState = cell.hasCellState ? cells[place] : 0
                    hidden[place] = Self.step(cell, gate, hidden[place], &cellState)
                    if cell.hasCellState { cells[place] = cellState }
                    shown[time * rows * features + place] = hidden[place]
                }
            }
        }
        if cell.hasCellState { shown.replaceSubrange(steps * rows * features..<shown.count, with: cells) }
        return [Tensor(type, doubles: shown)]
    }

    /// The new hidden state of one feature.
    private static func step(
        _ cell: Recurrence.Cell, _ gate: (Int) -> (x: Double, s: Double), _ hidden: Double, _ cellState: inout Double
    ) -> Double {
        func sigmoid(_ value: Double) -> Double { 1 / (1 + ElementaryFunctions.exponential(-value)) }
        func sum(_ number: Int) -> Double { gate(number).x + gate(number).s }
        switch cell {
        case .lstm:
            cellState = sigmoid(sum(1)) * cellState + sigmoid(sum(0)) * ElementaryFunctions.hyperbolicTangent(sum(2))
            return sigmoid(sum(3)) * ElementaryFunctions.hyperbolicTangent(cellState)
        case .gru:
            let candidate = ElementaryFunctions.hyperbolicTangent(gate(2).x + sigmoid(sum(0)) * gate(2).s)
            return candidate + sigmoid(sum(1)) * (hidden - candidate)
        case .tanh: return ElementaryFunctions.hyperbolicTangent(sum(0))
        case .relu: return max(sum(0), 0)
        }
    }

    package func root(_ types: [TensorType], _ result: TensorType) -> RootComputation? {
        var root = Recurrence(cell)
        (root.steps, root.batch, root.features) = (types[0].shape[0], types[0].shape[1], result.shape[2])
        (root.bias, root.hasBias) = (2 + states, types.count > 2 + states ? 1 : 0)
        (root.result, root.reversed) = (types.count, isReversed ? 1 : 0)
        return .recurrence(root)
    }
}

extension RecurrentSteps: ProductOperator {
    package func multiplyAccumulates(_ operands: [TensorType], _ results: [TensorType]) -> Int {
        operands[0].elementCount * operands[1].shape[1]
    }
}
