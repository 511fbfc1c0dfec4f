/// How far apart two names are, for suggestions.
package enum EditDistance {
    /// The known name nearest to `word` by insertions, deletions and substitutions, if it is near enough to be a slip.
    package static func nearest(_ word: String, _ known: [String]) -> String? {
        let ranked = known.map { ($0, between(Array(word.utf8), Array($0.utf8))) }.min { $0.1 < $1.1 }
        guard let (name, distance) = ranked, distance <= max(1, word.utf8.count / 3) else { return nil }
        return name
    }

    private static func between(_ left: [UInt8], _ right: [UInt8]) -> Int {
        var row = Array(0...right.count)
        for (i, byte) in left.enumerated() {
            var diagonal = row[0]
            row[0] = i + 1
            for (j, other) in right.enumerated() {
                let substituted = diagonal + (byte == other ? 0 : 1)
                diagonal = row[j + 1]
                row[j + 1] = min(substituted, row[j] + 1, row[j + 1] + 1)
            }
        }
        return row[right.count]
    }
}
