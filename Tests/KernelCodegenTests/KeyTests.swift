import Basics
import KernelCodegen
import Machine
import Testing

/// What a kernel depends on: its request, and the facts that it read.
@Suite struct KeyTests {
    private static let requests = [
        Requests.Convolution(height: 30, width: 30, channels: 40, outputs: 70, hasResidual: true).request,
        Requests.linear(197, 192, 96, .bf16), CopyTests.permutation([8, 9, 10], [2, 1, 0]),
        LaneTests.request([20, 30]) { lanes, values in LaneTests.softmax(&lanes, values[0]) },
    ]

    @Test func `the same request gives the same bytes`() throws {
        for request in Self.requests {
            for target in Targets.all {
                let first = try generate(request, target: TargetView(target))
                let second = try generate(request, target: TargetView(target))
                #expect(first.canonicalBytes == second.canonicalBytes)
                #expect(try GeneratedKernel(canonicalBytes: first.canonicalBytes) == first)
            }
        }
    }

    @Test func `only facts for code generation are read, so that targets of other speeds share kernels`() throws {
        for request in Self.requests {
            let view = TargetView(.headset)
            let kernel = try generate(request, target: view)
            for fact in view.readFacts {
                #expect(TargetFact(key: fact.name)?.purpose == .codeGeneration, "\(fact.name) was read")
            }
            var faster = TargetDescription.headset
            for fact in TargetFact.allCases where fact.purpose != .codeGeneration {
                faster = faster.setting(fact, to: max(fact.range.lowerBound, 1), source: "test")
            }
            #expect(try generate(request, target: TargetView(faster)) == kernel)
        }
    }

    @Test func `a copy reads no fact of the arrays`() throws {
        let view = TargetView(.headset)
        _ = try generate(CopyTests.permutation([8, 9, 10], [2, 1, 0]), target: view)
        #expect(view.readFacts.map(\.name) == ["cores", "scratchpad_bytes"])
    }

    @Test func `memories that are too small give a diagnostic`() throws {
        let target = TargetDescription.headset.setting(.scratchpadBytes, to: 1024, source: "test")
            .setting(.cores, to: 4, source: "test")
        let request = LaneTests.request([4, 400]) { lanes, values in
            (0..<40).reduce(values[0]) { value, step in lanes.binary(.add, lanes.unary(.silu, value), lanes.immediate(Float(step))) }
        }
        let diagnostic = #expect(throws: Diagnostic.self) { _ = try generate(request, target: TargetView(target)) }
        #expect(diagnostic?.code == .memoryTooSmall)
    }

    @Test func `a request that contradicts itself is refused`() throws {
        var outside = Requests.linear(4, 4, 4)
        outside.operands[0].dimensions = [3, 4]
        var other = Requests.linear(4, 4, 4)
        other.program.outputs[0].operand = 0
        var missing = Requests.linear(4, 4, 4)
        missing.operands.removeLast()
        for request in [outside, other, missing] {
            let diagnostic = #expect(throws: Diagnostic.self) { _ = try generate(request, target: TargetView(.headset)) }
            #expect(diagnostic?.code == .malformedRequest)
        }
    }
}
