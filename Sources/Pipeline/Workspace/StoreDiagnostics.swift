import Basics
import QueryEngine

// What people are told about results that were asked of the store.

extension Diagnostic {
    /// `--frozen`, and something would have to be compiled.
    static func notStored(_ query: QueryIdentity, _ reason: ExecutionReason) -> Diagnostic {
        Diagnostic(
            .notStored, "\(query.kind) of \(query.label) is not in the store, and --frozen compiles nothing", notes: reason.lines,
            help: "build without --frozen, or import a bundle or name a store that has it")
    }

    /// A result came out different when it was computed again.
    package static func resultsDiffer(kind: String, label: String, key: String) -> Diagnostic {
        Diagnostic(
            .resultsDiffer, "\(kind) of \(label) came out different when it was computed again", notes: ["key \(key)"],
            help: "this is a fault of Reglaze or of this machine; please report it. `reglaze cache clear` drops what is stored")
    }

    /// The process that audits gave no answer.
    package static let auditFailed = Diagnostic(
        .resultsDiffer, "the process that computes results again ended without an answer", help: "run the build again with --check-hits")

    /// A file that is no bundle of a store.
    package static func noBundle(_ file: String) -> Diagnostic {
        Diagnostic(
            .noBundle, "\(file) is no bundle of this version",
            help: "write one with `reglaze cache export`; a build without it is right, too")
    }

    /// Some entries of a bundle were left out.
    package static func damagedBundle(_ file: String, entries: Int) -> Diagnostic {
        Diagnostic(
            .damagedBundle, severity: .warning,
            "\(file) is damaged: \(Format.count(entries, "record")) left out, to be computed again when needed")
    }
}
