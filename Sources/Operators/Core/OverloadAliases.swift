/// Names of overloads that follow from others, and those that PyTorch has twice. An alias takes the same arguments and means the same; rules are written for the first name.
enum OverloadAliases {
    private static let names: [Substring: [String]] = [
        "abs": ["absolute"], "clamp": ["clip"], "sub": ["subtract"], "mul": ["multiply"], "div": ["divide", "true_divide"],
        "gt": ["greater"], "ge": ["greater_equal"], "lt": ["less"], "le": ["less_equal"], "ne": ["not_equal"], "neg": ["negative"],
        "trunc": ["fix"], "sigmoid": ["special_expit"], "logsumexp": ["special_logsumexp"], "erf": ["special_erf"],
        "erfc": ["special_erfc"], "log1p": ["special_log1p"],
        "expm1": ["special_expm1"], "round": ["special_round"], "atan": ["arctan"], "sign": ["sgn"],
    ]

    private static let originals: [Substring: Substring] = {
        var originals: [Substring: Substring] = [:]
        for (name, aliases) in names { for alias in aliases { originals[Substring(alias)] = name } }
        return originals
    }()

    /// The overload that writes its result over an operand: `aten.hypot_.default` beside `aten.hypot.default`.
    static func inPlace(_ target: String) -> String {
        guard target.hasPrefix("aten."), let end = target.dropFirst(5).firstIndex(of: ".") else { return target }
        return "\(target[..<end])_\(target[end...])"
    }

    /// The other names of an overload: `aten.absolute_.default` for `aten.abs_.default`.
    static func aliases(_ target: String) -> [String] {
        guard let parts = parts(target) else { return [] }
        return (names[parts.name] ?? []).map { "aten.\($0)\(parts.rest)" }
    }

    /// The first name of an overload: `aten.abs_.default` for `aten.absolute_.default`. Its own where it has no other.
    static func original(_ target: String) -> String {
        guard let parts = parts(target), let name = originals[parts.name] else { return target }
        return "aten.\(name)\(parts.rest)"
    }

    /// The operator's name, and what stands behind it: the mark of a write, the overload's name.
    private static func parts(_ target: String) -> (name: Substring, rest: Substring)? {
        guard target.hasPrefix("aten."), let end = target.dropFirst(5).firstIndex(of: ".") else { return nil }
        let called = target[..<end].dropFirst(5)
        let name = called.hasSuffix("_") ? called.dropLast() : called
        return (name, target[name.endIndex...])
    }
}
