import Machine

/// Runs one kernel alone, for tests and for `--verify-each`: every operand in DRAM, the workspace at on-chip address 0.
///
/// - Parameters:
///   - operands: the bytes of each operand in operand order; written operands may be given empty and start as zeros.
/// - Returns: the bytes of all operands afterwards.
/// - Throws: `.kernel` for code that breaks the machine's rules, `.tensorSize` for an operand of another size, and what execution itself can meet.
package func simulateKernel(
    _ kernel: KernelObject, operands: [[UInt8]], on limits: KernelLimits
) throws(SimulationError) -> [[UInt8]] {
    let prepared = try PreparedKernel(kernel, limits: limits)
    guard operands.count == kernel.operands.count else {
        throw .inputCount(expected: kernel.operands.count, actual: operands.count)
    }
    var bindings: [Binding] = []
    var end = 0
    for operand in kernel.operands {
        bindings.append(Binding(space: .dram, address: end, bytes: operand.bytes))
        end = (end + operand.bytes + 63) & ~63
    }
    let machine = ValueMachine(
        limits: limits, memory: MemoryPlan(dramBytes: end, sramBytes: kernel.workspaceBytes))
    for (index, bytes) in operands.enumerated() where !bytes.isEmpty {
        guard bytes.count == kernel.operands[index].bytes else {
            throw .tensorSize(
                name: "operand \(index)", expectedBytes: kernel.operands[index].bytes, actualBytes: bytes.count)
        }
        try machine.write(bytes, to: bindings[index])
    }
    try machine.run(prepared, bindings: bindings, workspaceBase: 0)
    var results: [[UInt8]] = []
    for binding in bindings { results.append(try machine.read(binding)) }
    return results
}
