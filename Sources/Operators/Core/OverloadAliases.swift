/// Names that PyTorch has twice. An alias takes the same arguments and means the same; rules are written for the first name.
enum OverloadAliases {
    private static let names: [String: [String]] = [
        "abs": ["absolute"], "clamp": ["clip"], "sub": ["subtract"], "mul": ["multiply"], "div": ["divide", "true_divide"],
        "gt": ["greater"], "ge": ["greater_equal"], "lt": ["less"], "le": ["less_equal"], "ne": ["not_equal"], "neg": ["negative"],
        "trunc": ["fix"], "sigmoid": ["special_expit"], "logsumexp": ["special_logsumexp"], "erf": ["special_erf"],
        "erfc": ["special_erfc"], "log1p": ["special_log1p"],
        "expm1": ["special_expm1"], "round": ["special_round"], "atan": ["arctan"], "sign": ["sgn"],
    ]

    private static let canonical = Dictionary(
        uniqueKeysWithValues: names.flatMap { name, aliases in aliases.map { ($0, name) } })

    /// The overload under the name that rules are written for: `aten.abs_.default` for `aten.absolute_.default`.
    static func canonical(_ target: String) -> String {
        let parts = target.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 3, parts[0] == "aten" else { return target }
        let isInPlace = parts[1].hasSuffix("_")
        guard let name = canonical[String(isInPlace ? parts[1].dropLast() : parts[1])] else { return target }
        return "aten.\(name)\(isInPlace ? "_" : "").\(parts[2])"
    }

    /// The other names of an overload.
    static func aliases(_ target: String) -> [String] {
        let parts = target.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 3, parts[0] == "aten" else { return [] }
        let isInPlace = parts[1].hasSuffix("_")
        let others = names[String(isInPlace ? parts[1].dropLast() : parts[1])] ?? []
        return others.map { "aten.\($0)\(isInPlace ? "_" : "").\(parts[2])" }
    }
}
