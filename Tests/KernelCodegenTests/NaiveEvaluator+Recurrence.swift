import Basics
import Glibc
import KernelCodegen

extension NaiveEvaluator {
    /// Step by step and feature by feature, in double precision; the hidden state is rounded to its type after each step.
    mutating func evaluate(_ r: Recurrence) {
        let element = request.operands[r.result].element
        func rounded(_ value: Double) -> Float { KernelRunner.decode(KernelRunner.encode(Float(value), element), element)[0] }
        let width = r.cell.gates * r.features
        var hidden = values[r.hidden]
        var cells = r.cell.hasCellState ? values[r.cellState].map(Double.init) : []
        for step in 0..<r.steps {
            let time = r.reversed != 0 ? r.steps - 1 - step : step
            var next = hidden
            for row in 0..<r.batch {
                for feature in 0..<r.features {
                    let place = row * r.features + feature
                    let x = (0..<r.cell.gates).map { Double(values[r.input][(time * r.batch + row) * width + $0 * r.features + feature]) }
                    let s = (0..<r.cell.gates).map { gate in
                        let line = gate * r.features + feature
                        return (0..<r.features).reduce(r.hasBias != 0 ? Double(values[r.bias][line]) : 0) {
                            $0 + Double(values[r.weight][line * r.features + $1]) * Double(hidden[row * r.features + $1])
                        }
                    }
                    func sigmoid(_ number: Int) -> Double { 1 / (1 + exp(-x[number] - s[number])) }
                    switch r.cell {
                    case .lstm:
                        cells[place] = sigmoid(1) * cells[place] + sigmoid(0) * tanh(x[2] + s[2])
                        next[place] = rounded(sigmoid(3) * tanh(cells[place]))
                    case .gru:
                        let candidate = tanh(x[2] + sigmoid(0) * s[2])
                        next[place] = rounded((1 - sigmoid(1)) * candidate + sigmoid(1) * Double(hidden[place]))
                    case .tanh: next[place] = rounded(tanh(x[0] + s[0]))
                    case .relu: next[place] = rounded(max(x[0] + s[0], 0))
                    }
                }
            }
            hidden = next
            let states = r.batch * r.features
            values[r.result].replaceSubrange(time * states..<(time + 1) * states, with: hidden)
        }
        values[r.result].replaceSubrange(r.steps * hidden.count..<r.steps * hidden.count + cells.count, with: cells.map { Float($0) })
    }
}
