import Basics
import ContentStore
import QueryEngine

extension Session {
    /// Whether everything that was asked of the store so far could be read.
    package var isStoreRead: Bool { !store.warnings.contains(where: \.hindersReading) }

    /// For commands that are about the store itself: what a build does without, and says so, is their failure. Asked before they begin and when they end.
    /// - Parameter writing: the command is to change the store, too.
    package func requireStore(writing: Bool = false) throws(Diagnostic) {
        guard let trouble = store.warnings.first(where: { $0.hindersReading || writing && $0.hindersWriting }) else { return }
        throw Diagnostic(
            trouble.code, "the store in \(cacheDirectory ?? "memory") cannot be \(trouble.hindersReading ? "read" : "written")",
            notes: [trouble.message] + trouble.notes, help: trouble.help)
    }
}
