import Basics

/// A compile-time argument of an operation. Integers stay 64-bit integers: `slice` uses the largest one as "to the end".
package enum AttributeValue: Hashable, Sendable {
    case bool(Bool)
    case int(Int)
    case float(Double)
    case string(String)
    case elementType(ElementType)
    case ints([Int])
    case floats([Double])
}

/// The named arguments of an operation, sorted by name, so that equal attributes have one form.
package struct Attributes: Hashable, Sendable {
    package struct Entry: Hashable, Sendable {
        package let name: String
        package let value: AttributeValue
    }

    package private(set) var entries: [Entry] = []

    package init() {}

    package init(_ values: [String: AttributeValue]) {
        entries = values.map { Entry(name: $0.key, value: $0.value) }.sorted { $0.name < $1.name }
    }

    package var isEmpty: Bool { entries.isEmpty }

    /// The value of a name; nil removes it. Linear in the few attributes that a node has.
    package subscript(name: String) -> AttributeValue? {
        get { entries.first { $0.name == name }?.value }
        set {
            entries.removeAll { $0.name == name }
            guard let newValue else { return }
            let index = entries.firstIndex { $0.name > name } ?? entries.endIndex
            entries.insert(Entry(name: name, value: newValue), at: index)
        }
    }
}

extension Attributes: ExpressibleByDictionaryLiteral {
    package init(dictionaryLiteral elements: (String, AttributeValue)...) {
        self.init(Dictionary(elements, uniquingKeysWith: { _, last in last }))
    }
}

extension AttributeValue: CanonicalCodable {
    package func encode(into encoder: inout CanonicalEncoder) {
        switch self {
        case .bool(let value):
            encoder.append(0 as UInt8)
            encoder.append(value)
        case .int(let value):
            encoder.append(1 as UInt8)
            encoder.append(value)
        case .float(let value):
            encoder.append(2 as UInt8)
            encoder.append(value)
        case .string(let value):
            encoder.append(3 as UInt8)
            encoder.append(value)
        case .elementType(let value):
            encoder.append(4 as UInt8)
            encoder.append(value)
        case .ints(let values):
            encoder.append(5 as UInt8)
            encoder.append(values)
        case .floats(let values):
            encoder.append(6 as UInt8)
            encoder.append(values)
        }
    }

    package init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) {
        switch try decoder.uint8() {
        case 0: self = .bool(try decoder.bool())
        case 1: self = .int(try decoder.int())
        case 2: self = .float(try decoder.double())
        case 3: self = .string(try decoder.string())
        case 4: self = .elementType(try ElementType(from: &decoder))
        case 5: self = .ints(try decoder.array())
        case 6: self = .floats(try decoder.array())
        default: throw .invalid("attribute", at: decoder.position - 1)
        }
    }
}

extension Attributes: CanonicalCodable {
    package func encode(into encoder: inout CanonicalEncoder) {
        encoder.append(entries.count)
        for entry in entries {
            encoder.append(entry.name)
            encoder.append(entry.value)
        }
    }

    package init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) {
        let count = try decoder.count()
        for _ in 0..<count {
            let name = try decoder.string()
            guard entries.last.map({ $0.name < name }) ?? true else {
                throw .invalid("attribute order", at: decoder.position)
            }
            entries.append(Entry(name: name, value: try AttributeValue(from: &decoder)))
        }
    }
}
