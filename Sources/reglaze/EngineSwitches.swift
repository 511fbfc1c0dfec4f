import ArgumentParser
import Basics
import Pipeline
import QueryEngine

/// One in so many: `5%`, `1/32`; `0` is none.
struct Share: ExpressibleByArgument, CustomStringConvertible {
    let every: Int

    init(every: Int) { self.every = every }

    init?(argument: String) {
        if argument == "0" {
            every = 0
        } else if argument.hasSuffix("%"), let percent = Double(argument.dropLast()), percent > 0, percent <= 100 {
            every = Int((100 / percent).rounded())
        } else if argument.hasPrefix("1/"), let divisor = Int(argument.dropFirst(2)), divisor > 0 {
            every = divisor
        } else {
            return nil
        }
    }

    var description: String { every == 0 ? "0" : "1/\(every)" }
}

/// How far a build trusts what is stored.
struct EngineSwitches: ParsableArguments {
    @Option(
        name: .long,
        help: ArgumentHelp(
            "Compute reused results again and compare them; --check-hits=1/32 takes one in 32. A difference is exit code 3.",
            valueName: "share"))
    var checkHits: Share?

    @Option(
        name: .long,
        help: ArgumentHelp(
            "Afterwards compute this share of the results again in another process, in another order and with another hash seed.",
            valueName: "share"))
    var audit: Share?

    @Option(
        name: .long,
        help: ArgumentHelp(
            "Compute everything although it is stored; --force=GenerateKernel only results of this kind and what is made from them.",
            valueName: "kind"))
    var force: String?

    @Flag(name: .long, help: "Compile nothing: a kernel, constant or subgraph that is not in the store is exit code 5. Implies --offline.")
    var frozen = false

    // LIMIT: nothing uses a network yet. The remote cache, once it is there, is left alone with this flag.
    @Flag(name: .long, help: "Use no network: what only a remote cache has is computed, or with --frozen is exit code 5.")
    var offline = false

    @Flag(name: .long, help: "Print the counters of the engine and the store.")
    var stats = false

    /// Of the process that audits: the number that orders its work and chooses what it computes.
    @Option(name: .long, help: .hidden)
    var auditSeed: UInt64?

    /// Sets what the flags ask of the engine.
    func apply(to options: inout EngineOptions, _ store: any ResultStore) {
        if let checkHits { options.audit = Audit(every: checkHits.every, salt: auditSeed ?? 0) }
        if let force { options.force = force == Self.all ? .everything : .kinds([force]) }
        options.isFrozen = frozen
        options.shuffle = auditSeed
    }

    private static let all = "everything"

    /// `--check-hits` and `--force` may stand without a value, and never take the next word for one.
    static func completed(_ arguments: [String]) -> [String] {
        arguments.map { $0 == "--check-hits" ? "--check-hits=1/1" : $0 == "--force" ? "--force=\(all)" : $0 }
    }
}
