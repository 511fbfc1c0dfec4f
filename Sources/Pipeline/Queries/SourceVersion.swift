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

    static let basics = SourceVersion(0x60db_7977_49f7_52fc)
    static let tensorIR = SourceVersion(0x11a6_a7a5_bcb5_a9df, basics)
    static let pt2 = SourceVersion(0x5f4a_9659_5629_1ec0, basics)
    static let machine = SourceVersion(0xd6e7_0e87_18b9_0f62, basics)
    static let capture = SourceVersion(0x3c60_4951_f707_9dbc, pt2, basics)
    static let kernelCodegen = SourceVersion(0xd779_9466_0c2c_b0ce, tensorIR, machine, basics)
    static let operators = SourceVersion(0x3522_97ae_4eb8_c998, kernelCodegen, tensorIR, pt2, machine, basics)
    static let graphPasses = SourceVersion(0x400f_8222_7cf7_ba8f, operators, kernelCodegen, tensorIR, pt2, machine, basics)
    static let linking = SourceVersion(0xc96f_b199_8c52_a708, kernelCodegen, tensorIR, machine, basics)
    static let simulation = SourceVersion(0x0299_b72b_61da_fb11, machine, basics)
    /// The queries themselves.
    private static let queries = SourceVersion(0x6ec9_6cf6_5ed4_9ad8)
    /// What Pipeline computes with all of them: everything but the queries and the reports.
    static let pipeline = SourceVersion(
        0x1f95_08d2_3272_27bb, capture, graphPasses, linking, simulation, operators, kernelCodegen, tensorIR, pt2, machine, basics)
}
