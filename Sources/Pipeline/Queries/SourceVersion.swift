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

    static let basics = SourceVersion(0x516f_3bd5_f766_ee7d)
    static let tensorIR = SourceVersion(0x4b75_7e85_e1ef_6bde, basics)
    static let pt2 = SourceVersion(0x2f7c_806f_3a8f_c801, basics)
    static let machine = SourceVersion(0xf47e_dae1_e87b_36da, basics)
    static let capture = SourceVersion(0x586a_6198_767b_6f20, pt2, basics)
    static let kernelCodegen = SourceVersion(0x8796_9d38_a5e0_d91e, tensorIR, machine, basics)
    static let operators = SourceVersion(0x8df5_c336_37ce_4de0, kernelCodegen, tensorIR, pt2, machine, basics)
    static let graphPasses = SourceVersion(0xcb58_98c1_648d_96dc, operators, kernelCodegen, tensorIR, pt2, machine, basics)
    static let linking = SourceVersion(0xf863_68ca_ff6c_56f0, kernelCodegen, tensorIR, machine, basics)
    static let simulation = SourceVersion(0x16e0_6f4d_a5f6_3b9e, machine, basics)
    /// The queries themselves.
    private static let queries = SourceVersion(0x2203_64c3_772b_13d5)
    /// What Pipeline computes with all of them: everything but the queries and the reports.
    static let pipeline = SourceVersion(
        0xf7ea_7c0d_9bc5_6837, capture, graphPasses, linking, simulation, operators, kernelCodegen, tensorIR, pt2, machine, basics)
}
