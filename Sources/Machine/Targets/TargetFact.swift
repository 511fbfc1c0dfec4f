/// One fact about a target: a whole number with a unit. Facts that are rational (bytes per cycle, pJ) are given in a unit that makes them whole.
package enum TargetFact: UInt8, CaseIterable, Hashable, Sendable {
    // What code generation must know.
    case cores, arrayRows, arrayColumns, weightStationary, outputStationary
    case scratchpadBytes, accumulatorBytes, vectorLanes, vectorFloat
    case macCyclesI8, macCyclesI16, macCyclesF16, macCyclesBF16, macCyclesF32
    case lookupEntriesI8, lookupEntriesI16
    // What only cycles depend on.
    case clockMegahertz, dispatchCycles
    case scratchpadBanks, scratchpadPortBytes, accumulatorBanks, copyLatencyCycles
    case vectorStartupCycles, vectorSimpleCycles, vectorMultiplyCycles, vectorDivideCycles, vectorTranscendentalCycles
    case dramMegabytesPerSecond, dramReadLatencyCycles, dramWriteLatencyCycles
    case dramBurstBytes, dramMinimumAccessBytes, dramReadsInFlight, dramWritesInFlight
    // What only energy depends on.
    case macI8Femtojoules, macI16Femtojoules, macF16Femtojoules, macF32Femtojoules
    case vectorAddFemtojoules, vectorMultiplyFemtojoules
    case scratchpadByteFemtojoules, accumulatorByteFemtojoules, dramByteFemtojoules, technologyPermille

    /// What the fact is for: a kernel's key lists the first kind at most, a timing the first two.
    package enum Purpose: String, Sendable {
        case codeGeneration = "code generation"
        case timing, energy
    }

    package var purpose: Purpose {
        if rawValue < TargetFact.clockMegahertz.rawValue { return .codeGeneration }
        return rawValue < TargetFact.macI8Femtojoules.rawValue ? .timing : .energy
    }

    /// The key in TOML, in `--set` and in a kernel's ingredients: snake case, the unit last.
    package var key: String { description.key }
    package var unit: String { description.unit }
    package var meaning: String { description.meaning }
    /// The values a target may have.
    package var range: ClosedRange<Int> { description.range }

    /// The fact that `key` names.
    package init?(key: some StringProtocol) {
        guard let fact = Self.byKey[String(key)] else { return nil }
        self = fact
    }

    private static let byKey = Dictionary(uniqueKeysWithValues: allCases.map { ($0.key, $0) })
}

extension TargetFact {
    struct Description {
        let key: String
        let unit: String
        let range: ClosedRange<Int>
        let meaning: String

        init(_ key: String, _ unit: String, _ range: ClosedRange<Int>, _ meaning: String) {
            self.key = key
            self.unit = unit
            self.range = range
            self.meaning = meaning
        }
    }

    private static let macRate = 0...1024

    var description: Description {
        switch purpose {
        case .codeGeneration: codeGenerationDescription
        case .timing: timingDescription
        case .energy: energyDescription
        }
    }

    private var codeGenerationDescription: Description {
        switch self {
        case .cores: .init("cores", "cores", 1...4, "cores, each with an array, accumulators and a vector unit")
        case .arrayRows: .init("array_rows", "rows", 1...255, "rows of an array: the k of one weight plane")
        case .arrayColumns: .init("array_columns", "columns", 1...255, "columns of an array; words of an accumulator row")
        case .weightStationary: .init("weight_stationary", "0 or 1", 0...1, "matmul_ws and load_weights exist")
        case .outputStationary: .init("output_stationary", "0 or 1", 0...1, "matmul_os exists")
        case .scratchpadBytes:
            .init("scratchpad_bytes", "bytes", 1024...(1 << 24), "on-chip memory for workspaces and activations")
        case .accumulatorBytes:
            .init("accumulator_bytes", "bytes per core", 64...(1 << 24), "accumulators of one core, words of 32 bits")
        case .vectorLanes: .init("vector_lanes", "lanes per core", 1...1024, "elements of 32 bits per vector cycle")
        case .vectorFloat: .init("vector_float", "0 or 1", 0...1, "the vector unit computes in f32")
        case .macCyclesI8: .init("mac_cycles_i8", "cycles per row", Self.macRate, "i8 × i8; 0: not supported")
        case .macCyclesI16: .init("mac_cycles_i16", "cycles per row", Self.macRate, "i16 × i8; 0: not supported")
        case .macCyclesF16: .init("mac_cycles_f16", "cycles per row", Self.macRate, "f16, f32 sums; 0: not supported")
        case .macCyclesBF16: .init("mac_cycles_bf16", "cycles per row", Self.macRate, "bf16, f32 sums; 0: not supported")
        case .macCyclesF32: .init("mac_cycles_f32", "cycles per row", Self.macRate, "f32; 0: not supported")
        case .lookupEntriesI8: .init("lookup_entries_i8", "entries", 0...65536, "entries of the i8 lookup table")
        default: .init("lookup_entries_i16", "entries", 0...65536, "entries of the interpolated i16 lookup table")
        }
    }

