import Basics

/// The one door of a computation: whatever it reads besides its arguments is asked for here, and thereby recorded.
public final class QueryContext: Sendable {
    package let engine: Engine

    package init(engine: Engine) { self.engine = engine }

    /// The value of another query, computed only if no valid result is known. Records the dependency.
    ///
    /// Throws the query's `DiagnosticList` if that is its result.
    public func get<Q: Query>(_ query: Q) async throws -> Q.Value { try await query.compute(self) }

    /// The values of several queries, in their order; what is not known is computed in parallel.
    ///
    /// When some have diagnostics for a result, all are computed all the same, and the diagnostics of all are thrown as one list, in order.
    public func getAll<Q: Query>(_ queries: [Q]) async throws -> [Q.Value] {
        var values: [Q.Value] = []
        for query in queries { values.append(try await get(query)) }
        return values
    }

    /// As `getAll`, but hands each query's diagnostics over in its place.
    public func outcomes<Q: Query>(_ queries: [Q]) async throws -> [Result<Q.Value, DiagnosticList>] { try await getAll(queries).map { .success($0) } }
}
