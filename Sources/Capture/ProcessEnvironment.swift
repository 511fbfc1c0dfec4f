import Glibc

/// The environment of this process.
package enum ProcessEnvironment {
    /// `NAME=value`, each with its name, as the system has them. Valid until the environment is changed.
    static var entries: [(name: String, text: UnsafeMutablePointer<CChar>)] {
        var entries: [(name: String, text: UnsafeMutablePointer<CChar>)] = []
        var next = environ
        while let text = next.pointee {
            entries.append((String(String(cString: text).prefix { $0 != "=" }), text))
            next += 1
        }
        return entries
    }

    /// The values by name.
    package static var variables: [String: String] {
        let values = entries.map { ($0.name, String(String(cString: $0.text).dropFirst($0.name.count + 1))) }
        return Dictionary(values, uniquingKeysWith: { first, _ in first })
    }
}
