import Basics

/// A kind and the version of it that was used.
struct KindVersion: Hashable, Sendable, Comparable {
    let kind: String
    let version: UInt32

    static func < (left: KindVersion, right: KindVersion) -> Bool {
        (left.kind, left.version) < (right.kind, right.version)
    }
}

/// An input that is not a query.
struct Leaf: Hashable, Sendable {
    enum Kind: UInt8, Sendable {
        case file = 1
        case existence = 2
        case directory = 3
        case volatile = 4
        case link = 5
    }

    let kind: Kind
    /// A path as the query gave it, or the name of a volatile input.
    let name: String
}

/// One thing that a named query looked at, and what it saw.
enum Dependency: Hashable, Sendable {
    /// Nil: there was none (no file, no such input).
    case leaf(Leaf, Fingerprint?, text: String)
    /// Another named query, and the `answer` of its trace. The label is for `why`.
    case query(key: Fingerprint, answer: Fingerprint, label: String)
}

/// One way in which a key came to a result: everything that was read, and what came out.
///
/// A trace holds in a world where each of its parts is what it was. Closed queries that were asked for are not checked one by one: they are functions of
/// arguments which are the same whenever what was read before them is the same. Only their kinds' versions (`codes`) can differ.
final class Trace: Sendable {
    /// Where the outcome's bytes are.
    enum Placement: Hashable, Sendable {
        case inline([UInt8])
        /// In the value table, under the outcome's fingerprint; so many bytes.
        case table(count: Int)
        case blob(Blob)
    }

    /// Equal for traces that hold in the same worlds: the fingerprint of version, codes, facts and dependencies.
    let inputs: Fingerprint
    let version: UInt32
    /// The kinds of all closed queries beneath, sorted.
    let codes: [KindVersion]
    /// Ingredients noted, in the order of their first reading.
    let facts: [Ingredient]
    /// What a named query read, in order.
    let dependencies: EncodedList<Dependency>
    /// The fingerprint of the value's bytes, or of the diagnostics.
    let outcome: Fingerprint
    let placement: Placement
    /// The result, where it is diagnostics.
    let failure: DiagnosticList?
    /// Reported by this query and by all beneath it.
    let reported: [Diagnostic]
    /// The blobs that the value names, and does not carry.
    let blobs: [Blob]
    let durationMicroseconds: UInt64
    /// Of all that whoever asks is given: the outcome, and with it what was reported. A warning whose line moved is news, though the value is not.
    let answer: Fingerprint

    /// `inputs`: as stored; computed where it is not given.
    init(
        inputs: Fingerprint? = nil, version: UInt32, codes: [KindVersion], facts: [Ingredient],
        dependencies: EncodedList<Dependency>,
        outcome: Fingerprint, placement: Placement, failure: DiagnosticList?, reported: [Diagnostic], blobs: [Blob],
        durationMicroseconds: UInt64
    ) {
        self.version = version
        self.codes = codes
        self.facts = facts
        self.dependencies = dependencies
        self.outcome = outcome
        self.placement = placement
        self.failure = failure
        self.reported = reported
        self.blobs = blobs
        self.durationMicroseconds = durationMicroseconds
        answer = reported.isEmpty ? outcome : Self.answer(outcome, reported)
        if let inputs {
            self.inputs = inputs
        } else {
            var encoder = CanonicalEncoder(reservingCapacity: 64)
            Self.encodeInputs(version, codes, facts, dependencies, into: &encoder)
            self.inputs = encoder.fingerprint
        }
    }

    /// The bytes of the value, and of the blobs that it names.
    var byteCount: Int {
        let own =
            switch placement {
            case .inline(let bytes): bytes.count
            case .table(let count): count
            case .blob(let blob): blob.count
            }
        return blobs.reduce(own) { $0 + $1.count }
    }

    /// About what the trace and its value take in memory, in canonical bytes: a value in a blob is decoded like any other, the blobs that it names are not.
    var bytesTaken: Int { byteCount - blobs.reduce(0) { $0 + $1.count } + 1024 }

    private static func answer(_ outcome: Fingerprint, _ reported: [Diagnostic]) -> Fingerprint {
        var encoder = CanonicalEncoder()
        encoder.append("reglaze.reported")
        encoder.append(outcome)
        encoder.append(reported)
        return encoder.fingerprint
    }

    /// The fingerprint of diagnostics as an outcome: never that of a value.
    static func outcome(of failure: DiagnosticList) -> Fingerprint {
        var encoder = CanonicalEncoder()
        encoder.append("reglaze.failure")
        encoder.append(failure.diagnostics)
        return encoder.fingerprint
    }
}
