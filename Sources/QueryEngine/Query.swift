import Basics

/// How a query's results are found again.
public enum QueryStorage: Sendable {
    /// A closed query: a pure function of its arguments and of the ingredients that it notes. It may ask only other closed queries, and
    /// reads no file: the engine refuses it otherwise, because its key would lie.
    case byContent
    /// A named query: its dependencies (files, other queries, volatile inputs) are recorded in order while it runs, and checked again,
    /// in that order, before an old result is used.
    case byTrace
}

/// A memoised computation: a value type that holds the arguments, and a function of them.
///
/// `encode(into:)` writes the canonical arguments, which with `kind` are the key. Two queries of one kind with equal bytes must compute
/// equal values, whatever else they hold: labels, roles and ingredient sources are not part of the key.
///
/// ```swift
/// struct WordCount: Query {
///     static let kind = "WordCount"
///     static let storage = QueryStorage.byTrace
///     let path: String
///     func encode(into encoder: inout CanonicalEncoder) { encoder.append(path) }
///     func compute(_ context: QueryContext) async throws -> Int {
///         try context.read(path).array.split(separator: UInt8(ascii: " ")).count
///     }
/// }
/// ```
public protocol Query<Value>: Sendable, CanonicalEncodable {
    associatedtype Value: CanonicalCodable & Sendable

    /// A stable name, unique among all kinds, such as `GenerateKernel`. It is stored: renaming it abandons the stored results.
    static var kind: String { get }
    /// Raised by hand whenever `compute` means something else for the same arguments; results of other versions are misses.
    static var version: UInt32 { get }
    static var storage: QueryStorage { get }

    /// Computes the value. It must depend on nothing but the arguments, the context, and ingredients that are noted in the context.
    ///
    /// A thrown `DiagnosticList` (or `Diagnostic`) is a result like any other and is stored. Any other error is a failure of this
    /// attempt (a full disk, a cancellation): it is passed on and never stored.
    func compute(_ context: QueryContext) async throws -> Value

    /// What people read in progress lines and in `why`. Never part of the key. The kind where nothing is said.
    var label: String { get }
    /// A stable name for the place that this query fills in the program, such as `gazenet/headset/kernel block3.expand`: when another key
    /// appears in the same place, `why` compares its ingredients with those of the key that was there before. Never part of the key.
    var role: String? { get }
    /// The arguments by name, for `why`. The default is one ingredient named `arguments`.
    var arguments: [Ingredient] { get }
    /// The blobs that a value names; those of a `BlobReferencing` value by default. A value whose blobs are gone is not used.
    static func blobs(in value: Value) -> [Blob]
    /// Where the ingredients that `compute` notes can be looked up again when a stored result is considered. Never part of the key.
    var ingredients: any IngredientSource { get }
}

extension Query {
    public static var version: UInt32 { 1 }
    public static var storage: QueryStorage { .byContent }
    public var label: String { Self.kind }
    public var role: String? { nil }
    public var arguments: [Ingredient] { [Ingredient("arguments", fingerprint: fingerprint, text: "")] }
    public var ingredients: any IngredientSource { NoIngredients() }
    public static func blobs(in value: Value) -> [Blob] { [] }
}

extension Query where Value: BlobReferencing {
    public static func blobs(in value: Value) -> [Blob] { value.blobs }
}

/// A query that can be made again from its key. A named query that others depend on should be one, and be listed among the engine's kinds:
/// then a fresh process can run it alone and stop the wave when its value is unchanged. Otherwise whoever asked for it runs again.
public protocol RecoverableQuery: Query, CanonicalDecodable {}
