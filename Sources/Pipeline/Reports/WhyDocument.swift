import Basics
import QueryEngine

/// The JSON document `reglaze.why/1`, and its text: why each kernel of a model was compiled, or reused, in the last build.
package struct WhyDocument: Encodable {
    package struct Kernel: Encodable {
        let name: String
        let kernel: String
        let reasons: [String]
    }

    let schema = "reglaze.why/1"
    let model: String
    let generation: UInt64?
    let reused: Bool
    package let kernels: [Kernel]

    /// `kernel` selects by the beginning of the name. With `reused` the answer is about kernels that the last build did not compile.
    package init(model: String, session: Session, kernel: String?, reused: Bool) {
        let explanation = Explanation(of: model, in: session.history)
        self.model = model
        self.reused = reused
        generation = explanation.generation
        func selected(_ name: String) -> Bool { kernel.map { name.hasPrefix($0) } ?? true }
        guard reused else {
            // In the order of the program, not in that in which workers were done.
            let order = Dictionary(
                LastBuilds(of: model, in: session.history).kernels.enumerated().map { ($1.key, $0) },
                uniquingKeysWith: { first, _ in first })
            kernels = explanation.compiled.filter { selected($0.name) }
                .sorted { (order[$0.key] ?? .max, $0.name) < (order[$1.key] ?? .max, $1.name) }
                .map { Kernel(name: $0.name, kernel: $0.key.hex, reasons: $0.reasons) }
            return
        }
        let compiled = Set(explanation.compiled.map(\.key))
        kernels = LastBuilds(of: model, in: session.history).kernels.filter { selected($0.name) && !compiled.contains($0.key) }
            .map { entry in
                let ingredients = session.history.role(entry.role)?.ingredients.count ?? 0
                let text = ingredients > 0 ? "all \(Format.count(ingredients, "ingredient")) equal" : "the same kernel as before, by key"
                return Kernel(name: entry.name, kernel: entry.key.hex, reasons: [text])
            }
    }

    package var lines: [String] {
        guard let generation else { return ["nothing is known of \(model): build it first"] }
        if kernels.isEmpty {
            return [reused ? "no kernel of \(model) was reused in @\(generation)" : "no kernel of \(model) was compiled in @\(generation)"]
        }
        return kernels.flatMap { kernel in
            ["\(kernel.name) was \(reused ? "reused" : "compiled") in @\(generation)"] + kernel.reasons.map { "  \($0)" }
        }
    }
}

/// The newest stored builds of a model, one for each target.
package struct LastBuilds: Sendable {
    package struct Kernel: Sendable, Hashable {
        package let name: String
        package let key: Fingerprint
        package let role: String
    }

    package let programs: [(target: String, program: BuiltProgram)]

    package init(of model: String, in history: EngineHistory) {
        var programs: [(String, BuiltProgram)] = []
        for record in history.generations(limit: 64) {
            for root in record.roots where root.identity.kind == BuildQuery.kind {
                let parts = root.identity.label.split(separator: "/", maxSplits: 1).map(String.init)
                guard parts.count == 2, parts[0] == model, !programs.contains(where: { $0.0 == parts[1] }),
                    let program = history.value(of: BuildQuery.self, root)
                else { continue }
                programs.append((parts[1], program))
            }
        }
        self.programs = programs
        self.model = model
    }

    private let model: String

    package var kernels: [Kernel] {
        programs.flatMap { target, program in
            program.kernels.map {
                Kernel(name: $0.name, key: $0.key, role: KernelRole.role(model: model, target: target, kernel: $0.name))
            }
        }
    }
}
