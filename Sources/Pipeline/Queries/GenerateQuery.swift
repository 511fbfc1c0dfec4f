import Basics
import KernelCodegen
import Machine
import QueryEngine

/// The code of one kernel. Closed: keyed by the request alone; the target facts that code generation read are ingredients of the result, so that targets
/// which differ elsewhere share the kernel.
struct GenerateQuery: Query {
    static let kind = "GenerateKernel"
    static let version = SourceVersion.of(.kernelCodegen)

    let request: KernelRequest
    let target: TargetDescription
    let label: String
    let role: String?

    func encode(into encoder: inout CanonicalEncoder) { request.encode(into: &encoder) }

    var arguments: [Ingredient] { request.ingredients }

    var ingredients: any IngredientSource { TargetFacts(target) }

    func compute(_ context: QueryContext) async throws -> GeneratedKernel {
        let view = TargetView(target)
        // Facts that were read before a refusal are ingredients of the refusal.
        defer { context.note(view) }
        return try generate(request, target: view)
    }
}

/// What a target's facts are now, for results that recorded them.
struct TargetFacts: IngredientSource {
    private let target: TargetDescription

    init(_ target: TargetDescription) { self.target = target }

    func ingredient(named name: String) -> IngredientValue? {
        TargetView.currentValue(of: name, in: target).map { IngredientValue($0) }
    }
}

extension QueryContext {
    /// Notes every fact that was read through the view.
    func note(_ view: TargetView) {
        for fact in view.readFacts { note(ingredient: fact.name, Fingerprint(hashing: fact.value), text: fact.value) }
    }
}

extension KernelRequest {
    /// The request taken apart for people: what `why` compares when a kernel changes. Shapes are as stored, channels last where the machine wants them so.
    var ingredients: [Ingredient] {
        var list: [Ingredient] = []
        for (index, operand) in operands.enumerated() {
            let shape = "[\(operand.dimensions.map(String.init).joined(separator: ","))]"
            list.append(Ingredient("\(operand.kind) \(index) shape", shape))
            list.append(Ingredient("\(operand.kind) \(index) type", operand.element.name))
        }
        list += root.ingredients
        list.append(Ingredient("lane program", fingerprint: program.fingerprint, text: "of \(program.steps.count) steps"))
        return list
    }
}

extension RootComputation {
    fileprivate var ingredients: [Ingredient] {
        switch self {
        case .contraction(let contraction):
            [Ingredient("root", "contraction")] + Self.named(contraction)
                + contraction.batches.enumerated().flatMap { index, batch in Self.named(batch, prefix: "batch \(index) ") }
        case .window(let window): [Ingredient("root", "window"), Ingredient("operation", "\(window.operation)")] + Self.named(window)
        case .lanes(let dimensions): [Ingredient("root", "lanes"), Ingredient("dimensions", "\(dimensions)")]
        case .columnReduction(let reduction): [Ingredient("root", "column reduction")] + Self.whole(reduction)
        case .copy(let copy): [Ingredient("root", "copy")] + Self.whole(copy)
        case .resize(let resize): [Ingredient("root", "resize")] + Self.whole(resize)
        case .recurrence(let recurrence):
            [Ingredient("root", "recurrence"), Ingredient("cell", "\(recurrence.cell)")] + Self.named(recurrence)
        case .attention(let attention):
            [Ingredient("root", "attention")] + Self.named(attention)
                + attention.batches.enumerated().flatMap { index, batch in Self.named(batch, prefix: "batch \(index) ") }
                + [Ingredient("scores", fingerprint: attention.scores.fingerprint, text: "of \(attention.scores.steps.count) steps")]
        }
    }

    private static func named(_ geometry: some NamedIntegers, prefix: String = "") -> [Ingredient] {
        func list<Geometry: NamedIntegers>(_ geometry: Geometry) -> [Ingredient] {
            Geometry.integers.map { Ingredient(prefix + $0.name, "\(geometry[keyPath: $0.path])") }
        }
        return list(geometry)
    }

    private static func whole(_ value: some CanonicalEncodable) -> [Ingredient] {
        [Ingredient("geometry", fingerprint: value.fingerprint, text: "")]
    }
}
