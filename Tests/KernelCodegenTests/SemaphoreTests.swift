import Basics
import KernelCodegen
import Machine
import Simulation
import Testing

/// The checks of this suite find what they look for, and semaphores are neither missing nor idle.
@Suite struct SemaphoreTests {
    private static func convolution() throws -> (request: KernelRequest, kernel: GeneratedKernel) {
        let request = Requests.Convolution(height: 20, width: 20, channels: 40, outputs: 40, hasResidual: true).request
        return (request, try generate(request, target: TargetView(.edge)))
    }

    @Test func `a kernel that computes something else is found`() {
        let request = Requests.Convolution().request
        let other = Requests.Convolution(activation: .negate).request
        withKnownIssue { try KernelRunner(request, .headset).check(against: other) }
    }

    @Test(arguments: [("LD", "MM0"), ("MM0", "VE0"), ("VE0", "ST"), ("ST", "VE0"), ("MM0", "LD"), ("VE0", "MM0"), ("LD", "VE2")])
    func `without the semaphores of a pair of queues the verifiers find races`(_ producer: String, _ consumer: String) throws {
        let (request, kernel) = try Self.convolution()
        var instructions = try kernel.object.instructions()
        #expect(RaceCheck(instructions).faults.isEmpty)
        let from = try #require(Queue(name: producer))
        let to = try #require(Queue(name: consumer))
        var removed = 0
        for index in instructions.indices {
            if instructions[index].queue == to, instructions[index].wait.contains(from) {
                instructions[index].wait.remove(QueueSet(from))
                removed += 1
            }
            if instructions[index].queue == from { instructions[index].signal.remove(QueueSet(to)) }
        }
        #expect(removed > 0)
        #expect(!RaceCheck(instructions).faults.isEmpty, "\(request)")
        var object = kernel.object
        object.code = try MachineCode.encode(instructions)
        #expect(throws: SynchronisationFault.self) {
            try RaceVerifier.verify(try PreparedKernel(object, limits: KernelLimits(.edge)))
        }
    }

    @Test func `the simulator's own verifier agrees`() throws {
        for target in Targets.all {
            for request in [
                try Self.convolution().request, Requests.linear(50, 200, 100), LaneTests.request([64, 64]) { $0.unary(.gelu, $1[0]) },
            ] {
                let kernel = try generate(request, target: TargetView(target))
                try RaceVerifier.verify(try PreparedKernel(kernel.object, limits: KernelLimits(target)))
            }
        }
    }
}
