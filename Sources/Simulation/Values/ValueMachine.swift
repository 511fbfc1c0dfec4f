import Basics
import Machine

/// The memories of a machine and the interpreter of its code: values only, in program order.
///
/// A program that the race verifier accepts computes the same bits in every order the queues allow, so program order stands for all of them.
/// This file is the checked door to the unsafe code of the module: bindings are checked here, code was checked by `PreparedKernel`.
package final class ValueMachine {
    private let limits: KernelLimits
    private let sram: UnsafeMutableRawBufferPointer
    private let dram: UnsafeMutableRawBufferPointer
    private let constants: [ConstantSlice]
    private let constantBytes: Int
    /// Copies of constant ranges that do not lie in one slice.
    private var gathered: [ByteStorage] = []
    let cores: CoreStates

    /// Zeroed memories. `constants` are read where they are.
    package init(limits: KernelLimits, memory: MemoryPlan, constants: [ConstantSlice] = [], constantBytes: Int = 0) {
        self.limits = limits
        sram = Self.zeroed(memory.sramBytes)
        dram = Self.zeroed(memory.dramBytes)
        self.constants = constants
        self.constantBytes = constantBytes
        cores = CoreStates(limits)
    }

    deinit {
        sram.deallocate()
        dram.deallocate()
    }

    private static func zeroed(_ bytes: Int) -> UnsafeMutableRawBufferPointer {
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: max(bytes, 64), alignment: 64)
        buffer.initializeMemory(as: UInt8.self, repeating: 0)
        return UnsafeMutableRawBufferPointer(rebasing: buffer[0..<bytes])
    }

    /// Runs one kernel.
    package func run(
        _ prepared: PreparedKernel, bindings: [Binding], workspaceBase: Int
    ) throws(SimulationError) {
        guard prepared.limits == limits else { throw .binding("the kernel was prepared for another machine") }
        guard bindings.count == prepared.kernel.operands.count else { throw .binding("operands and bindings differ in number") }
        let workspace = Binding(space: .sram, address: workspaceBase, bytes: prepared.kernel.workspaceBytes)
        guard workspaceBase % 64 == 0 else { throw .binding("a workspace starts at a multiple of 64") }
        var operands: [UnsafeMutableRawPointer] = []
        for (binding, operand) in zip(bindings, prepared.kernel.operands) {
            guard binding.bytes >= operand.bytes else { throw .binding("a binding is shorter than its operand") }
            if operand.role == .read {
                operands.append(UnsafeMutableRawPointer(mutating: try readable(binding)))
            } else {
                operands.append(try writable(binding))
            }
        }
        let execution = KernelExecution(workspace: try writable(workspace), operands: operands, cores: cores)
        try execution.run(prepared.instructions)
        gathered.removeAll()
    }

    /// Copies bytes into a memory.
    package func write(_ bytes: UnsafeRawBufferPointer, to binding: Binding) throws(SimulationError) {
        guard bytes.count <= binding.bytes else { throw .binding("\(bytes.count) bytes for a place of \(binding.bytes)") }
        let target = try writable(binding)
        if let source = bytes.baseAddress { target.copyMemory(from: source, byteCount: bytes.count) }
    }

    package func write(_ bytes: [UInt8], to binding: Binding) throws(SimulationError) {
        var failure: SimulationError?
        bytes.withUnsafeBytes { buffer in
            do throws(SimulationError) { try write(buffer, to: binding) } catch { failure = error }
        }
        if let failure { throw failure }
    }

    /// Lends the bytes of a place. They must not be used after `body`.
    package func withBytes<Result>(
        of binding: Binding, _ body: (UnsafeRawBufferPointer) -> Result
    ) throws(SimulationError) -> Result {
        body(UnsafeRawBufferPointer(start: try readable(binding), count: binding.bytes))
    }

    /// A copy of the bytes of a place.
    package func read(_ binding: Binding) throws(SimulationError) -> [UInt8] {
        try withBytes(of: binding) { Array($0) }
    }

    private func readable(_ binding: Binding) throws(SimulationError) -> UnsafeRawPointer {
        guard binding.space == .constants else { return UnsafeRawPointer(try writable(binding)) }
        try check(binding, capacity: constantBytes)
        let inside = constants.first {
            $0.offset <= binding.address && binding.range.upperBound <= $0.offset + $0.storage.count
        }
        if let inside, let base = inside.storage.bytes.baseAddress { return base + (binding.address - inside.offset) }
        let copy = ByteStorage(count: max(binding.bytes, 1)) { buffer in gather(binding.range, into: buffer) }
        gathered.append(copy)
        guard let base = copy.bytes.baseAddress else { throw .binding("an empty constant") }
        return base
    }

    private func gather(_ range: Range<Int>, into buffer: UnsafeMutableRawBufferPointer) {
        for slice in constants {
            let part = range.clamped(to: slice.offset..<slice.offset + slice.storage.count)
            if part.isEmpty { continue }
            let source = slice.storage.bytes[part.lowerBound - slice.offset..<part.upperBound - slice.offset]
            UnsafeMutableRawBufferPointer(rebasing: buffer[(part.lowerBound - range.lowerBound)...])
                .copyMemory(from: UnsafeRawBufferPointer(rebasing: source))
        }
    }

    private func writable(_ binding: Binding) throws(SimulationError) -> UnsafeMutableRawPointer {
        let memory: UnsafeMutableRawBufferPointer
        switch binding.space {
        case .constants: throw .binding("constants cannot be written")
        case .dram: memory = dram
        case .sram: memory = sram
        }
        try check(binding, capacity: memory.count)
        guard let base = memory.baseAddress else { throw .binding("no memory") }
        return base + binding.address
    }

    private func check(_ binding: Binding, capacity: Int) throws(SimulationError) {
        guard binding.address >= 0, binding.bytes >= 0, binding.bytes <= capacity,
            binding.address <= capacity - binding.bytes
        else {
            throw .binding("\(binding.address) + \(binding.bytes) leaves the \(capacity) bytes of \(binding.space.name)")
        }
    }
}
