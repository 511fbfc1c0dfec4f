import Basics

/// One fact that was read, as an ingredient of a key: its name and its value as text.
package struct ReadFact: Hashable, Sendable {
    package let name: String
    package let value: String
}

/// A target description that notes which facts are read. Code generation and timing see targets only through it, so that
/// two targets that differ in a fact that a kernel never read share that kernel (design rule 5).
///
/// A view belongs to one computation on one thread.
package final class TargetView {
    private let description: TargetDescription
    private var readBits: UInt64 = 0

    package init(_ description: TargetDescription) { self.description = description }

    /// Reads a fact and notes it.
    package subscript(fact: TargetFact) -> Int {
        readBits |= 1 << UInt64(fact.rawValue)
        return description[fact]
    }

    /// The facts read so far, in the order of `TargetFact`.
    package var readFacts: [ReadFact] {
        TargetFact.allCases.compactMap { fact in
            readBits & (1 << UInt64(fact.rawValue)) == 0 ? nil : ReadFact(name: fact.key, value: String(description[fact]))
        }
    }

    /// What a fact is now, without noting it: to check a recorded ingredient. nil for a name that is no fact.
    package static func currentValue(of name: String, in description: TargetDescription) -> String? {
        TargetFact(key: name).map { String(description[$0]) }
    }
}

extension TargetView {
    package var cores: Int { self[.cores] }
    package var arrayRows: Int { self[.arrayRows] }
    package var arrayColumns: Int { self[.arrayColumns] }
    package var supportsWeightStationary: Bool { self[.weightStationary] != 0 }
    package var supportsOutputStationary: Bool { self[.outputStationary] != 0 }
    package var scratchpadBytes: Int { self[.scratchpadBytes] }
    /// Of one core.
    package var accumulatorBytes: Int { self[.accumulatorBytes] }
    /// Rows of one core's accumulators; reads `accumulator_bytes` and `array_columns`.
    package var accumulatorRows: Int { accumulatorBytes / (4 * arrayColumns) }
    package var vectorLanes: Int { self[.vectorLanes] }
    package var computesFloats: Bool { self[.vectorFloat] != 0 }

    /// Cycles one row of activations occupies the array, or nil where the type is not multiplied.
    package func macCycles(_ type: MachineType) -> Int? {
        let cycles: Int
        switch type {
        case .i8: cycles = self[.macCyclesI8]
        case .i16: cycles = self[.macCyclesI16]
        case .f16: cycles = self[.macCyclesF16]
        case .bf16: cycles = self[.macCyclesBF16]
        case .f32: cycles = self[.macCyclesF32]
        case .u8, .i32: return nil
        }
        return cycles > 0 ? cycles : nil
    }
}
