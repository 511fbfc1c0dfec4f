import Basics
import QueryEngine

/// What one build of one model for one target did: the program that came out, and what it cost to get there.
package struct BuildReport: Sendable {
    /// A kernel that this build generated, with the ingredients that made it necessary.
    package struct CompiledKernel: Sendable, Hashable {
        package var name: String
        package var key: Fingerprint
        package var why: [String]
        package var source: SourcePosition?
    }

    /// The capture behind a build, and what it cost this time: nothing where it was reused.
    package struct Capture: Sendable {
        package var source: String
        package var program: CapturedProgram
        /// `total`, `distinct`, `exported`, `memoised`; nil where nothing was captured, or the whole.
        package var blocks: [String: Int]?
        package var statistics: Statistics
        /// Wall-clock seconds; 0 when it was reused.
        package var seconds: Double

        package var isReused: Bool { seconds == 0 }
    }

    package var model: String
    package var target: String
    /// The image's path, relative to the workspace.
    package var image: String
    package var program: BuiltProgram
    package var compiled: [CompiledKernel]
    /// Of a program that is given by its source.
    package var capture: Capture?
    package var statistics: Statistics
    /// Wall-clock seconds of the whole build of this model.
    package var seconds: Double

    package var kernelsReused: Int { program.kernels.count - compiled.count }

    /// How many results of a kind this build had to make.
    package func executed(_ kind: String) -> Int { statistics.executed[kind] ?? 0 }

    /// Seconds spent inside queries of the given kinds.
    package func seconds(in kinds: String...) -> Double {
        Double(kinds.reduce(0) { $0 + (statistics.microseconds[$1] ?? 0) }) / 1e6
    }
}

/// The outcome of a build command: reports of what succeeded, diagnostics of everything.
package struct BuildOutcome: Sendable {
    /// Nil when nothing was executed, so that nothing was recorded.
    package var generation: UInt64?
    package var reports: [BuildReport] = []
    /// The captures that were asked for, those that failed among them.
    package var captures: [CaptureQuery] = []
    package var diagnostics: [Diagnostic] = []
    /// Whether every file kept still while it was read.
    package var isSettled = true
    /// Whether one of them never did, which is told: another build of the same would come to no other end.
    package var isRestless = false
    /// What was asked for, whatever came of it.
    var roots: [BuildQuery] = []
    /// Of all models together.
    package var statistics = Statistics()

    package var failed: Bool { diagnostics.contains { $0.severity == .error } }
}

extension ExecutionReason {
    /// What changed, a line for each ingredient, as `why` and the JSON report print it.
    package var lines: [String] {
        switch self {
        case .neverComputed: ["never compiled before"]
        case .ingredientsChanged(let changes): changes.map(\.line)
        case .versionChanged(let kind, let old, let new): ["\(kind) version \(old) -> \(new)"]
        case .evicted: ["the stored result was collected"]
        case .corrupt: ["the stored result was damaged and discarded"]
        case .forced: ["asked for"]
        }
    }
}

extension IngredientChange {
    /// `input 0 shape [1,96,20,20] -> [1,80,20,20]`.
    package var line: String {
        switch (old, new) {
        case (let old?, let new?) where old == new: "\(name) differs"
        case (let old?, let new?): "\(name) \(old) -> \(new)"
        case (nil, let new?): "\(name) \(new) (new)"
        case (let old?, nil): "\(name) \(old) (gone)"
        case (nil, nil): name
        }
    }
}
