import Basics
import ContentStore
import QueryEngine

extension Session {
    /// Whether everything that was asked of the store so far could be read.
    package var isStoreRead: Bool { !store.warnings.contains(where: \.hindersReading) }

    /// Whether the store could not be used as it was, and has been made anew.
    package var isStoreAnew: Bool { store.warnings.contains(where: \.tellsOfLoss) }

    /// Does what a command about the store itself is for. What a build does without, and says so, is such a command's failure, before it begins and when it ends.
    /// - Parameter writing: `body` is to change the store, too.
    package func requiringStore<Result>(writing: Bool = false, _ body: () throws -> Result) throws -> Result {
        try requireStore(writing: writing)
        let result: Result
        do { result = try body() } catch {
            // Whatever it failed with, this is why.
            try requireStore(writing: writing)
            throw error
        }
        try requireStore(writing: writing)
        return result
    }

    private func requireStore(writing: Bool) throws(Diagnostic) {
        guard let trouble = store.warnings.first(where: { $0.hindersReading || writing && $0.hindersWriting }) else { return }
        throw Diagnostic(
            trouble.code, "the store in \(cacheDirectory ?? "memory") cannot be \(trouble.hindersReading ? "read" : "written")",
            notes: [trouble.message] + trouble.notes, help: trouble.help)
    }
}
