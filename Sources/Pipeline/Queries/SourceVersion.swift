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

    static let basics = SourceVersion(0x3f67_4e80_f7d9_edca)
    static let tensorIR = SourceVersion(0x3e3d_3604_815e_3b2b, basics)
    static let pt2 = SourceVersion(0x2664_1a04_af8e_5feb, basics)
    static let machine = SourceVersion(0xf3af_375c_512c_8644, basics)
    static let capture = SourceVersion(0x9b29_abab_573e_6b03, pt2, basics)
    static let kernelCodegen = SourceVersion(0xa516_af7b_3d80_72f3, tensorIR, machine, basics)
    static let operators = SourceVersion(0x4f8f_c094_3892_f20a, kernelCodegen, tensorIR, pt2, machine, basics)
    static let graphPasses = SourceVersion(0x44f5_a02c_dd95_5a8d, operators, kernelCodegen, tensorIR, pt2, machine, basics)
    static let linking = SourceVersion(0x8466_2c11_5587_56b9, kernelCodegen, tensorIR, machine, basics)
    static let simulation = SourceVersion(0x83a4_b8ca_bd10_a7df, machine, basics)
    /// The queries themselves.
    private static let queries = SourceVersion(0x50df_b3a5_f1a8_ccdd)
    /// What Pipeline makes of a capture process's answers.
    static let capturing = SourceVersion(0xf7f6_3743_cc35_7471, capture, basics)
    /// What Pipeline computes with all of them: everything but the queries and the reports.
    static let pipeline = SourceVersion(
        0x4abb_c0c8_1ff7_5a12, capturing, capture, graphPasses, linking, simulation, operators, kernelCodegen, tensorIR, pt2, machine,
        basics)
}
