import Basics
import KernelCodegen
import Machine
import Testing

@Suite struct LaneTests {
    /// `result = program(operands)` over a domain; operands are full, per column, per row and scalar, in that order.
    static func request(
        _ domain: [Int], _ element: ElementType = .f32, _ build: (inout LaneBuilder, [LaneValue]) -> LaneValue
    ) -> KernelRequest {
        var lanes = LaneBuilder()
        let accesses: [LaneAccess] = [.dense(domain), .perColumn(domain), .perRow(domain), .scalar(domain)]
        let rows = domain.dropLast().reduce(1, *)
        let values = accesses.indices.map { lanes.operand($0, accesses[$0]) }
        let value = build(&lanes, values)
        lanes.output(value, to: 4, .dense(domain))
        return KernelRequest(
            operands: [
                KernelOperand(.input, element, domain), KernelOperand(.constant, element, [domain[domain.count - 1]]),
                KernelOperand(.input, element, [rows]), KernelOperand(.input, element, [1]),
                KernelOperand(.result, element, domain),
            ], root: .lanes(dimensions: domain), program: lanes.program)
    }

    static let domains = [[1], [7], [1, 1, 1], [3, 5], [64, 33], [2, 3, 4, 5], [1, 70, 1], [1000, 3], [2, 9000], [40_000]]

    @Test(arguments: Targets.all, [ElementType.f32, .bf16])
    func `broadcasts of every kind are read`(_ target: TargetDescription, _ element: ElementType) throws {
        for domain in Self.domains {
            let request = Self.request(domain, element) { lanes, values in
                let sum = lanes.binary(.add, lanes.binary(.multiply, values[0], values[1]), values[2])
                return lanes.unary(.relu, lanes.binary(.subtract, sum, values[3]))
            }
            try KernelRunner(request, target).check()
        }
    }

    @Test(arguments: Targets.all)
    func `immediates stand on either side, selections take anything`(_ target: TargetDescription) throws {
        for element in [ElementType.f32, .bf16] {
            let request = Self.request([9, 40], element) { lanes, values in
                let one = lanes.immediate(1)
                let inverse = lanes.binary(.divide, one, lanes.binary(.add, values[0], lanes.immediate(5)))
                let left = lanes.binary(.subtract, lanes.immediate(2), values[1])
                let chosen = lanes.select(lanes.binary(.greater, values[0], values[2]), inverse, left)
                return lanes.select(values[3], chosen, lanes.select(values[0], values[2], one))
            }
            try KernelRunner(request, target).check()
        }
    }

    @Test(arguments: Targets.all)
    func `values that live long keep their places`(_ target: TargetDescription) throws {
        let request = Self.request([33, 21]) { lanes, values in
            let first = lanes.unary(.silu, values[0])
            let second = lanes.unary(.gelu, values[0])
            let third = lanes.binary(.multiply, first, second)
            let fourth = lanes.binary(.add, third, first)
            return lanes.binary(.add, lanes.binary(.multiply, fourth, second), lanes.binary(.subtract, third, values[1]))
        }
        try KernelRunner(request, target).check()
    }

    /// Softmax along the columns.
    static func softmax(_ lanes: inout LaneBuilder, _ value: LaneValue) -> LaneValue {
        let shifted = lanes.binary(.subtract, value, lanes.rowReduce(.maximum, value))
        let powers = lanes.unary(.exponential, shifted)
        return lanes.binary(.divide, powers, lanes.rowReduce(.sum, powers))
    }

    @Test(arguments: Targets.all, [[6, 50], [1, 1], [3, 1], [197, 197], [2, 3, 17], [2, 5000], [1, 30_000]])
    func `row programs give the naive result, in passes where rows are long`(_ target: TargetDescription, _ domain: [Int]) throws {
        let softmax = Self.request(domain) { lanes, values in Self.softmax(&lanes, values[0]) }
        try KernelRunner(softmax, target).check(tolerance: 1e-5)
        let norm = Self.request(domain) { lanes, values in
            let scale = lanes.immediate(1 / Float(domain[domain.count - 1]))
            let mean = lanes.binary(.multiply, lanes.rowReduce(.sum, values[0]), scale)
            let centred = lanes.binary(.subtract, values[0], mean)
            let variance = lanes.binary(.multiply, lanes.rowReduce(.sum, lanes.unary(.square, centred)), scale)
            let factor = lanes.unary(.reciprocalSquareRoot, lanes.binary(.add, variance, lanes.immediate(1e-5)))
            return lanes.binary(.multiply, lanes.binary(.multiply, centred, factor), values[1])
        }
        try KernelRunner(norm, target).check(tolerance: 1e-5)
    }

    @Test(arguments: Targets.all)
    func `a reduction along rows is stored as one element per row`(_ target: TargetDescription) throws {
        for domain in [[5, 9], [2, 3, 7], [1, 1], [4, 1], [3, 20_000]] {
            var lanes = LaneBuilder()
            let sum = lanes.rowReduce(.sum, lanes.operand(0, .dense(domain)))
            lanes.output(lanes.binary(.multiply, sum, lanes.immediate(0.5)), to: 1, .perRow(domain))
            lanes.output(lanes.rowReduce(.maximum, lanes.operand(0, .dense(domain))), to: 2, .perRow(domain))
            let rows = domain.dropLast().reduce(1, *)
            let request = KernelRequest(
                operands: [
                    KernelOperand(.input, .f32, domain), KernelOperand(.result, .f32, [rows]),
                    KernelOperand(.result, .f32, [rows]),
                ], root: .lanes(dimensions: domain), program: lanes.program)
            try KernelRunner(request, target).check()
        }
    }

    @Test(arguments: Targets.all)
    func `masks are bytes of 0 and 1`(_ target: TargetDescription) throws {
        let domain = [11, 13]
        var lanes = LaneBuilder()
        let mask = lanes.operand(0, .dense(domain))
        let value = lanes.operand(1, .dense(domain))
        lanes.output(lanes.binary(.multiply, mask, lanes.binary(.greater, value, lanes.immediate(0))), to: 2, .dense(domain))
        lanes.output(lanes.select(mask, value, lanes.immediate(-1)), to: 3, .dense(domain))
        let request = KernelRequest(
            operands: [
                KernelOperand(.input, .bool, domain), KernelOperand(.input, .f32, domain), KernelOperand(.result, .bool, domain),
                KernelOperand(.result, .f32, domain),
            ], root: .lanes(dimensions: domain), program: lanes.program)
        try KernelRunner(request, target).check()
    }

    @Test func `an integer machine refuses floats and names precision`() throws {
        let requests = [
            Requests.linear(4, 4, 4), Self.request([4, 4]) { lanes, values in lanes.unary(.relu, values[0]) },
        ]
        for request in requests {
            let diagnostic = #expect(throws: Diagnostic.self) { _ = try generate(request, target: TargetView(.glasses)) }
            #expect(diagnostic?.code == .floatOnIntegerMachine)
            #expect(diagnostic?.help?.contains("precision") == true)
        }
    }
}
