import Basics

/// What an ingredient is at present: its fingerprint decides, its text explains.
public struct IngredientValue: Hashable, Sendable {
    public let fingerprint: Fingerprint
    /// The value as people read it, for `why`; short, and empty where there is nothing to show.
    public let text: String

    public init(fingerprint: Fingerprint, text: String) {
        self.fingerprint = fingerprint
        self.text = text
    }

    /// A value that is its own text.
    public init(_ text: String) {
        self.init(fingerprint: Fingerprint(hashing: text), text: text)
    }
}

/// Something that a result was made from, by name: an argument, a target fact, a file.
public struct Ingredient: Hashable, Sendable {
    public let name: String
    public let value: IngredientValue

    public init(_ name: String, _ value: IngredientValue) {
        self.name = name
        self.value = value
    }

    public init(_ name: String, fingerprint: Fingerprint, text: String) {
        self.init(name, IngredientValue(fingerprint: fingerprint, text: text))
    }

    /// An ingredient that is its own text.
    public init(_ name: String, _ text: String) {
        self.init(name, IngredientValue(text))
    }
}

extension Ingredient: CanonicalCodable {
    public func encode(into encoder: inout CanonicalEncoder) {
        encoder.append(name)
        encoder.append(value.fingerprint)
        encoder.append(value.text)
    }

    public init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) {
        let name = try decoder.string()
        let fingerprint = try Fingerprint(from: &decoder)
        self.init(name, fingerprint: fingerprint, text: try decoder.string())
    }
}

/// Answers what a named ingredient is now. Target facts come this way, and volatile inputs such as the version of an interpreter.
///
/// A result is stored with the ingredients that its computation read. When the key is asked for again, by a query with another source
/// perhaps, the result is used if the source gives each of *those* ingredients the same fingerprint: what was never read may differ.
public protocol IngredientSource: Sendable {
    /// The present value; nil when the source has no such ingredient, which never equals a recorded one.
    func ingredient(named name: String) -> IngredientValue?
}

/// A source without ingredients.
public struct NoIngredients: IngredientSource {
    public init() {}
    public func ingredient(named name: String) -> IngredientValue? { nil }
}

/// Ingredients from a table.
public struct IngredientTable: IngredientSource, ExpressibleByDictionaryLiteral {
    private let values: [String: IngredientValue]

    public init(_ values: [String: IngredientValue]) { self.values = values }

    /// Texts that are their own values.
    public init(dictionaryLiteral elements: (String, String)...) {
        values = Dictionary(elements.map { ($0, IngredientValue($1)) }) { _, last in last }
    }

    public func ingredient(named name: String) -> IngredientValue? { values[name] }
}
