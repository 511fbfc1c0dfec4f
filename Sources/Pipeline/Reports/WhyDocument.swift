import Basics
import QueryEngine

/// The JSON document `reglaze.why/1`, and its text: why each kernel of a model was compiled, or reused, in the last build.
package struct WhyDocument: Encodable {
    /// A step above a kernel, whose change made it another one.
    package struct Cause: Encodable {
        package let step: String
        package let reasons: [String]
        package let source: String?
        /// Nothing that it reads changed: the wave began here.
        package let isFirst: Bool
    }

    package struct Kernel: Encodable {
        package let name: String
        package let kernel: String
        package let reasons: [String]
        /// Where it stands in the user's source.
        package let source: String?
        /// From the writer of what it reads up to the first cause; empty when the kernel itself is that.
        package let causes: [Cause]
        /// The build that compiled a reused kernel; nil of one that this build compiled, and when that build is no longer kept.
        package let origin: Origin?
    }

    /// A build of the past.
    package struct Origin: Encodable {
        package let generation: UInt64
        /// ISO 8601, UTC, whole seconds.
        package let time: String
    }

    let schema = "reglaze.why/1"
    let model: String
    let generation: UInt64?
    let reused: Bool
    package let kernels: [Kernel]

    /// `kernel` selects by the beginning of the name. With `reused` the answer is about kernels that the last build did not compile.
    package init(model: String, session: Session, kernel: String?, reused: Bool) {
        let history = session.history
        let explanation = Explanation(of: model, in: history)
        self.model = model
        self.reused = reused
        func selected(_ name: String) -> Bool { kernel.map { name.hasPrefix($0) } ?? true }
        // Builds that compiled nothing of the model have come since, when another model of theirs was edited.
        let builds = LastBuilds(of: model, in: history, until: reused ? nil : explanation.generation)
        generation = reused ? builds.generation ?? explanation.generation : explanation.generation
        kernels =
            if reused {
                Self.reused(builds, except: explanation, in: history, where: selected)
            } else {
                Self.compiled(builds, explanation, in: history, where: selected)
            }
    }

    private static func compiled(
        _ builds: LastBuilds, _ explanation: Explanation, in history: EngineHistory, where selected: (String) -> Bool
    ) -> [Kernel] {
        let reasons = Dictionary(explanation.compiled.map { ($0.key, $0.reasons) }, uniquingKeysWith: { first, _ in first })
        var chains: [String: WhyChain] = [:]
        for build in builds.programs {
            guard let before = build.before else { continue }
            chains[build.target] = WhyChain(from: before, to: build.program, compiled: reasons, history: history)
        }
        // In the order of the program, not in that in which workers were done.
        let order = Dictionary(builds.kernels.enumerated().map { ($1.key, $0) }, uniquingKeysWith: { first, _ in first })
        return explanation.compiled.filter { selected($0.name) }
            .sorted { (order[$0.key] ?? .max, $0.name) < (order[$1.key] ?? .max, $1.name) }
            .map { kernel in
                Kernel(
                    name: kernel.name, kernel: kernel.key.hex, reasons: kernel.reasons,
                    source: builds.source(of: kernel.name, target: kernel.target),
                    causes: (chains[kernel.target]?.links(above: kernel.name) ?? []).map {
                        Cause(step: $0.step, reasons: $0.reasons, source: $0.source?.text, isFirst: $0.isFirst)
                    },
                    origin: nil)
            }
    }

    private static func reused(
        _ builds: LastBuilds, except explanation: Explanation, in history: EngineHistory, where selected: (String) -> Bool
    ) -> [Kernel] {
        let compiled = builds.generation == explanation.generation ? Set(explanation.compiled.map(\.key)) : []
        let origins = history.origins
        return builds.kernels.filter { selected($0.name) && !compiled.contains($0.key) }.map { entry in
            let ingredients = history.role(entry.role)?.ingredients.count ?? 0
            let text = ingredients > 0 ? "all \(Format.count(ingredients, "ingredient")) equal" : "the same kernel as before, by key"
            let origin = origins[entry.key].map { Origin(generation: $0.generation, time: Format.time($0.time)) }
            let build = origin.map { ", compiled in @\($0.generation) at \($0.time)" } ?? ""
            return Kernel(
                name: entry.name, kernel: entry.key.hex, reasons: [text + build], source: entry.source, causes: [], origin: origin)
        }
    }

    package var lines: [String] {
        guard let generation else { return ["no build is recorded here that had anything to do for \(model)"] }
        if kernels.isEmpty {
            return [reused ? "no kernel of \(model) was reused in @\(generation)" : "no kernel of \(model) was compiled in @\(generation)"]
        }
        return kernels.flatMap { kernel in
            let head = "\(kernel.name) was \(reused ? "reused" : "compiled") in @\(generation)"
            return [head + (kernel.source.map { "  \($0)" } ?? "")] + kernel.reasons.map { "  \($0)" } + kernel.causes.flatMap(Self.lines)
        }
    }

    /// The nearest reason is enough on the way; the first cause says all.
    private static func lines(_ cause: Cause) -> [String] {
        guard cause.isFirst else {
            return ["    produced by \(cause.step)" + (cause.reasons.first.map { ": \($0)" } ?? "")]
        }
        return ["    produced by \(cause.step)" + (cause.source.map { "  \($0)" } ?? "")] + cause.reasons.map { "      \($0)" }
    }
}

/// The newest stored builds of a model, or those of some time ago, one for each target, each with the one before it.
package struct LastBuilds: Sendable {
    package struct Kernel: Sendable, Hashable {
        package let name: String
        package let key: Fingerprint
        package let role: String
        package let source: String?
    }

    package struct Build: Sendable {
        package let target: String
        package let program: BuiltProgram
        /// Nil when this is the only one that is kept.
        package var before: BuiltProgram?
    }

    package let programs: [Build]
    /// Of the newest of them.
    package let generation: UInt64?

    /// `last`: the generation that counts as the newest; nil for what it is.
    package init(of model: String, in history: EngineHistory, until last: UInt64? = nil) {
        var programs: [Build] = []
        var generation: UInt64?
        for record in history.generations() where record.generation <= last ?? .max {
            for root in record.roots {
                guard let of = root.identity.builtProgram, of.model == model else { continue }
                let known = programs.firstIndex { $0.target == of.target }
                if let known, programs[known].before != nil { continue }
                guard let program = history.value(of: BuildQuery.self, root) else { continue }
                generation = generation ?? record.generation
                if let known { programs[known].before = program } else { programs.append(Build(target: of.target, program: program)) }
            }
        }
        self.programs = programs
        self.generation = generation
        self.model = model
    }

    private let model: String

    package var kernels: [Kernel] {
        programs.flatMap { build in
            build.program.kernels.map {
                Kernel(
                    name: $0.name, key: $0.key, role: KernelRole.role(model: model, target: build.target, kernel: $0.name),
                    source: $0.source?.text)
            }
        }
    }

    /// The line of a step.
    func source(of step: String, target: String) -> String? {
        programs.first { $0.target == target }?.program.steps.first { $0.name == step }?.source?.text
    }
}

extension EngineHistory {
    /// The generation that generated each kernel, the newest where there are several.
    var origins: [Fingerprint: GenerationRecord] {
        var origins: [Fingerprint: GenerationRecord] = [:]
        for record in generations() {
            for executed in executions(in: record.generation) where executed.identity.kind == GenerateQuery.kind && executed.succeeded {
                if origins[executed.identity.key] == nil { origins[executed.identity.key] = record }
            }
        }
        return origins
    }
}
