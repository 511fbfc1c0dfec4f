/// Which stored results are computed again although they hold, to be compared.
public struct Audit: Sendable, Hashable {
    /// One in so many results; 0: none.
    public var every: Int
    /// Chooses which ones: audits with different salts look at different results, so that repeated ones come by all of them.
    public var salt: UInt64

    public init(every: Int, salt: UInt64 = 0) {
        self.every = every
        self.salt = salt
    }

    /// Nothing is computed again.
    public static let none = Audit(every: 0)

    /// Whether a key is looked at: by its fingerprint, so that it is the same in every process.
    func chooses(_ node: Node) -> Bool {
        every > 0 && (node.key.fingerprint.high ^ salt &* 0x9E37_79B9_7F4A_7C15) % UInt64(every) == 0
    }
}

/// What is computed although it is stored.
public enum Force: Sendable, Hashable {
    case nothing
    /// Queries of these kinds, and whatever was made from them.
    case kinds(Set<String>)
    case everything

    /// Whether results of a kind do not count.
    func includes(_ kind: String) -> Bool {
        switch self {
        case .nothing: false
        case .kinds(let kinds): kinds.contains(kind)
        case .everything: true
        }
    }
}
