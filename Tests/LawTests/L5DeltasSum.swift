import Basics
import Pipeline
import Testing

/// L5: the per-kernel deltas printed for an edit add up exactly to the printed total.
@Suite struct L5DeltasSum {
    /// What a table prints: sides and difference of each row, and of the total.
    private struct Printed {
        var rows: [(before: Int, after: Int, delta: Int)] = []
        var total: (before: Int, after: Int, delta: Int)?

        /// Reads the text as a person does: columns are two spaces apart, a dash is nothing.
        init(_ lines: [String]) {
            for line in lines {
                let columns = line.split(separator: "  ", omittingEmptySubsequences: true).map(Self.trimmed)
                guard let place = columns.firstIndex(where: { Self.sides($0) != nil }), let sides = Self.sides(columns[place]),
                    columns.indices.contains(place + 1), let delta = Self.number(columns[place + 1])
                else { continue }
                if columns[0] == "total" { total = (sides.0, sides.1, delta) } else { rows.append((sides.0, sides.1, delta)) }
            }
        }

        private static func trimmed(_ text: Substring) -> String {
            String(text.drop { $0 == " " }.reversed().drop { $0 == " " }.reversed())
        }

        private static func sides(_ text: String) -> (Int, Int)? {
            guard let arrow = text.firstRange(of: " -> "), let before = number(String(text[..<arrow.lowerBound])),
                let after = number(String(text[arrow.upperBound...]))
            else { return nil }
            return (before, after)
        }

        private static func number(_ text: String) -> Int? {
            if text == "-" { return 0 }
            let digits = text.filter { $0 != " " && $0 != "+" }
            return text.allSatisfy { $0.isNumber || " +-".contains($0) } ? Int(digits) : nil
        }
    }

    static let edits = [
        ["tiny_cnn", "tiny_cnn.edited"], ["tiny_cnn", "tiny_cnn.renamed"], ["tiny_cnn", "tiny_cnn.reweighted"],
        ["tiny_cnn", "tiny_cnn.dilated"], ["tiny_cnn", "tiny_attention"], ["tiny_attention", "multi_output"],
        ["tiny_cnn", "tiny_cnn.edited", "tiny_cnn"],
    ]

    @Test(arguments: edits) func `The printed rows of an edit add up to the printed total`(sequence: [String]) async throws {
        let bench = try LawBench()
        var reports: [BuildReport] = []
        for program in sequence {
            try bench.edit(Fixture.path(program))
            reports.append(try await bench.build())
        }
        let comparison = try DeltaComparison(from: "@-1", to: "@", in: bench.session())
        let delta = try #require(comparison.deltas.first).delta
        let (before, after) = (reports[reports.count - 2].program, reports[reports.count - 1].program)
        #expect(delta.before == before && delta.after == after)
        for text in [DeltaText(), DeltaText(limit: 2), DeltaText(isDetailed: true)] {
            try Self.check(text.lines(delta), before, after)
        }
        try Self.checkParts(delta, before, after)
    }

    @Test func `Cycles that no step has are a row, so that the sum holds whatever a total is made of`() async throws {
        let bench = try LawBench()
        try bench.edit(Fixture.path("tiny_cnn"))
        let before = try await bench.build().program
        try bench.edit(Fixture.path("tiny_cnn.edited"))
        var after = try await bench.build().program
        after.timing.cycles += 1234
        after.timing.dramReadBytes -= 5
        let delta = DeltaProgram(from: before, to: after, compiled: [:]) { _ in [] }
        #expect(delta.rows.last?.change == .schedule)
        try Self.check(DeltaText().lines(delta), before, after)
        try Self.checkParts(delta, before, after)
    }

    @Test func `A program of many kernels folds its equal rows, and its total stays`() async throws {
        let bench = try LawBench()
        try bench.edit(Fixture.path("tiny_attention"))
        let program = try await bench.build().program
        let delta = DeltaProgram(from: program, to: program, compiled: [:]) { _ in [] }
        #expect(delta.rows.allSatisfy { $0.change == .unchanged })
        let lines = DeltaText().lines(delta)
        #expect(lines.contains { $0.hasPrefix("\(program.steps.count) others") }, "\(lines)")
        try Self.check(lines, program, program)
    }

    @Test func `Two images are compared by what is in them, with the same sums`() async throws {
        let bench = try LawBench()
        var paths: [String] = []
        var programs: [BuiltProgram] = []
        for name in ["tiny_cnn", "tiny_cnn.edited"] {
            try bench.edit(Fixture.path(name))
            let report = try await bench.build()
            paths.append("\(bench.directory)/\(name).rgi")
            programs.append(report.program)
            try FilePath.write(try bench.image(report), to: paths[paths.count - 1])
        }
        let comparison = try DeltaComparison(from: paths[0], to: paths[1], in: bench.session())
        let delta = try #require(comparison.deltas.first).delta
        try Self.check(DeltaText().lines(delta), programs[0], programs[1])
        try Self.checkParts(delta, programs[0], programs[1])
        #expect(delta.after.imageBytes == programs[1].imageBytes)
    }

    private static func check(_ lines: [String], _ before: BuiltProgram, _ after: BuiltProgram) throws {
        let printed = Printed(lines)
        let total = try #require(printed.total, "\(lines)")
        #expect(!printed.rows.isEmpty)
        #expect(printed.rows.reduce(0) { $0 + $1.delta } == total.delta, "\(lines.joined(separator: "\n"))")
        #expect(printed.rows.reduce(0) { $0 + $1.before } == total.before)
        #expect(printed.rows.reduce(0) { $0 + $1.after } == total.after)
        #expect(total == (before.timing.cycles, after.timing.cycles, after.timing.cycles - before.timing.cycles))
    }

    /// Everything that adds up, not only what the table prints.
    private static func checkParts(_ delta: DeltaProgram, _ before: BuiltProgram, _ after: BuiltProgram) throws {
        let sum = delta.rows.reduce(DeltaCost()) { $0 + $1.delta }
        #expect(sum == delta.total)
        #expect(sum.dramReadBytes == after.timing.dramReadBytes - before.timing.dramReadBytes)
        #expect(sum.dramWriteBytes == after.timing.dramWriteBytes - before.timing.dramWriteBytes)
        let image =
            sum.codeBytes + (after.weightsBytes - before.weightsBytes) + (after.tableBytes - before.tableBytes)
        #expect(image == after.imageBytes - before.imageBytes)
        #expect(before.tableBytes > 0 && after.tableBytes > 0)
    }
}
