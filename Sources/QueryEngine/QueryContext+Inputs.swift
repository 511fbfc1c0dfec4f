import Basics

extension QueryContext {
    /// The fingerprint of a file's content. Relative paths are relative to the engine's directory, and are recorded as given.
    ///
    /// Throws `FileError` when the file cannot be read; that it was absent is recorded, so that a result which says so is checked again.
    public func file(_ path: String) throws -> Fingerprint { throw FileError(path: path, operation: "open", errorNumber: 2) }

    /// A file's content, mapped. Records its fingerprint as `file` does.
    public func read(_ path: String) throws -> ByteStorage { throw FileError(path: path, operation: "open", errorNumber: 2) }

    /// Whether something exists at the path: a dependency on its absence as well.
    public func exists(_ path: String) throws -> Bool { false }

    /// The sorted names in a directory; empty when there is none.
    public func directory(_ path: String) throws -> [String] { [] }

    /// The present value of an input that has no file, such as the version of an interpreter, from the build's volatile source. Nil when it has none.
    public func volatile(_ name: String) throws -> IngredientValue? { nil }

    /// Notes an ingredient that was read through a recording view, such as a target fact. The query's `ingredients` must give the same value for
    /// the name, or the result will never be used again.
    public func note(ingredient name: String, _ fingerprint: Fingerprint, text: String) {}

    /// Reads an ingredient from the query's source and notes it.
    public func ingredient(_ name: String) -> IngredientValue? { nil }

    /// Reports a warning or a note; it belongs to the result and is reported again whenever the result is used.
    public func report(_ diagnostic: Diagnostic) {}
}
