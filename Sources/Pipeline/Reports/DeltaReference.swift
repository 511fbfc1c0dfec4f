import Basics
import KernelCodegen
import QueryEngine

/// How a person names a build: `@` the last one, `@-1` the one before it, `@7` generation 7; or an image by its path.
package enum DeltaReference: Sendable, Hashable {
    /// So many builds before the last one.
    case last(back: Int)
    case generation(UInt64)
    case image(String)

    /// Throws what is wrong with a text that names no build.
    package init(_ text: String) throws(DiagnosticList) {
        if text == "@" {
            self = .last(back: 0)
        } else if text.hasPrefix("@-"), let back = Int(text.dropFirst(2)), back >= 0 {
            self = .last(back: back)
        } else if text.hasPrefix("@"), let generation = UInt64(text.dropFirst()), !text.hasPrefix("@+") {
            self = .generation(generation)
        } else if text.hasSuffix(".rgi") {
            self = .image(text)
        } else {
            throw DiagnosticList([
                Diagnostic(
                    .usage, "`\(text)` names no build",
                    help: "write @ (the last build), @-1 (the one before), @7 (generation 7), or an image's path ending in .rgi")
            ])
        }
    }
}

/// One side of a comparison: the programs of a build, or of an image.
package struct DeltaSide: Sendable {
    package struct Program: Sendable {
        /// Nil for an image, which does not say.
        package let model: String?
        package let target: String
        package let program: BuiltProgram
    }

    /// As the person wrote it.
    package var reference: String
    package let generation: UInt64?
    package let programs: [Program]
}

extension EngineHistory {
    /// The generations in which a model was built, newest first, each with the programs that came out and are still kept. Read as far as it is looked at.
    package var builds: some Sequence<DeltaSide> {
        generations().lazy.compactMap { record in
            let programs = programs(of: record)
            return programs.isEmpty ? nil : DeltaSide(reference: "@\(record.generation)", generation: record.generation, programs: programs)
        }
    }

    /// The programs of a generation.
    private func programs(of record: GenerationRecord) -> [DeltaSide.Program] {
        record.roots.compactMap { root in
            guard let (model, target) = root.identity.builtProgram, let program = value(of: BuildQuery.self, root) else { return nil }
            return DeltaSide.Program(model: model, target: target, program: program)
        }
    }

    /// Why each kernel was generated that the generations of a range had to generate; the newest reason of each.
    package func compiled(in generations: ClosedRange<UInt64>) -> [Fingerprint: [String]] {
        var compiled: [Fingerprint: [String]] = [:]
        for record in self.generations() where generations.contains(record.generation) {
            for executed in executions(in: record.generation) where executed.identity.kind == GenerateQuery.kind && executed.succeeded {
                if compiled[executed.identity.key] == nil { compiled[executed.identity.key] = executed.reason.lines }
            }
        }
        return compiled
    }

    /// The request behind a kernel, by name and value.
    package func ingredients(of kernel: BuiltProgram.Kernel) -> [Ingredient] { request(of: kernel)?.ingredients ?? [] }

    /// The request under whose key a kernel was generated; nil when the store has forgotten it.
    func request(of kernel: BuiltProgram.Kernel) -> KernelRequest? {
        arguments(of: GenerateQuery.self, key: kernel.key, as: KernelRequest.self)
    }
}
