import Basics
import Machine
import QueryEngine
import Simulation

/// The cycles of one kernel whose operands lie in given memories. Closed: addresses do not matter, and only the target facts that were read do.
struct TimeQuery: Query {
    static let kind = "TimeKernel"
    static let version = SourceVersion.of(.simulation)

    let kernel: KernelObject
    /// Of the kernel object's canonical bytes.
    let kernelFingerprint: Fingerprint
    let spaces: [MemorySpace]
    let target: TargetDescription
    let label: String

    func encode(into encoder: inout CanonicalEncoder) {
        encoder.append(kernelFingerprint)
        encoder.append(spaces.count)
        for space in spaces { encoder.append(space.rawValue) }
    }

    var ingredients: any IngredientSource { TargetFacts(target) }

    func compute(_ context: QueryContext) async throws -> KernelTiming {
        let view = TargetView(target)
        defer { context.note(view) }
        do { return try timeKernel(kernel, spaces: spaces, view: view) } catch {
            throw Diagnostic.ownFault(.malformedKernel, "kernel \(label) cannot be timed: \(error)")
        }
    }
}
