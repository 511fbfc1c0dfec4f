import Basics

/// The version of the code that computes a query: made from the fingerprints of the sources of the modules that compute it and of all that these import.
///
/// The fingerprints below are of the sources without comments and white space. `L8VersionsFollowSources` compares them, and rewrites them with `REGLAZE_BLESS=1`:
/// so a result that other code computed is a miss, also when two branches have changed the same module in different ways.
struct SourceVersion: Sendable {
    private let fingerprint: UInt64

    private init(_ source: UInt64, _ imports: SourceVersion...) {
        var encoder = CanonicalEncoder()
        encoder.append(source)
        for version in imports { encoder.append(version.fingerprint) }
        fingerprint = encoder.fingerprint.low
    }

    /// For `Query.version`: what is computed by the modules, and by the query's own lines.
    static func of(_ modules: SourceVersion...) -> UInt32 {
        var encoder = CanonicalEncoder()
        encoder.append(queries.fingerprint)
        for module in modules { encoder.append(module.fingerprint) }
        return UInt32(truncatingIfNeeded: encoder.fingerprint.low)
    }

    static let basics = SourceVersion(0xe88ed9da4147002f)
    static let tensorIR = SourceVersion(0x4b757e85e1ef6bde, basics)
    static let pt2 = SourceVersion(0x6e715e3bf33098d4, basics)
    static let machine = SourceVersion(0x784e1da9c609c67a, basics)
    static let capture = SourceVersion(0xfc15acc25b7832a1, pt2, basics)
    static let kernelCodegen = SourceVersion(0xc3c0bf96f310df19, tensorIR, machine, basics)
    static let operators = SourceVersion(0x3089e8b696dd9fe3, kernelCodegen, tensorIR, pt2, machine, basics)
    static let graphPasses = SourceVersion(0x5bf652f4cf2965a7, operators, kernelCodegen, tensorIR, pt2, machine, basics)
    static let linking = SourceVersion(0xf86368caff6c56f0, kernelCodegen, tensorIR, machine, basics)
    static let simulation = SourceVersion(0x16e06f4da5f63b9e, machine, basics)
    /// The queries themselves.
    private static let queries = SourceVersion(0x8141ccad5aa6965b)
    /// What Pipeline computes with all of them: everything but the queries and the reports.
    static let pipeline = SourceVersion(
        0x964a2f180827a748, capture, graphPasses, linking, simulation, operators, kernelCodegen, tensorIR, pt2, machine, basics)
}
