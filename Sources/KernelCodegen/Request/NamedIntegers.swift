import Basics

/// A geometry made of whole numbers, each listed once with its name: canonical form, text form and parser are read off the list.
///
/// Adding a number to a geometry is adding one line to its list; its place in the list is its place in the canonical bytes.
package protocol NamedIntegers: Hashable, Sendable, CanonicalEncodable, CanonicalDecodable {
    /// Name, place, and the value that text may leave out.
    static var integers: [NamedInteger<Self>] { get }

    /// All numbers at their defaults.
    init()
}

/// One number of a geometry.
package struct NamedInteger<Owner>: Sendable {
    package let name: String
    package let path: WritableKeyPath<Owner, Int> & Sendable
    package let standard: Int

    package init(_ name: String, _ path: WritableKeyPath<Owner, Int> & Sendable, _ standard: Int = 0) {
        self.name = name
        self.path = path
        self.standard = standard
    }
}

extension NamedIntegers {
    package func encode(into encoder: inout CanonicalEncoder) {
        for integer in Self.integers { encoder.append(self[keyPath: integer.path]) }
    }

    package init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) {
        self.init()
        for integer in Self.integers { self[keyPath: integer.path] = try decoder.int() }
    }

    /// `name=value` for each number that differs from its default, in the order of the list.
    package var integersText: String {
        Self.integers.filter { self[keyPath: $0.path] != $0.standard }
            .map { "\($0.name)=\(self[keyPath: $0.path])" }.joined(separator: " ")
    }
}
