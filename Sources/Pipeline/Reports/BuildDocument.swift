import Basics
import FoundationEssentials
import QueryEngine

/// The JSON document `reglaze.build/1`, field for field as the command line's contract has it.
package struct BuildDocument: Encodable {
    struct Counts: Encodable {
        var total: Int, unique: Int, compiled: Int, reused: Int, fetched: Int
    }
    struct Subgraphs: Encodable {
        var total: Int, optimised: Int, reused: Int
    }
    struct Constants: Encodable {
        var total: Int, packed: Int, reused: Int
    }
    struct Queries: Encodable {
        var executed: [String: Int]
        var validated: Int
        var cutOff: Int
    }
    struct HostOperator: Encodable {
        var op: String, node: String, source: String?, code: String, reason: String
        var macs: Int, bytesToHost: Int, bytesFromHost: Int, boundaryCycles: Int, savedCycles: Int
    }
    struct Timing: Encodable {
        var cycles: Int, latencyUs: Double, macs: Int, hostMacs: Int, macUtilisation: Double
        var sramPeakBytes: Int, dramReadBytes: Int, dramWriteBytes: Int, energyUj: Double
    }
    struct CompiledKernel: Encodable {
        var name: String, kernel: String, why: [String], source: String?
    }
    struct Build: Encodable {
        var model: String, target: String, image: String, imageDigest: String, imageBytes: Int
        var kernels: Counts
        var subgraphs: Subgraphs
        var constants: Constants
        var queries: Queries
        var hostOperators: [HostOperator]
        var seconds: [String: Double]
        var timing: Timing
        var compiledKernels: [CompiledKernel]
    }

    let schema = "reglaze.build/1"
    let generation: UInt64?
    let builds: [Build]
    let diagnostics: [DiagnosticDocument]
    /// Where results were computed again.
    let audit: AuditDocument?
    /// With `--stats`.
    let counters: CountersDocument?

    /// `counters`: of the store, where they are asked for.
    package init(_ outcome: BuildOutcome, counters: StoreStatistics? = nil) {
        audit = outcome.statistics.audited > 0 ? AuditDocument(outcome.statistics) : nil
        self.counters = counters.map { CountersDocument(outcome.statistics, $0) }
        generation = outcome.generation
        builds = outcome.reports.map(Self.build)
        diagnostics = outcome.diagnostics.map(DiagnosticDocument.init)
    }

    private static func build(_ report: BuildReport) -> Build {
        let program = report.program
        let timing = program.timing
        let optimised = report.executed(OptimiseQuery.kind)
        let packed = report.executed(PackQuery.kind)
        return Build(
            model: report.model, target: report.target, image: report.image, imageDigest: program.imageDigest.hex,
            imageBytes: program.imageBytes,
            kernels: Counts(
                total: program.kernelUses, unique: program.kernels.count, compiled: report.compiled.count,
                reused: report.kernelsReused, fetched: 0),
            subgraphs: Subgraphs(total: program.subgraphs, optimised: optimised, reused: program.subgraphs - optimised),
            constants: Constants(total: program.constants, packed: packed, reused: program.constants - packed),
            queries: queries(report),
            hostOperators: program.hostOperators.map {
                HostOperator(
                    op: $0.operation, node: $0.node, source: $0.source?.text, code: DiagnosticCode.hostOperator.text, reason: $0.reason,
                    macs: $0.macs, bytesToHost: $0.bytesToHost, bytesFromHost: $0.bytesFromHost, boundaryCycles: $0.boundaryCycles,
                    savedCycles: $0.savedCycles)
            },
            seconds: seconds(report),
            timing: Timing(
                cycles: timing.cycles, latencyUs: timing.latencyMicroseconds, macs: timing.macs, hostMacs: timing.hostMacs,
                macUtilisation: timing.macUtilisation, sramPeakBytes: timing.sramPeakBytes,
                dramReadBytes: timing.dramReadBytes, dramWriteBytes: timing.dramWriteBytes,
                energyUj: timing.energyPicojoules / 1e6),
            compiledKernels: compiledKernels(report))
    }

    /// Those of the capture among them.
    private static func queries(_ report: BuildReport) -> Queries {
        var statistics = report.statistics
        if let capture = report.capture { statistics.add(capture.statistics) }
        return Queries(executed: statistics.executed, validated: statistics.validated, cutOff: statistics.cutOff)
    }

    static func compiledKernels(_ report: BuildReport) -> [CompiledKernel] {
        report.compiled.map { CompiledKernel(name: $0.name, kernel: $0.key.hex, why: $0.why, source: $0.source?.text) }
    }

    static func seconds(_ report: BuildReport) -> [String: Double] {
        [
            "capture": report.capture?.seconds ?? 0,
            "import": report.seconds(in: ImportQuery.kind),
            "optimise": report.seconds(in: PartitionQuery.kind, OptimiseQuery.kind),
            "codegen": report.seconds(in: GenerateQuery.kind),
            "pack": report.seconds(in: PackQuery.kind),
            "link": report.seconds(in: BuildQuery.kind),
            "simulate": report.seconds(in: TimeQuery.kind),
            "total": report.seconds,
        ]
    }
}

/// A diagnostic as every JSON document shows it.
package struct DiagnosticDocument: Encodable {
    let code: String, severity: String, message: String
    let file: String?, line: Int?
    let notes: [String]
    let help: String?

    package init(_ diagnostic: Diagnostic) {
        code = diagnostic.code.text
        severity = diagnostic.severity.name
        message = diagnostic.message
        file = diagnostic.position?.file
        line = diagnostic.position?.line
        notes = diagnostic.notes
        help = diagnostic.help
    }
}

extension SourcePosition {
    /// `models/gazenet.py:48`.
    package var text: String { line.map { "\(file):\($0)" } ?? file }
}

/// Writes JSON documents: sorted keys, so that equal documents are equal bytes.
package enum JSONDocument {
    package static func text(_ document: some Encodable) throws -> String {
        let encoder = JSONEncoder()
        encoder.keyEncodingStrategy = .convertToSnakeCase
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(document), as: UTF8.self)
    }
}
