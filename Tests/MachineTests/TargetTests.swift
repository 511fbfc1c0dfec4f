import Machine
import Testing

@Suite struct TargetTests {
    @Test(arguments: TargetDescription.presets)
    func `A preset is consistent, and each of its facts has a source`(target: TargetDescription) throws {
        #expect(target.faults.isEmpty)
        for fact in TargetFact.allCases { #expect(!target.source(of: fact).isEmpty, "\(fact.key)") }
        #expect(try TargetDescription(canonicalBytes: target.canonicalBytes) == target)
        #expect(TargetDescription.preset(named: target.name) == target)
    }

    @Test func `The presets are the four that the design fixes`() {
        #expect(TargetDescription.presets.map(\.name) == ["glasses", "headset", "edge", "edge-mono"])
        let macs = TargetDescription.presets.map { $0[.cores] * $0[.arrayRows] * $0[.arrayColumns] }
        #expect(macs == [256, 1024, 4096, 4096])
        #expect(TargetDescription.presets.map { $0[.scratchpadBytes] } == [256 << 10, 2 << 20, 8 << 20, 8 << 20])
        #expect(TargetView(.glasses).macCycles(.f32) == nil && TargetView(.headset).macCycles(.f32) == 8)
        #expect(TargetView(.headset).macCycles(.bf16) == 2 && TargetView(.headset).macCycles(.i8) == 1)
    }

    @Test func `Keys are unique and lead back to their facts`() {
        #expect(Set(TargetFact.allCases.map(\.key)).count == TargetFact.allCases.count)
        for fact in TargetFact.allCases { #expect(TargetFact(key: fact.key) == fact) }
        // A view keeps one bit per fact.
        #expect(TargetFact.allCases.count <= 64)
    }

    @Test func `A view lists what was read, once, in order, and nothing else`() {
        let view = TargetView(.headset)
        #expect(view.readFacts.isEmpty)
        _ = (view.arrayColumns, view.arrayRows, view.arrayColumns, view.macCycles(.bf16))
        #expect(view.readFacts.map(\.name) == ["array_rows", "array_columns", "mac_cycles_bf16"])
        #expect(view.readFacts.map(\.value) == ["32", "32", "2"])
        #expect(TargetView.currentValue(of: "array_rows", in: .glasses) == "16")
        #expect(TargetView.currentValue(of: "nothing", in: .glasses) == nil)
    }

    @Test func `A user's target changes facts of its base, and every mistake is told at once`() throws {
        let wide = try TargetDescription(
            name: "wide", summary: "", base: .headset, facts: [("array_columns", 64), ("clock_megahertz", 800)], source: "targets/wide.toml"
        )
        #expect(wide[.arrayColumns] == 64 && wide[.arrayRows] == 32 && wide.source(of: .clockMegahertz) == "targets/wide.toml")
        let faults: [TargetFault] = [
            .unknownKey("array_row", suggestion: "array_rows"), .duplicateKey("cores"), .outOfRange(.arrayRows, value: 0),
        ]
        #expect(throws: TargetFaults(target: "bad", faults: faults)) {
            try TargetDescription(
                name: "bad", summary: "", base: .headset, facts: [("array_row", 1), ("cores", 1), ("cores", 1), ("array_rows", 0)],
                source: "")
        }
        for facts: [(key: String, value: Int)] in [
            [("weight_stationary", 0), ("output_stationary", 0)], [("accumulator_bytes", 64)], [("vector_float", 0)],
            [("accumulator_bytes", 1 << 24)], [("scratchpad_bytes", 1 << 25)], [("cores", 5)],
        ] {
            #expect(throws: TargetFaults.self) {
                try TargetDescription(name: "bad", summary: "", base: .headset, facts: facts, source: "")
            }
        }
    }
}
