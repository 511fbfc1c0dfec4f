/// A Swift source split into what runs, what is said about it, and what it quotes.
///
/// `code` and `comments` have the bytes of the source with everything else turned into blanks, so that lines and columns stay.
/// Text interpolated into a literal is code. Regex literals count as quotes. The names of raw identifiers become underscores.
struct SwiftText {
    private(set) var code: [UInt8]
    private(set) var comments: [UInt8]
    /// The contents of the string literals without escapes and interpolations, with the line of each opening quote, counted from 1, and the bytes from
    /// the first quote or `#` to past the last.
    private(set) var literals: [(line: Int, range: Range<Int>, content: String)] = []

    private let source: [UInt8]
    private var position = 0
    private var line = 1

    init(_ text: String) {
        source = Array(text.utf8)
        let blank = source.map { $0 == .newline ? UInt8.newline : .space }
        code = blank
        comments = blank
        lexCode(until: nil)
    }

    var codeLines: [Substring] { SwiftText.lines(of: code) }
    var commentLines: [Substring] { SwiftText.lines(of: comments) }

    private static func lines(of bytes: [UInt8]) -> [Substring] {
        String(decoding: bytes, as: UTF8.self).split(separator: "\n", omittingEmptySubsequences: false)
    }
}

extension SwiftText {
    private func byte(_ offset: Int = 0) -> UInt8? {
        position + offset < source.count ? source[position + offset] : nil
    }

    private func starts(with text: StaticString) -> Bool {
        text.withUTF8Buffer { source[position...].starts(with: $0) }
    }

    /// Passes over one byte, keeping it in `kept`: code, comments, or nowhere.
    private mutating func advance(into kept: WritableKeyPath<SwiftText, [UInt8]>? = nil) {
        if source[position] == .newline {
            line += 1
        } else if let kept {
            self[keyPath: kept][position] = source[position]
        }
        position += 1
    }

    /// Reads code up to the end, or past the parenthesis that closes an interpolation.
    private mutating func lexCode(until closing: UInt8?) {
        var depth = 0
        while let byte = byte() {
            if starts(with: "//") {
                while self.byte() != nil, self.byte() != .newline { advance(into: \.comments) }
            } else if starts(with: "/*") {
                lexBlockComment()
            } else if let hashes = hashesBefore(.quote) {
                lexLiteral(hashes: hashes)
            } else if byte == UInt8(ascii: "`") {
                lexRawIdentifier()
            } else if let length = regexLength() {
                for _ in 0..<length { advance() }
            } else {
                if byte == UInt8(ascii: "(") { depth += 1 }
                if byte == UInt8(ascii: ")") {
                    if closing != nil, depth == 0 { return advance() }
                    depth -= 1
                }
                advance(into: \.code)
            }
        }
    }

    private mutating func lexBlockComment() {
        var depth = 0
        repeat {
            if starts(with: "/*") {
                depth += 1
                advance(into: \.comments)
            } else if starts(with: "*/") {
                depth -= 1
                advance(into: \.comments)
            }
            advance(into: \.comments)
        } while depth > 0 && position < source.count
    }

    private mutating func lexRawIdentifier() {
        repeat {
            if byte() != .newline { code[position] = UInt8(ascii: "_") }
            advance()
        } while byte() != nil && byte() != UInt8(ascii: "`")
        if byte() != nil { advance() }
    }

    /// The number of `#` between here and a quote, nil when no quote follows.
    private func hashesBefore(_ quote: UInt8) -> Int? {
        var count = 0
        while byte(count) == UInt8(ascii: "#") { count += 1 }
        return byte(count) == quote ? count : nil
    }

    private mutating func lexLiteral(hashes: Int) {
        let opening = (line: line, position: position)
        for _ in 0..<hashes { advance() }
        let quotes = starts(with: "\"\"\"") ? 3 : 1
        for _ in 0..<quotes { advance() }
        var content: [UInt8] = []
        let fence = [UInt8](repeating: .quote, count: quotes) + [UInt8](repeating: UInt8(ascii: "#"), count: hashes)
        let escape = [UInt8(ascii: "\\")] + [UInt8](repeating: UInt8(ascii: "#"), count: hashes)
        while let byte = byte() {
            if source[position...].starts(with: fence) {
                for _ in fence { advance() }
                break
            }
            if quotes == 1, byte == .newline { break }
            guard source[position...].starts(with: escape) else {
                content.append(byte)
                advance()
                continue
            }
            for _ in escape { advance() }
            let interpolates = self.byte() == UInt8(ascii: "(")
            if self.byte() != nil { advance() }
            if interpolates { lexCode(until: UInt8(ascii: ")")) }
        }
        literals.append((opening.line, opening.position..<position, String(decoding: content, as: UTF8.self)))
    }

    /// The length of a regex literal that starts here: a slash where an expression may start, and its twin on the same line.
    private func regexLength() -> Int? {
        let extended = starts(with: "#/")
        guard extended || byte() == UInt8(ascii: "/") else { return nil }
        if !extended {
            let before = code[..<position].last { $0 != .space }
            guard before == nil || "(,=:[{\n".utf8.contains(before ?? .space), byte(1) != .space else { return nil }
        }
        var length = extended ? 2 : 1
        while let next = byte(length), next != .newline {
            if next == UInt8(ascii: "\\") {
                length += 1
            } else if next == UInt8(ascii: "/"), !extended || byte(length + 1) == UInt8(ascii: "#") {
                return length + (extended ? 2 : 1)
            }
            length += 1
        }
        return nil
    }
}

extension UInt8 {
    static let newline = UInt8(ascii: "\n")
    static let space = UInt8(ascii: " ")
    static let quote = UInt8(ascii: "\"")

    /// Whether the byte may stand in an identifier.
    var isWord: Bool {
        switch self {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "0")...UInt8(ascii: "9"): true
        case UInt8(ascii: "_"), 0x80...: true
        default: false
        }
    }
}

/// A word or one punctuation byte of the code, with its line counted from 1.
struct Token: Equatable {
    let text: String
    let line: Int
}

extension SwiftText {
    /// The code as words and single punctuation characters.
    var tokens: [Token] {
        var tokens: [Token] = []
        var line = 1
        var start = 0
        while start < code.count {
            var end = start + 1
            if code[start].isWord {
                while end < code.count, code[end].isWord { end += 1 }
            }
            if code[start] == .newline {
                line += 1
            } else if code[start] != .space, code[start] != UInt8(ascii: "\t") {
                tokens.append(Token(text: String(decoding: code[start..<end], as: UTF8.self), line: line))
            }
            start = end
        }
        return tokens
    }
}
