import Basics

/// Where a node comes from: indices into the texts of `Origins`, −1 for a text that the node does not state.
package struct OriginID: Hashable, Sendable {
    var moduleStack: Int32
    var stackTrace: Int32

    /// The node states no origin.
    package static let none = OriginID(moduleStack: -1, stackTrace: -1)
}

/// Where the nodes of a program come from in the user's source: kept beside the program, never part of a key.
///
/// The texts stay in the archive until somebody asks, and equal texts are kept once: the nodes of a repeated block share their traces.
package struct Origins: Sendable {
    /// The program's JSON, which the texts are ranges of.
    private let json: ByteStorage
    private var texts: [JSONText] = []
    private var index: [Fingerprint: Int32] = [:]

    init(json: ByteStorage) {
        self.json = json
    }

    /// The index of a text, entered on first sight.
    mutating func intern(_ text: JSONText, bytes: CheckedBytes) -> Int32 {
        let key = bytes.fingerprint(text.range)
        if let known = index[key], bytes.equal(texts[Int(known)].range, text.range) { return known }
        let position = Int32(clamping: texts.count)
        texts.append(text)
        index[key] = position
        return position
    }

    /// Reads all texts: about a microsecond for each that is distinct. Files below `root` are named relative to it.
    package func resolved(root: String? = nil) -> ResolvedOrigins {
        let reader = JSONReader(json)
        var resolved = ResolvedOrigins(modules: [], positions: [])
        for text in texts {
            // A text that cannot be read gives no origin; it is not worth refusing a program for.
            let units = (try? reader.unescaped(text)) ?? []
            let isTrace = StackTrace.isTrace(units)
            resolved.positions.append(isTrace ? StackTrace.position(in: units, root: root) : nil)
            resolved.modules.append(isTrace ? nil : ModulePath(moduleStack: units))
        }
        withExtendedLifetime(json) {}
        return resolved
    }
}

/// The origins of a program's nodes, read.
package struct ResolvedOrigins: Sendable {
    fileprivate(set) var modules: [ModulePath?]
    fileprivate(set) var positions: [SourcePosition?]

    /// Where the node with this origin comes from.
    package subscript(origin: OriginID) -> Origin {
        func entry<Value>(_ table: [Value?], _ index: Int32) -> Value? {
            table.indices.contains(Int(index)) ? table[Int(index)] : nil
        }
        return Origin(module: entry(modules, origin.moduleStack), position: entry(positions, origin.stackTrace))
    }
}

/// Where a node comes from.
package struct Origin: Hashable, Sendable {
    package var module: ModulePath?
    package var position: SourcePosition?
}