    private var timingDescription: Description {
        switch self {
        case .clockMegahertz: .init("clock_megahertz", "MHz", 1...10_000, "clock of the whole NPU")
        case .dispatchCycles: .init("dispatch_cycles", "cycles", 0...1024, "from one dispatched instruction to the next")
        case .scratchpadBanks: .init("scratchpad_banks", "banks", 1...1024, "banks of the scratchpad")
        case .scratchpadPortBytes:
            .init("scratchpad_port_bytes", "bytes per cycle", 1...4096, "port of a bank: the rate of fill and on-chip copies")
        case .accumulatorBanks: .init("accumulator_banks", "banks per core", 1...1024, "banks of a core's accumulators")
        case .copyLatencyCycles: .init("copy_latency_cycles", "cycles", 0...100_000, "first byte of an on-chip copy or fill")
        case .vectorStartupCycles: .init("vector_startup_cycles", "cycles", 0...100_000, "before the first element")
        case .vectorSimpleCycles: .init("vector_simple_cycles", "cycles", 1...1024, "per lane group: add, compare, copy, …")
        case .vectorMultiplyCycles: .init("vector_multiply_cycles", "cycles", 1...1024, "per lane group: multiply, square")
        case .vectorDivideCycles: .init("vector_divide_cycles", "cycles", 1...1024, "per lane group: divide, square root")
        case .vectorTranscendentalCycles:
            .init("vector_transcendental_cycles", "cycles", 1...1024, "per lane group: exponential, tanh, …")
        case .dramMegabytesPerSecond:
            .init("dram_megabytes_per_second", "10⁶ bytes/s", 1...10_000_000, "bandwidth of the DRAM channel")
        case .dramReadLatencyCycles: .init("dram_read_latency_cycles", "cycles", 0...1_000_000, "first byte of a read")
        case .dramWriteLatencyCycles: .init("dram_write_latency_cycles", "cycles", 0...1_000_000, "until a write is done")
        case .dramBurstBytes: .init("dram_burst_bytes", "bytes", 1...65536, "one burst; a run of this length or more is rounded up to it")
        case .dramMinimumAccessBytes: .init("dram_minimum_access_bytes", "bytes", 1...65536, "a shorter run is rounded up to it")
        case .dramReadsInFlight: .init("dram_reads_in_flight", "bursts", 1...65536, "outstanding read bursts")
        default: .init("dram_writes_in_flight", "bursts", 1...65536, "outstanding write bursts")
        }
    }

    private var energyDescription: Description {
        let range = 0...1_000_000_000
        return switch self {
        case .macI8Femtojoules: .init("mac_i8_femtojoules", "fJ", range, "one i8 × i8 multiply-accumulate")
        case .macI16Femtojoules: .init("mac_i16_femtojoules", "fJ", range, "one i16 × i8 multiply-accumulate")
        case .macF16Femtojoules: .init("mac_f16_femtojoules", "fJ", range, "one f16 or bf16 multiply-accumulate into f32")
        case .macF32Femtojoules: .init("mac_f32_femtojoules", "fJ", range, "one f32 multiply-accumulate")
        case .vectorAddFemtojoules: .init("vector_add_femtojoules", "fJ", range, "one vector lane, addition class")
        case .vectorMultiplyFemtojoules: .init("vector_multiply_femtojoules", "fJ", range, "one vector lane, any other class, per cycle")
        case .scratchpadByteFemtojoules: .init("scratchpad_byte_femtojoules", "fJ", range, "one byte read or written")
        case .accumulatorByteFemtojoules: .init("accumulator_byte_femtojoules", "fJ", range, "one byte read or written")
        case .dramByteFemtojoules: .init("dram_byte_femtojoules", "fJ", range, "one byte read or written")
        default: .init("technology_permille", "‰", 1...100_000, "factor on logic and on-chip memory, not on DRAM")
        }
    }
}
