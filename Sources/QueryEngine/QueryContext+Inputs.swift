import Basics
import Glibc

extension QueryContext {
    /// The fingerprint of a file's content. Relative paths are relative to the engine's directory, and are recorded as given.
    ///
    /// A query that writes a file asks for it afterwards: then the result holds only as long as the file is as it was written.
    /// Throws `FileError` when the file cannot be read; that it was absent is recorded, so that a result which says so is checked again.
    public func file(_ path: String) throws -> Fingerprint {
        try content(path).fingerprint
    }

    /// Says that the query has written a file, and what its content is, so that it need not be read to know: the same as `file` afterwards.
    ///
    /// `signature`: of the file as it was written; nil if that is not known, and then the file is read.
    package func wrote(_ path: String, _ fingerprint: Fingerprint, _ signature: StatSignature?) throws {
        guard let signature else {
            _ = try file(path)
            return
        }
        try refuseIfClosed(true, path)
        let leaf = Leaf(kind: .file, name: path)
        let state = LeafState(
            fingerprint: fingerprint, signature: signature, isSettled: signature.isSettled(at: StatSignature.now()))
        try record(path) { $0.entries.append(.leaf(leaf, state)) }
        engine.inputs.replace(leaf, state, revision: scope.revision)
    }

    /// A file's content: a copy when it is small, mapped when it is big. Records its fingerprint as `file` does.
    ///
    /// Whatever is computed beneath the same root while a mapped file is written to fails with `InputMoved`, and is not kept.
    public func read(_ path: String) throws -> ByteStorage {
        let state = try content(path).state
        let resolved = engine.inputs.resolve(path)
        do {
            // Where a write would not show in the signature, nobody can tell whether a mapped file still is what it was.
            guard state.isSettled, let size = state.signature?.size, size > ByteStorage.copiedFileBytes else {
                return try ByteStorage(copying: resolved)
            }
            scope.mapped.add(Leaf(kind: .file, name: path), state)
            return try ByteStorage(mapping: resolved)
        } catch {
            // It was there when it was hashed: what comes of this attempt says nothing about the content that is recorded.
            keepForThisBuildOnly()
            throw error
        }
    }

    /// Whether something exists at the path: a dependency on its absence as well, and on whether it is a file or a directory.
    public func exists(_ path: String) throws -> Bool { try look(.existence, path).fingerprint != nil }

    /// The sorted names in a directory; empty when there is none. A dependency on their kinds as well: a file that becomes a directory is another entry.
    public func directory(_ path: String) throws -> [String] {
        let fingerprint = try look(.directory, path).fingerprint
        guard let fingerprint else { return [] }
        let (state, names) = engine.inputs.listed(path)
        // Listed once more, it may have changed meanwhile, or not be readable any more.
        if state.fingerprint != fingerprint { keepForThisBuildOnly() }
        return names
    }

    /// What a symbolic link holds, whatever it leads to; nil when there is no link at the path.
    public func link(_ path: String) throws -> String? {
        let state = try look(.link, path)
        return state.fingerprint == nil ? nil : state.text
    }

    /// The present value of an input that has no file, such as the version of an interpreter, from the build's volatile source. Nil when it has none.
    public func volatile(_ name: String) throws -> IngredientValue? {
        let state = try look(.volatile, name)
        return state.fingerprint.map { IngredientValue(fingerprint: $0, text: state.text) }
    }

    /// Notes an ingredient that was read through a recording view, such as a target fact. The query's `ingredients` must give the same value for
    /// the name, or the result will never be used again. Noting a name twice with two values makes the query fail.
    public func note(ingredient name: String, _ fingerprint: Fingerprint, text: String) {
        _ = hasNoted(Ingredient(name, fingerprint: fingerprint, text: text))
    }

    private func hasNoted(_ ingredient: Ingredient) -> Bool {
        let label = frame.label
        let isNoted: Void? = try? record("ingredient \(ingredient.name)") { recording in
            guard !recording.add(ingredient) else { return }
            recording.add(EngineError.ingredientNotedTwice(query: label, name: ingredient.name))
        }
        return isNoted != nil
    }

    /// Reads an ingredient from the query's source and notes it. Nil when the source has none of that name; that is noted too.
    public func ingredient(_ name: String) -> IngredientValue? {
        let value = source.ingredient(named: name)
        let isNoted = hasNoted(Ingredient(name, fingerprint: value?.fingerprint ?? Self.absent, text: value?.text ?? ""))
        return isNoted ? value : nil
    }

    /// Reports a warning or a note; it belongs to the result and is reported again whenever the result is used.
    public func report(_ diagnostic: Diagnostic) {
        try? record("a place for its diagnostics") { recording in
            if !recording.reported.contains(diagnostic) { recording.reported.append(diagnostic) }
        }
    }

    /// Says that the result hangs on something that has no name: the network, free memory, a device that was busy. It is good for this build, and computed again in
    /// the next one that asks for it.
    public func keepForThisBuildOnly() { try? record("a shorter life of its result") { $0.isPassing = true } }

    /// What is noted for an ingredient that a source does not have.
    static let absent = Fingerprint(hashing: "reglaze.absent")

    /// A file that can be read: its fingerprint, and its state as recorded.
    private func content(_ path: String) throws -> (fingerprint: Fingerprint, state: LeafState) {
        let state = try look(.file, path)
        guard let fingerprint = state.fingerprint, UnreadableFile.errorNumber(fingerprint) == nil else {
            throw FileError(path: path, operation: "read", errorNumber: state.fingerprint.flatMap(UnreadableFile.errorNumber) ?? ENOENT)
        }
        return (fingerprint, state)
    }

    private func look(_ kind: Leaf.Kind, _ name: String) throws -> LeafState {
        try refuseIfClosed(true, name)
        let leaf = Leaf(kind: kind, name: name)
        let state = engine.inputs.presentState(of: leaf, revision: scope.revision, volatile: scope.build.volatile)
        try record(name) { $0.entries.append(.leaf(leaf, state)) }
        return state
    }
}
