import Basics
import KernelCodegen
import Machine
import Testing

@Suite struct RecurrenceTests {
    /// Steps of a cell over dense operands.
    static func request(
        _ cell: Recurrence.Cell, steps: Int, batch: Int, features: Int, hasBias: Bool = false, reversed: Bool = false,
        _ element: ElementType = .f32
    ) -> KernelRequest {
        let width = cell.gates * features
        var operands = [
            KernelOperand(.input, element, [steps, batch, width]), KernelOperand(.constant, element, [width, features]),
            KernelOperand(.input, element, [batch, features]),
        ]
        if cell.hasCellState { operands.append(KernelOperand(.input, element, [batch, features])) }
        var recurrence = Recurrence(cell)
        (recurrence.steps, recurrence.batch, recurrence.features) = (steps, batch, features)
        if hasBias {
            (recurrence.bias, recurrence.hasBias) = (operands.count, 1)
            operands.append(KernelOperand(.constant, element, [width]))
        }
        (recurrence.result, recurrence.reversed) = (operands.count, reversed ? 1 : 0)
        operands.append(KernelOperand(.result, element, [steps + (cell.hasCellState ? 1 : 0), batch, features]))
        return KernelRequest(operands: operands, root: .recurrence(recurrence))
    }

    /// Weights under which states, and errors with them, do not grow from step to step.
    private static func weights(_ features: Int) -> [Int: Float] { [1: 0.5 / Float(features).squareRoot()] }

    @Test(arguments: Recurrence.Cell.allCases, Targets.all)
    func `steps give what a cell gives step by step`(_ cell: Recurrence.Cell, _ target: TargetDescription) throws {
        let isTiny = target[.scratchpadBytes] <= 4096
        for (steps, batch, features) in isTiny ? [(1, 1, 1), (3, 2, 5), (11, 1, 9)] : [(1, 1, 1), (3, 2, 5), (11, 1, 33), (4, 3, 40)] {
            for (hasBias, reversed) in [(false, false), (true, true)] {
                for element in [ElementType.f32, .bf16] {
                    let request = Self.request(
                        cell, steps: steps, batch: batch, features: features, hasBias: hasBias, reversed: reversed, element)
                    try KernelRunner(request, target).check(tolerance: element == .f32 ? 4e-6 : 0.03, scales: Self.weights(features))
                    #expect(try KernelRequest(text: request.description) == request)
                    #expect(try KernelRequest(canonicalBytes: request.canonicalBytes) == request)
                }
            }
        }
    }

    @Test(arguments: Recurrence.Cell.allCases)
    func `more steps make no more code`(_ cell: Recurrence.Cell) throws {
        let code = try [100, 1000].map { steps in
            try KernelRunner(Self.request(cell, steps: steps, batch: 1, features: 40), .headset).generated.object.code.count
        }
        #expect(code[1] <= code[0] + code[0] / 4, "\(code)")
    }

    /// The headset with a scratchpad that holds some pieces of the weights only.
    private static func small(_ bytes: Int) -> TargetDescription {
        .headset.setting(.scratchpadBytes, to: bytes, source: "test")
    }

    @Test func `weights that do not fit are loaded in every step, in pieces where need be`() throws {
        let request = Self.request(.lstm, steps: 3, batch: 1, features: 96)
        let sizes = [1 << 21, 1 << 17, 1 << 15]
        var code: [Int] = []
        for size in sizes {
            let runner = try KernelRunner(request, Self.small(size))
            try runner.check(tolerance: 4e-6, scales: Self.weights(96))
            code.append(runner.generated.object.code.count)
        }
        #expect(code[0] < code[1] && code[1] < code[2], "loads in a step: \(code)")
        #expect(throws: Diagnostic.self) { try generate(request, target: TargetView(Self.small(1 << 13))) }
    }

    @Test func `kept weights are loaded once`() throws {
        func read(_ steps: Int) throws -> Int {
            let request = Self.request(.gru, steps: steps, batch: 1, features: 64)
            let kernel = try generate(request, target: TargetView(.headset)).object
            return try kernel.instructions().reduce(0) { bytes, issued in
                guard let transfer = issued.instruction.transfer, transfer.operand == 1 else { return bytes }
                return bytes + transfer.bytes
            }
        }
        #expect(try read(1) == 3 * 64 * 64 * 4)
        #expect(try read(50) == 3 * 64 * 64 * 4)
    }

    @Test func `operands of other sizes are refused`() throws {
        for number in 0..<5 {
            var request = Self.request(.lstm, steps: 3, batch: 2, features: 8)
            request.operands[number].dimensions[0] += 1
            #expect(throws: Diagnostic.self, "operand \(number)") { try generate(request, target: TargetView(.headset)) }
        }
        #expect(throws: Diagnostic.self) { try generate(Self.request(.gru, steps: 1, batch: 1, features: 4), target: TargetView(.glasses)) }
    }
}
