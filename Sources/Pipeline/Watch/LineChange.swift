/// One line of a source file that was edited, added or removed.
package struct LineChange: Sendable, Hashable {
    /// Counted from 1 in the new text; for a removed line, where it would stand.
    package let line: Int
    /// Nil: the line is new.
    package let old: String?
    /// Nil: the line is gone.
    package let new: String?

    /// The differences of two texts, in order. Lines that changed in place are pairs.
    /// - Complexity: that of `difference(from:)` over the lines between the first and the last difference; of very many only the span is given.
    package static func all(from old: String, to new: String) -> [LineChange] {
        let before = old.split(separator: "\n", omittingEmptySubsequences: false)
        let after = new.split(separator: "\n", omittingEmptySubsequences: false)
        let prefix = zip(before, after).prefix { $0 == $1 }.count
        let suffix = zip(before.dropFirst(prefix).reversed(), after.dropFirst(prefix).reversed()).prefix { $0 == $1 }.count
        let (left, right) = (Array(before[prefix..<(before.count - suffix)]), Array(after[prefix..<(after.count - suffix)]))
        guard left.count * right.count <= 4 << 20 else { return hunk(left, right, at: prefix) }
        return differences(left, right, prefix)
    }

    private static func differences(_ before: [Substring], _ after: [Substring], _ prefix: Int) -> [LineChange] {
        var removed: Set<Int> = []
        var inserted: Set<Int> = []
        for change in after.difference(from: before) {
            switch change {
            case .remove(let offset, _, _): removed.insert(offset)
            case .insert(let offset, _, _): inserted.insert(offset)
            }
        }
        var changes: [LineChange] = []
        var (old, new) = (0, 0)
        while old < before.count || new < after.count {
            let (firstOld, firstNew) = (old, new)
            while removed.contains(old) { old += 1 }
            while inserted.contains(new) { new += 1 }
            changes += hunk(Array(before[firstOld..<old]), Array(after[firstNew..<new]), at: prefix + firstNew)
            if old < before.count { old += 1 }
            if new < after.count { new += 1 }
        }
        return changes
    }

    /// Lines that stand in the place of others: one by one as far as both go.
    private static func hunk(_ old: [Substring], _ new: [Substring], at start: Int) -> [LineChange] {
        (0..<max(old.count, new.count)).map { index in
            LineChange(
                line: start + min(index, new.count) + 1, old: index < old.count ? String(old[index]) : nil,
                new: index < new.count ? String(new[index]) : nil)
        }
    }

    /// The edit in one line: `EXPAND = 96 -> 80`, `+ x = relu(x)`, `- x = relu(x)`.
    package var text: String {
        switch (old, new) {
        case (let old?, let new?): Self.edit(old, new)
        case (nil, let new?): "+ \(Self.trimmed(new))"
        case (let old?, nil): "- \(Self.trimmed(old))"
        case (nil, nil): ""
        }
    }

    private static func edit(_ old: String, _ new: String) -> String {
        let (before, after) = (words(trimmed(old)), words(trimmed(new)))
        let prefix = zip(before, after).prefix { $0 == $1 }.count
        let suffix = zip(before.dropFirst(prefix).reversed(), after.dropFirst(prefix).reversed()).prefix { $0 == $1 }.count
        let (gone, come) = (before[prefix..<(before.count - suffix)], after[prefix..<(after.count - suffix)])
        if gone.isEmpty && come.isEmpty { return "\(trimmed(new))  (indentation)" }
        // What was only put in or taken out says nothing by itself.
        if gone.isEmpty || come.isEmpty { return "\(shown(before[...])) -> \(shown(after[...]))" }
        return "\(after[..<prefix].joined())\(shown(gone)) -> \(shown(come))\(after[(after.count - suffix)...].joined())"
    }

    private static func shown(_ words: ArraySlice<String>) -> String {
        let text = words.joined()
        return text.isEmpty ? "(nothing)" : text
    }

    /// Runs of letters and digits, and every other character by itself.
    private static func words(_ text: String) -> [String] {
        var words: [String] = []
        var isInWord = false
        for character in text {
            let belongs = character.isLetter || character.isNumber || character == "_" || character == "."
            if belongs && isInWord, !words.isEmpty {
                words[words.count - 1].append(character)
            } else {
                words.append(String(character))
            }
            isInWord = belongs
        }
        return words
    }

    private static func trimmed(_ text: String) -> String {
        var text = Substring(text)
        while text.first?.isWhitespace == true { text.removeFirst() }
        while text.last?.isWhitespace == true { text.removeLast() }
        return String(text)
    }
}
