import Basics
import QueryEngine

/// A named query that does what a test tells it to.
struct Doing: Query {
    typealias Deed = @Sendable (QueryContext) async throws -> Int

    static let kind = "Doing"
    static let storage = QueryStorage.byTrace
    let name: String
    let deed: Deed

    init(_ name: String, _ deed: @escaping Deed) {
        self.name = name
        self.deed = deed
    }

    func encode(into encoder: inout CanonicalEncoder) { encoder.append(name) }
    var label: String { name }
    func compute(_ context: QueryContext) async throws -> Int { try await deed(context) }
}
