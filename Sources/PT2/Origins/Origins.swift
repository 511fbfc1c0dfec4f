import Basics

/// Index of a node's entry in `Origins`.
package struct OriginID: Hashable, Sendable {
    package var rawValue: Int32
    /// The node states no origin.
    package static let none = OriginID(rawValue: -1)
}

/// Where the nodes of a program come from in the user's source: kept beside the program, never part of a key.
///
/// The texts stay in the archive until somebody asks; equal entries are kept once, so that a repeated block costs one.
package struct Origins: Sendable {
    /// The two texts of a node, left in place.
    struct Entry: Hashable, Sendable {
        var moduleStack: JSONText?
        var stackTrace: JSONText?
    }

    /// The program's JSON, which the entries are ranges of.
    let json: ByteStorage
    private(set) var entries: [Entry] = []
    private var index: [Fingerprint: OriginID] = [:]

    init(json: ByteStorage) {
        self.json = json
    }

    /// The entry with these texts, made on first sight. Equal texts at different places are one entry.
    mutating func intern(_ entry: Entry, bytes: CheckedBytes) -> OriginID {
        guard entry.moduleStack != nil || entry.stackTrace != nil else { return .none }
        let modules = bytes.fingerprint(entry.moduleStack?.range ?? 0..<0)
        let trace = bytes.fingerprint(entry.stackTrace?.range ?? 0..<0)
        let key = Fingerprint(high: modules.high &+ trace.low &* 3, low: modules.low ^ trace.high)
        if let known = index[key], isEqual(entries[Int(known.rawValue)], entry, bytes) { return known }
        let identifier = OriginID(rawValue: Int32(clamping: entries.count))
        entries.append(entry)
        index[key] = identifier
        return identifier
    }

    private func isEqual(_ left: Entry, _ right: Entry, _ bytes: CheckedBytes) -> Bool {
        func equal(_ one: JSONText?, _ other: JSONText?) -> Bool {
            bytes.equal(one?.range ?? 0..<0, other?.range ?? 0..<0)
        }
        return equal(left.moduleStack, right.moduleStack) && equal(left.stackTrace, right.stackTrace)
    }
}

extension Origins {
    /// The number of distinct origins.
    package var count: Int { entries.count }

    /// The module path and source position of every origin, in order of `OriginID`. Files below `root` are named relative to it.
    /// About 2 µs an entry; texts that cannot be read give an empty origin.
    package func resolved(root: String? = nil) -> [Origin] {
        let reader = JSONReader(json)
        func text(_ text: JSONText?) -> String? {
            guard let text else { return nil }
            return try? reader.text(text.range, isEscaped: text.isEscaped)
        }
        return entries.map { entry in
            Origin(
                module: text(entry.moduleStack).flatMap(ModulePath.init(moduleStack:)),
                position: text(entry.stackTrace).flatMap { StackTrace($0).position(root: root) })
        }
    }
}

/// Where a node comes from.
package struct Origin: Hashable, Sendable {
    package var module: ModulePath?
    package var position: SourcePosition?
}
