/// A string of a JSON text that has not been made yet: its range between the quotes.
package struct JSONText: Hashable, Sendable {
    let range: Range<Int>
    let isEscaped: Bool
}

extension JSONReader {
    /// Consumes a string and gives its range between the quotes; eight bytes a step.
    mutating func stringRange() throws(JSONError) -> (range: Range<Int>, isEscaped: Bool) {
        try expect(UInt8(ascii: "\""), "a string")
        let start = position
        var offset = start
        var isEscaped = false
        while true {
            while let word = bytes.word(at: offset, as: UInt64.self), !Self.hasSpecialByte(word) { offset += 8 }
            switch bytes.byte(at: offset) {
            case UInt8(ascii: "\""):
                advance(to: offset + 1)
                return (start..<offset, isEscaped)
            case UInt8(ascii: "\\"):
                isEscaped = true
                offset += 2
            case 0..<0x20:
                advance(to: min(offset, bytes.count))
                throw unexpected("a character")
            default: offset += 1
            }
        }
    }

    /// Whether a byte of `word` is a quote, a backslash or a control character (or, harmlessly, above a byte that is).
    @inline(__always)
    private static func hasSpecialByte(_ word: UInt64) -> Bool {
        let ones: UInt64 = 0x0101_0101_0101_0101
        let highs: UInt64 = 0x8080_8080_8080_8080
        let quote = word ^ (ones &* 0x22)
        let backslash = word ^ (ones &* 0x5C)
        let found = ((quote &- ones) & ~quote) | ((backslash &- ones) & ~backslash) | ((word &- ones &* 0x20) & ~word)
        return found & highs != 0
    }

    mutating func string() throws(JSONError) -> String {
        let (range, isEscaped) = try stringRange()
        return try text(range, isEscaped: isEscaped)
    }

    /// A string left in place, to be made when somebody asks.
    mutating func lazyString() throws(JSONError) -> JSONText {
        let (range, isEscaped) = try stringRange()
        return JSONText(range: range, isEscaped: isEscaped)
    }

    /// The text between two quotes, escapes resolved.
    func text(_ range: Range<Int>, isEscaped: Bool) throws(JSONError) -> String {
        if !isEscaped {
            guard let text = bytes.text(range) else { throw failure(.expected("UTF-8 text"), at: range.lowerBound) }
            return text
        }
        guard let text = String(validating: try unescaped(range), as: UTF8.self) else {
            throw failure(.expected("UTF-8 text"), at: range.lowerBound)
        }
        return text
    }

    /// The bytes of a string that was left in place, escapes resolved; UTF-8 unless the file is damaged.
    func unescaped(_ text: JSONText) throws(JSONError) -> [UInt8] {
        text.isEscaped ? try unescaped(text.range) : bytes.withBytes(text.range) { Array($0) }
    }

    private func unescaped(_ range: Range<Int>) throws(JSONError) -> [UInt8] {
        var units: [UInt8] = []
        units.reserveCapacity(range.count)
        var offset = range.lowerBound
        while offset < range.upperBound {
            let start = offset
            while offset < range.upperBound, bytes.byte(at: offset) != UInt8(ascii: "\\") { offset += 1 }
            bytes.withBytes(start..<offset) { units.append(contentsOf: $0) }
            guard offset < range.upperBound else { break }
            offset += 1
            try appendEscape(at: &offset, to: &units)
        }
        return units
    }

    /// Resolves the escape whose letter is at `offset`.
    private func appendEscape(at offset: inout Int, to units: inout [UInt8]) throws(JSONError) {
        let letter = bytes.byte(at: offset)
        offset += 1
        switch letter {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): units.append(letter)
        case UInt8(ascii: "b"): units.append(0x08)
        case UInt8(ascii: "f"): units.append(0x0C)
        case UInt8(ascii: "n"): units.append(0x0A)
        case UInt8(ascii: "r"): units.append(0x0D)
        case UInt8(ascii: "t"): units.append(0x09)
        case UInt8(ascii: "u"):
            let scalar = try escapedScalar(at: &offset)
            units.append(contentsOf: UTF8.encode(scalar) ?? UTF8.encodedReplacementCharacter)
        default: throw failure(.expected("an escape"), at: offset - 1)
        }
    }

    /// The scalar of `\uXXXX`, or of a surrogate pair of two such escapes.
    private func escapedScalar(at offset: inout Int) throws(JSONError) -> Unicode.Scalar {
        let start = offset
        let high = try fourHexDigits(at: &offset)
        if let scalar = Unicode.Scalar(high) { return scalar }
        guard (0xD800..<0xDC00).contains(high), bytes.byte(at: offset) == UInt8(ascii: "\\"),
            bytes.byte(at: offset + 1) == UInt8(ascii: "u")
        else { throw failure(.expected("a surrogate pair"), at: start) }
        offset += 2
        let low = try fourHexDigits(at: &offset)
        guard (0xDC00..<0xE000).contains(low),
            let scalar = Unicode.Scalar(0x10000 + (high - 0xD800) << 10 + (low - 0xDC00))
        else { throw failure(.expected("a surrogate pair"), at: start) }
        return scalar
    }

    private func fourHexDigits(at offset: inout Int) throws(JSONError) -> UInt32 {
        var value: UInt32 = 0
        for _ in 0..<4 {
            guard let digit = Character(Unicode.Scalar(bytes.byte(at: offset))).hexDigitValue else {
                throw failure(.expected("four hexadecimal digits"), at: offset)
            }
            value = value << 4 | UInt32(digit)
            offset += 1
        }
        return value
    }
}
