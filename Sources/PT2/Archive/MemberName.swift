/// What a member may be called: a relative path of ordinary components, so that no name means another place than it says.
enum MemberName {
    /// The name in `range`, checked.
    static func checked(_ bytes: CheckedBytes, _ range: Range<Int>) throws(PT2Error) -> String {
        guard let name = bytes.text(range) else { throw .malformedArchive(.name("", "it is not UTF-8 text")) }
        if let reason = objection(to: name) { throw .malformedArchive(.name(name, reason)) }
        return name
    }

    private static func objection(to name: String) -> String? {
        if name.isEmpty { return "it is empty" }
        if name.utf8.count > Limits.nameBytes { return "it is longer than \(Limits.nameBytes) bytes" }
        if name.utf8.first == UInt8(ascii: "/") { return "it is an absolute path" }
        if name.utf8.contains(where: { $0 < 0x20 || $0 == 0x7F || $0 == UInt8(ascii: "\\") }) {
            return "it holds a control character or a backslash"
        }
        // A name that ends in a slash is a folder's entry.
        var components = name.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)[...]
        if components.last?.isEmpty == true { components = components.dropLast() }
        for component in components {
            if component.isEmpty { return "it has an empty component" }
            if component.elementsEqual("..".utf8) || component.elementsEqual(".".utf8) { return "it has the component '.' or '..'" }
        }
        return nil
    }
}
