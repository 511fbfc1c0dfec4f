import Basics
import Machine
import Testing

@Suite struct KernelVerifierTests {
    private static let limits = KernelLimits(cores: 2, arrayRows: 16, arrayColumns: 16, accumulatorRows: 64, scratchpadBytes: 4096)

    private func verify(_ text: String, workspaceBytes: Int = 4096) throws {
        let kernel = KernelObject(
            operands: [.init(role: .read, bytes: 1024), .init(role: .written, bytes: 1024)], workspaceBytes: workspaceBytes, macs: 0,
            code: try MachineCode.encode(try Assembly.assemble(text)))
        try KernelVerifier.verify(kernel, limits: Self.limits)
    }

    @Test func `A kernel inside its memories is accepted`() throws {
        try verify(
            """
            load runBytes=1024 innerCount=1 outerCount=1
            load_weights depth=16 columns=16 depthStrideBytes=64 columnStrideBytes=4 type=f32
            matmul_ws outerCount=1 innerCount=64 innerStrideBytes=48 depth=16 columns=16 type=f32
            drain accumulatorType=f32 type=bf16 rowStrideBytes=32 rows=64 columns=16
            store operand=1 runBytes=1024 innerCount=1 outerCount=1
            halt
            """)
    }

    @Test(arguments: [
        "load runBytes=1025 innerCount=1 outerCount=1",
        "load runBytes=4 innerCount=2 innerOperandStrideBytes=-4 outerCount=1",
        "load operand=2 runBytes=4 innerCount=1 outerCount=1",
        "load offsetBytes=1099511627775 runBytes=4 innerCount=1 outerCount=1",
        "load address=0xffd runBytes=4 innerCount=1 outerCount=1",
        "store operand=0 runBytes=4 innerCount=1 outerCount=1",
        "fill rows=2 rowBytes=64 rowStrideBytes=4096",
        "matmul_ws outerCount=1 innerCount=1 depth=1 columns=1 type=f32",
        "load_weights depth=17 columns=1", "load_weights depth=1 columns=17",
        "load_weights depth=1 columns=1 type=f32\nmatmul_ws outerCount=1 innerCount=1 depth=1 columns=1 type=bf16",
        "load_weights depth=1 columns=1 type=f32\nmatmul_ws accumulator=63 outerCount=2 innerCount=1 depth=1 columns=1 type=f32",
        "matmul_os outerCount=1 innerCount=17 depth=1 columns=1 type=f32 weightType=f32",
        "drain accumulatorType=f32 type=f32 rows=65 columns=1",
        "drain accumulatorType=f32 type=f32 destination=0x2 rows=1 columns=1",
        "vector_unary.2 rows=1 columns=1",
        "vector_unary sourceSpace=accumulator sourceType=f32 rows=1 columns=17",
        "vector_unary sourceType=f32 source=0x2 destinationType=f32 destination=0x100 rows=1 columns=1",
        "vector_window sourcePixelStrideBytes=4 sourceType=f32 destinationType=f32 outputRows=1 outputColumns=1 channels=1 kernelHeight=1 kernelWidth=2 strideY=1 strideX=1 dilationY=1 dilationX=1 source=0xffc",
        "vector_copy elementSize=four innerCount=1 middleCount=1 outerCount=1 source=0x3",
        "halt",
    ])
    func `A kernel that leaves a memory or a limit is refused`(line: String) {
        #expect(throws: KernelFault.self) { try verify(line + "\nhalt") }
    }

    @Test func `Code must end in its only halt, and the workspace must fit`() throws {
        #expect(throws: KernelFault.missingHalt) { try verify("fill rows=1 rowBytes=4") }
        #expect(throws: KernelFault.missingHalt) { try verify("") }
        #expect(throws: KernelFault.workspaceTooLarge(bytes: 4097, scratchpadBytes: 4096)) { try verify("halt", workspaceBytes: 4097) }
    }

    @Test func `Random instructions are accepted or refused, never trapped on`() throws {
        var generator = SeededGenerator(seed: 21)
        for _ in 0..<4000 {
            let issued = RandomInstruction.make(
                Opcode.allCases.filter { $0 != .halt }.randomElement(using: &generator) ?? .load, using: &generator)
            let code = try MachineCode.encode([issued, IssuedInstruction(.halt(Halt()))])
            let kernel = KernelObject(operands: [.init(role: .written, bytes: 1 << 20)], workspaceBytes: 4096, macs: 0, code: code)
            _ = try? KernelVerifier.verify(kernel, limits: Self.limits)
        }
    }
}
